"""The best plan so far: only what keeps every limit, in whole numbers, gets in."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from karier_reco.optimiser.clock import Clock
from karier_reco.optimiser.feasibility import broken_rows
from karier_reco.optimiser.problem import AllocationProblem
from karier_reco.optimiser.repair import Repair


class Incumbent:
    """Hold the best plan and the best bound of a run."""

    def __init__(self, problem: AllocationProblem, clock: Clock) -> None:
        self.problem = problem
        self._plan: tuple[NDArray[np.bool_], float] | None = None  # one attribute: a solver's thread may set it
        self.bound: float | None = None
        self.bound_by: str | None = None
        self.complete = False  # nothing that would add value fits into the best plan
        self._clock = clock

    @property
    def granted(self) -> NDArray[np.bool_] | None:
        """Return the best plan's seats."""
        return None if self._plan is None else self._plan[0]

    @property
    def value(self) -> float | None:
        """Return what the best plan is worth."""
        return None if self._plan is None else self._plan[1]

    def offer(self, granted: NDArray[np.bool_], complete: bool = False) -> bool:
        """Take a plan if it keeps every limit and is worth more; say whether it keeps them."""
        if broken_rows(self.problem, granted):
            return False
        value = self.problem.worth(granted)
        if self.value is None or value > self.value:
            self._plan, self.complete = (granted.copy(), value), complete
            self._clock.report(self.value, self.bound)
        return True

    def offer_repaired(self, granted: NDArray[np.bool_], repair: Repair) -> None:
        """Offer a plan with all that still fits, and if it breaks a limit what is left of it when it no longer does."""
        kept = self.offer(granted)
        self.offer(repair.fill(granted) if kept else repair.build(repair.best_first(granted)), complete=True)

    def fill(self, repair: Repair) -> None:
        """Grant all that still fits into the best plan."""
        if self._plan is not None and not self.complete:
            self.offer_repaired(self._plan[0], repair)
            self.complete = True

    def lower_bound_to(self, bound: float, by: str) -> None:
        """Take a bound if it is lower than the one there is."""
        if np.isfinite(bound) and (self.bound is None or bound < self.bound):
            self.bound, self.bound_by = max(bound, 0.0), by
            self._clock.report(self.value, self.bound)

    def within(self, gap: float) -> bool:
        """Say whether the optimality gap is at most ``gap``."""
        if self.value is None or self.bound is None:
            return False
        return self.bound - self.value <= gap * self.bound
