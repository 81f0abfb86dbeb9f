"""Exchanges of seats: a plan is made that keeps every limit, only gets better, and ends where no exchange helps."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp

from karier_reco.optimiser import exchange, levels
from karier_reco.optimiser.clock import Clock
from karier_reco.optimiser.incumbent import Incumbent
from karier_reco.optimiser.knapsacks import Model
from karier_reco.optimiser.problem import AllocationProblem
from karier_reco.optimiser.relaxation import no_prices
from tests.oracles import best_plan, is_feasible, value_of
from tests.unit.optimiser.assignments import random_assignment
from tests.unit.optimiser.test_assignment import recognised


def model_of(problem: AllocationProblem) -> tuple[Model, np.ndarray]:
    """The problem's model, and by seat of the model the problem's seat."""
    search = levels.Levels(recognised(problem), no_prices(problem), Incumbent(problem, Clock()), Clock())
    return search._model, search._seats


def mask_of(plan: exchange.Plan, seats: np.ndarray) -> np.ndarray:
    """The plan as a mask of the problem's seats."""
    mask = np.zeros(len(seats), dtype=bool)
    mask[seats] = plan.granted == 1
    return mask


def test_plans_keep_every_limit_and_only_get_better(full: bool) -> None:
    """Out of any likely seats and scores: where nobody lacks a seat the plan is feasible, and improving it keeps it so
    and never lowers it. Where somebody lacks one nothing is claimed; most problems with a plan get one.
    """
    built = feasible = 0
    for seed in range(1000 if full else 150):
        rng = np.random.default_rng(seed)
        problem = random_assignment(rng)
        model, seats = model_of(problem)
        plan = exchange.empty_plan(model)
        likely, score = (rng.random(len(seats)) < 0.5).astype(float), rng.random(len(seats))
        feasible += best_plan(problem)[0] is not None
        if not exchange.build(model, plan, likely, score):
            continue
        built += 1
        mask = mask_of(plan, seats)
        assert is_feasible(problem, mask), seed
        exchange.improve(model, plan)
        better = mask_of(plan, seats)
        assert is_feasible(problem, better), seed
        assert value_of(problem, better) >= value_of(problem, mask) - 1e-9, seed
        assert no_seat_more_or_otherwise(problem, better), seed
    assert built >= 0.9 * feasible


def no_seat_more_or_otherwise(problem: AllocationProblem, mask: np.ndarray) -> bool:
    """Whether neither one more seat nor another seat for one granted to the same person is feasible and better."""
    value = value_of(problem, mask)
    for e in np.flatnonzero(~mask):
        own = np.flatnonzero(mask & (problem.person == problem.person[e]))
        for given in (None, *own.tolist()):
            other = mask.copy()
            other[e] = True
            if given is not None:
                other[given] = False
            if value_of(problem, other) > value + 1e-8 and is_feasible(problem, other):
                return False
    return True


@pytest.mark.parametrize(
    ("session", "value", "likely", "worth"),
    [
        ([0, 1, 0, 1], [1.0, 8.0, 8.0, 1.0], [True, False, False, True], 16.0),
        ([0, 1, 1, 2], [1.0, 10.0, 7.0, 6.0], [True, False, True, False], 16.0),
    ],
    ids=["swap", "chain"],
)
def test_who_is_in_the_way_moves(session: list[int], value: list[float], likely: list[bool], worth: float) -> None:
    """Sessions have one chair each. Swap: each of two people is worth 8 where the other sits and 1 where they do.
    Chain: the first is worth 10 where the second sits, who loses 1 by moving to a free chair: 10 + 6 for 1 + 7.
    """
    nothing = sp.csr_array((4, 0), dtype=int)
    problem = AllocationProblem([0, 0, 1, 1], session, value, nothing, [], [1, 1, 1], max_sessions=1)
    model, seats = model_of(problem)
    plan, first = exchange.empty_plan(model), np.array(likely, dtype=float)[seats]
    assert exchange.build(model, plan, first, first)
    assert mask_of(plan, seats).tolist() == likely
    exchange.improve(model, plan)
    assert value_of(problem, mask_of(plan, seats)) == worth


def test_somebody_moves_for_one_who_lacks_a_seat() -> None:
    """Person 1 must have the only chair of session 0 and person 0, who has it, can have session 1: both get a seat."""
    problem = AllocationProblem(
        [0, 0, 1],
        [0, 1, 0],
        [5.0, 1.0, 1.0],
        sp.csr_array((3, 0), dtype=int),
        [],
        [1, 1],
        max_sessions=1,
        must=[0, 0, 0],
    )
    model, seats = model_of(problem)
    plan = exchange.empty_plan(model)
    score = np.array([5.0, 1.0, 1.0])[seats]
    assert exchange.build(model, plan, (score == 5).astype(float), score)
    assert mask_of(plan, seats).tolist() == [False, True, True]
