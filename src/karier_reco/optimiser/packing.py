"""Plans of models in which every limit says "at most", bred from each other. Compiled.

Any set of columns that keeps the rows stays one when a column leaves it, so what two plans leave to a third can always
be repaired: columns are dropped until no row is exceeded, the rest is filled up, and columns are exchanged for better
ones. Only the undecided columns, those whose other side loses least, move. The scheme is that of Chu and Beasley
(1998), "A genetic algorithm for the multidimensional knapsack problem", with exchanges and the relaxation's order.
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
#: Plans that are bred from, children in one call, and looks at an entry of a row in one unit of work, about a second.
PLANS, CHILDREN, LOOKS_PER_WORK = 200, 500, 1e11
#: How many times the work that the best plan took is done before it is taken for the last one.
PATIENCE = 3.0
#: Calls without a better plan after which all plans are given up for new ones.
ANEW = 400
#: One child in so many has its columns exchanged for better ones, which takes long.
EXCHANGED = 64
#: Columns of a child that chance changes; a column is passed over once in so many looks.
CHANGED, PASSED_OVER = 2, 6
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
    room: Any  # (rows,) float64: what the other columns leave of the rows


class State(NamedTuple):
    """Hold the plans there are, the one that is worked on, what it leaves of the rows, and the chance."""

    plans: Any  # (PLANS, n) bool
    worth: Any  # (PLANS,) float64, -1 for a plan that is not there yet
    granted: Any  # (n,) bool
    left: Any  # (rows,) float64
    chance: Any  # (1,) uint64


class Packer:
    """Hold plans of a relaxation's undecided columns, from which better ones are bred; the other columns stay."""

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
        self._packing = Packing(f.gain[self._moving], starts, rows, columns.data.astype(np.float64), left)
        self._state = State(
            plans=np.zeros((PLANS, len(moving)), dtype=np.bool_),
            worth=np.full(PLANS, -1.0),
            granted=np.zeros(len(moving), dtype=np.bool_),
            left=left.copy(),
            chance=np.array([seed % 2**31], dtype=np.uint64),
        )
        self._work = CHILDREN * len(moving) * columns.nnz / LOOKS_PER_WORK
        self._seats, self._worth = f.problem.n_seats, -1.0

    def improve(self, best: Incumbent, gap: float, clock: Clock, work: float) -> None:
        """Breed until the gap is met or the clock stops it; plans go to ``best``.

        So much work is done at least, and as long as the best plan so far took no less than a third of it.
        """
        done, state = 0.0, self._state
        idle, highest = 0, -1.0
        while done < work and not best.within(gap) and not clock.expired():
            breed(self._packing, state, CHILDREN)
            clock.step(self._work)
            done += self._work
            first = int(np.argmax(state.worth))
            idle = 0 if state.worth[first] > highest else idle + 1
            highest = float(state.worth[first])
            if idle == ANEW:
                state.plans[:], state.worth[:], idle, highest = False, -1.0, 0, -1.0
                continue
            if state.worth[first] > self._worth:
                self._worth = float(state.worth[first])
                self._plan[self._moving] = state.plans[first]
                best.offer(self._plan[: self._seats])
                work = max(work, PATIENCE * done)


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
def make_room(packing: Any, state: Any) -> None:
    """Drop columns, mostly the worst first, until no row is exceeded."""
    count = len(packing.gain)
    for patient in range(2):
        for step in range(count):
            j = count - 1 - step
            passed = patient == 0 and draw(state, PASSED_OVER) == 0
            if state.granted[j] and not passed and crowds(packing, state, j):
                drop(packing, state, j)


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


@inner
def better_of_two(state: Any) -> Any:
    """Draw two plans and return the place of the better one."""
    a, b = draw(state, len(state.worth)), draw(state, len(state.worth))
    return a if state.worth[a] >= state.worth[b] else b


@inner
def is_new(state: Any, worth: float) -> Any:
    """Say whether no plan there is has the same columns as the one that is worked on."""
    for m in range(len(state.worth)):
        if state.worth[m] == worth:
            same = True
            for j in range(len(state.granted)):
                same &= state.plans[m, j] == state.granted[j]
            if same:
                return False
    return True


@compiled
def breed(packing: Any, state: Any, children: int) -> None:
    """Make so many children, each of two plans: a column is taken from either; who is new and better stays."""
    count = len(packing.gain)
    state.left[:] = packing.room  # summed anew, for sums of many steps drift
    for j in range(count):
        if state.granted[j]:
            put(packing, state, j)
    for _ in range(children):
        a, b = better_of_two(state), better_of_two(state)
        for j in range(count):
            wanted = state.plans[a, j] if draw(state, 2) == 0 else state.plans[b, j]
            if wanted != state.granted[j]:
                if wanted:
                    put(packing, state, j)
                else:
                    drop(packing, state, j)
        for _ in range(CHANGED):
            j = draw(state, count)
            if state.granted[j]:
                drop(packing, state, j)
            else:
                put(packing, state, j)
        make_room(packing, state)
        fill_up(packing, state)
        if draw(state, EXCHANGED) == 0:
            swap(packing, state)
        worth = worth_of(packing, state)
        worst = 0
        for m in range(len(state.worth)):
            if state.worth[m] < state.worth[worst]:
                worst = m
        if worth > state.worth[worst] and is_new(state, worth):
            state.plans[worst] = state.granted
            state.worth[worst] = worth
