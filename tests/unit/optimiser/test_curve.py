"""Curves of budgets: monotone, bounded, verified, and no dearer than they may be."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from importlib import import_module
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp

from karier_reco.errors import LimitsError, SolverError
from karier_reco.optimiser.allocation import Allocation
from karier_reco.optimiser.clock import Progress
from karier_reco.optimiser.curve import SHORTEST, BudgetCurve, budget_curve
from karier_reco.optimiser.problem import AllocationProblem
from karier_reco.optimiser.solve import solve
from karier_reco.optimiser.verify import verify
from tests.contract.test_solvers import crowd
from tests.oracles import best_plan, dual_value, is_feasible
from tests.problems import random_problem

EXACT: dict[str, Any] = {"method": "exact", "optimality_gap": 0.0}


def two_lines() -> AllocationProblem:
    """Seats of 3 and 2 that cost 4 and 2 on the first line of 4, and one of 5 that costs 3 on the second of 2."""
    cost = sp.csr_array([[4, 0], [2, 0], [0, 3]])
    return AllocationProblem([0, 1, 2], [0, 0, 0], [3.0, 2.0, 5.0], cost, [4, 2], [3])


def random_curves(count: int, shares: tuple[float, ...], **options: Any) -> Iterator[tuple[int, BudgetCurve]]:
    """Curves of random problems that have a budget line."""
    for seed in range(count):
        problem = random_problem(np.random.default_rng(seed))
        if problem.n_lines:
            yield seed, budget_curve(problem, shares, **options)


def test_a_curve_by_hand() -> None:
    """Half: 2 and 1 buy the seat of 2. All: 4 and 2 buy the seat of 3. Double: 8 and 4 buy all three, 10."""
    curve = budget_curve(two_lines(), [0.5, 1.0, 2.0])
    assert curve.budget.tolist() == [[2, 1], [4, 2], [8, 4]]
    assert curve.amount.tolist() == [3, 6, 12]
    assert curve.value.tolist() == [2.0, 3.0, 10.0]
    assert curve.bound == (2.0, 3.0, 10.0)
    assert curve.slope == (1 / 3, 7 / 6, None)
    assert [row["status"] for row in curve.rows()] == ["optimal"] * 3


def test_one_line_by_amount() -> None:
    """Only the line that is named changes: with 3 on the second the seat of 5 joins the seat of 3."""
    curve = budget_curve(two_lines(), budgets=[0, 2, 3], lines=[1])
    assert curve.budget.tolist() == [[4, 0], [4, 2], [4, 3]]
    assert curve.amount.tolist() == [0, 2, 3]
    assert curve.value.tolist() == [3.0, 3.0, 8.0]


def test_price_is_per_unit_of_the_amount() -> None:
    """Ten people, each seat worth 2 and cost 1, budgets of 4 and 2 that both bind: one more unit is worth 2 on either.

    So is one unit spread over both, two thirds and one third.
    """
    cost = sp.csr_array([[1, 0]] * 10 + [[0, 1]] * 10)
    problem = AllocationProblem(np.arange(20), np.zeros(20, int), np.full(20, 2.0), cost, [4, 2], [20])
    for lines in (None, [0], [1]):
        curve = budget_curve(problem, [0.5, 1.0, 1.5], lines=lines)
        assert curve.price == pytest.approx([2.0, 2.0, 2.0])
        assert curve.slope[:2] == pytest.approx([2.0, 2.0])


def test_share_of_one_is_the_problem_itself() -> None:
    """To the unit, beyond what a float can tell apart: 2**53 + 1 stays."""
    problem = AllocationProblem([0], [0], [1.0], sp.csr_array([[1]]), [2**53 + 1], [1])
    assert budget_curve(problem, [1.0]).budget.tolist() == [[2**53 + 1]]


def test_points_agree_with_brute_force(full: bool) -> None:
    """Solved to the end, every point is the optimum of its budget; infeasible there, infeasible by brute force."""
    tried = 0
    for seed, curve in random_curves(400 if full else 60, (0.3, 0.8, 1.0, 1.4), effort=None, **EXACT):
        for budget, plan in zip(curve.budget, curve.allocations, strict=True):
            optimum, _ = best_plan(replace(curve.problem, budget=budget))
            if optimum is None:
                assert plan.status == "infeasible", seed
                continue
            tried += 1
            assert plan.status == "optimal", seed
            assert plan.value == pytest.approx(optimum, rel=1e-9, abs=1e-9), seed
    assert tried >= 60


@pytest.mark.parametrize("method", ["exact", "prices"])
def test_loose_points_are_monotone_bounded_and_feasible(method: str, full: bool) -> None:
    """However early each point stops: no value and no bound falls, the optimum lies between, prices prove theirs.

    By brute force and loops of the oracle, which share nothing with the curve.
    """
    options: dict[str, Any] = {"method": method, "optimality_gap": 0.3, "work_limit": 0.05, "time_limit": None}
    for seed, curve in random_curves(300 if full else 25, (0.2, 0.6, 0.9, 1.0, 1.3), **options):
        values, bounds = curve.value, curve.bound
        for at, plan in enumerate(curve.allocations):
            verify(plan.problem, plan)
            assert plan.problem.budget.tolist() == curve.budget[at].tolist()
            optimum, _ = best_plan(plan.problem)
            if plan.status in ("infeasible", "unknown"):
                assert optimum is None or plan.status == "unknown", seed
                continue
            assert optimum is not None, seed
            assert is_feasible(plan.problem, plan.granted), seed
            assert plan.value <= optimum + 1e-9, seed
            assert plan.bound is None or plan.bound >= optimum - 1e-9, seed
            if plan.bound_by == "prices" and plan.bound is not None:
                assert dual_value(plan.problem, plan.prices) <= plan.bound + 1e-9, seed
        there = [at for at, plan in enumerate(curve.allocations) if plan.status in ("feasible", "optimal")]
        assert all(np.diff(values[there]) >= 0), seed
        known = [bound for bound in (bounds[at] for at in there) if bound is not None]
        assert all(np.diff(known) >= -1e-12), seed


def test_one_set_of_prices_bounds_every_budget() -> None:
    """With effort for the first point alone the others still have a bound: D at its prices, plus price times change.

    The crowd's points at 0.9 and 1.1 are bounded no worse than that, to the last digits.
    """
    problem = crowd()
    how: dict[str, Any] = {"method": "prices", "optimality_gap": 1e-3, "work_limit": 1.0, "time_limit": None}
    base = solve(problem, **how)
    curve = budget_curve(problem, [0.9, 1.0, 1.1], effort=0.0, **how)
    assert base.prices is not None
    assert base.bound is not None
    for bound, budget in zip(curve.bound, curve.budget, strict=True):
        assert bound is not None
        assert bound <= base.bound + base.prices.budget @ (budget - problem.budget) + 1e-9 * base.bound


def test_bounds_by_prices_rise_ever_more_slowly() -> None:
    """They are the lowest of straight lines: second differences along even shares are never above 0."""
    curve = budget_curve(crowd(), np.linspace(0.5, 1.5, 11), method="prices", work_limit=1.0, time_limit=None)
    assert {plan.bound_by for plan in curve.allocations} == {"prices"}
    bounds = np.array(curve.bound, dtype=float)
    assert (np.diff(bounds, 2) <= 1e-9 * bounds.max()).all()
    assert (np.diff(bounds) > 0).any()


def test_a_limit_of_work_repeats() -> None:
    """Nothing but work stops the points: twice the same curve, to the last bit."""
    how: dict[str, Any] = {"method": "prices", "work_limit": 0.5, "time_limit": None}
    one, two = (budget_curve(crowd(), [0.8, 1.0, 1.2], **how) for _ in range(2))
    assert one.value.tobytes() == two.value.tobytes()
    assert one.bound == two.bound
    pairs = zip(one.allocations, two.allocations, strict=True)
    assert all(a.granted.tobytes() == b.granted.tobytes() for a, b in pairs)


def test_twenty_points_take_three_times_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """All points after the first get twice its time together, but half a second each.

    A solver that takes what it may: 20 points of one of 6 seconds share 12, so 12 / 19 s each; and a first point that
    takes no time leaves each of the others the half second.
    """
    module, now, given = import_module("karier_reco.optimiser.curve"), [0.0], list[float]()
    problem = two_lines()
    answer = solve(problem)

    def slow(point: AllocationProblem, **how: Any) -> Allocation:
        given.append(how["time_limit"])
        now[0] += how["time_limit"]
        return replace(answer, problem=point, stopped_by="time", status="feasible", bound=99.0, bound_by="highs")

    monkeypatch.setattr(module, "solve", slow)
    monkeypatch.setattr(module, "monotonic", lambda: now[0])
    monkeypatch.setattr(module, "verify", lambda problem, allocation: None)
    monkeypatch.setattr(module, "_shared", lambda found, gap: found)
    budget_curve(problem, np.linspace(0.5, 1.5, 20), time_limit=14.0)
    assert now[0] == pytest.approx(3 * 14.0)
    assert given == pytest.approx([14.0, *[28.0 / 19] * 19])
    given.clear()
    budget_curve(problem, np.linspace(0.5, 1.5, 20), time_limit=0.0)
    assert set(given) == {0.0}  # never more than the caller allows
    given.clear()
    budget_curve(problem, np.linspace(0.5, 1.5, 20), time_limit=2.0)
    assert given == pytest.approx([2.0, *[SHORTEST] * 19])
    given.clear()
    budget_curve(problem, [0.5, 1.0], effort=None, time_limit=7.0)
    assert given == [7.0, 7.0]


def test_work_is_shared_like_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Five points and 12 units for the first: 2 x 12 / 4 = 6 for each of the others; time is the caller's."""
    module, given = import_module("karier_reco.optimiser.curve"), list[tuple[Any, Any]]()

    def noted(point: AllocationProblem, **how: Any) -> Allocation:
        given.append((how["work_limit"], how["time_limit"]))
        return solve(point, **how)

    monkeypatch.setattr(module, "solve", noted)
    budget_curve(two_lines(), [0.5, 0.8, 1.0, 1.2, 1.5], work_limit=12.0, time_limit=None)
    assert given == [(12.0, None), *[(6.0, None)] * 4]


def test_each_point_starts_from_its_neighbour(monkeypatch: pytest.MonkeyPatch) -> None:
    """The base first, then up, then down; each from the one beside it, the first from what the caller gives."""
    module, seen = import_module("karier_reco.optimiser.curve"), list[tuple[int, int | None]]()

    def noted(point: AllocationProblem, **how: Any) -> Allocation:
        start = how.get("start")
        seen.append((int(point.budget[0]), int(start.problem.budget[0]) if start is not None else None))
        return solve(point, **how)

    monkeypatch.setattr(module, "solve", noted)
    problem = two_lines()
    budget_curve(problem, budgets=[1, 3, 5, 9], lines=[0], start=solve(problem))
    assert seen == [(3, 4), (5, 3), (9, 5), (1, 3)]


def test_a_stopped_curve_keeps_what_was_reached() -> None:
    """``on_progress`` returns False in the third solve: the curve ends there, with all that it had by then."""
    told: list[float] = []

    def stop(event: Progress) -> bool:
        told.append(event.seconds)
        return sum(later < earlier for earlier, later in pairwise(told)) < 2  # each solve counts its own seconds

    shares = [0.8, 0.9, 1.0, 1.1, 1.2]
    curve = budget_curve(crowd(), shares, method="prices", work_limit=0.2, on_progress=stop)
    assert curve.budget[:, 0].tolist() == [80, 88, 96]
    assert curve.allocations[-1].stopped_by == "interrupt"
    assert curve.allocations[-1].problem.budget.tolist() == curve.budget[-1].tolist()


def test_below_the_musts_there_is_no_plan() -> None:
    """A must that costs 4: with 3 the limits contradict each other, with 4 they do not, and the curve says so."""
    problem = replace(two_lines(), must=np.array([0, -1, -1]), names={"lines": ["fee", "travel"]})
    curve = budget_curve(problem, budgets=[3, 4, 6], lines=[0])
    assert [plan.status for plan in curve.allocations] == ["infeasible", "optimal", "optimal"]
    assert curve.allocations[0].conflict == ("budget[fee]", "must[0, 0]")
    assert (curve.bound[0], curve.value.tolist()) == (None, [0.0, 3.0, 5.0])


def test_a_false_infeasible_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A plan with less money proves that a larger budget has one; an answer to the contrary is refused, not hidden."""
    module = import_module("karier_reco.optimiser.curve")

    def lying(point: AllocationProblem, **how: Any) -> Allocation:
        answer = solve(point, **how)
        if point.budget[0] < 6:
            return answer
        nobody = np.zeros(3, dtype=bool)
        lie = {"granted": nobody, "opened": nobody[:1], "value": 0.0, "bound": None, "bound_by": None}
        return replace(answer, status="infeasible", conflict=("budget[0]",), **lie)

    monkeypatch.setattr(module, "solve", lying)
    with pytest.raises(SolverError, match=r"got 'infeasible' with the budget \[6, 3\]; expected a plan"):
        budget_curve(two_lines(), [1.0, 1.5])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"shares": []}, "shares: got no entry"),
        ({"shares": [1.0, 1.0]}, r"shares\[1\]: got 1.0; expected more than 1.0"),
        ({"shares": [-0.1]}, r"shares\[0\]: got -0.1"),
        ({"budgets": [1, 2]}, "lines: got 2 lines; expected one line with budgets"),
        ({"budgets": [2, 1], "lines": [0]}, r"budgets\[1\]: got 1; expected more than 2"),
        ({"budgets": [0.5], "lines": [0]}, "budgets: got entries of type float64"),
        ({"lines": [2]}, r"lines\[0\]: got 2; expected 0 to 1"),
        ({"lines": [0, 0]}, r"lines: got \[0, 0\]; expected every line once"),
        ({"effort": -1}, r"effort\[0\]: got -1"),
    ],
)
def test_what_does_not_fit_is_refused(arguments: dict[str, Any], message: str) -> None:
    """Each argument with its place, its value and the rule."""
    with pytest.raises(LimitsError, match=message):
        budget_curve(two_lines(), **arguments)
