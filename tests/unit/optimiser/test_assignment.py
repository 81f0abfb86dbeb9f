"""The search of assignments: the right problems are recognised, bounds bound, and answers are those of brute force."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp

from karier_reco.optimiser import knapsacks, levels, tree
from karier_reco.optimiser.assignment import Assignment, recognise
from karier_reco.optimiser.clock import Clock
from karier_reco.optimiser.exact import search_all
from karier_reco.optimiser.formulation import formulate
from karier_reco.optimiser.incumbent import Incumbent
from karier_reco.optimiser.problem import AllocationProblem
from karier_reco.optimiser.relaxation import no_prices, relax
from karier_reco.optimiser.solve import solve
from karier_reco.optimiser.verify import verify
from tests.oracles import best_plan
from tests.unit.optimiser.assignments import random_assignment


def recognised(problem: AllocationProblem) -> Assignment:
    """The problem, which is of this kind."""
    assignment = recognise(formulate(problem))
    assert assignment is not None
    return assignment


def hard_assignment(agents: int, jobs: int, seed: int = 0, noise: float = 0.0) -> AllocationProblem:
    """Jobs that cost about 111 less what they take, of agents that are eight tenths full: the hard kind (type d)."""
    rng = np.random.default_rng(seed)
    takes = rng.integers(1, 101, (agents, jobs))
    cost = 111 - takes + rng.integers(-10, 11, (agents, jobs))
    job, agent = np.divmod(np.arange(agents * jobs), agents)
    shape = (agents * jobs, agents)
    return AllocationProblem(
        job,
        agent,
        200 - cost[agent, job] + noise * rng.random(agents * jobs),
        sp.csr_array((takes[agent, job], (np.arange(agents * jobs), agent)), shape=shape),
        (0.8 * takes.sum(axis=1) / agents).astype(int),
        np.full(agents, jobs),
        max_sessions=1,
        must=np.zeros(agents * jobs, dtype=int),
    )


@pytest.mark.parametrize("cells", [levels.MOST_CELLS, 40])
def test_small_assignments(cells: int, full: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Value and bound are the brute-force optimum, or there is no plan, also when large budgets are counted in units
    that are larger than one, as where a table has 40 cells at most.
    """
    monkeypatch.setattr(levels, "MOST_CELLS", cells)
    infeasible = 0
    for seed in range(1500 if full else 150):
        problem = random_assignment(np.random.default_rng(seed))
        optimum, _ = best_plan(problem)
        clock = Clock()
        best, assignment = Incumbent(problem, clock), recognised(problem)
        relaxation = relax(assignment.formulation, clock, seed=0)
        assert assignment.search(relaxation.prices, best, 0.0, clock) == (optimum is not None), seed
        infeasible += optimum is None
        assert (best.value is None) == (optimum is None), seed
        if optimum is not None:
            assert best.value == pytest.approx(optimum, rel=1e-9, abs=1e-9), seed
            assert best.bound == pytest.approx(optimum, rel=1e-9, abs=1e-9), seed
    assert infeasible > 5


def test_two_ways_to_search_agree(full: bool) -> None:
    """On hard assignments that are large enough to be branched on, whole values or not, the search of assignments and
    that of the whole model by HiGHS, which share no code, have the same optimum or find that there is no plan.
    """
    for seed in range(60 if full else 8):
        problem = hard_assignment(3, 14, seed, noise=seed % 2 * 0.5)
        f, found = formulate(problem), []
        for way in ("search", "highs"):
            clock = Clock()
            best = Incumbent(problem, clock)
            if way == "search":
                recognised(problem).search(relax(f, clock, 0).prices, best, 0.0, clock)
            else:
                search_all(f, np.empty(0, dtype=np.int64), best, 0.0, clock, seed=0)
            found.append(best.value)
            assert best.value is None or best.bound == pytest.approx(best.value, rel=1e-8), (seed, way)
        assert found[0] == (None if found[1] is None else pytest.approx(found[1], rel=1e-8)), seed


def test_bounds_and_losses_at_any_prices(full: bool) -> None:
    """At random prices of people's rows the bound is at least the optimum, and at most D - loss is what a plan is worth
    that grants a seat the relaxation refuses, or refuses one that it grants.
    """
    for seed in range(300 if full else 40):
        rng = np.random.default_rng(seed)
        problem = random_assignment(rng, people=4)
        search = levels.Levels(recognised(problem), no_prices(problem), Incumbent(problem, Clock()), Clock())
        model, node, way = search._model, search._node, search._tree
        if not tree.start(model, node, way):
            assert best_plan(problem)[0] is None, seed
            continue
        price = rng.normal(0, 2, len(model.low))
        bound = knapsacks.relax(model, node, price)
        optimum, _ = best_plan(problem)
        assert optimum is None or bound >= optimum - 1e-9, seed
        knapsacks.weigh(model, node)
        for column in np.flatnonzero(node.fixed == knapsacks.FREE).tolist():
            forced, _ = best_plan(with_seat(problem, int(search._seats[column]), node.chosen[column] == 0))
            assert forced is None or forced <= bound - node.loss[column] + 1e-9, (seed, column)


def with_seat(problem: AllocationProblem, seat: int, granted: bool) -> AllocationProblem:
    """The problem in which one seat has to be granted, or is not there: the others keep their places."""
    arguments: dict[str, Any] = {
        name: getattr(problem, name)
        for name in ("person", "session", "value", "budget", "max_seats", "max_sessions", "must", "exclusive")
    }
    cost = problem.seat_cost.tolil()
    if granted:
        must = np.full(problem.n_seats, -1) if problem.must is None else problem.must.copy()
        must[seat] = 99
        others = (problem.person == problem.person[seat]) & (np.arange(problem.n_seats) != seat)
        if problem.must is not None and (problem.must[seat] >= 0):
            must[others] = -1
        return AllocationProblem(**arguments | {"must": must, "cost": sp.csr_array(cost)})
    cost = sp.csr_array(sp.hstack([cost, sp.csr_array(([1], ([seat], [0])), shape=(problem.n_seats, 1), dtype=int)]))
    return AllocationProblem(**arguments | {"cost": cost, "budget": np.append(problem.budget, 0).astype(int)})


@pytest.mark.parametrize(
    "more",
    [
        {"hours": [1, 1], "max_hours": 1},
        {"hours": [1, 1], "target_hours": 1, "hour_value": 1.0},
        {"min_seats": [2, 0]},
        {"opening_cost": sp.csr_array([[1, 0], [0, 0]])},
        {"requires": [(0, [1])]},
        {"need_gain": sp.csr_array([[1.0], [1.0], [0.0], [0.0]]), "need_cap": [1.5], "max_sessions": [2, 2]},
        {"groups": sp.csr_array([[True], [True]]), "floor": [1.0]},
        {"must": [0, -1, -1, -1]},
        {"cost": sp.csr_array([[2, 2], [2, 2], [2, 2], [2, 2]])},
    ],
    ids=lambda more: "/".join(more),
)
def test_other_kinds_are_not_recognised(more: dict[str, Any]) -> None:
    """One limit of another kind, a must for only some of a person's seats, or a second line, and it is another kind."""
    plain: dict[str, Any] = {
        "person": [0, 0, 1, 1],
        "session": [0, 1, 0, 1],
        "value": [1.0, 2.0, 3.0, 4.0],
        "cost": sp.csr_array([[2, 0], [0, 2], [2, 0], [0, 2]]),
        "budget": [3, 3],
        "max_seats": [2, 2],
        "max_sessions": [1, 1],
    }
    assert recognise(formulate(AllocationProblem(**plain))) is not None
    assert recognise(formulate(AllocationProblem(**plain | more))) is None


def test_a_hard_assignment_is_proved() -> None:
    """Of the kind that keeps general solvers busy for minutes, 5 agents and 60 jobs: value and bound meet, the solver's
    relaxation is above, and the plan is verified.
    """
    problem = hard_assignment(5, 60)
    allocation = solve(problem, optimality_gap=0.0, time_limit=60.0)
    verify(problem, allocation)
    assert (allocation.status, allocation.bound_by) == ("optimal", "search")
    assert allocation.granted.sum() == 60


def test_work_stops_at_the_same_place() -> None:
    """Two runs with the same limit of work end with the same plan and the same bound, before the end."""
    problem = hard_assignment(10, 120)
    one, other = (solve(problem, optimality_gap=0.0, time_limit=None, work_limit=0.3) for _ in range(2))
    assert one.stopped_by == "work"
    assert one.granted.tobytes() == other.granted.tobytes()
    assert (one.value, one.bound) == (other.value, other.bound)


def test_the_clock_stops_a_search() -> None:
    """A search of an hour ends with its deadline, with a plan and a bound that is at least its value."""
    problem = hard_assignment(20, 200)
    solve(hard_assignment(3, 10), optimality_gap=0.0)  # code is compiled here, not within the second
    clock = Clock(time_limit=1.0)
    allocation = solve(problem, optimality_gap=0.0, time_limit=1.0)
    assert clock.seconds() < 1.5
    assert allocation.stopped_by == "time"
    assert allocation.bound is not None
    assert 0 < allocation.value <= allocation.bound
