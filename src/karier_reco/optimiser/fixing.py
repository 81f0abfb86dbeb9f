"""What the relaxation decides for good: columns that no better plan chooses otherwise, and what is left without them.

For any duals y of the rows with the right signs (at least 0 at an upper limit, at most 0 at a lower one) every point
of the model is worth at most

    D = sum_r (high_r y_r if y_r > 0 else low_r y_r) + sum_j max(net_j lower_j, net_j upper_j),   net = gain - y A

because ``gain x = y A x + net x``. In D every whole column stands at the side that its net asks for; a point that has
column j at its other side is worth at most D - |net_j|, one that has several of them there at most D less all their
|net|. So with v the value of a plan at hand, the columns with |net| above D - v stand as they are in every better
plan, and a search of the others proves the same as a search of all. A smaller core, the columns with |net| up to some
t, bounds every plan by the larger of its own bound and of D - t' with t' the least |net| outside. This holds for all
kinds of rows and columns: nothing is used but that plans are points of the model.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from karier_reco.optimiser.clock import Clock
from karier_reco.optimiser.formulation import Formulation
from karier_reco.optimiser.highs import Highs

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

#: Room for the rounding of D, a sum: nothing is decided by less than this share of it.
ROUNDING = 1e-9
#: Up to this sum, and within this share of a step, values are compared as whole numbers.
LARGEST_WHOLE = 2**50
STEP_ROUNDING = 1e-6


class Fixing:
    """Hold a formulation with some of its links, its relaxation's duals and what they prove.

    ``bound`` is D; ``loss`` by column what its other side costs at least, 0 for columns that are not whole; ``side``
    where it stands. ``infeasible`` when the relaxation has no point; ``settled`` when it was solved.
    """

    def __init__(self, f: Formulation, links: Indices, clock: Clock, seed: int) -> None:
        self.formulation, self.seed = f, seed
        self.matrix, self.low, self.high = f.matrix, f.low, f.high
        if links.size:
            self.matrix = sp.csr_array(sp.vstack([f.matrix, f.links(links)]))
            self.low = np.concatenate([f.low, np.full(links.size, -np.inf)])
            self.high = np.concatenate([f.high, np.zeros(links.size)])
        answer = Highs(f.gain, f.lower, f.upper, self.matrix, self.low, self.high, seed).run(clock)
        self.infeasible, self.settled = answer.status == "infeasible", answer.duals is not None
        self.whole = f.integral() & (f.upper > f.lower)
        duals = np.zeros(len(self.low)) if answer.duals is None else answer.duals
        self.bound, self.loss, self.side = self._weigh(duals)

    def _weigh(self, duals: Floats) -> tuple[float, Floats, Floats]:
        """Return D, and by column its loss and its side."""
        f = self.formulation
        duals = np.where(np.isinf(self.high), np.minimum(duals, 0.0), duals)
        duals = np.where(np.isinf(self.low), np.maximum(duals, 0.0), duals)
        net = f.gain - self.matrix.T @ duals
        limits = np.where(duals > 0, self.high, self.low)
        side = np.where(net > 0, f.upper, f.lower)
        bound = float(duals[duals != 0] @ limits[duals != 0] + net @ side)
        return bound * (1 + ROUNDING), np.where(self.whole, np.abs(net), 0.0), side

    def is_packing(self) -> bool:
        """Say whether every column is whole and every row says "at most" of entries of at least 0."""
        f = self.formulation
        free = (f.lower == 0).all() and np.isinf(self.low).all() and self.matrix.size > 0
        return bool(free and f.integral().all() and self.matrix.data.min() >= 0)

    def least(self, count: int) -> float:
        """Return what so many whole columns lose at most, those that lose least; infinity if there are no more."""
        losses = np.sort(self.loss[self.whole])
        return float(losses[count - 1]) if count < losses.size else np.inf

    def core(self, most: float) -> NDArray[np.bool_]:
        """Return the columns that lose at most so much at their other side, with all that are not whole."""
        return ~self.whole | (self.loss <= most)

    def outside(self, core: NDArray[np.bool_]) -> float:
        """Return what no plan is above that has a column outside the core at its other side."""
        left = self.loss[~core & self.whole]
        return self.bound - float(left.min()) if left.size else -np.inf


class Core:
    """Hold the model of a core: its columns, and what the others leave of the rows."""

    def __init__(self, fixing: Fixing, core: NDArray[np.bool_], gap: float) -> None:
        f, others = fixing.formulation, ~core
        self._core, self._side = core, fixing.side
        self._base = float(f.gain[others] @ fixing.side[others])
        self._outside = fixing.outside(core)
        taken = fixing.matrix[:, others] @ fixing.side[others]
        inside = sp.csr_array(fixing.matrix[:, core])
        low, high = fixing.low - taken, fixing.high - taken
        self._engine = Highs(f.gain[core], f.lower[core], f.upper[core], inside, low, high, fixing.seed)
        self._engine.make_whole(f.integral()[core])
        self._engine.set_option("mip_rel_gap", gap)
        self._engine.set_option("mip_abs_gap", 0.0)

    def search(
        self, clock: Clock, on_solution: Callable[[Floats], object], on_bound: Callable[[float], bool]
    ) -> tuple[str, float | None]:
        """Search the core; return how it ended, and what no plan at all is above, None if that is not known.

        ``on_solution`` gets whole points of the formulation, ``on_bound`` bounds of every plan; True from it stops.
        """

        def take(columns: Floats) -> None:
            every = self._side.copy()
            every[self._core] = columns
            on_solution(every)

        answer = self._engine.run(clock, take, lambda bound: on_bound(self._of_all(bound)))
        if answer.columns is not None:
            take(answer.columns)
        if answer.status == "infeasible":
            return answer.status, self._outside
        return answer.status, None if answer.bound is None else self._of_all(answer.bound)

    def _of_all(self, bound: float) -> float:
        """Return what a bound of the core says of every plan."""
        return max(bound + self._base, self._outside)


def step_of(f: Formulation) -> float:
    """Return the largest number of which every plan's value is a whole multiple, 0 if there is none that is known."""
    gain = f.gain[f.gain > 0]
    if not f.integral()[f.gain > 0].all() or gain.sum() > LARGEST_WHOLE or (gain != np.floor(gain)).any():
        return 0.0
    return float(np.gcd.reduce(gain.astype(np.int64))) if gain.size else 0.0


def round_down(bound: float, step: float) -> float:
    """Return the largest value that a plan worth at most ``bound`` can have, where values are multiples of ``step``."""
    return float(np.floor(bound / step + STEP_ROUNDING)) * step if step else bound
