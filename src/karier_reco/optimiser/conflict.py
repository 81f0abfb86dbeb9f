"""Which named limits cannot hold together."""

from __future__ import annotations

from karier_reco.optimiser.clock import Clock
from karier_reco.optimiser.problem import AllocationProblem


def find_conflict(problem: AllocationProblem, clock: Clock, seed: int) -> tuple[str, ...]:
    return ()
