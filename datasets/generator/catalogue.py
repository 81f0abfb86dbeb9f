"""Courses, what they teach, and which must come first."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from generator.content import Content
from generator.draws import pick, stream

IN_HOUSE = {
    "guidance": 0.6, "workshop": 0.6, "managerial": 0.7, "sociocultural": 0.8, "outreach": 1.0,
    "course": 0.4, "seminar": 0.2, "functional": 0.0, "benchmarking": 0.0, "internship": 0.0, "structural": 0.0,
}  # fmt: skip
"""Share of the courses of a form that the city holds itself [assumed]; forms without dates in class are not listed."""

DAYS = {"course": (3, 5), "guidance": (2, 3), "managerial": (2, 4), "sociocultural": (2, 3), "functional": (8, 15)}
LOOKING = ("seminar", "outreach", "benchmarking")
"""Forms in which people listen and look rather than practise."""

LARGE = 10_000
"""Above so many people, what is taught in class is offered at a distance as well."""


def courses(content: Content, seed: int, people: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the courses with ``days`` and ``in_house``, which the sessions need, and their outcomes."""
    rng = stream(seed, "courses")
    entries = [*_taught(content, rng), *_programmes(content), *_others(content)]
    if people > LARGE:
        entries += [_at_a_distance(content, entry) for entry in entries if entry["form"] in ("course", "guidance")]
    rows, outcomes = [], []
    for entry in entries:
        form = entry["form"]
        in_house = rng.random() < IN_HOUSE.get(form, 0.0)
        low, high = DAYS.get(form, (1, 1))
        days = int(rng.integers(low, high + 1))
        rows.append(
            {
                "course_id": entry["id"],
                "title": entry["title"],
                "form": form,
                "jp": entry.get("jp") or _jp(rng, form, days),
                "provider": entry.get("provider") or _provider(content, rng, form, in_house),
                "description": entry["about"],
                "university": entry.get("university", ""),
                "days": days,
                "in_house": in_house,
            }
        )
        outcomes += [(entry["id"], *outcome) for outcome in entry["outcomes"]]
    return pd.DataFrame(rows), _outcomes(outcomes, stream(seed, "outcomes"))


def prerequisites(courses: pd.DataFrame, outcomes: pd.DataFrame, count: int = 20) -> pd.DataFrame:
    """Return pairs in which the higher course of a competency asks for a lower one of the same competency."""
    main = outcomes.drop_duplicates("course_id").merge(courses[["course_id", "form"]], on="course_id")
    main = main[main["competency_id"].str.startswith("T.") & (main["form"] != "degree")]
    rows = []
    for _, group in main.groupby("competency_id", sort=True):
        basic = group[(group["entry_level"] <= 1) & (group["exit_level"] >= 2)].sort_values(
            "entry_level", kind="stable"
        )
        advanced = group[(group["entry_level"] >= 2) & group["form"].isin(["course", "functional", "distance"])]
        if len(basic) and len(advanced):
            rows.append((advanced["course_id"].iloc[0], basic["course_id"].iloc[0]))
    step = max(1, len(rows) // count)
    return pd.DataFrame(rows[::step][:count], columns=["course_id", "requires_id"])


def _title(content: Content, form: str, title: str) -> str:
    return str(content.phrases["titles"][form].format(title=title))


def _taught(content: Content, rng: np.random.Generator) -> list[dict[str, Any]]:
    """Return the courses written beside the competencies; a third also teach a neighbour a little."""
    family: dict[str, list[str]] = {}
    for entry in [*content.core, *content.technical]:
        family.setdefault(entry["id"].rsplit(".", 1)[0], []).append(entry["id"])
    entries = []
    for competency in [*content.core, *content.technical]:
        near = [one for one in family[competency["id"].rsplit(".", 1)[0]] if one != competency["id"]]
        for number, (form, entry_level, exit_level, title, what) in enumerate(competency["courses"], 1):
            outcomes = [[competency["id"], entry_level, exit_level]]
            if near and rng.random() < 0.35:
                outcomes.append([pick(rng, near), entry_level, max(entry_level + 1, exit_level - 1)])
            opening = pick(rng, content.phrases["looking" if form in LOOKING else "doing"]).format(what=what)
            entries.append(
                {
                    "id": f"K.{competency['id']}.{number}",
                    "form": form,
                    "title": _title(content, form, title),
                    "about": f"{opening} {pick(rng, content.phrases['endings'][form])}",
                    "outcomes": outcomes,
                }
            )
    return entries


def _programmes(content: Content) -> list[dict[str, Any]]:
    degrees = [
        {**entry, "form": "degree", "title": _title(content, "degree", entry["title"]), "provider": entry["university"]}
        for entry in content.degrees
    ]
    return [*({**entry, "outcomes": []} for entry in content.programmes), *degrees]


def _others(content: Content) -> list[dict[str, Any]]:
    return [
        {"outcomes": [], **entry, "title": _title(content, entry["form"], entry["title"])} for entry in content.others
    ]


def _at_a_distance(content: Content, entry: dict[str, Any]) -> dict[str, Any]:
    subject = entry["title"].removeprefix("Pelatihan ").removeprefix("Bimbingan Teknis ")
    return {
        "id": f"{entry['id']}-PJJ",
        "form": "distance",
        "title": _title(content, "distance", subject),
        "about": f"{entry['about']} {content.phrases['endings']['distance'][0]}",
        "outcomes": entry["outcomes"],
    }


def _jp(rng: np.random.Generator, form: str, days: int) -> int | None:
    """Return the JP that only the course can say; None where the form's rule counts days, months or semesters."""
    if form == "e-learning":
        return int(3 * rng.integers(2, 7))
    if form == "distance":
        return int(rng.choice([16, 20, 24, 30]))
    return 8 * days if form in DAYS else None


def _provider(content: Content, rng: np.random.Generator, form: str, in_house: bool) -> str:
    providers = content.wishes["providers"]
    if form in ("coaching", "mentoring"):
        return str(providers["coaching"][0])
    if form == "structural":
        return str(providers["leadership"][0])
    kind = "online" if form == "e-learning" else "in_house" if in_house else "external"
    return str(pick(rng, providers[kind]))


def _outcomes(rows: list[tuple[Any, ...]], rng: np.random.Generator) -> pd.DataFrame:
    """Return the outcomes with source and confidence; what a course mainly teaches is surer than the rest."""
    table = pd.DataFrame(rows, columns=["course_id", "competency_id", "entry_level", "exit_level"])
    main = ~table["course_id"].duplicated().to_numpy(bool)
    draw = rng.random(len(table))
    sure = np.where(draw < 0.8, "given", np.where(draw < 0.92, "confirmed", "inferred"))
    side = np.where(
        draw < 0.5, "given", np.where(draw < 0.6, "confirmed", np.where(draw < 0.88, "inferred", "rejected"))
    )
    table["source"] = np.where(main, sure, side)
    guess = np.round(rng.uniform(0.35, 0.9, len(table)), 2)
    table["confidence"] = np.where(table["source"].isin(["given", "confirmed"]), 1.0, guess)
    return table
