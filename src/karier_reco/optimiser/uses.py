"""How much of every named limit a set of granted seats uses, counted from the seats alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from karier_reco.optimiser.arrays import people_blocks, whole
from karier_reco.optimiser.problem import AllocationProblem, Bools, SessionCost

#: What is counted in floats may miss by this share of its size, or of 1 where it is smaller.
TOLERANCE = 1e-9


class Use(NamedTuple):
    """One named limit: what the allocation uses of it, and what it allows (or asks for, as a minimum does)."""

    name: str
    used: float
    limit: float


@dataclass(frozen=True, eq=False)
class Rows:
    """All limits of one kind: their indices for `AllocationProblem.row_name`, use and limit, (N,) each.

    ``least`` says that the use must reach the limit, not stay within it.
    """

    kind: str
    index: tuple[NDArray[Any], ...]
    used: NDArray[Any]
    limit: NDArray[Any]
    least: bool = False

    def name(self, problem: AllocationProblem, at: int) -> str:
        """Return the name of row ``at``."""
        return problem.row_name(self.kind, *(int(index[at]) for index in self.index))

    def uses(self, problem: AllocationProblem) -> Iterator[Use]:
        """Give every row with its name."""
        for at, (used, limit) in enumerate(zip(self.used.tolist(), self.limit.tolist(), strict=True)):
            yield Use(self.name(problem, at), used, limit)

    def broken(self, problem: AllocationProblem) -> Iterator[str]:
        """Give a text for every row that does not hold."""
        missing = self.limit - self.used if self.least else self.used - self.limit
        slack = TOLERANCE * np.maximum(1.0, self.limit) if self.used.dtype.kind == "f" else 0
        rule = "at least" if self.least else "at most"
        for at in np.flatnonzero(missing > slack).tolist():
            yield f"{self.name(problem, at)}: got {self.used[at].item()}; expected {rule} {self.limit[at].item()}."


def count_uses(problem: AllocationProblem, granted: Bools) -> list[Rows]:
    """Count the use of every limit of the problem by the granted seats; (E,) bool."""
    seats = np.flatnonzero(granted)
    person, session = whole(problem.person[seats]), whole(problem.session[seats])
    people = np.bincount(session, minlength=problem.n_sessions)
    rows = [_lines(problem, granted, people > 0), *_sessions(problem, people), *_people(problem, person, session)]
    rows += [_exclusive(problem, person, session), _requires(problem, seats, person, session)]
    rows += [_must(problem, granted), _floors(problem, granted)]
    return [row for row in rows if row.used.size]


def worth_of_people(problem: AllocationProblem, granted: Bools) -> NDArray[np.float64]:
    """Return (P,) what the granted seats of each person are worth: seats, capped needs, hours up to the target."""
    seats = np.flatnonzero(granted)
    person = whole(problem.person[seats])
    worth = _by_person(problem, person, problem.value[seats])
    if problem.need_gain is not None and problem.need_cap is not None:
        gain = sp.coo_array(problem.need_gain)
        closed = np.bincount(gain.col, weights=gain.data * granted[gain.row], minlength=problem.n_needs)
        owner = np.zeros(problem.n_needs, dtype=np.int64)
        owner[gain.col] = problem.person[gain.row]
        worth += _by_person(problem, owner, np.minimum(problem.need_cap, closed))
    if problem.hours is not None and problem.target_hours is not None:
        hours = _by_person(problem, person, whole(problem.hours)[problem.session[seats]])
        worth += problem.hour_value * np.minimum(problem.target_hours, hours)
    return worth


def seat_charges(problem: AllocationProblem, seats: slice | NDArray[Any] = slice(None)) -> sp.csr_array:
    """Return sparse (E, B) int64, what each of the seats takes from each budget line, from either form of the cost.

    A line stands twice in a seat's row where two accounts charge it: what is done with the rows adds them up.
    """
    if not isinstance(problem.cost, SessionCost):
        return problem.cost[seats].astype(np.int64)
    line = np.take(problem.cost.line, problem.person[seats], axis=0)
    amount = np.take(whole(problem.cost.amount), problem.session[seats], axis=0)
    paid = line >= 0
    ends = np.append(0, np.cumsum(paid.sum(axis=1)))
    return sp.csr_array((amount[paid], line[paid], ends), shape=(len(line), problem.n_lines))


def _by_person(problem: AllocationProblem, person: NDArray[Any], weights: NDArray[Any]) -> NDArray[np.float64]:
    return np.bincount(person, weights=weights, minlength=problem.n_people).astype(np.float64)


def _lines(problem: AllocationProblem, granted: Bools, opened: Bools) -> Rows:
    used = np.zeros(problem.n_lines, dtype=np.int64)
    for _, seats in people_blocks(problem.starts):
        charges = seat_charges(problem, seats.start + np.flatnonzero(granted[seats]))
        used += np.asarray(charges.sum(axis=0, dtype=np.int64)).ravel()
    if problem.opening_cost is not None:
        used = used + whole(problem.opening_cost.toarray())[opened].sum(axis=0)
    return Rows("budget", (np.arange(problem.n_lines),), used, whole(problem.budget))


def _sessions(problem: AllocationProblem, people: NDArray[np.int64]) -> Iterator[Rows]:
    every = np.arange(problem.n_sessions)
    yield Rows("seats", (every,), people, whole(problem.max_seats))
    if problem.min_seats is not None:
        needed = np.where(people > 0, whole(problem.min_seats), 0)
        yield Rows("min_seats", (every,), people, needed, least=True)
    if problem.hold is not None:
        held = np.flatnonzero(problem.hold)
        yield Rows("hold", (held,), people[held], np.ones_like(held), least=True)


def _people(problem: AllocationProblem, person: NDArray[np.int64], session: NDArray[np.int64]) -> Iterator[Rows]:
    every = np.arange(problem.n_people)
    if problem.max_sessions is not None:
        yield Rows("sessions", (every,), np.bincount(person, minlength=problem.n_people), whole(problem.max_sessions))
    if problem.max_hours is not None:
        used = np.zeros(problem.n_people, dtype=np.int64)
        if problem.hours is not None:
            np.add.at(used, person, whole(problem.hours)[session])
        yield Rows("hours", (every,), used, whole(problem.max_hours))


def _exclusive(problem: AllocationProblem, person: NDArray[np.int64], session: NDArray[np.int64]) -> Rows:
    count, groups = len(problem.exclusive), [whole(group) for group in problem.exclusive]
    if not count:
        none = np.zeros(0, dtype=np.int64)
        return Rows("exclusive", (none, none), none, none)
    member = np.concatenate([*groups, np.zeros(0, dtype=np.int64)])
    group = np.repeat(np.arange(count), [len(g) for g in groups])
    ones = np.ones(len(member), dtype=np.int64)
    inside = sp.csr_array((ones, (member, group)), shape=(problem.n_sessions, count))
    sits = sp.csr_array(
        (np.ones(len(person), dtype=np.int64), (person, session)), shape=(problem.n_people, problem.n_sessions)
    )
    used = sp.coo_array(sits @ inside)
    return Rows("exclusive", (used.row, used.col), used.data, np.ones_like(used.data))


def _requires(
    problem: AllocationProblem, seats: NDArray[Any], person: NDArray[np.int64], session: NDArray[np.int64]
) -> Rows:
    people, row, used = [], [], []
    for number, (later, group) in enumerate(problem.requires):
        asks = session == later
        has = np.bincount(person[np.isin(session, group)], minlength=problem.n_people)[person[asks]]
        if problem.requires_met is not None:
            has = has + problem.requires_met[seats[asks], number]
        people.append(person[asks])
        row.append(np.full(len(has), number))
        used.append(has)
    none = np.zeros(0, dtype=np.int64)
    of, number_of, counted = (np.concatenate([*parts, none]) for parts in (people, row, used))
    return Rows("requires", (of, number_of), counted, np.ones_like(counted), least=True)


def _must(problem: AllocationProblem, granted: Bools) -> Rows:
    bound = np.flatnonzero(problem.must >= 0) if problem.must is not None else np.zeros(0, dtype=np.int64)
    number = whole(problem.must[bound]) if problem.must is not None else bound
    pairs, which = np.unique(np.stack([whole(problem.person[bound]), number], axis=1), axis=0, return_inverse=True)
    used = np.bincount(which.ravel()[granted[bound]], minlength=len(pairs))
    return Rows("must", (pairs[:, 0], pairs[:, 1]), used, np.ones_like(used), least=True)


def _floors(problem: AllocationProblem, granted: Bools) -> Rows:
    if problem.groups is None or problem.floor is None:
        return Rows("floor", (np.zeros(0),), np.zeros(0), np.zeros(0), least=True)
    used = problem.groups.astype(np.float64).T @ worth_of_people(problem, granted)
    limit = np.asarray(problem.floor, dtype=np.float64)
    return Rows("floor", (np.arange(problem.n_groups),), used, limit, least=True)
