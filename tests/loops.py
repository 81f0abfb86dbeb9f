"""The stages again, slow and obvious, by loops over the tables: what gaps, lists and values are checked against."""

from __future__ import annotations

import math
from datetime import date
from typing import Any

import pandas as pd

from karier_reco.dataset import Dataset
from karier_reco.rules import forms

Need = dict[tuple[str, str, str], dict[str, Any]]


def rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(key): value for key, value in row.items()} for row in frame.to_dict("records")]


def newest(data: Dataset, as_of: date | None) -> dict[tuple[str, str], int]:
    """The newest level of each person and competency up to a day."""
    seen: dict[tuple[str, str], tuple[Any, int]] = {}
    for row in rows(data.assessments):
        if as_of is not None and row["assessed_on"].date() > as_of:
            continue
        key = (row["employee_id"], row["competency_id"])
        if key not in seen or row["assessed_on"] > seen[key][0]:
            seen[key] = (row["assessed_on"], row["level"])
    return {key: level for key, (_, level) in seen.items()}


def gaps(data: Dataset, as_of: date | None) -> Need:
    """Every person, competency and purpose below the standard or unknown."""
    level = newest(data, as_of)
    role = {row["role_id"]: row for row in rows(data.roles)}
    priority = {row["competency_id"]: row["priority"] for row in rows(data.competencies)}
    settings = data.settings
    people = rows(data.people)

    def peers(group: str, value: str, competency: str) -> list[int]:
        """Gaps of assessed people who hold a role of the group and whose role requires the competency."""
        found = []
        for person in people:
            held = role[person["role_id"]]
            if (held["role_id"] if group == "role_id" else held["tier"]) != value:
                continue
            for standard in rows(data.standards):
                if (standard["role_id"], standard["competency_id"]) == (held["role_id"], competency):
                    known = level.get((person["employee_id"], competency))
                    if known is not None:
                        found.append(max(0, standard["level"] - known))
        return found

    found: Need = {}
    for person in people:
        mine = [
            (purpose, standard)
            for purpose, column in (("current", "role_id"), ("next", "next_role_id"))
            for standard in rows(data.standards)
            if person[column] and standard["role_id"] == person[column]
        ]
        assumed: dict[str, tuple[int, int]] = {}
        for _, standard in mine if settings.unassessed == "expected" else ():
            competency = standard["competency_id"]
            held = role[standard["role_id"]]
            if (person["employee_id"], competency) not in level and competency not in assumed:
                same = peers("role_id", held["role_id"], competency) or peers("tier", held["tier"], competency)
                if same:
                    short = math.floor(round(sum(same) / len(same), 9) + 0.5)
                    assumed[competency] = (max(standard["level"] - short, 0), len(same))
        for purpose, standard in mine:
            competency = standard["competency_id"]
            held = role[standard["role_id"]]
            known = level.get((person["employee_id"], competency))
            basis, at = ("unknown", None) if known is None else ("assessed", known)
            if known is None and competency in assumed:
                basis, at = "expected", assumed[competency][0]
            gap = None if at is None else max(0, standard["level"] - at)
            if known is not None and gap == 0:
                continue
            weight = settings.importance_weight[standard["importance"]] * settings.purpose_weight[purpose]
            weight *= held["criticality"] * priority[competency]
            weight *= settings.unassessed_weight if basis == "expected" else 1.0
            found[person["employee_id"], competency, purpose] = {
                "standard": standard["level"],
                "level": at,
                "gap": gap,
                "weight": weight,
                "basis": basis,
                "peers": assumed[competency][1] if basis == "expected" else 0,
            }
    return found


def worth(need: Need, employee: str) -> dict[tuple[str, int], float]:
    """The weight of each missing step: of its worthiest purpose."""
    steps: dict[tuple[str, int], float] = {}
    for (person, competency, _), row in need.items():
        if person == employee and row["gap"]:
            for step in range(row["level"] + 1, row["standard"] + 1):
                steps[competency, step] = max(steps.get((competency, step), 0.0), row["weight"])
    return steps


def completion(data: Dataset, course: str) -> float:
    history = rows(data.history)
    if not history:
        return 1.0
    own = [row["passed"] for row in history if row["course_id"] == course]
    rate = sum(row["passed"] for row in history) / len(history)
    m = data.settings.completion_people
    return (sum(own) + m * rate) / (len(own) + m)


def effectiveness(data: Dataset, course: str, competency: str) -> float:
    learnt = {(row["course_id"], row["competency_id"]): row["effectiveness"] for row in rows(data.effectiveness)}
    form = {row["course_id"]: row["form"] for row in rows(data.courses)}[course]
    return float(learnt.get((course, competency), learnt.get((course, ""), forms()[form].effectiveness)))


def closure(
    data: Dataset, need: Need, employee: str, course: str, as_of: date | None
) -> dict[tuple[str, int], tuple[float, float]]:
    """What one seat closes: by competency and step, the expected share and the weight of the step."""
    level = newest(data, as_of)
    missing = worth(need, employee)
    taught = [row for row in rows(data.outcomes) if row["course_id"] == course and row["source"] != "rejected"]
    ready = 1.0
    for row in taught:
        known = level.get((employee, row["competency_id"]))
        if known is not None:
            ready *= data.settings.kappa ** max(0, row["entry_level"] - known)
    closed = {}
    for row in taught:
        steps = [
            step
            for step in range(row["entry_level"] + 1, row["exit_level"] + 1)
            if missing.get((row["competency_id"], step), 0.0) > 0
        ]
        share = completion(data, course) * ready * effectiveness(data, course, row["competency_id"])
        for step in steps[: data.settings.step]:
            if share > 0:
                closed[row["competency_id"], step] = (share, missing[row["competency_id"], step])
    return closed


def finished(data: Dataset, employee: str, as_of: date | None) -> tuple[set[str], set[str]]:
    """Courses passed, and those passed so lately that they are still valid."""
    passed = [row for row in rows(data.history) if row["passed"]]
    passed = [row for row in passed if as_of is None or row["finished_on"].date() <= as_of]
    today = pd.Timestamp(as_of) if as_of else max((row["finished_on"] for row in passed), default=pd.Timestamp(0))
    after = today - pd.DateOffset(years=data.settings.course_valid_years)
    mine = [row for row in passed if row["employee_id"] == employee]
    return {row["course_id"] for row in mine}, {row["course_id"] for row in mine if row["finished_on"] > after}


def ranking(
    data: Dataset, need: Need, employee: str, top: int, as_of: date | None
) -> list[tuple[str, float, float, float]]:
    """The greedy list: course, score, what it adds to those above it, levels closed."""
    total = sum(worth(need, employee).values())
    if total <= 0:
        return []
    done, valid = finished(data, employee, as_of)
    courses = {}
    for course in sorted(row["course_id"] for row in rows(data.courses)):
        required = [row["requires_id"] for row in rows(data.prerequisites) if row["course_id"] == course]
        if course in valid or any(name not in done for name in required):
            continue
        closed = closure(data, need, employee, course, as_of)
        score = round(sum(share * weight for share, weight in closed.values()) / total, 9)
        if score > 0:
            courses[course] = (closed, score)
    left: dict[tuple[str, int], float] = {}
    found = []
    while courses and len(found) < top:
        adds = {
            course: round(
                sum(min(share, left.get(step, 1.0)) * weight for step, (share, weight) in closed.items()) / total, 9
            )
            for course, (closed, _) in courses.items()
        }
        best = min(courses, key=lambda course: (-adds[course], -courses[course][1], course))
        closed, score = courses.pop(best)
        for step, (share, _) in closed.items():
            left[step] = max(0.0, left.get(step, 1.0) - share)
        found.append((best, score, adds[best], sum(share for share, _ in closed.values())))
    return found
