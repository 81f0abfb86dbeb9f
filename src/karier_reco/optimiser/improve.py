"""Better plans in the neighbourhood of one: HiGHS decides anew for some people, the others stay as they are.

Who is asked again: those whose set of seats the prices leave undecided, line by line where money is left over, session
by session where an opening hangs in the balance, then all together.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from karier_reco.optimiser.allocation import Prices
from karier_reco.optimiser.clock import Clock
from karier_reco.optimiser.feasibility import spent_by
from karier_reco.optimiser.formulation import formulate
from karier_reco.optimiser.highs import Highs
from karier_reco.optimiser.incumbent import Incumbent
from karier_reco.optimiser.part import part_of
from karier_reco.optimiser.pricing import Pricer, Pricing
from karier_reco.optimiser.problem import AllocationProblem, Bools, SessionCost

#: Seats that are decided anew at a time, at first; more when a round brings nothing.
SEATS_AT_A_TIME = 600
MOST_AT_A_TIME = 12_000
#: The share of what is left of the clock, and the units of work, that one neighbourhood may take.
SHARE, WORK = 0.2, 2.0
#: Sessions whose opening is decided anew in a round, those in the balance first.
SESSIONS = 40

Floats = NDArray[np.float64]


def improve(
    pricer: Pricer, prices: Prices, pricing: Pricing, best: Incumbent, gap: float, clock: Clock, seed: int
) -> None:
    """Look for better plans around the best one until it is within the gap, time is up, or nothing helps any more.

    ``pricing`` is what ``prices`` lead to.
    """
    if best.within(gap) or clock.expired():
        return
    problem = pricer.problem
    regret = pricer.regrets(prices, pricing.taken)
    size = SEATS_AT_A_TIME
    while not best.within(gap) and not clock.expired():
        before = best.value
        for seats in _neighbourhoods(problem, prices, pricing, best):
            if best.granted is None or best.within(gap) or clock.expired():
                return
            if not seats.size:
                continue
            near = seats[np.argsort(regret[seats], kind="stable")[:size]]
            _decide_anew(problem, near, best, best.granted, gap, clock, seed)
        if best.value == before:
            if size >= min(MOST_AT_A_TIME, problem.n_seats):
                return
            size *= 2


def _neighbourhoods(
    problem: AllocationProblem, prices: Prices, pricing: Pricing, best: Incumbent
) -> Iterator[NDArray[np.int64]]:
    """Give the seats that are decided anew together: those of a line's people, those of a session's people, all."""
    for people in _by_line(problem, prices, best):
        yield np.flatnonzero(people[problem.person])
    undecided = np.flatnonzero(problem.gated)
    surplus = np.abs(pricing.surplus[undecided])
    for s in undecided[np.argsort(surplus, kind="stable")[:SESSIONS]].tolist():
        people = np.zeros(problem.n_people, dtype=np.bool_)
        people[problem.person[problem.session == s]] = True
        yield np.flatnonzero(people[problem.person])
    yield np.arange(problem.n_seats)


def _by_line(problem: AllocationProblem, prices: Prices, best: Incumbent) -> Iterator[Bools]:
    """Give (P,) bool who pays from a line, lines with the most money left over, at their prices, first."""
    if best.granted is None:
        return
    wasted = prices.budget * (problem.budget - spent_by(problem, best.granted))
    for b in np.argsort(-wasted, kind="stable")[: int((wasted > 0).sum())].tolist():
        people = np.zeros(problem.n_people, dtype=np.bool_)
        if isinstance(problem.cost, SessionCost):
            people[(problem.cost.line == b).any(axis=1)] = True
        else:
            rows = np.searchsorted(problem.cost.indptr, np.flatnonzero(problem.cost.indices == b), side="right") - 1
            people[problem.person[rows]] = True
        if people.sum() < problem.n_people:
            yield people


def _decide_anew(
    problem: AllocationProblem,
    near: NDArray[np.int64],
    best: Incumbent,
    granted: Bools,
    gap: float,
    clock: Clock,
    seed: int,
) -> None:
    """Let HiGHS choose among ``near`` and what their people have now; everybody else stays."""
    mine = np.zeros(problem.n_people, dtype=np.bool_)
    mine[problem.person[near]] = True
    kept = mine[problem.person] & granted
    kept[near] = True
    seats = np.flatnonzero(kept)
    part = part_of(problem, seats, granted & ~mine[problem.person])
    f = formulate(part)
    engine = Highs(f.gain, f.lower, f.upper, f.matrix, f.low, f.high, seed)
    links = f.gated
    if links.size:
        engine.add_rows(f.links(links), np.full(links.size, -np.inf), np.zeros(links.size))
    engine.make_whole(f.integral())
    engine.set_option("mip_rel_gap", 0.1 * gap)

    def take(columns: Floats) -> None:
        plan = granted.copy()
        plan[seats] = columns[: seats.size] > 0.5
        best.offer(plan)

    answer = engine.run(clock.part(SHARE, WORK), take)
    if answer.columns is not None:
        take(answer.columns)
