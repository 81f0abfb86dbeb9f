"""What floors cost: by hand, and against brute force."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp

from karier_reco.errors import InfeasibleError, LimitsError, SolverError
from karier_reco.optimiser.fairness import price_of_fairness
from karier_reco.optimiser.problem import AllocationProblem
from karier_reco.optimiser.verify import verify
from tests.oracles import best_plan
from tests.problems import random_problem


def two_groups(floor: float = 3.0) -> AllocationProblem:
    """Two chairs; to group A (two people) each is worth 5, to group B (two people) 3; B asks for ``floor``."""
    free = sp.csr_array((4, 0), dtype=int)
    groups = sp.csr_array([[True, False], [True, False], [False, True], [False, True]])
    return AllocationProblem(
        [0, 1, 2, 3], [0, 0, 0, 0], [5.0, 5.0, 3.0, 3.0], free, [], [2],
        groups=groups, floor=[0.0, floor], names={"groups": ["unit=A", "unit=B"]},
    )  # fmt: skip


def test_by_hand() -> None:
    """Without floors A has both chairs, 10. With them B has one: 5 + 3 = 8. The floors cost 2, a fifth."""
    measured = price_of_fairness(two_groups())
    assert (measured.free.value, measured.fair.value) == (10.0, 8.0)
    assert (measured.cost, measured.interval, measured.share) == (2.0, (2.0, 2.0), pytest.approx(0.2))
    one, other = measured.groups()
    assert one == {"group": "unit=A", "floor": 0.0, "free": 10.0, "fair": 5.0, "price": 0.0}
    assert {name: other[name] for name in ("group", "floor", "free", "fair")} == {
        "group": "unit=B", "floor": 3.0, "free": 0.0, "fair": 3.0,
    }  # fmt: skip
    assert repr(measured) == "PriceOfFairness(2, 2 to 2, 20 % of the value)"


def test_price_of_a_floor_by_hand() -> None:
    """Each unit of value that goes to B takes a third of a chair from A: 5 / 3 are lost for 1 gained, so 2 / 3."""
    price = price_of_fairness(two_groups()).groups()[1]["price"]
    assert price == pytest.approx(2 / 3)


def test_floors_that_cost_nothing() -> None:
    """A floor of 0 is kept by the best plan: cost 0, for certain."""
    measured = price_of_fairness(two_groups(0.0))
    assert (measured.cost, measured.interval, measured.share) == (0.0, (0.0, 0.0), 0.0)


@pytest.mark.parametrize("method", ["exact", "prices"])
def test_the_true_cost_lies_in_the_interval(method: str, full: bool) -> None:
    """However early both searches stop: the difference of the two optima, by brute force, is within the interval.

    And the estimate is never below 0, for the plan with floors is one without them too.
    """
    tried = 0
    for seed in range(1000 if full else 150):
        problem = random_problem(np.random.default_rng(seed))
        if not problem.n_groups:
            continue
        fair, _ = best_plan(problem)
        how: dict[str, Any] = {"method": method, "optimality_gap": 0.3, "work_limit": 0.2, "time_limit": None}
        if fair is None:
            with pytest.raises((InfeasibleError, SolverError)):
                price_of_fairness(problem, **how)
            continue
        try:
            measured = price_of_fairness(problem, **how)
        except SolverError:
            continue  # no plan within the work: said, and tested below
        free, _ = best_plan(replace(problem, groups=None, floor=None))
        least, most = measured.interval
        assert least - 1e-9 <= free - fair, seed
        assert most is None or free - fair <= most + 1e-9, seed
        assert measured.cost >= 0, seed
        for plan in (measured.fair, measured.free):
            verify(plan.problem, plan)
        tried += 1
    assert tried >= 30


def test_floors_that_cannot_be_kept_are_named() -> None:
    """B cannot have 7 from chairs of 3 and 3: the floor is named; so is a problem without any."""
    with pytest.raises(InfeasibleError) as refused:
        price_of_fairness(two_groups(7.0))
    assert "floor[unit=B]" in refused.value.conflict
    with pytest.raises(LimitsError, match="groups: got no group; expected at least one with a floor"):
        price_of_fairness(replace(two_groups(), groups=None, floor=None, names={}))


def test_no_time_is_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no plan with the floors was found, there is nothing to compare."""
    from importlib import import_module

    module = import_module("karier_reco.optimiser.fairness")
    solve = module.solve
    monkeypatch.setattr(module, "solve", lambda problem, **how: replace(solve(problem), status="unknown"))
    with pytest.raises(SolverError, match="solve: got no plan that keeps the floors"):
        price_of_fairness(two_groups())
