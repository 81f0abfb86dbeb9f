"""Plans of models in which every limit says "at most": seats are forced in, others make room, the rest is filled up.

Compiled; imported late. Any set of columns that keeps the rows stays one when a column leaves it, so every kick of a
plan can be repaired by dropping columns. Only the undecided columns, those whose other side loses least, move.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import scipy.sparse as sp

from karier_reco.optimiser.clock import Clock
from karier_reco.optimiser.fixing import Fixing
from karier_reco.optimiser.incumbent import Incumbent
from karier_reco.optimiser.kernels import compiled
from karier_reco.optimiser.knapsacks import inner

#: Columns that may move.
UNDECIDED = 150
#: Kicks in one call, and looks at an entry of a row in one unit of work, about a second.
KICKS, LOOKS_PER_WORK = 500, 3e9
#: At most so many columns are forced in by a kick; a column is passed over once in so many looks.
MOST_FORCED, PASSED_OVER = 2, 6
#: A plan is compared with the one of so many kicks before; after so many calls any plan will do for a while.
BEFORE, ANEW = 100, 8
#: What a row may be exceeded by in the float model; whole numbers are compared before a plan is taken.
SLACK = 1e-9
#: The generator of chance: multiplier and increment of Knuth's MMIX, kept to 31 bits of output.
MULTIPLIER, INCREMENT = 6364136223846793005, 1442695040888963407


class Packing(NamedTuple):
    """Hold columns that may move, in the order of what they add after prices, best first."""

    gain: Any  # (n,) float64
    starts: Any  # (n + 1,) int64
    rows: Any  # int64
    takes: Any  # float64


class State(NamedTuple):
    """Hold the plan that is kicked, what it leaves of the rows, and the chance."""

    granted: Any  # (n,) bool
    left: Any  # (rows,) float64
    chance: Any  # (1,) uint64
    before: Any  # float64: what the plans of so many kicks before were worth
    best: Any  # (n,) float64: the best plan


class Packer:
    """Hold a plan of a relaxation's undecided columns that is kicked again and again; the other columns stay."""

    def __init__(self, fixing: Fixing, seed: int) -> None:
        f = fixing.formulation
        moving = np.argsort(fixing.loss, kind="stable")[:UNDECIDED]
        net = np.where(fixing.side == 1, fixing.loss, -fixing.loss)
        self._moving = moving[np.argsort(-net[moving], kind="stable")]
        self._plan = fixing.side == 1
        self._plan[moving] = False
        left = fixing.high - fixing.matrix @ self._plan.astype(np.float64)
        columns = sp.csc_array(fixing.matrix)[:, self._moving]
        starts, rows = columns.indptr.astype(np.int64), columns.indices.astype(np.int64)
        self._packing = Packing(f.gain[self._moving], starts, rows, columns.data.astype(np.float64))
        self._state = State(
            granted=np.zeros(len(moving), dtype=np.bool_),
            left=left,
            chance=np.array([seed % 2**31], dtype=np.uint64),
            before=np.zeros(BEFORE),
            best=np.zeros(len(moving)),
        )
        self._work = KICKS * len(moving) * columns.nnz / LOOKS_PER_WORK
        self._seats, self._calls, self._worth = f.problem.n_seats, 0, -np.inf

    def improve(self, best: Incumbent, gap: float, clock: Clock, work: float) -> None:
        """Kick the plan until so much work is done, the gap is met or the clock stops it; plans go to ``best``."""
        done = 0.0
        while done < work and not best.within(gap) and not clock.expired():
            if self._calls % ANEW == 0:
                self._state.before[:] = 0.0
            found = float(kick(self._packing, self._state, KICKS))
            clock.step(self._work)
            done += self._work
            self._calls += 1
            if found > self._worth:
                self._worth = found
                self._plan[self._moving] = self._state.best == 1
                best.offer(self._plan[: self._seats])


@inner
def draw(state: Any, below: int) -> Any:
    """Return a whole number from 0 to ``below`` - 1."""
    state.chance[0] = state.chance[0] * np.uint64(MULTIPLIER) + np.uint64(INCREMENT)
    return np.int64(state.chance[0] >> np.uint64(33)) % below


@inner
def put(packing: Any, state: Any, j: int) -> None:
    """Grant a column."""
    state.granted[j] = True
    for a in range(packing.starts[j], packing.starts[j + 1]):
        state.left[packing.rows[a]] -= packing.takes[a]


@inner
def drop(packing: Any, state: Any, j: int) -> None:
    """Take a column back."""
    state.granted[j] = False
    for a in range(packing.starts[j], packing.starts[j + 1]):
        state.left[packing.rows[a]] += packing.takes[a]


@inner
def fits(packing: Any, state: Any, j: int) -> Any:
    """Say whether the rows have room for a column."""
    for a in range(packing.starts[j], packing.starts[j + 1]):
        if packing.takes[a] > state.left[packing.rows[a]] + SLACK:
            return False
    return True


@inner
def crowds(packing: Any, state: Any, j: int) -> Any:
    """Say whether a column takes from a row that is exceeded."""
    for a in range(packing.starts[j], packing.starts[j + 1]):
        if state.left[packing.rows[a]] < -SLACK and packing.takes[a] > 0:
            return True
    return False


@inner
def make_room(packing: Any, state: Any, kept: int) -> None:
    """Drop columns, mostly the worst first, until no row is exceeded; ``kept`` goes last."""
    count = len(packing.gain)
    for patient in range(2):
        for step in range(count):
            j = count - 1 - step
            passed = patient == 0 and draw(state, PASSED_OVER) == 0
            if state.granted[j] and j != kept and not passed and crowds(packing, state, j):
                drop(packing, state, j)
    if crowds(packing, state, kept):
        drop(packing, state, kept)


@inner
def fill_up(packing: Any, state: Any) -> None:
    """Grant columns that fit, mostly the best first."""
    for patient in range(2):
        for j in range(len(packing.gain)):
            passed = patient == 0 and draw(state, PASSED_OVER) == 0
            if not state.granted[j] and not passed and fits(packing, state, j):
                put(packing, state, j)


@inner
def swap(packing: Any, state: Any) -> None:
    """Exchange a column for one that is worth more, as long as there is one."""
    count, better = len(packing.gain), True
    while better:
        better = False
        for i in range(count):
            if not state.granted[i]:
                continue
            drop(packing, state, i)
            best = i
            for j in range(count):
                if not state.granted[j] and packing.gain[j] > packing.gain[best] and fits(packing, state, j):
                    best = j
            put(packing, state, best)
            better |= best != i


@inner
def worth_of(packing: Any, state: Any) -> Any:
    """Return what the granted columns are worth."""
    worth = 0.0
    for j in range(len(packing.gain)):
        if state.granted[j]:
            worth += packing.gain[j]
    return worth


@compiled
def kick(packing: Any, state: Any, kicks: int) -> Any:
    """Force columns into the plan and repair it, so many times; return what the ``best`` plan is worth.

    Late acceptance: a kicked plan is kept when it is worth no less than the one of so many kicks before.
    """
    worth, best = worth_of(packing, state), packing.gain @ state.best
    granted, left = state.granted.copy(), state.left.copy()
    for n in range(kicks):
        for _ in range(1 + draw(state, MOST_FORCED)):
            j = draw(state, len(packing.gain))
            if not state.granted[j]:
                put(packing, state, j)
                make_room(packing, state, j)
        fill_up(packing, state)
        swap(packing, state)
        found = worth_of(packing, state)
        at = n % len(state.before)
        if found >= worth or found >= state.before[at]:
            worth = found
            granted[:] = state.granted
            left[:] = state.left
        else:
            state.granted[:] = granted
            state.left[:] = left
        state.before[at] = worth
        if worth > best:
            best = worth
            state.best[:] = granted
    return best
