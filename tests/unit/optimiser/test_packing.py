"""Plans bred in models in which every limit says "at most": always allowed, never lost, and good."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp

from karier_reco.optimiser.clock import Clock
from karier_reco.optimiser.fixing import Fixing
from karier_reco.optimiser.formulation import formulate
from karier_reco.optimiser.incumbent import Incumbent
from karier_reco.optimiser.packing import Packer
from karier_reco.optimiser.problem import AllocationProblem
from tests.oracles import best_plan, is_feasible, value_of


def random_packing(rng: np.random.Generator, items: int = 12, lines: int = 4) -> AllocationProblem:
    """A knapsack with several rows; some items belong to the same person, who may have two."""
    person = np.sort(rng.integers(0, items // 2, items))
    session = np.concatenate([np.arange(n) for n in np.unique(person, return_counts=True)[1]])
    cost = rng.integers(0, 100, (items, lines))
    value = cost.mean(axis=1) + rng.integers(0, 30, items)
    chairs = np.full(int(session.max()) + 1, items)
    budget = cost.sum(axis=0) // 2
    return AllocationProblem(person, session, value, sp.csr_array(cost), budget, chairs, max_sessions=2)


def fixing_of(problem: AllocationProblem) -> Fixing:
    """The problem's relaxation."""
    return Fixing(formulate(problem), np.empty(0, dtype=np.int64), Clock(), seed=0)


def test_small_packings_are_solved(full: bool) -> None:
    """A few thousand children find the brute-force optimum of 12 items in 4 rows; every plan on the way is feasible."""
    for seed in range(100 if full else 12):
        problem = random_packing(np.random.default_rng(seed))
        fixing, clock = fixing_of(problem), Clock()
        assert fixing.is_packing()
        best = Incumbent(problem, clock)
        Packer(fixing, seed=0).improve(best, 0.0, clock, work=0.005)
        optimum, _ = best_plan(problem)
        assert best.granted is not None, seed
        assert is_feasible(problem, best.granted), seed
        assert best.value == value_of(problem, best.granted) == pytest.approx(optimum), seed


def test_the_same_work_finds_the_same_plan() -> None:
    """Two packers with the same seed and the same work end with the same plan; the work is told to the clock."""
    problem = random_packing(np.random.default_rng(0), items=60, lines=6)
    plans = []
    for _ in range(2):
        clock = Clock()
        best = Incumbent(problem, clock)
        Packer(fixing_of(problem), seed=3).improve(best, 0.0, clock, work=0.002)
        assert clock.work >= 0.002
        assert best.granted is not None
        plans.append(best.granted.tobytes())
    assert plans[0] == plans[1]


def test_what_asks_for_something_is_no_packing() -> None:
    """A must, or a session that needs two people, makes dropping a seat a way to break a limit."""
    nothing = sp.csr_array((2, 0), dtype=int)
    for more in ({"must": [0, 0], "max_sessions": 1}, {"min_seats": [2]}):
        session = [0, 1] if "must" in more else [0, 0]
        person = [0, 0] if "must" in more else [0, 1]
        problem = AllocationProblem(person, session, [1.0, 2.0], nothing, [], [2] * (max(session) + 1), **more)
        assert not fixing_of(problem).is_packing()
