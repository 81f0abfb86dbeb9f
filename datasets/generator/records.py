"""What happened before: finished courses, and what tests, surveys and comments said of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from generator.content import Content
from generator.draws import Days, Flags, Floats, Ints, columns, stream

YEARS = (2024, 2025, 2026)
DATES_A_COURSE = 6
FORM_JP = {
    "workshop": 10,
    "seminar": 4,
    "outreach": 4,
    "coaching": 8,
    "mentoring": 8,
    "benchmarking": 10,
    "internship": 20,
}
UNTESTED = ("seminar", "outreach", "benchmarking")


def history(
    content: Content,
    people: pd.DataFrame,
    standards: pd.DataFrame,
    courses: pd.DataFrame,
    outcomes: pd.DataFrame,
    seed: int,
) -> pd.DataFrame:
    """Return finished courses: people took what their role asks for, some often, some never."""
    rng = stream(seed, "history")
    numbers = content.numbers["records"]
    count = round(len(people) * numbers["history_per_person"])
    eager = rng.gamma(1.2, 1.0, len(people))
    person = np.sort(rng.choice(len(people), size=count, p=eager / eager.sum()))
    course = _courses_of_role(rng, people["role_id"].to_numpy(object)[person], standards, courses, outcomes)
    finished_on = _course_dates(rng, len(courses))[course, rng.integers(0, DATES_A_COURSE, count)]
    table = pd.DataFrame(
        {
            "employee_id": people["employee_id"].to_numpy(object)[person],
            "course_id": courses["course_id"].to_numpy(object)[course],
            "finished_on": finished_on,
            "jp": _jp(courses)[course],
            "passed": rng.random(count) < numbers["passed"],
        }
    )
    ahead = people["appointed_on"].to_numpy("datetime64[M]") - 1200
    served = finished_on.astype("datetime64[M]") > ahead[person]
    kept = table.loc[served].drop_duplicates(["employee_id", "course_id"])
    return pd.DataFrame(kept.reset_index(drop=True))


def evaluations(
    content: Content, history: pd.DataFrame, courses: pd.DataFrame, outcomes: pd.DataFrame, seed: int
) -> pd.DataFrame:
    """Return tests and surveys of part of the history; every course has an effect and a charm of its own."""
    rng = stream(seed, "evaluations")
    numbers = content.numbers["records"]
    table = history[rng.random(len(history)) < numbers["evaluated"]].reset_index(drop=True)
    course = pd.Index(courses["course_id"]).get_indexer(pd.Index(table["course_id"]))
    effect = np.clip(rng.normal(0.38, 0.13, len(courses)), 0.05, 0.8)[course]
    charm = np.clip(rng.normal(3.2, 0.3, len(courses)), 2.1, 3.8)[course]
    ability = rng.normal(52, 13, len(table))
    pre = np.clip(ability + rng.normal(0, 6, len(table)), 0, 100)
    post = np.clip(ability + (100 - ability) * effect + rng.normal(0, 6, len(table)), 0, 100)
    post = np.where(table["passed"], post, np.minimum(post, 55))
    untested = courses["form"].isin(UNTESTED).to_numpy(bool)[course] | (rng.random(len(table)) < 0.05)
    satisfaction = np.clip(charm + rng.normal(0, 0.35, len(table)), 1, 4)
    behaviour = np.clip(2.3 + 1.8 * effect + rng.normal(0, 0.4, len(table)), 1, 4)
    main = outcomes.drop_duplicates("course_id").set_index("course_id")["competency_id"]
    competency = main.reindex(table["course_id"]).fillna("").to_numpy(object)
    return pd.DataFrame(
        {
            "employee_id": table["employee_id"],
            "course_id": table["course_id"],
            "finished_on": table["finished_on"],
            "competency_id": np.where(untested | (rng.random(len(table)) < 0.25), "", competency),
            "pre": _or_empty(np.rint(pre), ~untested),
            "post": _or_empty(np.rint(post), ~untested),
            "satisfaction": np.round(satisfaction, 2),
            "behaviour": _or_empty(np.round(behaviour, 2), rng.random(len(table)) < 0.35),
            "comment": _comments(rng, content, satisfaction, columns(list(courses["form"]), course)),
        }
    )


def _courses_of_role(
    rng: np.random.Generator,
    role: npt.NDArray[Any],
    standards: pd.DataFrame,
    courses: pd.DataFrame,
    outcomes: pd.DataFrame,
) -> Ints:
    """Return for each row one course that teaches something of the role's standard."""
    short = courses[~courses["form"].isin(["degree", "structural"])]
    taught = outcomes[(outcomes["source"] != "rejected") & outcomes["course_id"].isin(short["course_id"])]
    offers = standards.merge(taught, on="competency_id")[["role_id", "course_id"]]
    offers = offers[offers["course_id"] != "ORIENTASI-PPPK"].sort_values(["role_id", "course_id"], kind="stable")
    code = pd.Index(courses["course_id"]).get_indexer(pd.Index(offers["course_id"]))
    roles = offers["role_id"].to_numpy(object)
    names, starts, sizes = np.unique(roles.astype(str), return_index=True, return_counts=True)
    place = np.searchsorted(names, role.astype(str))
    return np.asarray(code[starts[place] + (rng.random(len(role)) * sizes[place]).astype(np.int64)], dtype=np.int64)


def _course_dates(rng: np.random.Generator, count: int) -> Days:
    """Return six weekdays a course over the three years."""
    years = np.array(YEARS)[rng.integers(0, len(YEARS), (count, DATES_A_COURSE))]
    days = (years - 1970).astype("datetime64[Y]").astype("datetime64[D]") + rng.integers(40, 320, years.shape)
    weekday = (days.astype(np.int64) + 3) % 7
    return np.asarray(days - np.maximum(0, weekday - 4), dtype="datetime64[D]")


def _jp(courses: pd.DataFrame) -> Ints:
    stated = courses["jp"].astype("Float64").fillna(0).to_numpy(np.float64).astype(np.int64)
    by_form = np.array([FORM_JP.get(form, 0) for form in courses["form"]])
    return np.where(stated > 0, stated, by_form)


def _or_empty(values: Floats, there: Flags) -> Floats:
    return np.where(there, values, np.nan)


def _comments(
    rng: np.random.Generator, content: Content, satisfaction: Floats, form: npt.NDArray[Any]
) -> npt.NDArray[Any]:
    """Return comments that fit the satisfaction: the lower, the likelier a complaint; some say both, many nothing."""
    online = np.isin(form, ["e-learning", "distance"])
    good = _remarks(rng, content.comments["pleased"], online)
    bad = _remarks(rng, content.comments["displeased"], online)
    annoyed = rng.random(len(form)) < np.clip((3.7 - satisfaction) / 1.6, 0.03, 0.97)
    both = rng.random(len(form)) < 0.25
    one = np.where(annoyed, bad, good)
    said = np.where(both, good + " " + bad, one)
    return np.where(rng.random(len(form)) < content.numbers["records"]["commented"], said, "")


def _remarks(rng: np.random.Generator, by_aspect: dict[str, list[str]], online: Flags) -> npt.NDArray[Any]:
    """Return one remark a row; who learnt online speaks of the platform, others of the rooms."""
    lists = {
        place: [remark for aspect, remarks in by_aspect.items() if aspect != absent for remark in remarks]
        for place, absent in (("online", "facilities"), ("class", "platform"))
    }
    draw = rng.random(len(online))
    return np.where(
        online,
        columns(lists["online"], (draw * len(lists["online"])).astype(np.int64)),
        columns(lists["class"], (draw * len(lists["class"])).astype(np.int64)),
    )
