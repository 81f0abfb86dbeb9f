"""What a seat is worth by itself, and what its worth depends on: needs and hours that other seats may fill."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from karier_reco.optimiser.needs import Needs, merge_needs
from karier_reco.optimiser.problem import AllocationProblem, Floats

Indices = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Worth:
    """Hold the value of a problem in its simplest form.

    ``seat`` (E,) is what a seat adds whatever else is granted, ``needs`` what has a cap, ``counting`` the people whose
    hours can pass their target.
    """

    seat: Floats
    needs: Needs
    counting: Indices


def weigh(problem: AllocationProblem, every_row: bool = False) -> Worth:
    """Simplify the value of a problem; ``every_row``: no limit may be counted on, each can be let go by itself."""
    needs, counting = merge_needs(problem, every_row), _counting_people(problem)
    seat = problem.value
    if problem.need_gain is not None:
        seat = seat.astype(np.float64) + needs.value
    if problem.hours is not None and problem.target_hours is not None and problem.hour_value > 0:
        spared = problem.target_hours > 0
        spared[counting] = False
        seat = seat + problem.hour_value * spared[problem.person] * problem.hours[problem.session]
    return Worth(seat, needs, counting)


def _counting_people(problem: AllocationProblem) -> Indices:
    """Return the people whose hours can pass their target."""
    if problem.hours is None or problem.target_hours is None or problem.hour_value == 0:
        return np.empty(0, dtype=np.int64)
    total = np.bincount(problem.person, weights=problem.hours[problem.session], minlength=problem.n_people)
    return np.flatnonzero((total > problem.target_hours) & (problem.target_hours > 0))
