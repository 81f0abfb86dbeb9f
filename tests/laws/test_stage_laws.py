"""Gaps, lists and values of random tables agree with loops over the same tables, and keep the laws of the model."""

from __future__ import annotations

from datetime import date
from functools import cache

import numpy as np
import pandas as pd
import pytest

from karier_reco.dataset import Dataset
from karier_reco.gaps import find_gaps, job_match
from karier_reco.recommender import CourseRecommender
from karier_reco.settings import Settings
from karier_reco.value import appraise
from tests import loops
from tests.datasets import YEAR, random_frames

AS_OF = date(YEAR - 1, 12, 31)
SETTINGS = [
    Settings(),
    Settings(unassessed="none", step=2, kappa=0.0),
    Settings(unassessed_weight=1.0, step=5, kappa=1.0, purpose_weight={"current": 1.0, "next": 2.0}),
]


@pytest.fixture
def seeds(request: pytest.FixtureRequest) -> range:
    return range(600 if request.config.getoption("--full") else 24)


@cache
def cities(seeds: range) -> list[Dataset]:
    return [Dataset.from_frames(random_frames(seed), SETTINGS[seed % len(SETTINGS)]) for seed in seeds]


def test_gaps_agree_with_loops(seeds: range) -> None:
    """Every gap, assumed level, weight and basis is the one that a loop over the tables finds, and no other row."""
    for data in cities(seeds):
        need = loops.gaps(data, AS_OF)
        found = {
            (row["employee_id"], row["competency_id"], row["purpose"]): row
            for row in loops.rows(find_gaps(data, AS_OF))
        }
        assert set(found) == set(need)
        for key, row in need.items():
            for name in ("standard", "basis", "peers"):
                assert found[key][name] == row[name]
            for name in ("level", "gap"):
                assert (None if found[key][name] is pd.NA else found[key][name]) == row[name]
            assert found[key]["weight"] == pytest.approx(row["weight"])


def test_lists_agree_with_loops(seeds: range) -> None:
    """The list is exactly the greedy list over the whole catalogue, ties included."""
    for data in cities(seeds):
        need = loops.gaps(data, AS_OF)
        found = CourseRecommender(top=3).fit(data).recommend(find_gaps(data, AS_OF), data, AS_OF)
        for employee in data.people["employee_id"]:
            mine = found[found["employee_id"] == employee]
            expected = loops.ranking(data, need, employee, 3, AS_OF)
            assert list(mine["course_id"]) == [course for course, *_ in expected]
            assert list(mine["rank"]) == list(range(1, len(expected) + 1))
            for column, at in (("score", 1), ("marginal", 2), ("levels_closed", 3)):
                assert mine[column].tolist() == pytest.approx([row[at] for row in expected], abs=1e-8)


def test_closures_agree_with_loops(seeds: range) -> None:
    """Each candidate's closures are those of the formula, and with the bonus they make its value."""
    for data in cities(seeds):
        need = loops.gaps(data, AS_OF)
        gaps = find_gaps(data, AS_OF)
        candidates, closures = appraise(
            CourseRecommender(top=4).fit(data).recommend(gaps, data, AS_OF), gaps, data, YEAR, AS_OF
        )
        by_seat = closures.groupby(["employee_id", "session_id"])
        for row in loops.rows(candidates):
            seat = (row["employee_id"], row["session_id"])
            mine = loops.rows(by_seat.get_group(seat)) if seat in by_seat.groups else []
            expected = loops.closure(data, need, row["employee_id"], row["course_id"], AS_OF)
            assert {(r["competency_id"], r["step"]) for r in mine} == set(expected)
            for r in mine:
                share, weight = expected[r["competency_id"], r["step"]]
                assert (r["closure"], r["weight"]) == pytest.approx((share, weight))
            value = sum(share * weight for share, weight in expected.values())
            assert row["value"] - row["bonus"] == pytest.approx(value)


def test_levels_closed_stay_in_the_gap(seeds: range) -> None:
    """No course closes a step that it does not teach or that the person does not miss; no more than the gap in all."""
    for data in cities(seeds):
        gaps = find_gaps(data, AS_OF)
        candidates, closures = appraise(
            CourseRecommender().fit(data).recommend(gaps, data, AS_OF), gaps, data, YEAR, AS_OF
        )
        widest = gaps.dropna(subset=["gap"]).groupby(["employee_id", "competency_id"])["gap"].max()
        taught = closures.merge(candidates[["employee_id", "session_id", "course_id"]]).merge(
            data.outcomes, on=["course_id", "competency_id"], how="left"
        )
        assert ((taught["entry_level"] < taught["step"]) & (taught["step"] <= taught["exit_level"])).all()
        per_seat = closures.groupby(["employee_id", "session_id", "competency_id"])["closure"].sum().reset_index()
        limit = widest.reindex(pd.MultiIndex.from_frame(per_seat[["employee_id", "competency_id"]])).to_numpy(float)
        assert (per_seat["closure"].to_numpy() <= limit + 1e-9).all()


def test_order_of_rows_changes_nothing(seeds: range) -> None:
    """Tables shuffled by rows and columns give the same gaps, lists and candidates, only people in another order."""
    rng = np.random.default_rng(5)
    for seed, data in zip(seeds, cities(seeds), strict=True):
        frames = random_frames(seed)
        shuffled = Dataset.from_frames(
            {
                name: frame.sample(frac=1, random_state=rng)[list(rng.permutation(frame.columns))]
                for name, frame in frames.items()
            },
            data.settings,
        )
        results = []
        for version in (data, shuffled):
            gaps = find_gaps(version, AS_OF)
            listed = CourseRecommender(top=3).fit(version).recommend(gaps, version, AS_OF)
            results.append((gaps, listed, *appraise(listed, gaps, version, YEAR, AS_OF)))
        for one, other, key in zip(
            results[0],
            results[1],
            (["employee_id", "purpose", "competency_id"], ["employee_id", "rank"], None, None),
            strict=True,
        ):
            if key:
                one, other = (f.sort_values(key, ignore_index=True) for f in (one, other))
            pd.testing.assert_frame_equal(one, other, check_exact=True)


def test_people_without_gap_and_courses_without_effect_are_not_listed(seeds: range) -> None:
    """A list holds only people with a weighted gap and courses that close some of it."""
    for data in cities(seeds):
        gaps = find_gaps(data, AS_OF)
        listed = CourseRecommender().fit(data).recommend(gaps, data, AS_OF)
        with_gap = set(gaps.loc[(gaps["gap"] > 0).fillna(value=False), "employee_id"])
        assert set(listed["employee_id"]) <= with_gap
        assert (listed["score"] > 0).all()
        assert (listed["score"] <= 1).all()


def test_match_hides_nothing_in_share_met(seeds: range) -> None:
    """share_met never exceeds JPM, and both count the same assessed competencies."""
    for data in cities(seeds):
        for by in ("employee", "unit", "competency"):
            table = job_match(data, by, AS_OF)  # type: ignore[arg-type]  # the loop's text is one of the three
            known = table.dropna(subset=["jpm_raw"])
            assert (known["share_met"] <= known["jpm_raw"] + 1e-9).all()
            assert (known["assessed"] <= known["required"]).all()
            assert (known["assessed"] > 0).all()
