"""The exact method against published optima of OR-Library; see ``benchmarks/or_library``, which reads them."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from benchmarks.or_library import Instance, gap, mknap
from karier_reco.optimiser.allocation import Allocation
from karier_reco.optimiser.solve import solve
from karier_reco.optimiser.verify import verify
from tests.oracles import is_feasible, value_of

#: Seconds for a knapsack: its plan is found in about one, its proof would take minutes.
KNAPSACK_SECONDS = 3.0


def test_every_generalised_assignment(reference: Path) -> None:
    """All jobs of the 78 are assigned at the published least cost and each answer is proved: value = 100 jobs - cost.

    The plan keeps every limit by the oracle's count.
    """
    instances = list(gap(reference))
    assert len(instances) == 78
    for instance in instances:
        problem, allocation = instance.problem, _solved(instance, None)
        assert (allocation.status, allocation.value) == ("optimal", instance.known), instance.name
        assert is_feasible(problem, allocation.granted), instance.name
        assert allocation.granted.sum() == problem.n_people


def test_half_the_work_proves_less_but_nothing_false(reference: Path) -> None:
    """Stopped by work after a moment, an assignment of 20 agents and 200 jobs has a bound at or above the optimum and
    a plan at or below it, the same ones in every run.
    """
    instance = next(found for found in gap(reference) if found.name.endswith("c20200"))
    one, other = (solve(instance.problem, optimality_gap=0.0, time_limit=None, work_limit=0.2) for _ in range(2))
    assert one.bound is not None
    assert one.value <= instance.known <= one.bound
    assert (one.value, one.bound) == (other.value, other.bound)
    assert np.array_equal(one.granted, other.granted)


@pytest.mark.parametrize("first", [0, 30])
def test_multidimensional_knapsack(first: int, reference: Path) -> None:
    """Of 100 items in 5 or 10 rows: the plan is within 0.1 % of the published best one, the bound at or above that and
    at or below the published optimum of the relaxation.
    """
    for instance in islice(mknap(reference), first, first + 2):
        allocation = _solved(instance, KNAPSACK_SECONDS)
        assert allocation.value == value_of(instance.problem, allocation.granted)
        assert allocation.bound is not None
        assert instance.relaxed is not None
        assert allocation.value >= 0.999 * instance.known, instance.name
        assert instance.known <= allocation.bound <= instance.relaxed * (1 + 1e-6), instance.name


def _solved(instance: Instance, seconds: float | None) -> Allocation:
    allocation = solve(instance.problem, method="exact", optimality_gap=0.0, time_limit=seconds)
    verify(instance.problem, allocation)
    return allocation
