"""The problem as a mixed-integer linear model: columns, rows, and which limit each row is.

Columns: a seat x each, a session's opening y where opening matters, a need's closure z, a person's paid hours h.
The rules "a seat needs its session open" (links) are not among the rows: ``relaxation`` adds those that are violated.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from karier_reco.optimiser.feasibility import Row
from karier_reco.optimiser.needs import Needs, merge_needs
from karier_reco.optimiser.problem import AllocationProblem

Indices = NDArray[np.int64]


@dataclass(eq=False)
class Formulation:
    """Maximise ``gain . column`` subject to ``low <= matrix . column <= high`` and ``0 <= column <= upper``.

    ``names[r]`` is what ``problem.row_name`` takes for row r, or ("", ...) for a row that is no limit of the problem.
    ``opening`` (S,) is the column of a session's y, -1 where it has none; ``scale`` (B,) what one unit of a budget
    row is in units of money; ``counting`` are the people with a column for their paid hours.
    """

    problem: AllocationProblem
    gain: NDArray[np.float64]
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    matrix: sp.csr_array
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    names: list[Row]
    opening: Indices
    scale: NDArray[np.float64]
    needs: Needs
    counting: Indices

    @property
    def n_columns(self) -> int:
        """Number of columns."""
        return len(self.gain)

    @property
    def gated(self) -> Indices:
        """Return the seats whose session has an opening of its own."""
        return np.flatnonzero(self.opening[self.problem.session] >= 0)

    def integral(self) -> NDArray[np.bool_]:
        """Say which columns are whole: seats and openings."""
        whole = np.zeros(self.n_columns, dtype=np.bool_)
        whole[: self.problem.n_seats] = True
        whole[self.opening[self.opening >= 0]] = True
        return whole

    def columns_of(self, granted: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Return all columns of a plan: openings, closures and hours follow from the seats."""
        problem = self.problem
        opened = np.bincount(problem.session[granted], minlength=problem.n_sessions) > 0
        seat, need, gain = self.needs.entries
        inside = granted[seat]
        closed = np.bincount(need[inside], weights=gain[inside], minlength=len(self.needs.cap))
        parts = [granted.astype(np.float64), opened[self.opening >= 0].astype(np.float64), np.minimum(closed, self.needs.cap)]
        if len(self.counting) and problem.hours is not None and problem.target_hours is not None:
            hours = np.bincount(problem.person[granted], weights=problem.hours[problem.session[granted]], minlength=problem.n_people)
            parts.append(np.minimum(hours, problem.target_hours)[self.counting])
        return np.concatenate(parts)

    def links(self, seats: Indices) -> sp.csr_array:
        """Return rows ``x_e - y_s``, at most 0, for the seats."""
        count = np.arange(len(seats))
        rows, columns = np.tile(count, 2), np.concatenate([seats, self.opening[self.problem.session[seats]]])
        entries = np.repeat([1.0, -1.0], len(seats))
        return sp.csr_array((entries, (rows, columns)), shape=(len(seats), self.n_columns))


@dataclass(eq=False)
class _Rows:
    """Rows under construction: blocks of (row, column, entry) with their bounds and names."""

    row: list[Indices] = field(default_factory=list)
    column: list[Indices] = field(default_factory=list)
    entry: list[NDArray[np.float64]] = field(default_factory=list)
    low: list[NDArray[np.float64]] = field(default_factory=list)
    high: list[NDArray[np.float64]] = field(default_factory=list)
    names: list[Row] = field(default_factory=list)

    def add(self, row: Any, column: Any, entry: Any, low: Any, high: Any, names: list[Row]) -> None:
        """Append ``len(names)`` rows; ``row`` counts from 0 within them."""
        self.row.append(np.asarray(row, dtype=np.int64) + len(self.names))
        self.column.append(np.asarray(column, dtype=np.int64))
        self.entry.append(np.broadcast_to(np.asarray(entry, dtype=np.float64), np.shape(column)))
        self.low.append(np.broadcast_to(np.asarray(low, dtype=np.float64), (len(names),)))
        self.high.append(np.broadcast_to(np.asarray(high, dtype=np.float64), (len(names),)))
        self.names += names

    def matrix(self, columns: int) -> sp.csr_array:
        row, column, entry = (_joined(part) for part in (self.row, self.column, self.entry))
        return sp.csr_array(sp.coo_array((entry, (row, column)), shape=(len(self.names), columns)))


def formulate(problem: AllocationProblem, every_row: bool = False) -> Formulation:
    """Build the model; ``every_row`` keeps the rows that others imply, so that each limit can be let go by itself."""
    opening = _openings(problem)
    needs = merge_needs(problem, every_row)
    value = problem.value.astype(np.float64) + needs.value
    gain = [value, np.zeros(int((opening >= 0).sum())), np.ones(len(needs.cap))]
    upper = [np.ones(problem.n_seats), np.ones(len(gain[1])), needs.cap]
    people = _counting_people(problem)
    if problem.target_hours is not None and problem.hours is not None:
        spare = ~np.isin(problem.person, people)
        reachable = spare & (problem.target_hours[problem.person] > 0)
        value[reachable] += problem.hour_value * problem.hours[problem.session[reachable]]
        gain.append(np.full(len(people), problem.hour_value))
        upper.append(problem.target_hours[people].astype(np.float64))
    first_need = problem.n_seats + len(gain[1])
    first_hours = first_need + len(needs.cap)
    rows = _Rows()
    scale = _shared_rows(problem, rows, opening, every_row)
    _personal_rows(problem, rows, every_row)
    if len(needs.cap):
        seat_rows, seat_columns, entries = needs.entries
        rows.add(
            np.concatenate([np.arange(len(needs.cap)), seat_columns]),
            np.concatenate([first_need + np.arange(len(needs.cap)), seat_rows]),
            np.concatenate([np.ones(len(needs.cap)), -entries]),
            -np.inf,
            0.0,
            [("", "need", k) for k in range(len(needs.cap))],
        )
    if len(people):
        _hour_rows(problem, rows, people, first_hours)
    if problem.floor is not None:
        _floor_rows(problem, rows, np.concatenate([value, *gain[1:]]), needs.person, people, first_need, first_hours)
    columns = sum(len(part) for part in gain)
    lower = np.zeros(columns)
    if problem.hold is not None and not every_row:
        lower[opening[problem.hold]] = 1.0
    return Formulation(
        problem,
        _joined(gain),
        lower,
        _joined(upper),
        rows.matrix(columns),
        _joined(rows.low),
        _joined(rows.high),
        rows.names,
        opening,
        scale,
        needs,
        people,
    )


def _openings(problem: AllocationProblem) -> Indices:
    """Number the columns of the sessions whose opening costs, asks for people or is decided."""
    gated = np.zeros(problem.n_sessions, dtype=np.bool_)
    if problem.min_seats is not None:
        gated |= problem.min_seats > 1
    if problem.opening_cost is not None:
        gated |= np.asarray(problem.opening_cost.sum(axis=1)).ravel() > 0
    if problem.hold is not None:
        gated |= problem.hold
    opening = np.full(problem.n_sessions, -1, dtype=np.int64)
    opening[gated] = problem.n_seats + np.arange(int(gated.sum()))
    return opening


def _shared_rows(problem: AllocationProblem, rows: _Rows, opening: Indices, every_row: bool) -> NDArray[np.float64]:
    scale = np.ones(problem.n_lines)
    money = _by_line(problem, opening)
    for b in range(problem.n_lines):
        column, cost = money.indices[money.indptr[b] : money.indptr[b + 1]], money.data[money.indptr[b] : money.indptr[b + 1]]
        if not cost.size or (cost.sum() <= problem.budget[b] and not every_row):
            continue
        entry, high, scale[b] = _scaled(cost, int(problem.budget[b]))
        rows.add(np.zeros(cost.size), column, entry, -np.inf, high, [("budget", b)])
    seats = np.arange(problem.n_seats)
    wanted = np.bincount(problem.session, minlength=problem.n_sessions)
    tight = np.flatnonzero((wanted > 0) & ((wanted > problem.max_seats) | (opening >= 0) | every_row))
    position = np.full(problem.n_sessions, -1)
    position[tight] = np.arange(len(tight))
    inside = position[problem.session] >= 0
    gated = tight[opening[tight] >= 0] if not every_row else tight[:0]
    most = np.minimum(problem.max_seats, wanted).astype(np.float64)
    rows.add(
        np.concatenate([position[problem.session[inside]], position[gated]]),
        np.concatenate([seats[inside], opening[gated]]),
        np.concatenate([np.ones(int(inside.sum())), -most[gated]]),
        -np.inf,
        np.where((opening[tight] >= 0) & (not every_row), 0.0, most[tight] if not every_row else problem.max_seats[tight]),
        [("seats", int(s)) for s in tight],
    )
    _least_rows(problem, rows, opening, every_row)
    return scale


def _by_line(problem: AllocationProblem, opening: Indices) -> sp.csr_array:
    """Return what each column takes from each line, (B, columns) in whole units."""
    cost = problem.seat_cost
    if problem.opening_cost is not None:
        gated = np.flatnonzero(opening >= 0)
        cost = sp.vstack([cost, problem.opening_cost[gated].astype(np.int64)])
    by_line = sp.csr_array(cost.T)
    by_line.eliminate_zeros()
    return by_line


def _scaled(cost: NDArray[np.int64], budget: int) -> tuple[NDArray[np.float64], float, float]:
    """Scale a line by its own size, so that a thousand times the money gives the very same floats."""
    step = int(np.gcd.reduce(cost))
    cost, budget = cost // step, budget // step
    largest = int(cost.max())
    unit = 1.0 if largest <= 1000 else largest / 100
    return cost / unit, budget / unit, step * unit


def _least_rows(problem: AllocationProblem, rows: _Rows, opening: Indices, every_row: bool) -> None:
    held = np.zeros(problem.n_sessions, dtype=np.bool_) if problem.hold is None else problem.hold
    least = np.zeros(problem.n_sessions, dtype=np.int64) if problem.min_seats is None else problem.min_seats.astype(np.int64)
    for s in np.flatnonzero(held):
        seats = np.flatnonzero(problem.session == s)
        rows.add(np.zeros(seats.size), seats, 1.0, 1.0, np.inf, [("hold", int(s))])
    asking = np.flatnonzero((least > 1) | (every_row & (least > 0) & (opening >= 0)))
    position = np.full(problem.n_sessions, -1)
    position[asking] = np.arange(len(asking))
    inside = np.flatnonzero(position[problem.session] >= 0)
    rows.add(
        np.concatenate([position[problem.session[inside]], position[asking]]),
        np.concatenate([inside, opening[asking]]),
        np.concatenate([np.ones(inside.size), -least[asking].astype(np.float64)]),
        0.0,
        np.inf,
        [("min_seats", int(s)) for s in asking],
    )


def _personal_rows(problem: AllocationProblem, rows: _Rows, every_row: bool) -> None:
    seats = np.arange(problem.n_seats)
    count = np.diff(problem.starts)
    if problem.max_sessions is not None:
        _person_cap(rows, problem, "sessions", np.ones(problem.n_seats), problem.max_sessions, every_row)
    if problem.max_hours is not None and problem.hours is not None:
        _person_cap(rows, problem, "hours", problem.hours[problem.session].astype(np.float64), problem.max_hours, every_row)
    one_only = problem.max_sessions is not None and not every_row
    for (i, g), members in exclusive_sets(problem, every_row).items():
        if not (one_only and problem.max_sessions is not None and problem.max_sessions[i] <= 1):
            rows.add(np.zeros(len(members)), members, 1.0, -np.inf, 1.0, [("exclusive", i, g)])
    for r, (first, group) in enumerate(problem.requires):
        helping = np.isin(problem.session, group)
        for e in np.flatnonzero(problem.session == first):
            if (problem.requires_met is not None and problem.requires_met[e, r]) or helping[e]:
                continue
            i = int(problem.person[e])
            own = seats[problem.starts[i] : problem.starts[i] + count[i]]
            given = own[helping[own]]
            column = np.concatenate([[e], given])
            rows.add(np.zeros(column.size), column, [1.0] + [-1.0] * given.size, -np.inf, 0.0, [("requires", i, r)])
    if problem.must is not None:
        numbered = np.flatnonzero(problem.must >= 0)
        pair = np.stack([problem.person[numbered].astype(np.int64), problem.must[numbered].astype(np.int64)], axis=1)
        kinds, which = np.unique(pair, axis=0, return_inverse=True)
        names: list[Row] = [("must", int(i), int(number)) for i, number in kinds]
        rows.add(which.ravel(), numbered, 1.0, 1.0, np.inf, names)


def _person_cap(rows: _Rows, problem: AllocationProblem, kind: str, use: NDArray[np.float64], most: NDArray[Any], every_row: bool) -> None:
    total = np.bincount(problem.person, weights=use, minlength=problem.n_people)
    tight = np.flatnonzero((total > most) | (every_row & (total > 0)))
    position = np.full(problem.n_people, -1)
    position[tight] = np.arange(len(tight))
    inside = np.flatnonzero((position[problem.person] >= 0) & (use > 0))
    rows.add(position[problem.person[inside]], inside, use[inside], -np.inf, most[tight], [(kind, int(i)) for i in tight])


def exclusive_sets(problem: AllocationProblem, every_row: bool = False) -> dict[tuple[int, int], list[int]]:
    """Return, by (person, group), the seats of which at most one is granted; sets inside others are left out."""
    groups_of: list[list[int]] = [[] for _ in range(problem.n_sessions)]
    for g, group in enumerate(problem.exclusive):
        for s in group.tolist():
            groups_of[s].append(g)
    found: dict[tuple[int, int], list[int]] = {}
    session = problem.session.tolist()
    starts = problem.starts.tolist()
    for i in range(problem.n_people):
        own: dict[int, list[int]] = {}
        for e in range(starts[i], starts[i + 1]):
            for g in groups_of[session[e]]:
                own.setdefault(g, []).append(e)
        kept: list[set[int]] = []
        for g, members in sorted(own.items(), key=lambda item: (-len(item[1]), item[0])):
            if len(members) < 2:
                break
            if every_row or not any(larger.issuperset(members) for larger in kept):
                kept.append(set(members))
                found[i, g] = members
    return found


def _counting_people(problem: AllocationProblem) -> Indices:
    """Return the people whose hours can pass their target: only they need a column."""
    if problem.hours is None or problem.target_hours is None or problem.hour_value == 0:
        return np.empty(0, dtype=np.int64)
    total = np.bincount(problem.person, weights=problem.hours[problem.session], minlength=problem.n_people)
    return np.flatnonzero((total > problem.target_hours) & (problem.target_hours > 0))


def _hour_rows(problem: AllocationProblem, rows: _Rows, people: Indices, first: int) -> None:
    assert problem.hours is not None  # _counting_people finds nobody without hours
    position = np.full(problem.n_people, -1)
    position[people] = np.arange(len(people))
    inside = np.flatnonzero(position[problem.person] >= 0)
    rows.add(
        np.concatenate([np.arange(len(people)), position[problem.person[inside]]]),
        np.concatenate([first + np.arange(len(people)), inside]),
        np.concatenate([np.ones(len(people)), -problem.hours[problem.session[inside]].astype(np.float64)]),
        -np.inf,
        0.0,
        [("", "paid hours", int(i)) for i in people],
    )


def _floor_rows(
    problem: AllocationProblem,
    rows: _Rows,
    gain: NDArray[np.float64],
    need_person: Indices,
    hour_person: Indices,
    first_need: int,
    first_hours: int,
) -> None:
    assert problem.groups is not None and problem.floor is not None  # the caller asks for floors only where there are some
    columns = np.concatenate([np.arange(problem.n_seats), np.arange(first_need, first_hours + len(hour_person))])
    owner = np.concatenate([problem.person.astype(np.int64), need_person, hour_person])
    members = sp.csc_array(problem.groups)
    for g in range(problem.n_groups):
        inside = columns[np.isin(owner, members.indices[members.indptr[g] : members.indptr[g + 1]])]
        inside = inside[gain[inside] > 0]
        rows.add(np.zeros(inside.size), inside, gain[inside], problem.floor[g], np.inf, [("floor", g)])


def _joined(parts: list[Any]) -> NDArray[Any]:
    return np.concatenate(parts) if parts else np.empty(0)
