"""How complete tables are: by hand on the small city, and against loops on random ones, broken ones too."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest

from karier_reco.dataset import Dataset
from karier_reco.quality import OPTIONAL, DataQuality, data_quality
from karier_reco.settings import Settings
from tests import cities
from tests.datasets import random_frames

FRAMES = ("units", "assessments", "courses", "roles", "competencies", "left_out")


def rows(frame: pd.DataFrame, *columns: str) -> list[list[Any]]:
    return [list(row) for row in frame[list(columns)].to_numpy().tolist()]


def test_the_small_city_by_hand() -> None:
    """On 31 December 2026, 011 being excluded and nothing of 2027 known yet.

    BKD: 001, 002, 004 have both standards assessed. DINKES: 003 has M.1 of T.1 and M.1; 005 both (M.1 in 2022, which
    counts all the same); 009 T.2 of T.2 and M.1; 010 M.1 of T.1 and M.1. PKM: 006, 007, 008 have T.2 and M.1. Nobody is
    without any. Every person has a grade and a gender, none a date of birth.
    """
    quality = data_quality(cities.city(), cities.AS_OF)
    assert rows(quality.units, "unit_id", "people", "every", "some", "none", "no_standard", "never") == [
        ["BKD", 3, 3, 0, 0, 0, 0],
        ["DINKES", 4, 1, 3, 0, 0, 0],
        ["PKM", 3, 3, 0, 0, 0, 0],
    ]
    assert rows(quality.units, "grade", "gender", "birth_date") == [[3, 3, 0], [4, 4, 0], [3, 3, 0]]
    assert rows(quality.left_out, "table", "rows", "reason") == [
        ["assessments", 1, "after_as_of"],
        ["employees", 1, "excluded"],
    ]


def test_age_is_counted_up_to_the_day() -> None:
    """An assessment of 1 March is less than a year old on 1 March of the next year, and older one day later.

    Of 17 assessments of 1 March 2026, one of 2025 and one of 2022 in the city all are counted, the older of two of 009
    is no longer the newest; that of 2022 is over 3 years old, so stale.
    """
    for day, young in ((date(2027, 1, 1), 0), (date(2027, 3, 1), 0), (date(2027, 3, 2), 1)):
        seen = data_quality(cities.city(), day).assessments
        centre = seen[seen["source"] == "centre"]
        assert centre.loc[centre["rows"].idxmax(), "age"] == young
    ages = data_quality(cities.city(), cities.AS_OF).assessments
    assert rows(ages, "age", "stale", "source", "rows", "newest") == [
        [0, False, "centre", 16, 16],
        [0, False, "supervisor", 1, 1],
        [1, False, "centre", 1, 0],
        [3, True, "centre", 1, 1],
    ]


def test_a_limit_of_no_years_makes_all_but_the_day_itself_stale() -> None:
    """``assessment_max_age_years = 0``: an assessment of the day is not stale, one of the day before is."""
    data = cities.city()
    quality = data_quality(data, date(2026, 3, 1), Settings(assessment_max_age_years=0, synthetic=True))
    ages = quality.assessments.groupby("stale")["rows"].sum()
    assert ages.to_dict() == {False: 17, True: 2}


def test_the_day_without_a_day_is_the_newest_of_what_has_happened() -> None:
    """Not the clock, and no session that lies ahead: the assessment of 1 February 2027 is the city's last event."""
    assert data_quality(cities.city()).as_of == date(2027, 2, 1)


def test_courses_roles_and_competencies_by_hand() -> None:
    """K-OUT has one outcome, rejected: none. After 4 May 2027 neither K-BUD1, K-BUD2 nor K-OUT has a
    session; nor has K-CAREE, which begins on that day.

    A role SPARE has a standard and nobody; DRIVER is held by nobody and has none, which is no fault; 008 is to be HEAD.
    Without its standards NURSE is held by three people planned for who have none. T.2 is taught by K-CARE and K-CAREE.
    """
    frames = cities.frames()
    spare = pd.DataFrame({"role_id": ["SPARE", "DRIVER"], "title": ["a", "b"], "tier": "pelaksana", "criticality": "1"})
    frames["roles"] = pd.concat([frames["roles"], spare], ignore_index=True)
    kept = frames["standards"][frames["standards"]["role_id"] != "NURSE"]
    more = pd.DataFrame({"role_id": ["SPARE"], "competency_id": ["T.2"], "level": ["2"], "importance": ["1"]})
    frames["standards"] = pd.concat([kept, more], ignore_index=True)
    frames["outcomes"] = frames["outcomes"][frames["outcomes"]["competency_id"] != "T.2"]
    quality = data_quality(Dataset.from_frames(frames, cities.settings()), date(2027, 5, 4))
    assert rows(quality.courses, "course_id", "outcomes", "ahead") == [
        ["K-BUD1", 1, 0],
        ["K-BUD2", 1, 0],
        ["K-CARE", 0, 1],
        ["K-CAREE", 0, 0],
        ["K-OUT", 0, 0],
    ]
    assert rows(quality.roles, "role_id", "people", "next", "standards") == [["NURSE", 4, 0, 0], ["SPARE", 0, 0, 1]]
    assert rows(quality.competencies, "competency_id", "roles", "people") == [["T.2", 1, 0]]


def loops(data: Dataset, day: pd.Timestamp) -> dict[str, list[list[Any]]]:
    """Count everything again, row by row."""
    tables = {name: frame.to_dict("records") for name, frame in data.frames.items()}
    people = data.people.to_dict("records")
    newest: dict[tuple[str, str], dict[str, Any]] = {}
    for row in tables["assessments"]:
        key = (row["employee_id"], row["competency_id"])
        if row["assessed_on"] <= day and (key not in newest or row["assessed_on"] > newest[key]["assessed_on"]):
            newest[key] = row
    wanted = {role["role_id"]: [] for role in tables["roles"]}
    for row in tables["standards"]:
        wanted[row["role_id"]].append(row["competency_id"])
    units: dict[str, list[int]] = {}
    for person in people:
        sums = units.setdefault(person["unit_id"], [0] * (6 + len(OPTIONAL)))
        needs = wanted[person["role_id"]]
        known = sum((person["employee_id"], competency) in newest for competency in needs)
        flags = [
            True,
            bool(needs) and known == len(needs),
            0 < known < len(needs),
            bool(needs) and known == 0,
            not needs,
        ]
        flags.append(not any(who == person["employee_id"] for who, _ in newest))
        flags += [not (pd.isna(person[name]) or person[name] == "") for name in OPTIONAL]
        for at, flag in enumerate(flags):
            sums[at] += flag
    taught = [row for row in tables["outcomes"] if row["source"] != "rejected"]
    courses = []
    for course in sorted(tables["courses"], key=lambda c: c["course_id"]):
        outcomes = sum(row["course_id"] == course["course_id"] for row in taught)
        ahead = 0
        for session in tables["sessions"]:
            starts = session["starts_on"]
            ahead += session["course_id"] == course["course_id"] and (pd.isna(starts) or starts > day)
        if not outcomes or not ahead:
            courses.append([course["course_id"], outcomes, ahead])
    roles = []
    for role in sorted(wanted):
        held, to_come = (sum(p[name] == role for p in people) for name in ("role_id", "next_role_id"))
        if bool(held or to_come) != bool(wanted[role]):
            roles.append([role, held, to_come, len(wanted[role])])
    competencies = []
    for competency in sorted(row["competency_id"] for row in tables["competencies"]):
        asking = [role for role in wanted if competency in wanted[role]]
        if asking and not any(row["competency_id"] == competency for row in taught):
            competencies.append([competency, len(asking), sum(p["role_id"] in asking for p in people)])
    ages: dict[tuple[int, bool, str], list[int]] = {}
    most = data.settings.assessment_max_age_years
    for row in tables["assessments"]:
        if row["assessed_on"] <= day:
            on = row["assessed_on"]
            age = 0
            while (
                age < most and on.replace(year=on.year + age + 1) < day
            ):  # no assessment of the random cities is of a leap day
                age += 1
            stale = on.replace(year=on.year + most) < day
            sums = ages.setdefault((age, stale, row["source"]), [0, 0])
            sums[0] += 1
            sums[1] += newest[row["employee_id"], row["competency_id"]] is row
    return {
        "units": [[unit, *counts] for unit, counts in sorted(units.items())],
        "courses": courses,
        "roles": roles,
        "competencies": competencies,
        "assessments": [[*key, *counts] for key, counts in sorted(ages.items())],
    }


COLUMNS = {
    "units": ["unit_id", "people", "every", "some", "none", "no_standard", "never", *OPTIONAL],
    "courses": ["course_id", "outcomes", "ahead"],
    "roles": ["role_id", "people", "next", "standards"],
    "competencies": ["competency_id", "roles", "people"],
    "assessments": ["age", "stale", "source", "rows", "newest"],
}


def compare(quality: DataQuality, expected: dict[str, list[list[Any]]]) -> None:
    for name, columns in COLUMNS.items():
        assert rows(getattr(quality, name), *columns) == expected[name], name


@pytest.mark.parametrize("seed", range(16))
def test_counts_are_those_of_the_loops(seed: int) -> None:
    """Every table of counts, for random cities with and without optional tables, on a day and on the data's own."""
    frames = random_frames(seed, everything=seed % 3 == 0)
    leap = frames["assessments"]["assessed_on"].dt.strftime("%m-%d") == "02-29"
    frames["assessments"] = frames["assessments"][~leap]
    data = Dataset.from_frames(frames, Settings(exclude={"gender": ("L",)} if seed % 2 else {}))
    compare(data_quality(data, date(2025, 6, 30)), loops(data, pd.Timestamp(2025, 6, 30)))
    quality = data_quality(data)
    if quality.as_of is not None:
        compare(quality, loops(data, pd.Timestamp(quality.as_of)))


@pytest.mark.parametrize("seed", [1, 2])
def test_the_order_of_rows_leaves_no_trace(seed: int) -> None:
    """Frames are in key order whatever the order of the caller's rows."""
    frames, rng = random_frames(seed, everything=True), np.random.default_rng(seed)
    turned = {name: frame.iloc[rng.permutation(len(frame))] for name, frame in frames.items()}
    straight, mixed = data_quality(Dataset.from_frames(frames)), data_quality(Dataset.from_frames(turned))
    for name in FRAMES:
        pd.testing.assert_frame_equal(getattr(straight, name), getattr(mixed, name))


@pytest.mark.parametrize("seed", range(6))
def test_frames_are_counted_like_the_dataset_that_they_make(seed: int) -> None:
    """A mapping of sound frames, missing tables and columns and all, gives the counts of its Dataset."""
    frames = random_frames(seed)
    settings = Settings(assessment_max_age_years=2)
    ours, theirs = data_quality(frames, settings=settings), data_quality(Dataset.from_frames(frames, settings))
    assert ours.as_of == theirs.as_of
    for name in FRAMES:
        pd.testing.assert_frame_equal(getattr(ours, name), getattr(theirs, name))


def test_what_could_be_read_of_broken_tables_is_counted() -> None:
    """Refused cells are missing; rows that lost their key and rows of a key that stood before are said, not counted.

    001 stands twice, 002 lost its number, 003 its role (no standard is known for it), 004 its unit. One assessment lost
    its day, one its level: 005 keeps M.1 alone and is assessed in part. Budgets and courses are not there at all.
    """
    data = cities.city()
    broken = {
        name: frame.copy() for name, frame in data.frames.items() if name not in ("budgets", "courses", "sessions")
    }
    people = broken["employees"]
    people["employee_id"] = people["employee_id"].replace(cities.NIPS["002"], "")
    people.loc[people["employee_id"] == cities.NIPS["003"], "role_id"] = pd.NA
    people.loc[people["employee_id"] == cities.NIPS["004"], "unit_id"] = ""
    broken["employees"] = pd.concat([people, people.head(1)], ignore_index=True)
    seen = broken["assessments"].astype({"level": "Int64"})
    mine = seen["employee_id"] == cities.NIPS["005"]
    seen.loc[mine & (seen["competency_id"] == "T.1"), "level"] = pd.NA
    seen.loc[seen["employee_id"] == cities.NIPS["010"], "assessed_on"] = pd.NaT
    broken["assessments"] = seen
    quality = data_quality(broken, cities.AS_OF, data.settings)
    assert rows(quality.units, "unit_id", "people", "every", "some", "none", "no_standard", "never") == [
        ["", 1, 1, 0, 0, 0, 0],
        ["BKD", 1, 1, 0, 0, 0, 0],
        ["DINKES", 4, 0, 2, 1, 1, 1],
        ["PKM", 3, 3, 0, 0, 0, 0],
    ]
    assert rows(quality.left_out, "table", "rows", "reason") == [
        ["assessments", 1, "after_as_of"],
        ["assessments", 1, "no_key"],
        ["employees", 1, "excluded"],
        ["employees", 1, "no_key"],
        ["employees", 1, "same_key"],
    ]
    assert quality.courses.empty


def test_nothing_at_all_is_counted_as_nothing() -> None:
    """No table could be read: every count is there and empty, and there is no day."""
    quality = data_quality({})
    assert quality.as_of is None
    assert [len(getattr(quality, name)) for name in FRAMES] == [0] * len(FRAMES)
    assert list(quality.units.columns) == ["unit_id", "unit", *COLUMNS["units"][1:]]
