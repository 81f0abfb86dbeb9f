"""Plans made anew with little change: what is given up, who stays where they were."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import scipy.sparse as sp

from karier_reco.errors import LimitsError
from karier_reco.optimiser.change import Replan, replan
from karier_reco.optimiser.problem import AllocationProblem
from karier_reco.optimiser.verify import verify
from tests.contract.test_solvers import crowd
from tests.oracles import best_plan, is_feasible, value_of
from tests.problems import random_problem


def chairs(values: list[float], seats: int = 1) -> AllocationProblem:
    """One session of so many chairs, wanted by people of these values."""
    count = len(values)
    free = sp.csr_array((count, 0), dtype=int)
    return AllocationProblem(np.arange(count), np.zeros(count, int), np.array(values), free, [], [seats])


def test_a_small_gain_moves_nobody_a_large_one_does() -> None:
    """Of one chair worth 10 to another: 0.1 % is 0.01. Who had it keeps it for 9.995, and yields at 9.9."""
    for mine, stays in ((9.995, True), (9.9, False)):
        again = replan(chairs([mine, 10.0]), [True, False], optimality_gap=0.0)
        assert again.best.granted.tolist() == [False, True]
        assert again.kept.granted.tolist() == [stays, not stays]
        assert again.moved(again.kept) == (0 if stays else 2)
        assert again.kept.value == (mine if stays else 10.0)


def test_share_is_what_may_be_given_up() -> None:
    """With a share of 5 % the chair stays for 9.9 too; with 0 the bonus is nothing and value alone counts."""
    assert replan(chairs([9.9, 10.0]), [True, False], share=0.05).kept.value == 9.9
    assert replan(chairs([9.995, 10.0]), [True, False], share=0.0, optimality_gap=0.0).kept.value == 10.0


def test_what_is_locked_stays() -> None:
    """The second person is locked into the only chair: the first, who had it, moves, whatever the bonus."""
    problem = replace(chairs([10.0, 1.0]), must=np.array([-1, 0]))
    again = replan(problem, [True, False], share=1.0)
    assert again.kept.granted.tolist() == [False, True]
    assert again.moved(again.kept) == 2


def test_before_may_break_limits() -> None:
    """Three sat where only two chairs are left: two of them stay, nobody new comes."""
    again = replan(chairs([1.0, 1.0, 1.0, 1.0], seats=2), [False, True, True, True], optimality_gap=0.0)
    assert not again.kept.granted[0]
    assert again.moved(again.kept) == 1


def test_a_bonus_cannot_pass_for_a_floor() -> None:
    """The group of the first asks for a value of 1, who had a seat of 0.995: the bonus lifts it over 1 in appearance.

    The plan that is returned keeps the true floor: it is the best one, with the seat of 1.
    """
    free = sp.csr_array((2, 0), dtype=int)
    problem = AllocationProblem(
        [0, 0], [0, 1], [0.995, 1.0], free, [], [1, 1], max_sessions=[1], groups=sp.csr_array([[True]]), floor=[1.0]
    )
    again = replan(problem, [True, False], share=0.01, optimality_gap=0.0)
    assert again.kept is again.best
    assert again.kept.granted.tolist() == [False, True]


def test_random_problems_lose_no_more_than_is_allowed(full: bool) -> None:
    """Against brute force: ``kept`` keeps every limit, loses at most its share, and never has fewer seats of before.

    Both plans are what ``verify`` calls right. Where there is no plan, both say so.
    """
    changed = 0
    for seed in range(300 if full else 60):
        rng = np.random.default_rng(seed)
        problem = random_problem(rng)
        before = rng.random(problem.n_seats) < 0.4
        again = replan(problem, before, share=0.1, method="exact", optimality_gap=0.0)
        optimum, _ = best_plan(problem)
        if optimum is None:
            assert again.kept.status == again.best.status == "infeasible", seed
            continue
        for plan in (again.best, again.kept):
            verify(problem, plan)
            assert is_feasible(problem, plan.granted), seed
        assert value_of(problem, again.kept.granted) >= 0.9 * optimum - 1e-9, seed
        assert (again.kept.granted & before).sum() >= (again.best.granted & before).sum(), seed
        changed += bool((again.kept.granted != again.best.granted).any())
    assert changed >= 5


def test_a_crowd_moves_less() -> None:
    """With 10 % less money: fewer people of the crowd move than in the plan for value alone, for 0.1 % at most."""
    problem = crowd()
    how = {"method": "exact", "optimality_gap": 1e-3, "work_limit": 3.0, "time_limit": None}
    before = replan(problem, np.zeros(problem.n_seats, dtype=bool), share=0.0, **how).best
    less = replace(problem, budget=problem.budget * 9 // 10)
    again = replan(less, before, **how)
    assert again.moved(again.kept) < again.moved(again.best)
    assert again.kept.value >= 0.999 * again.best.value
    assert isinstance(again, Replan)


def test_what_does_not_fit_is_refused() -> None:
    """A mask over other seats, and a share below nothing."""
    with pytest.raises(LimitsError, match=r"before: got shape \(1,\)"):
        replan(chairs([1.0, 2.0]), [True])
    with pytest.raises(LimitsError, match=r"share\[0\]: got -0.1"):
        replan(chairs([1.0, 2.0]), [True, False], share=-0.1)
