"""Better plans by annealing: people swap between sets of seats that are nearly as good, at first with little regard.

Which sessions are open stays as it is. A swap is made if every limit still holds and it is good enough: at first nearly
as good will do, in the end only better. What counts as good lies between what a set is worth and what is left of that
after prices: by worth alone hardly anybody would give back money, after prices alone nobody would mind what is left
over.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from karier_reco.optimiser.alternatives import Alternatives, alternatives
from karier_reco.optimiser.arrays import whole
from karier_reco.optimiser.clock import Clock
from karier_reco.optimiser.feasibility import spent_by
from karier_reco.optimiser.incumbent import Incumbent
from karier_reco.optimiser.kernels import compiled
from karier_reco.optimiser.openings import Settled
from karier_reco.optimiser.problem import AllocationProblem, Bools

#: Sets within so many mean values of a seat of a person's best are looked at.
SLACK = 0.4
#: By how much a swap may be bad, at first and in the end, in mean values of a seat.
HOT, COLD = 0.05, 0.01
#: The share of prices in what counts as good.
PRICED = 0.96
#: Swaps tried per set in each round, and the steps in which it cools.
ROUNDS, STEPS = (200, 800), 200
#: One unit of work, about a second of one core.
SWAPS_PER_WORK = 1e7
#: How often a partner is looked for who gives back the money that a swap lacks.
PARTNERS = 60
#: What a swap lacks, where that is not the money of a line.
FINE, OTHER = -1, -2

Indices = NDArray[np.int64]


class Limits(NamedTuple):
    """What sets take of the limits that people share: of lines and sessions by set, of floors by person."""

    line_start: Any  # (N + 1,) int64
    line: Any
    amount: Any  # int64
    session_start: Any  # (N + 1,) int64
    session: Any
    group_start: Any  # (P + 1,) int64
    group: Any
    payer_start: Any  # (B + 1,) int64: sets of people who can pay from a line
    payer: Any


class Left(NamedTuple):
    """What a plan leaves: money of lines, seats of sessions, people above a session's least, worth above floors."""

    money: Any  # (B,) int64
    seats: Any  # (S,) int64
    spare: Any  # (S,) int64
    worth: Any  # (G,) float64


def anneal(
    settled: Settled, granted: Bools, best: Incumbent, gap: float, clock: Clock, seed: int, patience: int = 1
) -> None:
    """Look for better plans from ``granted`` on, a plan of the settled problem, until one is within the gap.

    All that is better than the best one of the whole problem goes into ``best``. ``patience`` multiplies the swaps.
    """
    problem, unit = settled.problem, settled.pricer.demand().mean_value
    for number, swaps in enumerate(ROUNDS):
        if best.within(gap) or clock.expired():
            return
        sets = alternatives(settled.pricer, settled.prices, settled.pricing, granted, SLACK * unit)
        chosen = _Annealing(problem, sets, granted, unit).run(patience * swaps * sets.value.size, seed + number, clock)
        granted = sets.plan(chosen)
        best.offer(settled.whole(granted, best.problem.n_seats))


class _Annealing:
    """One round, with limits and sets as the compiled loop takes them."""

    def __init__(self, problem: AllocationProblem, sets: Alternatives, granted: Bools, unit: float) -> None:
        money = sp.csr_array(sets.seats @ problem.seat_cost)
        groups = sp.csr_array((problem.n_people, 0)) if problem.groups is None else problem.groups
        floor = np.zeros(0) if problem.floor is None else problem.floor
        filled = np.bincount(problem.session[granted], minlength=problem.n_sessions)
        least = np.full(problem.n_sessions, -1) if problem.hold is None else np.where(problem.hold, 1, -1)
        if problem.min_seats is not None:
            least = np.where(least > 0, np.maximum(problem.min_seats, 1), -1)
        self._sets, self._unit = sets, unit
        self._owner = np.repeat(np.arange(problem.n_people), np.diff(sets.starts))
        session = problem.session[sets.seats.indices]
        takes = (money.indptr, money.indices, money.data, sets.seats.indptr, session, groups.indptr, groups.indices)
        payers = _payers(problem, money, self._owner)
        self._limits = Limits(*(part.astype(np.int64) for part in (*takes, *payers)))
        self._left = Left(
            whole(problem.budget) - spent_by(problem, granted),
            whole(problem.max_seats) - filled,
            np.where(least > 0, filled - least, problem.n_people).astype(np.int64),
            groups.T.astype(np.float64) @ problem.worth_by_person(granted) - floor,
        )

    def run(self, swaps: int, seed: int, clock: Clock) -> Indices:
        """Try so many swaps while there is time; return the best choice of one set per person after any step."""
        good = (1 - PRICED) * self._sets.value + PRICED * self._sets.net
        chosen, state = self._sets.starts[:-1].copy(), np.array([2 * seed + 1], dtype=np.uint64)
        best, most, total = chosen.copy(), 0.0, 0.0
        for heat in self._unit * np.geomspace(HOT, COLD, STEPS):
            if clock.expired():
                break
            each = swaps // STEPS
            total += swap(
                self._limits, self._left, self._owner, self._sets.value, good, heat, each, PARTNERS, state, chosen
            )
            clock.step(each / SWAPS_PER_WORK)
            if total > most:
                best, most = chosen.copy(), total
        return best


def _payers(problem: AllocationProblem, money: sp.csr_array, owner: Indices) -> tuple[Indices, Indices]:
    """Return by line the sets of the people of whom some set pays from it."""
    person = sp.csr_array((np.ones(owner.size), (np.arange(owner.size), owner)), shape=(owner.size, problem.n_people))
    pays = sp.csr_array((money > 0).astype(np.float64).T @ person)
    sets = sp.csr_array(pays @ person.T)
    return sets.indptr.astype(np.int64), sets.indices.astype(np.int64)


@compiled
def swap(
    limits: Any,
    left: Any,
    owner: Any,
    value: Any,
    good: Any,
    heat: float,
    times: int,
    partners: int,
    state: Any,
    chosen: Any,
) -> float:
    """Try swaps at one heat; return by how much the plan is worth more."""
    total = 0.0
    for _ in range(times):
        new = int(drawn(state) * owner.size)
        i = owner[new]
        old = chosen[i]
        loss = good[old] - good[new]
        if new == old or (loss > 0 and drawn(state) >= np.exp(-loss / heat)):
            continue
        move(limits, left, old, -1)
        move(limits, left, new, 1)
        more = value[new] - value[old]
        broken = short(limits, left, old, new)
        if broken == FINE and above_floors(limits, left, i, more):
            chosen[i] = new
            total += more
            continue
        done = False
        if broken >= 0:
            first, last = limits.payer_start[broken], limits.payer_start[broken + 1]
            for _ in range(partners):
                other = limits.payer[first + int(drawn(state) * (last - first))]
                j = owner[other]
                had = chosen[j]
                both = loss + good[had] - good[other]
                if j == i or other == had or (both > 0 and drawn(state) >= np.exp(-both / heat)):
                    continue
                move(limits, left, had, -1)
                move(limits, left, other, 1)
                if short(limits, left, old, new) == FINE and short(limits, left, had, other) == FINE:
                    chosen[i], chosen[j] = new, other
                    total += more + value[other] - value[had]
                    done = True
                    break
                move(limits, left, other, -1)
                move(limits, left, had, 1)
        if not done:
            move(limits, left, new, -1)
            move(limits, left, old, 1)
    return total


@compiled
def drawn(state: Any) -> float:
    """Draw a number from 0 up to 1: Marsaglia's xorshift64 with a multiplier, Vigna's xorshift64*."""
    x = state[0]
    x ^= x >> np.uint64(12)
    x ^= x << np.uint64(25)
    x ^= x >> np.uint64(27)
    state[0] = x
    high: float = (x * np.uint64(0x2545F4914F6CDD1D)) >> np.uint64(11)
    return high * 2.0**-53


@compiled
def move(limits: Any, left: Any, one: int, sign: int) -> None:
    """Take what a set uses, or give it back."""
    for k in range(limits.line_start[one], limits.line_start[one + 1]):
        left.money[limits.line[k]] -= sign * limits.amount[k]
    for k in range(limits.session_start[one], limits.session_start[one + 1]):
        left.seats[limits.session[k]] -= sign
        left.spare[limits.session[k]] += sign


@compiled
def short(limits: Any, left: Any, old: int, new: int) -> int:
    """Return a line that lacks money after a swap, `OTHER` if another limit is broken, `FINE` if none is."""
    for k in range(limits.session_start[new], limits.session_start[new + 1]):
        if left.seats[limits.session[k]] < 0:
            return OTHER
    for k in range(limits.session_start[old], limits.session_start[old + 1]):
        if left.spare[limits.session[k]] < 0:
            return OTHER
    for k in range(limits.line_start[new], limits.line_start[new + 1]):
        if left.money[limits.line[k]] < 0:
            return int(limits.line[k])
    return FINE


@compiled
def above_floors(limits: Any, left: Any, i: int, more: float) -> bool:
    """Say whether the groups of a person stay above their floors; if so, count what they gain or lose."""
    for k in range(limits.group_start[i], limits.group_start[i + 1]):
        if left.worth[limits.group[k]] + more < 0:
            return False
    for k in range(limits.group_start[i], limits.group_start[i + 1]):
        left.worth[limits.group[k]] += more
    return True
