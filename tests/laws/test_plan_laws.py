"""Plans of small random cities against every choice of seats that the tables and the law allow."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from karier_reco.allocation import allocate
from karier_reco.dataset import Dataset
from karier_reco.errors import InfeasibleError, LimitsError
from karier_reco.gaps import find_gaps
from karier_reco.plan import draw_up
from karier_reco.recommender import CourseRecommender
from karier_reco.settings import Limits
from karier_reco.value import appraise
from tests import choices
from tests.datasets import YEAR, random_frames

AS_OF = date(YEAR - 1, 12, 31)
LIMITS = [
    Limits(),
    Limits(budget=4_000_000, max_sessions=1),
    Limits(budget=30_000_000, max_sessions=2, max_jp={"PNS": 30, "PPPK": 12}, target_jp={"PNS": 40, "CPNS": 10}),
    Limits(max_sessions=None, max_jp={}, target_jp={}),
]
MOST = 11
"""Candidate seats up to which every choice is tried."""


def appraised(seed: int) -> tuple[Dataset, pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    data = Dataset.from_frames(random_frames(seed))
    gaps = find_gaps(data, AS_OF)
    listed = CourseRecommender(top=4).fit(data).recommend(gaps, data, AS_OF)
    return data, gaps, *appraise(listed, gaps, data, YEAR, AS_OF)


def test_plans_are_the_best_that_the_tables_allow(request: pytest.FixtureRequest) -> None:
    """Allocate grants as many first mandates as any choice, and with these the highest value; or no choice is allowed.

    The choices are tried by loops over tables that know nothing of arrays: a rule lost on the way to the solver, or one
    too many, shows as another value.
    """
    tried = 0
    for seed in range(1000 if request.config.getoption("--full") else 90):
        data, _, candidates, closures = appraised(seed)
        if not 0 < len(candidates) <= MOST:
            continue
        limits = LIMITS[seed % len(LIMITS)]
        city = choices.city_of(data, limits, YEAR, closures)
        seats = choices.rows(candidates)
        if choices.uncovered(city, seats):
            with pytest.raises(LimitsError, match="no line for"):
                allocate(candidates, data, limits, closures=closures, year=YEAR)
            continue
        plans = choices.plans(city, seats)
        if not plans:
            with pytest.raises(InfeasibleError) as caught:
                allocate(candidates, data, limits, closures=closures, year=YEAR)
            assert caught.value.conflict
            continue
        tried += 1
        allocation = allocate(candidates, data, limits, closures=closures, year=YEAR, optimality_gap=0.0)
        mine = [seat for seat, granted in zip(seats, allocation.granted, strict=True) if granted]
        assert choices.allowed(city, mine), seed
        assert allocation.value == pytest.approx(choices.worth(city, mine), abs=1e-9), seed
        first = choices.mandates(city, mine)
        assert len(first) == max(len(choices.mandates(city, plan)) for plan in plans), seed
        best = max(choices.worth(city, plan) for plan in plans if choices.mandates(city, plan) >= first)
        assert allocation.value == pytest.approx(best, abs=1e-7), seed
    assert tried >= 10


def test_no_seat_can_be_added(request: pytest.FixtureRequest) -> None:
    """Every seat not granted that would add value breaks a rule of the tables."""
    for seed in range(300 if request.config.getoption("--full") else 30):
        data, _, candidates, closures = appraised(seed)
        limits = LIMITS[seed % len(LIMITS)]
        try:
            allocation = allocate(candidates, data, limits, closures=closures, year=YEAR)
        except LimitsError:
            continue
        city = choices.city_of(data, limits, YEAR, closures)
        seats = choices.rows(candidates)
        mine = [seat for seat, granted in zip(seats, allocation.granted, strict=True) if granted]
        value = choices.worth(city, mine)
        for seat, granted in zip(seats, allocation.granted, strict=True):
            if not granted and choices.worth(city, [*mine, seat]) > value + 1e-9:
                assert not choices.allowed(city, [*mine, seat]), (seed, seat["session_id"])


def test_order_of_candidates_changes_nothing() -> None:
    """Candidates in any order get the same seats, and the mask follows the caller's rows."""
    rng = np.random.default_rng(3)
    for seed in range(20):
        data, _, candidates, closures = appraised(seed)
        try:
            straight = allocate(candidates, data, closures=closures, year=YEAR)
        except LimitsError:
            continue
        mixed = candidates.sample(frac=1, random_state=rng)
        crooked = allocate(mixed, data, closures=closures, year=YEAR)
        assert crooked.value == straight.value
        assert set(mixed.index[crooked.granted]) == set(candidates.index[straight.granted])


def test_a_start_follows_the_rows_of_candidates() -> None:
    """An allocation or a mask to start from is over the caller's rows, in any order, and is never lowered."""
    rng = np.random.default_rng(4)
    data, _, candidates, closures = next(found for found in map(appraised, range(300)) if len(found[2]) > 3)
    limits = Limits(budget=10**12)
    best = allocate(candidates, data, limits, closures=closures, year=YEAR, optimality_gap=0.0)
    mixed = candidates.sample(frac=1, random_state=rng)
    crooked = allocate(mixed, data, limits, closures=closures, year=YEAR, optimality_gap=0.0)
    for start in (crooked, crooked.granted):
        again = allocate(mixed, data, limits, closures=closures, year=YEAR, start=start)
        assert again.value == pytest.approx(best.value)
    with pytest.raises(LimitsError, match="start: got an array"):
        allocate(mixed, data, limits, closures=closures, year=YEAR, start=np.zeros(1, dtype=bool))


def test_own_candidates_without_closures_add_up() -> None:
    """Another system's candidates need three columns; their values add and money is looked up in the sessions."""
    data, _, candidates, _ = next(found for found in map(appraised, range(300)) if len(found[2]) > 3)
    own = candidates[["employee_id", "session_id"]].assign(value=1.0)
    allocation = allocate(own, data, Limits(budget=10**12, max_jp={}, target_jp={}), year=YEAR)
    assert allocation.value == pytest.approx(float(allocation.granted.sum()))


def test_changed_values_scale_closures() -> None:
    """Doubling every candidate's value, closures left alone, doubles what the plan is worth and changes no seat."""
    data, _, candidates, closures = next(found for found in map(appraised, range(300)) if len(found[2]) > 3)
    limits = Limits(budget=10**12, target_jp={})
    once = allocate(candidates, data, limits, closures=closures, year=YEAR, optimality_gap=0.0)
    twice = allocate(
        candidates.assign(value=candidates["value"] * 2, bonus=candidates["bonus"]),
        data,
        limits,
        closures=closures,
        year=YEAR,
        optimality_gap=0.0,
    )
    assert twice.value == pytest.approx(2 * once.value)


def test_waiting_names_limits_for_everybody_with_a_gap_left(request: pytest.FixtureRequest) -> None:
    """Whoever has a seat in another course that would close more waits, once, with a limit; nobody else does."""
    for seed in range(300 if request.config.getoption("--full") else 20):
        data, gaps, candidates, closures = appraised(seed)
        try:
            allocation = allocate(candidates, data, closures=closures, year=YEAR)
        except LimitsError:
            continue
        plan = draw_up(allocation, candidates, closures, gaps, data, Limits(), YEAR, AS_OF)
        city = choices.city_of(data, Limits(), YEAR, closures.assign(bonus=0.0))
        mine = [{**seat, "bonus": 0.0, "jp": 0} for seat in choices.rows(plan.enrolments)]
        value = choices.worth(city, mine)
        had = {(seat["employee_id"], seat["course_id"]) for seat in mine}
        could = {
            seat["employee_id"]
            for seat in choices.rows(candidates[~plan.granted])
            if (seat["employee_id"], seat["course_id"]) not in had
            and choices.worth(city, [*mine, {**seat, "bonus": 0.0, "jp": 0}]) > value + 1e-8
        }
        assert set(plan.waiting["employee_id"]) == could
        assert (plan.waiting["limits"] != "").all()
