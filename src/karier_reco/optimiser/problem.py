"""A problem of allocation: who may sit where, what it is worth, and every limit, as arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import ArrayLike, NDArray

from karier_reco.optimiser.arrays import LARGEST_SUM, flags, numbers, people_blocks, refuse, sparse, whole_numbers

Ints = NDArray[np.integer[Any]]
Floats = NDArray[np.floating[Any]]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class SessionCost:
    """State what a seat costs by session and account, and which line pays for each person.

    ``amount`` is (S, A), whole units of at least 0; ``line`` is (P, A), the budget line that a person's seats
    charge for the account, or -1 for none. Takes the place of a cost row per seat, which is far larger.
    """

    amount: Ints
    line: Ints


@dataclass(frozen=True, eq=False, init=False, repr=False)
class AllocationProblem:
    """Hold candidate seats, their worth and every limit; refuse what does not fit.

    Every candidate seat is one position of ``person``, ``session`` and ``value`` (E entries, sorted by person, no
    pair twice). The other arguments, their shapes and units:

    ========================  ===================================================================================
    cost                      sparse (E, B) of whole units that a seat takes from each line, or a `SessionCost`
    budget                    (B,) whole units
    max_seats, min_seats      (S,) people in a session that is open, i.e. in which somebody sits
    opening_cost              sparse (S, B), what an open session takes from each line
    hours                     (S,) whole hours of a seat; None: 0
    max_sessions, max_hours   scalar or (P,): most granted seats and hours of a person
    target_hours, hour_value  scalar or (P,), and a number: every hour up to the target is worth ``hour_value``
    exclusive                 list of groups of sessions: at most one of each per person
    requires, requires_met    list of (session, group): a seat needs one of the same person in the group, every row
                              holds; (E,) or (E, R) bool: the person has it already
    must                      (E,), -1 for none: of a person's seats with the same number at least one is granted
    need_gain, need_cap       sparse (E, K) and (K,): need k is worth ``min(cap, sum of the granted gains)``;
                              a need belongs to one person
    groups, floor             sparse (P, G) bool and (G,): the value of a group's people is at least its floor
    hold                      (S,) bool: sessions in which somebody must sit
    names                     texts under "lines", "sessions", "people", "groups" for messages
    ========================  ===================================================================================

    The number of people is the length of an argument that has one entry per person, else ``max(person) + 1``.
    Arrays keep the type they are given in. What does not fit raises `LimitsError` with argument, index and value.

    Examples
    --------
    Two people want the one seat of a session that costs 3 of the 5 there are:

    >>> import scipy.sparse as sp
    >>> problem = AllocationProblem([0, 1], [0, 0], [2.0, 1.5], sp.csr_array([[3], [3]]), [5], [1])
    >>> problem.n_people, problem.n_sessions, problem.n_lines
    (2, 1, 1)
    >>> problem.worth(np.array([True, False]))
    2.0
    >>> problem.row_name("budget", 0)
    'budget[0]'
    """

    person: Ints
    session: Ints
    value: Floats
    cost: sp.csr_array | SessionCost
    budget: Ints
    max_seats: Ints
    hours: Ints | None
    min_seats: Ints | None
    opening_cost: sp.csr_array | None
    max_sessions: Ints | None
    max_hours: Ints | None
    target_hours: Floats | None
    hour_value: float
    exclusive: tuple[Ints, ...]
    requires: tuple[tuple[int, Ints], ...]
    requires_met: Bools | None
    must: Ints | None
    need_gain: sp.csr_array | None
    need_cap: Floats | None
    groups: sp.csr_array | None
    floor: Floats | None
    hold: Bools | None
    names: Mapping[str, Sequence[str]]

    def __init__(
        self,
        person: ArrayLike,
        session: ArrayLike,
        value: ArrayLike,
        cost: Any,
        budget: ArrayLike,
        max_seats: ArrayLike,
        hours: ArrayLike | None = None,
        min_seats: ArrayLike | None = None,
        opening_cost: Any = None,
        max_sessions: ArrayLike | None = None,
        max_hours: ArrayLike | None = None,
        target_hours: ArrayLike | None = None,
        hour_value: float = 0.0,
        exclusive: Sequence[ArrayLike] | None = None,
        requires: Sequence[tuple[int, ArrayLike]] | None = None,
        requires_met: ArrayLike | None = None,
        must: ArrayLike | None = None,
        need_gain: Any = None,
        need_cap: ArrayLike | None = None,
        groups: Any = None,
        floor: ArrayLike | None = None,
        hold: ArrayLike | None = None,
        names: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        given = dict(locals())
        for field in fields(self):
            object.__setattr__(self, field.name, given[field.name])
        self.__post_init__()

    def __post_init__(self) -> None:
        self._set(names=dict(self.names or {}), max_seats=whole_numbers("max_seats", self.max_seats, (None,)))
        self._set(budget=whole_numbers("budget", self.budget, (None,)))
        self._check_seats()
        self._check_sessions()
        self._check_people()
        self._check_pairs()
        self._check_costs()
        self._check_rules()
        self._check_needs()
        self._check_names()

    def _set(self, **attributes: Any) -> None:
        for name, attribute in attributes.items():
            object.__setattr__(self, name, attribute)

    def _check_seats(self) -> None:
        person = whole_numbers("person", self.person, (None,))
        session = whole_numbers("session", self.session, person.shape, 0, self.n_sessions - 1)
        value = numbers("value", self.value, person.shape)
        self._set(person=person, session=session, value=value)
        back = np.flatnonzero(person[1:] < person[:-1])
        if back.size:
            at = int(back[0]) + 1
            refuse(
                "person",
                at,
                person[at],
                f"at least {int(person[at - 1])}, the entry before",
                "Sort the seats by person.",
            )

    def _check_pairs(self) -> None:
        for _, seats in people_blocks(self.starts):
            person, session = self.person[seats], self.session[seats]
            if ((session[1:] > session[:-1]) | (person[1:] > person[:-1])).all():
                continue
            order = np.lexsort((session, person))
            person, session = person[order], session[order]
            twice = np.flatnonzero((session[1:] == session[:-1]) & (person[1:] == person[:-1]))
            if twice.size:
                refuse(
                    "session",
                    seats.start + order[twice[0] + 1],
                    session[twice[0]],
                    f"another session than the earlier seat of person {int(person[twice[0]])}",
                    "Leave one of the two out.",
                )

    def _check_sessions(self) -> None:
        shape = (self.n_sessions,)
        for name in ("hours", "min_seats"):
            if getattr(self, name) is not None:
                self._set(**{name: whole_numbers(name, getattr(self, name), shape)})
        if self.hold is not None:
            self._set(hold=flags("hold", self.hold, shape))
        if self.opening_cost is not None:
            self._set(opening_cost=sparse("opening_cost", self.opening_cost, (self.n_sessions, self.n_lines), "iu"))

    def _check_people(self) -> None:
        length = self._people_length()
        self._set(_people=length if length is not None else int(self.person[-1]) + 1 if self.person.size else 0)
        if self.person.size and self.person[-1] >= self.n_people:
            refuse(
                "person",
                self.person.size - 1,
                self.person[-1],
                f"at most {self.n_people - 1}",
                "Arguments with one entry per person give their number.",
            )
        for name, check in (("max_sessions", whole_numbers), ("max_hours", whole_numbers), ("target_hours", numbers)):
            given = getattr(self, name)
            if given is None:
                continue
            if np.ndim(given) == 0:
                given = np.full(self.n_people, check(name, np.atleast_1d(given), (1,))[0])
            self._set(**{name: check(name, given, (self.n_people,))})
        self._set(hour_value=float(numbers("hour_value", np.atleast_1d(self.hour_value), (1,))[0]))

    def _people_length(self) -> int | None:
        for name in ("max_sessions", "max_hours", "target_hours"):
            given = getattr(self, name)
            if given is not None and np.ndim(given) > 0:
                return len(given)
        if self.groups is not None:
            return int(self.groups.shape[0]) if hasattr(self.groups, "shape") else len(self.groups)
        if isinstance(self.cost, SessionCost):
            return len(self.cost.line)
        return None

    def _check_costs(self) -> None:
        if isinstance(self.cost, SessionCost):
            amount = whole_numbers("cost.amount", self.cost.amount, (self.n_sessions, None))
            line = whole_numbers("cost.line", self.cost.line, (self.n_people, amount.shape[1]), -1, self.n_lines - 1)
            self._set(cost=SessionCost(amount, line))
            total = self._sum_over_seats(amount.sum(axis=1, dtype=np.float64))
        else:
            self._set(cost=sparse("cost", self.cost, (self.n_seats, self.n_lines), "iu"))
            total = self.cost.data.sum(dtype=np.float64)
        if self.opening_cost is not None:
            total += self.opening_cost.data.sum(dtype=np.float64)
        _small_sum("cost", total)
        if self.hours is not None:
            _small_sum("hours", self._sum_over_seats(self.hours.astype(np.float64)))

    def _sum_over_seats(self, of_session: NDArray[np.float64]) -> float:
        """Add up a number of each seat's session over all seats, without an entry per seat."""
        count = np.zeros(self.n_sessions, dtype=np.int64)
        for _, seats in people_blocks(self.starts):
            count += np.bincount(self.session[seats].astype(np.int64), minlength=self.n_sessions)
        return float(count @ of_session)

    def _check_rules(self) -> None:
        last = self.n_sessions - 1
        self._set(exclusive=tuple(_group(f"exclusive[{i}]", g, last) for i, g in enumerate(self.exclusive or ())))
        rows = []
        for i, row in enumerate(self.requires or ()):
            if len(row) != 2:
                refuse(
                    "requires",
                    i,
                    f"{len(row)} entries",
                    "a pair of session and group of sessions",
                    "Write (session, [sessions]).",
                )
            whole_numbers(f"requires[{i}]", np.atleast_1d(row[0]), (1,), 0, last)
            rows.append((int(row[0]), _group(f"requires[{i}]", row[1], last)))
        self._set(requires=tuple(rows))
        if self.requires_met is not None:
            met = np.asarray(self.requires_met)
            if met.ndim == 1:
                met = np.repeat(flags("requires_met", met, (self.n_seats,))[:, None], len(rows), axis=1)
            self._set(requires_met=flags("requires_met", met, (self.n_seats, len(rows))))
        if self.must is not None:
            self._set(must=whole_numbers("must", self.must, (self.n_seats,), -1))

    def _check_needs(self) -> None:
        _both("need_gain", self.need_gain, "need_cap", self.need_cap)
        _both("groups", self.groups, "floor", self.floor)
        if self.need_gain is not None:
            gain = sparse("need_gain", self.need_gain, (self.n_seats, None), "iuf")
            self._set(need_gain=gain, need_cap=numbers("need_cap", self.need_cap, (gain.shape[1],)))
            need, owner = gain.indices, self.person[np.repeat(np.arange(self.n_seats), np.diff(gain.indptr))]
            stray = np.flatnonzero(self.need_person[need] != owner)
            if stray.size:
                at = int(stray[0])
                row = int(np.searchsorted(gain.indptr, at, side="right")) - 1
                mine, theirs = int(owner[at]), int(self.need_person[need[at]])
                refuse(
                    "need_gain",
                    (row, need[at]),
                    f"a seat of person {mine}",
                    f"a seat of person {theirs}, who has the need's first entry",
                    "Give each person a need of their own.",
                )
        if self.groups is not None:
            groups = sparse("groups", self.groups, (self.n_people, None), "b")
            if not groups.data.all():  # a stored False is no member; the caller's array stays as it is
                groups = groups.copy()
                groups.eliminate_zeros()
            self._set(groups=groups, floor=numbers("floor", self.floor, (groups.shape[1],)))

    def _check_names(self) -> None:
        count = {"lines": self.n_lines, "sessions": self.n_sessions, "people": self.n_people, "groups": self.n_groups}
        for key, texts in self.names.items():
            if key not in count:
                refuse("names", None, repr(key), "one of " + ", ".join(count), "Name only these.")
            if len(texts) != count[key]:
                refuse("names", None, f"{len(texts)} texts under {key!r}", f"{count[key]}", "Give every one its text.")

    @property
    def n_people(self) -> int:
        """Number of people, P."""
        return int(self.__dict__["_people"])

    @property
    def n_sessions(self) -> int:
        """Number of sessions, S."""
        return len(self.max_seats)

    @property
    def n_lines(self) -> int:
        """Number of budget lines, B."""
        return len(self.budget)

    @property
    def n_seats(self) -> int:
        """Number of candidate seats, E."""
        return len(self.person)

    @property
    def n_needs(self) -> int:
        """Number of needs, K."""
        return 0 if self.need_cap is None else len(self.need_cap)

    @property
    def n_groups(self) -> int:
        """Number of groups with a floor, G."""
        return 0 if self.floor is None else len(self.floor)

    @cached_property
    def starts(self) -> NDArray[np.int64]:
        """Give (P + 1,) offsets: the seats of person i are ``starts[i]`` to ``starts[i + 1] - 1``."""
        later = np.flatnonzero(self.person[1:] != self.person[:-1]) + 1
        first = np.concatenate([np.zeros(min(1, self.n_seats), dtype=np.int64), later])
        return np.append(first, self.n_seats)[np.searchsorted(self.person[first], np.arange(self.n_people + 1))]

    @cached_property
    def needs_team(self) -> Bools:
        """Say (S,) whether opening the session costs or takes more than one person."""
        needs = np.zeros(self.n_sessions, dtype=np.bool_)
        if self.min_seats is not None:
            needs |= self.min_seats > 1
        if self.opening_cost is not None:
            needs |= np.asarray(self.opening_cost.astype(np.float64).sum(axis=1)).ravel() > 0
        return needs

    @cached_property
    def gated(self) -> Bools:
        """Say (S,) whether opening the session is a decision of its own: it needs a team, or is held."""
        return self.needs_team if self.hold is None else self.needs_team | self.hold

    @cached_property
    def exclusive_of_session(self) -> tuple[frozenset[int], ...]:
        """Give by session the numbers of the exclusive groups that it is in."""
        groups: list[list[int]] = [[] for _ in range(self.n_sessions)]
        for g, group in enumerate(self.exclusive):
            for s in group.tolist():
                groups[s].append(g)
        return tuple(frozenset(own) for own in groups)

    @cached_property
    def need_person(self) -> NDArray[np.int64]:
        """Give (K,) the person of each need, -1 for a need that no seat closes."""
        owner = np.full(self.n_needs, -1, dtype=np.int64)
        if self.need_gain is not None:
            seat = np.repeat(np.arange(self.n_seats), np.diff(self.need_gain.indptr))
            owner[self.need_gain.indices[::-1]] = self.person[seat[::-1]]
        return owner

    @cached_property
    def seat_cost(self) -> sp.csr_array:
        """Give what each seat takes from each line, csr (E, B) int64, from either form of ``cost``.

        A convenience: from a `SessionCost` it takes 12 bytes per seat and account, and several times that to make.
        """
        if not isinstance(self.cost, SessionCost):
            return self.cost.astype(np.int64)
        amount = self.cost.amount[self.session].astype(np.int64)
        line = self.cost.line[self.person]
        seat, account = np.nonzero((line >= 0) & (amount > 0))
        entries = (amount[seat, account], (seat, line[seat, account]))
        matrix = sp.csr_array(sp.coo_array(entries, shape=(self.n_seats, self.n_lines)))
        matrix.sum_duplicates()
        return matrix

    def worth(self, granted: Bools) -> float:
        """Return the value of a mask of granted seats: seats, capped needs and hours up to the target."""
        return float(self.worth_by_person(granted).sum())

    def worth_by_person(self, granted: Bools) -> NDArray[np.float64]:
        """Return (P,) what each person's granted seats are worth together."""
        seats = np.flatnonzero(granted)
        person = self.person[seats]
        worth = np.bincount(person, weights=self.value[seats], minlength=self.n_people).astype(np.float64)
        if self.need_gain is not None and self.need_cap is not None:
            gain = self.need_gain[seats]
            closed = np.minimum(self.need_cap, np.bincount(gain.indices, weights=gain.data, minlength=self.n_needs))
            owned = self.need_person >= 0
            worth += np.bincount(self.need_person[owned], weights=closed[owned], minlength=self.n_people)
        if self.hours is not None and self.target_hours is not None:
            taken = np.bincount(person, weights=self.hours[self.session[seats]], minlength=self.n_people)
            worth += self.hour_value * np.minimum(self.target_hours, taken)
        return worth

    def row_name(self, kind: str, *index: int) -> str:
        """Return the name of one limit.

        ``kind`` is budget (line), seats, min_seats, hold (session), sessions, hours (person), exclusive (person,
        group), requires (person, row), must (person, number) or floor (group).
        """
        if kind == "exclusive":
            parts = [
                self._text("people", index[0]),
                "/".join(self._text("sessions", int(s)) for s in self.exclusive[index[1]]),
            ]
        elif kind == "requires":
            parts = [self._text("people", index[0]), self._text("sessions", self.requires[index[1]][0])]
        elif kind == "must":
            parts = [self._text("people", index[0]), str(int(index[1]))]
        else:
            parts = [self._text(_NAMED_BY[kind], index[0])]
        return f"{kind}[{', '.join(parts)}]"

    def _text(self, key: str, index: int) -> str:
        return str(self.names[key][index]) if key in self.names else str(int(index))

    def __repr__(self) -> str:
        counts = f"{self.n_seats} seats of {self.n_people} people in {self.n_sessions} sessions, {self.n_lines} lines"
        return f"AllocationProblem({counts})"


_NAMED_BY = {
    "budget": "lines",
    "seats": "sessions",
    "min_seats": "sessions",
    "hold": "sessions",
    "sessions": "people",
    "hours": "people",
    "floor": "groups",
}


def _group(argument: str, given: ArrayLike, last: int) -> Ints:
    group = whole_numbers(argument, given, (None,), 0, last)
    if len(np.unique(group)) < len(group):
        refuse(argument, None, f"{[int(s) for s in group]}", "every session once", "Leave the repeated one out.")
    return group


def _both(one: str, first: Any, other: str, second: Any) -> None:
    if (first is None) != (second is None):
        missing, there = (one, other) if first is None else (other, one)
        refuse(missing, None, None, f"an array, because {there} is given", "Give both or neither.")


def _small_sum(argument: str, total: float) -> None:
    if total > LARGEST_SUM:
        refuse(argument, None, f"a sum of {total:.6g}", f"at most {LARGEST_SUM}", "Count in larger units.")
