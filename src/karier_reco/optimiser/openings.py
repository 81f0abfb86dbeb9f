"""Which sessions to open: every evaluation of D is a cut, for it limits what each choice of sessions can be worth.

At prices with which D is its people's part ``rest`` plus the sum of max(0, surplus) over the sessions that open or not,
no plan that opens just the sessions Y is worth more than ``rest + sum of surplus over Y``. So the most that all cuts
allow, with openings that are paid for, is a good choice, and its own D one more cut (Benders, 1962).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from karier_reco.optimiser.allocation import Prices
from karier_reco.optimiser.clock import Clock
from karier_reco.optimiser.highs import Highs
from karier_reco.optimiser.part import part_of
from karier_reco.optimiser.prices import EVALUATIONS, descend
from karier_reco.optimiser.pricing import Pricer, Pricing
from karier_reco.optimiser.problem import AllocationProblem, Bools

#: Cuts that are kept, those of the lowest bounds, and choices that are tried.
CUTS, CHOICES = 30, 6
#: Evaluations of D that tell how good a choice is.
TRIAL = 20
#: A choice is good enough when its own D is within this share of what the cuts allow.
CLOSE = 1e-4
#: The share of what is left of the clock that one choice of HiGHS may take.
SHARE = 0.1

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Settled:
    """A problem in which the ``opened`` (S,) sessions are open and no other can be, and good prices for it.

    ``seats`` are those of the whole problem that it has.
    """

    opened: Bools
    seats: NDArray[np.int64]
    pricer: Pricer
    prices: Prices
    pricing: Pricing

    @property
    def problem(self) -> AllocationProblem:
        """Return the smaller problem."""
        return self.pricer.problem

    def whole(self, granted: Bools, seats: int) -> Bools:
        """Return (``seats``,) bool of the whole problem for a plan of this one."""
        plan = np.zeros(seats, dtype=np.bool_)
        plan[self.seats] = granted
        return plan


def opened_in(problem: AllocationProblem, granted: Bools) -> Bools:
    """Return (S,) bool: the sessions that are open in a plan, and all for which that is no decision."""
    return (np.bincount(problem.session[granted], minlength=problem.n_sessions) > 0) | ~problem.gated


def settle(pricer: Pricer, opened: Bools, prices: Prices, clock: Clock, evaluations: int = EVALUATIONS) -> Settled:
    """Descend from ``prices`` with the given sessions open and all others shut."""
    seats = np.flatnonzero(opened[pricer.problem.session])
    part = Pricer(part_of(pricer.problem, seats, opened=opened), n_jobs=pricer.n_jobs)
    start = Prices(prices.budget, prices.max_seats, prices.min_seats, prices.floor, np.zeros(seats.size))
    found = descend(part, clock, start, restarts=0, evaluations=evaluations)
    return Settled(opened, seats, part, found.prices, found.pricing)


class Openings:
    """The cuts of a problem so far."""

    def __init__(self, pricer: Pricer) -> None:
        problem = pricer.problem
        self._pricer, self._gates = pricer, np.flatnonzero(problem.gated)
        self._held = np.zeros(problem.n_sessions, dtype=np.bool_) if problem.hold is None else problem.hold
        self._cuts: list[tuple[float, float, Floats]] = []  # the bound, what it is without openings, (gates,) surplus
        self._best: Settled | None = None

    def add(self, pricing: Pricing) -> None:
        """Take a cut, but none below 0: no plan is worth so little, so there is none at all."""
        if not pricing.bound >= 0:
            return
        surplus = pricing.surplus[self._gates]
        counted = np.where(self._held[self._gates], surplus, np.maximum(surplus, 0.0))
        self._cuts.append((pricing.bound, pricing.bound - float(counted.sum()), surplus))
        if len(self._cuts) > 2 * CUTS:
            self._cuts = sorted(self._cuts, key=lambda cut: cut[0])[:CUTS]

    def best(self, prices: Prices, pricing: Pricing, clock: Clock, seed: int) -> Settled | None:
        """Return the choice with the largest D of all that cuts have spoken for, now or before; None if there is none.

        ``prices`` lead to ``pricing``; they are where descents begin, and what sessions that stay shut are asked at.
        """
        problem = self._pricer.problem
        if not self._gates.size:
            everything = np.ones(problem.n_sessions, dtype=np.bool_), np.arange(problem.n_seats)
            return Settled(*everything, self._pricer, prices, pricing)
        self._cuts = sorted(self._cuts, key=lambda cut: cut[0])[:CUTS]
        found = self._best
        for _ in range(CHOICES if self._cuts else 0):
            chosen = self._choose(clock, seed)
            if chosen is None or clock.expired():
                break
            opened, most = chosen
            settled = settle(self._pricer, opened, prices, clock, TRIAL)
            if settled.pricing.bound >= (0.0 if found is None else found.pricing.bound):
                found = settled
            if settled.pricing.bound >= most * (1 - CLOSE):
                break
            self.add(self._pricer.price(self._asked(settled, prices)))
        if found is not None and found is not self._best:
            self._best = settle(self._pricer, found.opened, found.prices, clock)
        return self._best

    def _choose(self, clock: Clock, seed: int) -> tuple[Bools, float] | None:
        """Return the sessions with which the cuts allow the most, and how much that is."""
        problem, gates, count = self._pricer.problem, self._gates, len(self._gates)
        base = min(cut[0] for cut in self._cuts)
        rows = [sp.csr_array(np.array([[*-surplus, 1.0] for _, _, surplus in self._cuts]))]
        high = [np.array([rest - base for _, rest, _ in self._cuts])]
        if problem.opening_cost is not None:
            cost = problem.opening_cost[gates].astype(np.float64).T.tocsr()
            size = np.maximum(problem.budget.astype(np.float64), 1.0)
            rows.append(sp.csr_array(sp.hstack([sp.diags_array(1 / size) @ cost, sp.csr_array((len(size), 1))])))
            high.append(problem.budget / size)
        matrix, limit = sp.csr_array(sp.vstack(rows)), np.concatenate(high)
        worth = np.append(np.zeros(count), 1.0)
        lower, upper = np.append(self._held[gates].astype(np.float64), -abs(base)), np.append(np.ones(count), 0.0)
        engine = Highs(worth, lower, upper, matrix, np.full(len(limit), -np.inf), limit, seed)
        engine.make_whole(np.append(np.ones(count, dtype=np.bool_), False))
        engine.set_option("mip_rel_gap", 0.0)
        engine.set_option("mip_abs_gap", 0.1 * CLOSE * abs(base))
        answer = engine.run(clock.part(SHARE))
        if answer.columns is None:
            return None
        opened = ~problem.gated
        opened[gates] = answer.columns[:count] > 0.5
        return opened, base + float(answer.columns[count])

    def _asked(self, settled: Settled, prices: Prices) -> Prices:
        """Return prices of the whole problem: those found for open sessions, and the old ones of the shut."""
        opened = settled.opened
        return Prices(
            settled.prices.budget,
            np.where(opened, settled.prices.max_seats, prices.max_seats),
            np.where(opened, settled.prices.min_seats, prices.min_seats),
            settled.prices.floor,
            np.where(opened[self._pricer.problem.session], 0.0, prices.link),
        )
