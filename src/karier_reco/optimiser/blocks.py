"""Fixed blocks of people: the seats of some people with all that limits them, cut loose from the problem.

Numbers stand in one type each, whatever the problem's are, so that the loops are compiled once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from karier_reco.optimiser.arrays import LARGEST_SUM, whole
from karier_reco.optimiser.kernels import Costs, People
from karier_reco.optimiser.problem import AllocationProblem, Bools, SessionCost
from karier_reco.optimiser.worth import Worth

#: People in a block.
BLOCK = 16_384

Indices = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Block:
    """The seats of some people, from seat ``begin`` on of the problem and person ``first`` on.

    It holds no reference to the problem, so that it can be priced anywhere.
    """

    first: int
    begin: int
    people: People
    costs: Costs

    @property
    def who(self) -> slice:
        """Return where these people stand in the problem."""
        return slice(self.first, self.first + self.people.most.size)

    @property
    def seats(self) -> slice:
        """Return where these seats stand in the problem."""
        return slice(self.begin, self.begin + self.people.session.size)


@dataclass(frozen=True, eq=False)
class _Sparse:
    """Rows of numbers, one row per seat (or person): row r is ``columns[starts[r]:starts[r + 1]]``."""

    starts: Indices
    columns: Indices
    entries: NDArray[np.float64] | None = None

    @classmethod
    def of(cls, row: Indices, columns: Indices, rows: int, entries: NDArray[np.float64] | None = None) -> _Sparse:
        """Sort entries by row and column."""
        if not row.size:
            return cls(np.zeros(rows + 1, dtype=np.int64), columns, entries)  # of which no page is ever touched
        order = np.lexsort((columns, row))
        starts = np.searchsorted(row[order], np.arange(rows + 1)).astype(np.int64)
        return cls(starts, columns[order], None if entries is None else entries[order])

    def part(self, begin: int, end: int) -> tuple[Indices, slice]:
        """Return the starts of some rows, counted from the first, and where their columns are."""
        starts = self.starts[begin : end + 1]
        first, last = int(starts[0]), int(starts[-1])
        return starts - first if first else starts, slice(first, last)


def cut(problem: AllocationProblem, worth: Worth, size: int | None = None) -> Iterator[Block]:
    """Cut a problem into blocks of so many people, `BLOCK` unless told."""
    size = BLOCK if size is None else size
    limits = _Limits(problem, worth)
    for first in range(0, max(problem.n_people, 1), size):
        last = min(first + size, problem.n_people)
        begin, end = int(problem.starts[first]), int(problem.starts[last])
        yield Block(first, begin, limits.of(first, last), _costs(problem, first, last, begin, end))


def _costs(problem: AllocationProblem, first: int, last: int, begin: int, end: int) -> Costs:
    nothing = np.zeros(1, dtype=np.int64)
    if isinstance(problem.cost, SessionCost):
        amount, line = problem.cost.amount.astype(np.int64), problem.cost.line[first:last].astype(np.int32)
        return Costs(nothing, nothing.astype(np.int32), nothing, amount, line)
    starts = problem.cost.indptr[begin : end + 1]
    entries = slice(int(starts[0]), int(starts[-1]))
    lines, amounts = problem.cost.indices[entries].astype(np.int32), problem.cost.data[entries].astype(np.int64)
    none = np.zeros((0, 0), dtype=np.int64)
    return Costs((starts - starts[0]).astype(np.int64), lines, amounts, none, none.astype(np.int32))


class _Limits:
    """What limits each person of a problem, for any run of people."""

    def __init__(self, problem: AllocationProblem, worth: Worth) -> None:
        self._problem, self._worth = problem, worth
        owner = worth.needs.person
        order = np.argsort(owner, kind="stable")
        place = np.empty(owner.size, dtype=np.int64)
        place[order] = np.arange(owner.size)
        self._caps = _Sparse.of(owner, place, problem.n_people, worth.needs.cap)
        seat, need, gain = worth.needs.entries
        local = place[need] - self._caps.starts[owner[need]] if need.size else need
        self._needs = _Sparse.of(seat, local, problem.n_seats, gain)
        self._clash = _Sparse.of(*_clashes(problem), problem.n_seats)
        self._asks, self._helpers = _asks(problem)
        self._kind = np.float32 if worth.seat.dtype == np.float32 else np.float64
        self._hours = np.zeros(problem.n_sessions, dtype=np.int64) if problem.hours is None else whole(problem.hours)
        self._target = np.zeros(problem.n_people)
        if problem.target_hours is not None:
            self._target[worth.counting] = problem.target_hours[worth.counting]

    def of(self, first: int, last: int) -> People:
        """Return the limits of people ``first`` to ``last - 1``."""
        problem = self._problem
        begin, end = int(problem.starts[first]), int(problem.starts[last])
        starts = problem.starts[first : last + 1] - begin
        size = np.diff(starts)
        longest = np.full(last - first, LARGEST_SUM)
        if problem.max_hours is not None:
            longest = whole(problem.max_hours[first:last])
        most = size if problem.max_sessions is None else np.minimum(whole(problem.max_sessions[first:last]), size)
        need_start, needs = self._needs.part(begin, end)
        clash_start, clashes = self._clash.part(begin, end)
        ask_start, asks = self._asks.part(begin, end)
        help_start, helpers = self._helpers.part(asks.start, asks.stop)
        cap_start, caps = self._caps.part(first, last)
        must, musts, kept = self._musts(begin, starts)
        if helpers.stop > helpers.start:
            kept[starts[:-1].repeat(np.diff(help_start[ask_start[starts]])) + self._helpers.columns[helpers]] = True
        simple = self._target[first:last] == 0
        if problem.hours is not None and problem.max_hours is not None:
            hours = np.cumsum(np.append(0, self._hours[problem.session[begin:end]]))
            simple &= hours[starts[1:]] - hours[starts[:-1]] <= longest
        simple &= musts == 0
        for start in (need_start, clash_start, ask_start):
            if start[-1]:
                simple &= start[starts[1:]] == start[starts[:-1]]
        return People(
            starts,
            problem.session[begin:end].astype(np.int32, copy=False),
            self._worth.seat[begin:end].astype(self._kind, copy=False),
            self._hours,
            most,
            longest,
            self._target[first:last],
            problem.hour_value if self._worth.counting.size else 0.0,
            need_start,
            self._needs.columns[needs],
            _entries(self._needs)[needs],
            cap_start,
            _entries(self._caps)[caps],
            clash_start,
            self._clash.columns[clashes],
            must,
            musts,
            ask_start,
            help_start,
            self._helpers.columns[helpers],
            kept,
            simple,
        )

    def _musts(self, begin: int, starts: Indices) -> tuple[Indices, Indices, Bools]:
        """Number the musts of each person from 1; return the number by seat, how many by person, and whose seats."""
        seats, people = int(starts[-1]), starts.size - 1
        if self._problem.must is None:
            return np.zeros(seats, np.int64), np.zeros(people, np.int64), np.zeros(seats, np.bool_)
        given = self._problem.must[begin : begin + seats].astype(np.int64)
        must, seat = np.zeros(seats, np.int64), np.flatnonzero(given >= 0)
        owner = np.searchsorted(starts, seat, side="right") - 1
        pairs, which = np.unique(np.stack([owner, given[seat]], axis=1), axis=0, return_inverse=True)
        musts = np.bincount(pairs[:, 0], minlength=people)
        must[seat] = 1 + which.ravel() - (np.cumsum(musts) - musts)[owner]
        return must, musts, must > 0


def _entries(rows: _Sparse) -> NDArray[np.float64]:
    return np.empty(0) if rows.entries is None else rows.entries


def _clashes(problem: AllocationProblem) -> tuple[Indices, Indices]:
    """Return pairs (seat, other seat of the same person counted from the first) that share an exclusive group."""
    nothing = np.empty(0, dtype=np.int64)
    if not problem.exclusive:
        return nothing, nothing
    session = np.concatenate([np.asarray(g, dtype=np.int64) for g in problem.exclusive])
    group = np.repeat(np.arange(len(problem.exclusive)), [len(g) for g in problem.exclusive])
    by_session = _Sparse.of(session, group, problem.n_sessions)
    count = np.diff(by_session.starts)[problem.session]
    seat = np.repeat(np.arange(problem.n_seats), count)
    first = np.repeat(by_session.starts[problem.session] - np.cumsum(count) + count, count)
    of = by_session.columns[first + np.arange(seat.size)]
    person = problem.person[seat].astype(np.int64)
    order = np.lexsort((seat, of, person))
    seat, key = seat[order], person[order] * len(problem.exclusive) + of[order]
    one, other = [nothing], [nothing]
    for apart in range(1, seat.size):
        same = np.flatnonzero(key[apart:] == key[:-apart])
        if not same.size:
            break
        one += [seat[same], seat[same + apart]]
        other += [seat[same + apart], seat[same]]
    pairs = np.unique(np.stack([np.concatenate(one), np.concatenate(other)]), axis=1)
    return pairs[0], pairs[1] - problem.starts[problem.person[pairs[0]]]


def _asks(problem: AllocationProblem) -> tuple[_Sparse, _Sparse]:
    """Return by seat the rows that ask for another seat, and by row the seats of the person that fulfil it."""
    seats: list[int] = []
    helpers: list[Indices] = []
    for number, (session, group) in enumerate(problem.requires):
        helping = np.isin(problem.session, group)
        asking = (problem.session == session) & ~helping
        if problem.requires_met is not None:
            asking &= ~problem.requires_met[:, number]
        for e in np.flatnonzero(asking).tolist():
            own = slice(*problem.starts[problem.person[e] : problem.person[e] + 2].tolist())
            seats.append(e)
            helpers.append(np.flatnonzero(helping[own]))
    order = np.argsort(np.array(seats, dtype=np.int64), kind="stable")
    rows = [helpers[r] for r in order.tolist()]
    starts = np.concatenate([[0], np.cumsum([len(row) for row in rows])]).astype(np.int64)
    columns = np.concatenate([*rows, np.empty(0, dtype=np.int64)]).astype(np.int64)
    asking_seats = np.array(seats, dtype=np.int64)[order]
    return _Sparse.of(asking_seats, np.arange(len(rows)), problem.n_seats), _Sparse(starts, columns)
