"""The relaxation over whole sets of seats: one column per person and set, found by pricing (column generation).

A person's own limits and needs live inside the sets, so this relaxation is as tight as the best bound by prices, and
its basic solutions split no more people between sets than there are tight shared limits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from karier_reco.optimiser.allocation import Prices
from karier_reco.optimiser.clock import Clock
from karier_reco.optimiser.formulation import Formulation
from karier_reco.optimiser.highs import Highs
from karier_reco.optimiser.pricing import Pricer, Pricing
from karier_reco.optimiser.relaxation import LINK_TOLERANCE, prices_of

#: Rounds of pricing, and the share by which the best prices so far pull the next ones towards them.
ROUNDS = 60
PULL = 0.5
#: The bound has met the master when it is within this share of it, or 0.3 of the gap that is asked for.
CLOSE = 2e-5
#: What it costs to break a limit that asks for something, in units of the largest gain: more than keeping it can.
PENALTY = 100.0

#: A column this near to 0 or 1 is whole.
WHOLE = 1e-6
SHARED = ("budget", "seats", "min_seats", "hold", "floor")


class Master:
    """The linear model of which sets of seats people get, and which sessions open.

    Columns: openings, a way out of every row that asks for something, then sets. Rows: one per person, the shared rows
    of the formulation, then links.
    """

    def __init__(self, f: Formulation, linked: NDArray[np.int64], seed: int) -> None:
        problem = f.problem
        self._f, self._seed = f, seed
        self._shared = np.array([r for r, name in enumerate(f.names) if name[0] in SHARED], dtype=np.int64)
        self._floors = np.array([f.names[r][1] for r in self._shared if f.names[r][0] == "floor"], dtype=np.int64)
        self._gates = np.arange(problem.n_seats, problem.n_seats + int((f.opening >= 0).sum()))
        shared = f.matrix[self._shared]
        plain = sp.csr_array(shared[:, : problem.n_seats])
        nothing = sp.csr_array((len(self._floors), problem.n_seats))
        # A set's column brings to a floor what the set is worth, not what its seats would be worth alone.
        self._of_seats = sp.csr_array(sp.vstack([plain[: len(self._shared) - len(self._floors)], nothing]))
        self._musts = np.zeros(problem.n_people, dtype=np.bool_)
        if problem.must is not None:
            self._musts[problem.person[problem.must >= 0]] = True
        self.linked = np.empty(0, dtype=np.int64)
        self._known: set[tuple[int, ...]] = set()
        self.sets: list[list[int]] = []
        self._columns = np.zeros(0)
        self._engine = self._empty(shared)
        self._add_links(linked)

    def _empty(self, shared: sp.csr_array) -> Highs:
        f, people = self._f, self._f.problem.n_people
        low = np.concatenate([np.where(self._musts, 1.0, -np.inf), f.low[self._shared]])
        high = np.concatenate([np.ones(people), f.high[self._shared]])
        asking = np.flatnonzero(low > -np.inf)
        self._ways_out = len(asking)
        every = sp.csr_array((np.ones(len(asking)), (asking, np.arange(len(asking)))), shape=(len(low), len(asking)))
        gates = sp.vstack([sp.csr_array((people, len(self._gates))), shared[:, self._gates]])
        largest = float(np.max(f.gain, initial=0.0))
        gain = np.concatenate([np.zeros(len(self._gates)), np.full(len(asking), -PENALTY * largest)])
        lower = np.concatenate([f.lower[self._gates], np.zeros(len(asking))])
        upper = np.concatenate([f.upper[self._gates], np.full(len(asking), np.inf)])
        matrix = sp.csr_array(sp.hstack([gates, every]))
        engine = Highs(gain, lower, upper, matrix, low, high, self._seed, largest)
        engine.set_option("simplex_strategy", 4)  # primal: what is added between runs are columns
        return engine

    def add(self, sets: Iterable[list[int]]) -> int:
        """Add the sets that are not there yet, each of one person's seats; return how many."""
        new: list[list[int]] = []
        for seats in sets:
            key = tuple(sorted(seats))
            if key not in self._known:
                self._known.add(key)
                new.append(list(key))
        if new:
            self._add_columns(new)
            self.sets += new
        return len(new)

    def _add_columns(self, sets: list[list[int]]) -> None:
        problem = self._f.problem
        inside = _incidence(sets, problem.n_seats)
        owner = problem.person[[seats[0] for seats in sets]].astype(np.int64)
        worth = self._worth(sets, owner)
        every = np.arange(len(sets))
        parts = [
            sp.csr_array((np.ones(len(sets)), (owner, every)), shape=(problem.n_people, len(sets))),
            self._of_seats @ inside,
            inside[self.linked],
        ]
        matrix = sp.csc_array(sp.vstack(parts))
        if self._floors.size and problem.groups is not None:
            members = problem.groups[owner][:, self._floors].astype(np.float64).T * worth
            first = problem.n_people + len(self._shared) - len(self._floors)
            matrix = sp.csc_array(sp.vstack([matrix[:first], members, matrix[first + len(self._floors) :]]))
        self._engine.add_columns(worth, np.zeros(len(sets)), np.ones(len(sets)), matrix)

    def _worth(self, sets: list[list[int]], owner: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return what each set is worth: one look at the problem for the first set of everybody, one for the second…"""
        problem = self._f.problem
        worth = np.empty(len(sets))
        turn = _turns(owner)
        for n in range(int(turn.max()) + 1):
            chosen = np.flatnonzero(turn == n)
            granted = np.zeros(problem.n_seats, dtype=np.bool_)
            granted[np.concatenate([sets[c] for c in chosen])] = True
            worth[chosen] = problem.worth_by_person(granted)[owner[chosen]]
        return worth

    def _add_links(self, seats: NDArray[np.int64]) -> None:
        if not seats.size:
            return
        f = self._f
        inside = _incidence(self.sets, f.problem.n_seats)[seats]
        gate = f.opening[f.problem.session[seats]] - f.problem.n_seats
        minus = sp.csr_array(
            (-np.ones(len(seats)), (np.arange(len(seats)), gate)), shape=(len(seats), len(self._gates))
        )
        nothing = sp.csr_array((len(seats), self._ways_out))
        rows = sp.csr_array(sp.hstack([minus, nothing, inside]))
        self._engine.add_rows(rows, np.full(len(seats), -np.inf), np.zeros(len(seats)))
        self.linked = np.concatenate([self.linked, seats])

    def solve(self, clock: Clock) -> tuple[Prices, float] | None:
        """Solve the master; return its prices and its value, None when the clock stopped it."""
        answer = self._engine.run(clock)
        if answer.duals is None or answer.columns is None or answer.objective is None:
            return None
        people = self._f.problem.n_people
        duals = np.zeros(len(self._f.names))
        duals[self._shared] = answer.duals[people : people + len(self._shared)]
        links = answer.duals[people + len(self._shared) :]
        prices = prices_of(self._f, np.concatenate([duals, links]), self.linked)
        self._columns = answer.columns
        return prices, answer.objective

    @property
    def _first(self) -> int:
        return len(self._gates) + self._ways_out

    def add_violated_links(self) -> int:
        """Add the links that the last solution breaks; return how many."""
        f = self._f
        gated = f.gated
        taken = _incidence(self.sets, f.problem.n_seats)[:, : len(self._columns) - self._first]
        seats, opened = taken @ self._columns[self._first :], self._columns[: len(self._gates)]
        over = seats[gated] - opened[f.opening[f.problem.session[gated]] - f.problem.n_seats]
        new = np.setdiff1d(gated[over > LINK_TOLERANCE], self.linked)
        self._add_links(new)
        return len(new)

    def search(
        self, clock: Clock, gap: float, keep: tuple[str, ...], on_plan: Callable[[NDArray[np.bool_]], object]
    ) -> None:
        """Let HiGHS choose one set for each person, and pass on what it finds.

        ``keep`` says what stays as the last solution has it where that is whole: "openings", "sets".
        """
        seats = _incidence(self.sets, self._f.problem.n_seats)

        def take(columns: NDArray[np.float64]) -> None:
            on_plan(seats @ (columns[self._first :] > 0.5) > 0.5)

        lower, upper = self._bounds(keep)
        self._engine.bound_columns(lower, upper)
        whole = np.ones(len(lower), dtype=np.bool_)
        whole[len(self._gates) : self._first] = False
        self._engine.make_whole(whole)
        self._engine.set_option("mip_rel_gap", gap)
        answer = self._engine.run(clock, take)
        if answer.columns is not None:
            take(answer.columns)

    def _bounds(self, keep: tuple[str, ...]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        gates, first = len(self._gates), self._first
        lower, upper = np.zeros(first + len(self.sets)), np.ones(first + len(self.sets))
        lower[:gates], upper[gates:first] = self._f.lower[self._gates], np.inf
        solution = np.zeros(len(lower))
        solution[: len(self._columns)] = self._columns
        if "openings" in keep:
            lower[:gates][solution[:gates] > 1 - WHOLE] = 1.0
            upper[:gates][solution[:gates] < WHOLE] = lower[:gates][solution[:gates] < WHOLE]
        if "sets" in keep:
            lower[first:][solution[first:] > 1 - WHOLE] = 1.0
        return lower, upper


def generate(
    f: Formulation,
    pricer: Pricer,
    prices: Prices,
    found: Pricing,
    plans: Iterable[NDArray[np.bool_]],
    clock: Clock,
    gap: float,
    seed: int,
    on_bound: Callable[[Pricing, Prices], object],
) -> Master:
    """Price people and add their sets until the bound meets the master, or the clock stops it.

    ``on_bound`` gets every pricing. The sets begin with those of ``plans`` and of ``found``, what ``prices`` lead to.
    """
    master = Master(f, np.flatnonzero(prices.link > 0), seed)
    centre, best = prices, found.bound
    for granted in plans:
        master.add(_sets_of(f, granted))
    master.add(_sets_of(f, found.taken))
    for _ in range(ROUNDS):
        solved = master.solve(clock)
        if solved is None or clock.expired():
            break
        own, value = solved
        if best - value <= max(0.3 * gap, CLOSE) * abs(best):
            break
        added = 0
        for pull in (PULL, 0.0):
            prices = _between(centre, own, pull)
            found = pricer.price(prices)
            clock.step(found.work)
            on_bound(found, prices)
            if found.bound < best:
                best, centre = found.bound, prices
            added = master.add(_sets_of(f, found.taken))
            if added or clock.expired():
                break
        if not master.add_violated_links() + added:
            break
    return master


def _between(one: Prices, other: Prices, share: float) -> Prices:
    names = ("budget", "max_seats", "min_seats", "floor", "link")
    return Prices(*(share * getattr(one, name) + (1 - share) * getattr(other, name) for name in names))


def _sets_of(f: Formulation, granted: NDArray[np.bool_]) -> list[list[int]]:
    sets: dict[int, list[int]] = {}
    for e in np.flatnonzero(granted).tolist():
        sets.setdefault(int(f.problem.person[e]), []).append(e)
    return list(sets.values())


def _turns(owner: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return for each entry how many before it have the same owner."""
    order = np.argsort(owner, kind="stable")
    turn = np.empty(len(owner), dtype=np.int64)
    turn[order] = np.arange(len(owner)) - np.searchsorted(owner[order], owner[order], side="left")
    return turn


def _incidence(sets: list[list[int]], seats: int) -> sp.csr_array:
    """Return (seats, sets): which seats are in which set."""
    lengths = [len(s) for s in sets]
    row = np.concatenate([np.array(s, dtype=np.int64) for s in sets]) if sets else np.empty(0, dtype=np.int64)
    column = np.repeat(np.arange(len(sets)), lengths)
    return sp.csr_array((np.ones(len(row)), (row, column)), shape=(seats, len(sets)))
