"""The most that an allowed set of each person's seats is worth at given prices, for a block of people at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from karier_reco.optimiser.arrays import whole
from karier_reco.optimiser.problem import AllocationProblem, Bools
from karier_reco.optimiser.uses import seat_charges

#: A seat worth less than this at the prices is not enumerated but added in full.
NEGLIGIBLE = 1e-12
#: A person's sets are all tried at once if they are no more than this, of seats that fit into the bits of a number.
MOST_SETS, MOST_SEATS = 2_500, 62
#: Sets that are tried together.
SETS_AT_ONCE = 2**18

Places = NDArray[np.int64]


class SomePrices(Protocol):
    """What the bound needs: a price at least 0 for every line, session (twice), group and seat."""

    @property
    def budget(self) -> NDArray[np.float64]: ...
    @property
    def max_seats(self) -> NDArray[np.float64]: ...
    @property
    def min_seats(self) -> NDArray[np.float64]: ...
    @property
    def floor(self) -> NDArray[np.float64]: ...
    @property
    def link(self) -> NDArray[np.float64]: ...


class Rules:
    """Which sessions exclude or require another, by session: sparse (S, groups) and (S, rows)."""

    def __init__(self, problem: AllocationProblem) -> None:
        self.requires = [group.tolist() for _, group in problem.requires]
        self.groups = _by_session(problem, problem.exclusive)
        self.rows = _by_session(problem, [np.array([later]) for later, _ in problem.requires])

    def groups_of(self, session: int) -> list[int]:
        """Return the exclusive groups that a session is in."""
        return _columns(self.groups, session)

    def rows_of(self, session: int) -> list[int]:
        """Return the rows of ``requires`` that begin with a session."""
        return _columns(self.rows, session)


def _by_session(problem: AllocationProblem, sets: Sequence[NDArray[Any]]) -> sp.csr_array:
    session = np.concatenate([np.zeros(0, dtype=np.int64), *(whole(own) for own in sets)])
    number = np.repeat(np.arange(len(sets)), [len(own) for own in sets])
    return sp.csr_array((np.ones(len(session), dtype=np.int8), (session, number)), (problem.n_sessions, len(sets)))


def _columns(matrix: sp.csr_array, row: int) -> list[int]:
    columns: list[int] = matrix.indices[matrix.indptr[row] : matrix.indptr[row + 1]].tolist()
    return columns


def _entries(matrix: sp.csr_array, rows: NDArray[Any]) -> tuple[Places, NDArray[Any]]:
    """Give place in ``rows`` and column of every entry of these rows of the matrix."""
    chosen = matrix[rows]
    return np.repeat(np.arange(len(rows)), np.diff(chosen.indptr)), chosen.indices


class Block:
    """Some people and their candidate seats at given prices; people and seats count from the block's first.

    ``own`` is what a seat is worth at its price, ``alone`` the most that it adds to any set, hours and needs
    included. What a seat adds never grows with the set, so no set is worth more than the sum of its seats alone.
    """

    def __init__(self, problem: AllocationProblem, prices: SomePrices, rules: Rules, people: slice, seats: slice):
        self.rules = rules
        count = people.stop - people.start
        self.first = problem.starts[people.start : people.stop + 1] - seats.start
        self.owner = np.repeat(np.arange(count), np.diff(self.first))
        self.session = problem.session[seats]
        self.must = np.full(len(self.owner), -1) if problem.must is None else problem.must[seats]
        self.met = None if problem.requires_met is None else problem.requires_met[seats]

        self.weight = np.ones(count)
        if problem.groups is not None:
            self.weight += problem.groups[people].astype(np.float64) @ prices.floor
        price = seat_charges(problem, seats) @ np.asarray(prices.budget, dtype=np.float64)
        price += (prices.max_seats - prices.min_seats)[self.session]
        link = prices.link[seats]
        self.linked = np.zeros(problem.n_sessions)
        if link.any():  # hardly ever: blocks of an array of zeros that was never written to take no memory
            price += link
            self.linked += np.bincount(self.session, weights=link, minlength=problem.n_sessions)
        self.own = self.weight[self.owner] * problem.value[seats] - price

        self.hours = np.zeros(len(self.owner), dtype=np.int64)
        if problem.hours is not None:
            self.hours = whole(problem.hours)[self.session]
        no_limit = np.full(count, 2**62)
        self.max_sessions = no_limit if problem.max_sessions is None else whole(problem.max_sessions[people])
        self.max_hours = no_limit if problem.max_hours is None else whole(problem.max_hours[people])
        self.target = np.zeros(count) if problem.target_hours is None else problem.target_hours[people].astype(float)
        self.hour_value = self.weight * problem.hour_value

        self.flat = self.own
        self.gain: sp.csr_array | None = None
        if problem.need_gain is not None and problem.need_cap is not None:
            gain = problem.need_gain[seats]
            needs, column = np.unique(gain.indices, return_inverse=True)
            self.cap = problem.need_cap[needs]
            self.gain = sp.csr_array((gain.data, column, gain.indptr), shape=(len(self.owner), len(needs)))
            capped = np.minimum(gain.data, self.cap[column])
            row = np.repeat(np.arange(len(self.owner)), np.diff(gain.indptr))
            closed = np.bincount(row, weights=capped, minlength=len(self.owner))
            self.flat = self.own + self.weight[self.owner] * closed
        self.alone = self.flat + self.hour_value[self.owner] * np.minimum(self.target[self.owner], self.hours)
        fits = (self.hours <= self.max_hours[self.owner]) & (self.max_sessions[self.owner] > 0)
        self.worthwhile = fits & (self.alone > NEGLIGIBLE)
        self.negligible = float(self.alone[fits & (self.alone > 0) & ~self.worthwhile].sum())

    def best(self) -> tuple[NDArray[np.float64], list[int]]:
        """Return what each person's best allowed set is worth, and the people for whom that has to be searched.

        No set is worth more than the best few seats, hours apart, and all hours that can be paid. Where these few
        reach that and are allowed together, it is the answer. Of the others, those who have few sets try them all.
        """
        few = self._best_few()
        owner, people = self.owner[few], np.arange(len(self.weight))
        every = np.bincount(self.owner, weights=self.hours * self.worthwhile, minlength=len(people))
        most = np.bincount(owner, weights=self.flat[few], minlength=len(people))
        most = most + self.hour_value * np.minimum(self.target, np.minimum(every, self.max_hours))
        worth, hours = self._worth(few, owner, people)
        asks = self._asks()
        barred = hours > self.max_hours
        barred[self._clashing(few)] = True
        barred[owner[asks[few]]] = True
        barred[self.owner[self.must >= 0]] = True
        left = barred | (most - worth > NEGLIGIBLE * np.maximum(1.0, most))
        best = np.where(left, np.where(barred, 0.0, worth), most)

        search = np.zeros(len(people), dtype=bool)
        search[self.owner[asks | (self.must >= 0)]] = True
        sets = self._count_sets()
        search |= sets > MOST_SETS
        tried = np.flatnonzero(left & ~search)
        for part in np.split(tried, np.flatnonzero(np.diff(np.cumsum(sets[tried]) // SETS_AT_ONCE)) + 1):
            if part.size:
                self._try_all_sets(part, best)
        return best, np.flatnonzero(left & search).tolist()

    def _best_few(self) -> Places:
        """Return of each person the ``max_sessions`` seats that are worth most alone, hours apart."""
        seats = np.flatnonzero(self.worthwhile & (self.flat > 0))
        order = seats[np.lexsort((-self.flat[seats], self.owner[seats]))]
        owner = self.owner[order]
        rank = np.arange(len(order)) - np.searchsorted(owner, owner)
        few: Places = order[rank < self.max_sessions[owner]]
        return few

    def _worth(self, seats: Places, number: Places, person: Places) -> tuple[NDArray[np.float64], Places]:
        """Return worth and hours of sets: ``number`` is the set that each seat is in, ``person`` whose set it is."""
        count = len(person)
        hours = np.zeros(count, dtype=np.int64)
        np.add.at(hours, number, self.hours[seats])
        worth = np.bincount(number, weights=self.own[seats], minlength=count).astype(np.float64)
        worth += self.hour_value[person] * np.minimum(self.target[person], hours)
        if self.gain is not None:
            inside = sp.csr_array((np.ones(len(seats)), (number, seats)), shape=(count, len(self.owner)))
            closed = inside @ self.gain
            closed.data = np.minimum(closed.data, self.cap[closed.indices])
            worth += self.weight[person] * closed.sum(axis=1)
        return worth, hours

    def _asks(self) -> Bools:
        """Return of each seat whether it is worthwhile and needs another one beside it."""
        asks = np.zeros(len(self.owner), dtype=bool)
        later = np.diff(self.rules.rows.indptr) > 0
        seats = np.flatnonzero(self.worthwhile & later[self.session])
        place, row = _entries(self.rules.rows, self.session[seats])
        lacks = np.ones(len(place), dtype=bool) if self.met is None else ~self.met[seats[place], row]
        asks[seats[place[lacks]]] = True
        return asks

    def _clashing(self, seats: Places) -> Places:
        """Return the people of whom two of these seats are in one exclusive group."""
        place, group = _entries(self.rules.groups, self.session[seats])
        count = max(1, self.rules.groups.shape[1])
        pairs, times = np.unique(self.owner[seats[place]] * count + group, return_counts=True)
        return pairs[times > 1] // count

    def _count_sets(self) -> NDArray[np.float64]:
        """Return how many sets of worthwhile seats each person has; infinity above `MOST_SEATS`."""
        seats = np.bincount(self.owner[self.worthwhile], minlength=len(self.weight))
        most = np.minimum(self.max_sessions, seats)
        sets, ways = np.zeros(len(seats)), np.ones(len(seats))
        for size in range(1, int(most[seats <= MOST_SEATS].max(initial=0)) + 1):
            ways = ways * np.maximum(seats - size + 1, 0) / size
            sets += np.where(size <= most, ways, 0.0)
        return np.where(seats <= MOST_SEATS, sets, np.inf)

    def _try_all_sets(self, people: Places, best: NDArray[np.float64]) -> None:
        """Raise ``best`` of these people to the worth of their best allowed set of worthwhile seats.

        Two sets that differ in their last seat alone are joined to one that is a seat larger, unless it is not
        allowed, or cannot be worth more than the best: what a seat adds to one of the two, it adds at most to both.
        """
        chosen = np.zeros(len(best), dtype=bool)
        chosen[people] = True
        seats = np.flatnonzero(self.worthwhile & chosen[self.owner])
        owner = self.owner[seats]
        bit = np.arange(len(seats)) - np.searchsorted(owner, owner)
        clash = self._clashes(seats, bit)
        sets, shut, worth, hours = np.arange(len(seats))[:, None], clash, self.alone[seats], self.hours[seats]
        parent, base, largest = owner, np.zeros(len(seats)), np.zeros(len(best))
        np.maximum.at(largest, owner, worth)
        np.maximum.at(best, owner, worth)
        while len(sets):
            last, size = sets[:, -1], sets.shape[1]
            end = np.searchsorted(parent, parent, side="right")
            more = np.where(size < self.max_sessions[owner[last]], end - np.arange(len(sets)) - 1, 0)
            one = np.repeat(np.arange(len(sets)), more)
            other = one + 1 + np.arange(len(one)) - np.repeat(np.cumsum(more) - more, more)
            new, who = last[other], owner[last[one]]
            more_to_come = (self.max_sessions[who] - size - 1) * largest[who]
            kept = worth[one] + worth[other] - base[one] + more_to_come > best[who] + NEGLIGIBLE
            kept &= (shut[one] >> bit[new] & 1 == 0) & (hours[one] + self.hours[seats[new]] <= self.max_hours[who])
            one, new, who = one[kept], new[kept], who[kept]
            sets, shut, base, parent = np.column_stack([sets[one], new]), shut[one] | clash[new], worth[one], one
            number = np.repeat(np.arange(len(sets)), size + 1)
            worth, hours = self._worth(seats[sets].ravel(), number, who)
            np.maximum.at(best, who, worth)

    def _clashes(self, seats: Places, bit: Places) -> Places:
        """Return of each seat the bits of its owner's seats that share an exclusive group with it."""
        place, group = _entries(self.rules.groups, self.session[seats])
        pair, which = np.unique(
            self.owner[seats[place]] * max(1, self.rules.groups.shape[1]) + group, return_inverse=True
        )
        members, clash = np.zeros(len(pair), dtype=np.int64), np.zeros(len(seats), dtype=np.int64)
        np.bitwise_or.at(members, which, np.left_shift(1, bit[place]))
        np.bitwise_or.at(clash, place, members[which])
        return clash
