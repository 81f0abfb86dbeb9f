"""Slow and obvious answers to small questions, by plain loops. Nothing here calls the library's own code.

A problem of allocation is read through its attributes only. ``rows``, wherever it stands, is the set of names of the
limits that count, None for all of them: so a conflict can be tried without one of its rows.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import combinations
from typing import Any

import numpy as np

SLACK = 1e-9


class Plain:
    """The arrays of a problem as lists, whatever form they were given in."""

    def __init__(self, problem: Any, rows: Collection[str] | None = None) -> None:
        self.rows, self.texts = rows, problem.names
        self.seats, self.sessions = len(problem.person), len(problem.max_seats)
        self.people, self.lines = problem.n_people, len(problem.budget)
        self.person = [int(i) for i in problem.person]
        self.session = [int(s) for s in problem.session]
        self.value = [float(v) for v in problem.value]
        self.budget = [int(b) for b in problem.budget]
        self.cost = [self._seat_cost(problem, e) for e in range(self.seats)]
        self.max_seats = [int(m) for m in problem.max_seats]
        self.hours = _list(problem.hours, self.sessions, 0)
        self.min_seats = _list(problem.min_seats, self.sessions, 0)
        self.opening = _dense(problem.opening_cost, self.sessions, self.lines)
        self.max_sessions = _list(problem.max_sessions, self.people, None)
        self.max_hours = _list(problem.max_hours, self.people, None)
        self.target = _list(problem.target_hours, self.people, 0)
        self.hour_value = float(problem.hour_value)
        self.exclusive = [[int(s) for s in group] for group in problem.exclusive or ()]
        self.requires = [(int(s), [int(t) for t in group]) for s, group in problem.requires or ()]
        met = problem.requires_met
        self.met = [[met is not None and bool(met[e, r]) for r in range(len(self.requires))] for e in range(self.seats)]
        self.must = _list(problem.must, self.seats, -1)
        self.cap = [] if problem.need_cap is None else [float(c) for c in problem.need_cap]
        self.gain = _dense(problem.need_gain, self.seats, len(self.cap))
        self.floor = [] if problem.floor is None else [float(f) for f in problem.floor]
        self.groups = _dense(problem.groups, self.people, len(self.floor))
        self.hold = _list(problem.hold, self.sessions, False)

    def _seat_cost(self, problem: Any, e: int) -> list[int]:
        if not hasattr(problem.cost, "amount"):
            return [int(c) for c in problem.cost.toarray()[e]]
        charged = [0] * self.lines
        for account in range(problem.cost.amount.shape[1]):
            line = int(problem.cost.line[self.person[e], account])
            if line >= 0:
                charged[line] += int(problem.cost.amount[self.session[e], account])
        return charged

    def of(self, person: int) -> list[int]:
        """The seats of one person."""
        return [e for e in range(self.seats) if self.person[e] == person]

    def text(self, key: str, index: int) -> str:
        """The text of a line, session, person or group, else its number."""
        return str(self.texts[key][index]) if key in self.texts else str(index)

    def counted(self, names: Iterator[str]) -> list[str]:
        """The names that count."""
        return [name for name in names if self.rows is None or name in self.rows]


def _list(given: Any, length: int, default: Any) -> list[Any]:
    return [default] * length if given is None else [x.item() for x in given]


def _dense(given: Any, rows: int, columns: int) -> list[list[float]]:
    return [[0] * columns for _ in range(rows)] if given is None else given.toarray().tolist()


# ---------------------------------------------------------------------------------------------------- one person


def broken_by_person(p: Plain, person: int, seats: tuple[int, ...]) -> list[str]:
    """The names of the person's own limits that a set of the person's seats breaks."""
    return p.counted(_broken_by_person(p, person, seats))


def _broken_by_person(p: Plain, person: int, seats: tuple[int, ...]) -> Iterator[str]:
    taken, who = [p.session[e] for e in seats], p.text("people", person)
    if p.max_sessions[person] is not None and len(seats) > p.max_sessions[person]:
        yield f"sessions[{who}]"
    if p.max_hours[person] is not None and sum(p.hours[s] for s in taken) > p.max_hours[person]:
        yield f"hours[{who}]"
    for group in p.exclusive:
        if sum(s in group for s in taken) > 1:
            yield f"exclusive[{who}, {'/'.join(p.text('sessions', s) for s in group)}]"
    for e in seats:
        for r, (later, group) in enumerate(p.requires):
            if p.session[e] == later and not p.met[e][r] and not any(s in group for s in taken):
                yield f"requires[{who}, {p.text('sessions', later)}]"
    for number in sorted({p.must[e] for e in p.of(person) if p.must[e] >= 0}):
        if not any(p.must[e] == number for e in seats):
            yield f"must[{who}, {number}]"


def worth_for_person(p: Plain, seats: tuple[int, ...]) -> float:
    """What a set of one person's seats is worth: seats, capped needs, hours up to the target."""
    worth = sum(p.value[e] for e in seats)
    for k, cap in enumerate(p.cap):
        worth += min(cap, sum(p.gain[e][k] for e in seats))
    if seats:
        worth += p.hour_value * min(p.target[p.person[seats[0]]], sum(p.hours[p.session[e]] for e in seats))
    return worth


def allowed_sets(p: Plain, person: int) -> list[tuple[int, ...]]:
    """Every allowed set of one person's seats."""
    own = p.of(person)
    every = [seats for size in range(len(own) + 1) for seats in combinations(own, size)]
    return [seats for seats in every if not broken_by_person(p, person, seats)]


# -------------------------------------------------------------------------------------------------------- all people


def value_of(problem: Any, mask: Any) -> float:
    """The value of a mask of granted seats."""
    p = Plain(problem)
    return sum(worth_for_person(p, seats) for seats in _by_person(p, mask))


def broken_rows(problem: Any, mask: Any, rows: Collection[str] | None = None) -> list[str]:
    """The names of all limits that a mask of granted seats breaks."""
    p = Plain(problem, rows)
    chosen = _by_person(p, mask)
    broken = [name for i, seats in enumerate(chosen) for name in broken_by_person(p, i, seats)]
    worth = [worth_for_person(p, seats) for seats in chosen]
    return broken + broken_by_all(p, [e for seats in chosen for e in seats], worth)


def is_feasible(problem: Any, mask: Any, rows: Collection[str] | None = None) -> bool:
    """Whether a mask of granted seats keeps every limit."""
    return not broken_rows(problem, mask, rows)


def _by_person(p: Plain, mask: Any) -> list[tuple[int, ...]]:
    return [tuple(e for e in p.of(i) if mask[e]) for i in range(p.people)]


def broken_by_all(p: Plain, granted: list[int], worth: list[float]) -> list[str]:
    """The names of the limits that people share and that granted seats break."""
    return p.counted(_broken_by_all(p, granted, worth))


def _broken_by_all(p: Plain, granted: list[int], worth: list[float]) -> Iterator[str]:
    people = _filled(p, granted)
    for s in range(p.sessions):
        if people[s] > p.max_seats[s]:
            yield f"seats[{p.text('sessions', s)}]"
        if 0 < people[s] < p.min_seats[s]:
            yield f"min_seats[{p.text('sessions', s)}]"
        if p.hold[s] and not people[s]:
            yield f"hold[{p.text('sessions', s)}]"
    for b in range(p.lines):
        opening = sum(p.opening[s][b] for s in range(p.sessions) if people[s])
        if sum(p.cost[e][b] for e in granted) + opening > p.budget[b]:
            yield f"budget[{p.text('lines', b)}]"
    for g, floor in enumerate(p.floor):
        if sum(worth[i] for i in range(p.people) if p.groups[i][g]) < floor - SLACK * max(1.0, floor):
            yield f"floor[{p.text('groups', g)}]"


def _filled(p: Plain, granted: list[int]) -> list[int]:
    people = [0] * p.sessions
    for e in granted:
        people[p.session[e]] += 1
    return people


def best_plan(problem: Any, rows: Collection[str] | None = None) -> tuple[float | None, Any]:
    """The optimum and a mask that reaches it, by trying every combination of the people's allowed sets.

    None and None when no combination keeps every limit. Combinations over a budget or a maximum are cut early:
    nothing that is added later gives money or seats back.
    """
    p = Plain(problem, rows)
    choices = [[(seats, worth_for_person(p, seats)) for seats in allowed_sets(p, i)] for i in range(p.people)]
    best: list[Any] = [None, None]

    def extend(person: int, granted: list[int], worth: list[float]) -> None:
        if person == p.people:
            total = sum(worth)
            if (best[0] is None or total > best[0]) and not broken_by_all(p, granted, worth):
                best[:] = [total, granted]
            return
        for seats, gained in choices[person]:
            more = granted + list(seats)
            if not p.counted(_spent(p, more)):
                extend(person + 1, more, [*worth, gained])

    extend(0, [], [])
    if best[0] is None:
        return None, None
    mask = np.zeros(p.seats, dtype=bool)
    mask[best[1]] = True
    return best[0], mask


def _spent(p: Plain, granted: list[int]) -> Iterator[str]:
    """The names of budgets and maxima that these seats break, whatever comes after them."""
    for b in range(p.lines):
        if sum(p.cost[e][b] for e in granted) > p.budget[b]:
            yield f"budget[{p.text('lines', b)}]"
    people = _filled(p, granted)
    for s in range(p.sessions):
        if people[s] > p.max_seats[s]:
            yield f"seats[{p.text('sessions', s)}]"


def dual_value(problem: Any, prices: Any) -> float:
    """D(prices), every sum a loop; -inf when a person has no allowed set."""
    p = Plain(problem)
    total = sum(float(prices.budget[b]) * p.budget[b] for b in range(p.lines))
    total -= sum(float(prices.floor[g]) * p.floor[g] for g in range(len(p.floor)))
    price = [
        sum(float(prices.budget[b]) * p.cost[e][b] for b in range(p.lines))
        + float(prices.max_seats[p.session[e]])
        - float(prices.min_seats[p.session[e]])
        + float(prices.link[e])
        for e in range(p.seats)
    ]
    for i in range(p.people):
        weight = 1 + sum(float(prices.floor[g]) for g in range(len(p.floor)) if p.groups[i][g])
        worths = [weight * worth_for_person(p, seats) - sum(price[e] for e in seats) for seats in allowed_sets(p, i)]
        total += max(worths, default=-np.inf)
    for s in range(p.sessions):
        term = p.max_seats[s] * float(prices.max_seats[s]) - p.min_seats[s] * float(prices.min_seats[s])
        term -= sum(float(prices.budget[b]) * p.opening[s][b] for b in range(p.lines))
        term += sum(float(prices.link[e]) for e in range(p.seats) if p.session[e] == s)
        total += term if p.hold[s] else max(0.0, term)
    return total
