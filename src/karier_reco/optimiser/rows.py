"""The rows of the model: one builder for each kind of limit."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from karier_reco.optimiser.feasibility import Row
from karier_reco.optimiser.problem import AllocationProblem

Indices = NDArray[np.int64]


@dataclass(eq=False)
class Rows:
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
        row, column, entry = (joined(part) for part in (self.row, self.column, self.entry))
        return sp.csr_array(sp.coo_array((entry, (row, column)), shape=(len(self.names), columns)))


def shared_rows(problem: AllocationProblem, rows: Rows, opening: Indices, every_row: bool) -> NDArray[np.float64]:
    """Add budget lines, seats, least people and holds; return (B,) what one unit of a line's row is in money."""
    scale = _budget_rows(problem, rows, opening, every_row)
    _seat_rows(problem, rows, opening, every_row)
    _least_rows(problem, rows, opening, every_row)
    for s in np.flatnonzero(problem.hold) if problem.hold is not None else ():
        seats = np.flatnonzero(problem.session == s)
        rows.add(np.zeros(seats.size), seats, 1.0, 1.0, np.inf, [("hold", int(s))])
    return scale


def _budget_rows(problem: AllocationProblem, rows: Rows, opening: Indices, every_row: bool) -> NDArray[np.float64]:
    scale = np.ones(problem.n_lines)
    cost = problem.seat_cost
    if problem.opening_cost is not None:
        cost = sp.vstack([cost, problem.opening_cost[np.flatnonzero(opening >= 0)].astype(np.int64)])
    money = sp.csr_array(cost.T)
    money.eliminate_zeros()
    for b, (first, last) in enumerate(pairwise(money.indptr)):
        column, taken = money.indices[first:last], money.data[first:last]
        if taken.size and (every_row or taken.sum() > problem.budget[b]):
            entry, high, scale[b] = _scaled(taken, int(problem.budget[b]))
            rows.add(np.zeros(taken.size), column, entry, -np.inf, high, [("budget", b)])
    return scale


def _scaled(cost: NDArray[np.int64], budget: int) -> tuple[NDArray[np.float64], float, float]:
    """Scale a line by its own size, so that a thousand times the money gives the very same floats."""
    step = int(np.gcd.reduce(cost))
    cost, budget = cost // step, budget // step
    largest = int(cost.max())
    unit = 1.0 if largest <= 1000 else largest / 100
    return cost / unit, budget / unit, step * unit


def _seat_rows(problem: AllocationProblem, rows: Rows, opening: Indices, every_row: bool) -> None:
    """Add ``sum x <= max_seats y``; with every row the session's links say the rest, and y can stay out."""
    wanted = np.bincount(problem.session, minlength=problem.n_sessions)
    gated = (opening >= 0) & (not every_row)
    tight = np.flatnonzero((wanted > 0) & ((wanted > problem.max_seats) | gated | every_row))
    position = _positions(tight, problem.n_sessions)
    inside = np.flatnonzero(position[problem.session] >= 0)
    most = np.minimum(problem.max_seats, wanted).astype(np.float64)
    opened = tight[gated[tight]]
    rows.add(
        np.concatenate([position[problem.session[inside]], position[opened]]),
        np.concatenate([inside, opening[opened]]),
        np.concatenate([np.ones(inside.size), -most[opened]]),
        -np.inf,
        np.where(gated, 0.0, problem.max_seats)[tight],
        [("seats", int(s)) for s in tight],
    )


def _least_rows(problem: AllocationProblem, rows: Rows, opening: Indices, every_row: bool) -> None:
    if problem.min_seats is None:
        return
    least = problem.min_seats.astype(np.float64)
    asking = np.flatnonzero((least > 1) | (every_row & (least > 0) & (opening >= 0)))
    position = _positions(asking, problem.n_sessions)
    inside = np.flatnonzero(position[problem.session] >= 0)
    rows.add(
        np.concatenate([position[problem.session[inside]], position[asking]]),
        np.concatenate([inside, opening[asking]]),
        np.concatenate([np.ones(inside.size), -least[asking]]),
        0.0,
        np.inf,
        [("min_seats", int(s)) for s in asking],
    )


def personal_rows(problem: AllocationProblem, rows: Rows, every_row: bool) -> None:
    """Add what concerns one person at a time: sessions, hours, exclusive groups, prerequisites, musts."""
    if problem.max_sessions is not None:
        _person_cap(rows, problem, "sessions", np.ones(problem.n_seats), problem.max_sessions, every_row)
    if problem.max_hours is not None and problem.hours is not None:
        taken = problem.hours[problem.session].astype(np.float64)
        _person_cap(rows, problem, "hours", taken, problem.max_hours, every_row)
    sets = exclusive_sets(problem, every_row)
    members = joined([np.array(seats) for seats in sets.values()])
    which = np.repeat(np.arange(len(sets)), [len(seats) for seats in sets.values()])
    rows.add(which, members, 1.0, -np.inf, 1.0, [("exclusive", i, g) for i, g in sets])
    for r, (first, group) in enumerate(problem.requires):
        helping = np.isin(problem.session, group)
        asking = (problem.session == first) & ~helping
        if problem.requires_met is not None:
            asking &= ~problem.requires_met[:, r]
        for e in np.flatnonzero(asking):
            i = int(problem.person[e])
            own = np.arange(problem.starts[i], problem.starts[i + 1])
            column = np.concatenate([[e], own[helping[own]]])
            entry = np.where(column == e, 1.0, -1.0)
            rows.add(np.zeros(column.size), column, entry, -np.inf, 0.0, [("requires", i, r)])
    if problem.must is not None:
        numbered = np.flatnonzero(problem.must >= 0)
        pair = np.stack([problem.person[numbered], problem.must[numbered]], axis=1).astype(np.int64)
        kinds, which = np.unique(pair, axis=0, return_inverse=True)
        rows.add(which.ravel(), numbered, 1.0, 1.0, np.inf, [("must", int(i), int(number)) for i, number in kinds])


def _person_cap(
    rows: Rows, problem: AllocationProblem, kind: str, use: NDArray[np.float64], most: NDArray[Any], every_row: bool
) -> None:
    total = np.bincount(problem.person, weights=use, minlength=problem.n_people)
    tight = np.flatnonzero((total > most) | (every_row & (total > 0)))
    position = _positions(tight, problem.n_people)
    inside = np.flatnonzero((position[problem.person] >= 0) & (use > 0))
    rows.add(
        position[problem.person[inside]], inside, use[inside], -np.inf, most[tight], [(kind, int(i)) for i in tight]
    )


def exclusive_sets(problem: AllocationProblem, every_row: bool) -> dict[tuple[int, int], list[int]]:
    """Return, by (person, group), the seats of which at most one is granted; sets inside others are left out.

    So are those of people who may attend one session at most, unless every row is wanted.
    """
    groups_of = problem.exclusive_of_session
    session, starts = problem.session.tolist(), problem.starts.tolist()
    found: dict[tuple[int, int], list[int]] = {}
    for i in range(problem.n_people if problem.exclusive else 0):
        if problem.max_sessions is not None and problem.max_sessions[i] <= 1 and not every_row:
            continue
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


def hour_rows(problem: AllocationProblem, hours: NDArray[Any], rows: Rows, people: Indices, first: int) -> None:
    """Add ``h <= sum of hours x`` for the people whose hours have a column, from column ``first`` on."""
    position = _positions(people, problem.n_people)
    inside = np.flatnonzero(position[problem.person] >= 0)
    rows.add(
        np.concatenate([np.arange(len(people)), position[problem.person[inside]]]),
        np.concatenate([first + np.arange(len(people)), inside]),
        np.concatenate([np.ones(len(people)), -hours[problem.session[inside]].astype(np.float64)]),
        -np.inf,
        0.0,
        [("", "paid hours", int(i)) for i in people],
    )


def floor_rows(problem: AllocationProblem, rows: Rows, gain: NDArray[np.float64], owner: Indices) -> None:
    """Add the floors: ``owner`` is by column the person whose value it adds to, -1 for nobody's."""
    if problem.groups is None or problem.floor is None:
        return
    member = np.zeros(problem.n_people, dtype=np.bool_)
    members = sp.csc_array(problem.groups)
    for g, (first, last) in enumerate(pairwise(members.indptr)):
        member[:] = False
        member[members.indices[first:last]] = True
        inside = np.flatnonzero((owner >= 0) & member[owner] & (gain > 0))
        rows.add(np.zeros(inside.size), inside, gain[inside], problem.floor[g], np.inf, [("floor", g)])


def joined(parts: list[Any]) -> NDArray[Any]:
    """Join arrays, of which there may be none."""
    return np.concatenate(parts) if parts else np.empty(0)


def _positions(chosen: Indices, count: int) -> Indices:
    """Return the place of each of ``count`` things among the chosen ones, -1 for the others."""
    position = np.full(count, -1, dtype=np.int64)
    position[chosen] = np.arange(len(chosen))
    return position
