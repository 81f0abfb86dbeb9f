"""What the tables and the plan say, as plain records: the only place of the audit that reads frames."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date
from functools import cached_property
from math import floor
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from karier_reco.rules import forms, rule

if TYPE_CHECKING:
    from karier_reco.dataset import Dataset
    from karier_reco.plan import TrainingPlan


class Session(NamedTuple):
    """A session as the tables have it; ``jp`` is credited by course, form and days."""

    course_id: str
    starts_on: date | None
    ends_on: date | None
    min_seats: int | None
    max_seats: int | None
    fee: int
    travel: int
    opening_cost: int
    account: str
    jp: int
    blocks_dates: bool

    def overlaps(self, other: Session) -> bool:
        """Return whether nobody can attend both: the days overlap and both forms block them."""
        if not (self.blocks_dates and other.blocks_dates):
            return False
        if self.starts_on is None or self.ends_on is None or other.starts_on is None or other.ends_on is None:
            return False
        return self.starts_on <= other.ends_on and other.starts_on <= self.ends_on

    def may_follow(self, other: Session) -> bool:
        """Return whether the other one ends before this one starts; without dates, that can be arranged."""
        return self.starts_on is None or other.ends_on is None or other.ends_on < self.starts_on


class Line(NamedTuple):
    """A budget line of the plan's year."""

    budget_id: str
    account: str
    unit_id: str
    amount: int


class Candidate(NamedTuple):
    """A possible seat as the plan has it."""

    employee_id: str
    session_id: str
    course_id: str
    value: float
    bonus: float
    levels_closed: float
    jp: int
    starts_on: date | None
    ends_on: date | None
    fee: int
    travel: int
    account: str


class Closure(NamedTuple):
    """What a possible seat closes of one level step."""

    competency_id: str
    step: int
    closure: float
    weight: float
    value: float


def records(frame: pd.DataFrame, columns: Iterable[str]) -> list[tuple[Any, ...]]:
    """Return the rows as tuples of plain values: dates, whole numbers, text; None where a cell is empty."""
    return list(zip(*(_plain(frame[column]) for column in columns), strict=True))


def _plain(column: pd.Series[Any]) -> list[Any]:
    if pd.api.types.is_datetime64_dtype(column.dtype):
        days: list[Any] = column.to_numpy().astype("datetime64[D]").tolist()
        return days
    if pd.api.types.is_extension_array_dtype(column.dtype) and column.isna().any():
        return [None if pd.isna(cell) else cell for cell in column.tolist()]
    return column.tolist()


class Facts:
    """One plan beside the tables it was made from. Seats of unknown people or sessions are left to their own check."""

    def __init__(self, plan: TrainingPlan, data: Dataset) -> None:
        self.plan, self.data = plan, data
        self.settings, self.limits = data.settings, plan.limits

    # ------------------------------------------------------------------------------------------------- the tables

    @cached_property
    def people(self) -> dict[str, dict[str, str]]:
        """Everybody who is planned for, with unit, employment, roles, tier and the columns that floors may name."""
        columns = ["employee_id", "name", "role_id", "next_role_id", "unit_id", "employment", "grade", "gender"]
        rows = records(self.data.people, columns)
        return {row[0]: dict(zip(columns, row, strict=True)) | {"tier": self.tiers[row[2]]} for row in rows}

    @cached_property
    def tiers(self) -> dict[str, str]:
        return dict(records(self.data["roles"], ["role_id", "tier"]))

    @cached_property
    def sessions(self) -> dict[str, Session]:
        courses = {row[0]: row[1:] for row in records(self.data["courses"], ["course_id", "form", "jp"])}
        found = {}
        for name, *row in records(self.data["sessions"], ["session_id", *Session._fields[:-2]]):
            form_code, jp = courses[row[0]]
            form = forms()[form_code]
            if jp is None and row[1] is not None and row[2] is not None:
                jp = form.jp(row[1], row[2])
            found[name] = Session._make([*row, jp or 0, form.blocks_dates])
        return found

    def in_year(self, session_id: str) -> bool:
        """Return whether a session is one of the plan's year, or has no date."""
        starts_on = self.sessions[session_id].starts_on
        return starts_on is None or starts_on.year == self.plan.year

    @cached_property
    def above(self) -> dict[str, set[str]]:
        """Each unit with itself and every unit above it."""
        parents = dict(records(self.data["units"], ["unit_id", "parent_id"]))
        found: dict[str, set[str]] = {}
        for unit in parents:
            found[unit], at = set(), unit
            while at:
                found[unit].add(at)
                at = parents[at]
        return found

    @cached_property
    def lines(self) -> list[Line]:
        rows = records(self.data["budgets"], ["budget_id", "account", "unit_id", "amount", "year"])
        return [Line(*row[:4]) for row in rows if row[4] in (None, self.plan.year)]

    @cached_property
    def prerequisites(self) -> dict[str, list[str]]:
        return _lists(records(self.data["prerequisites"], ["course_id", "requires_id"]))

    @cached_property
    def passed(self) -> dict[tuple[str, str], list[date]]:
        """Person and course to the days on which it was passed."""
        rows = records(self.data["history"], ["employee_id", "course_id", "finished_on", "passed"])
        return _lists(((row[0], row[1]), row[2]) for row in rows if row[3])

    @cached_property
    def attended(self) -> set[tuple[str, str]]:
        """Person and course of every seat of this year's rounds before that was not left empty."""
        rows = records(self.data["attendance"], ["employee_id", "session_id", "status"])
        return {(row[0], self.sessions[row[1]].course_id) for row in rows if row[2] != "absent"}

    @cached_property
    def mandated(self) -> dict[tuple[str, str], tuple[str, int]]:
        """Mandate and person to course and importance: everybody whom all given fields fit."""
        columns = ["mandate_id", "course_id", "importance", "tier", "role_id", "employee_id"]
        found = {}
        for mandate, course, importance, *wanted in records(self.data["mandates"], columns):
            for person, row in self.people.items():
                own = (row["tier"], row["role_id"], person)
                if all(not want or want == have for want, have in zip(wanted, own, strict=True)):
                    found[mandate, person] = (course, importance)
        return found

    @cached_property
    def decisions(self) -> dict[str, list[tuple[str, str]]]:
        """Kind of decision to its people and sessions."""
        rows = records(self.data["decisions"], ["decision", "employee_id", "session_id"])
        return _lists((row[0], (row[1], row[2])) for row in rows)

    @cached_property
    def locked(self) -> set[tuple[str, str]]:
        return set(self.decisions.get("lock", []))

    @cached_property
    def taught(self) -> dict[str, dict[str, tuple[int, int]]]:
        """Course to competency to entry and exit level, without what a person rejected."""
        rows = records(self.data["outcomes"], ["course_id", "competency_id", "entry_level", "exit_level", "source"])
        listed = _lists((row[0], (row[1], row[2:4])) for row in rows if row[4] != "rejected")
        return {course: dict(outcomes) for course, outcomes in listed.items()}

    @cached_property
    def standards(self) -> dict[str, list[tuple[str, int, int]]]:
        """Role to the competencies it requires, with level and importance."""
        rows = records(self.data["standards"], ["role_id", "competency_id", "level", "importance"])
        return _lists((row[0], row[1:]) for row in rows)

    @cached_property
    def assessed(self) -> dict[tuple[str, str], tuple[date, int]]:
        """Person and competency to day and level of the newest assessment up to the plan's day."""
        newest: dict[tuple[str, str], tuple[date, int]] = {}
        for person, competency, day, level in records(
            self.data["assessments"], ["employee_id", "competency_id", "assessed_on", "level"]
        ):
            if day <= self.plan.as_of and ((person, competency) not in newest or newest[person, competency][0] < day):
                newest[person, competency] = (day, level)
        return newest

    # --------------------------------------------------------------------------------------------------- the limits

    @cached_property
    def max_jp(self) -> dict[str, int]:
        given = self.limits.max_jp
        return dict(rule("max_jp", self.plan.as_of).value if given is None else given)

    @cached_property
    def target_jp(self) -> dict[str, int]:
        given = self.limits.target_jp
        return dict(rule("target_jp", self.plan.as_of).value if given is None else given)

    @cached_property
    def most_away(self) -> dict[str, int]:
        """Unit to how many of its people may be away in one week; empty without a limit."""
        share = self.limits.away_share
        people = Counter(row["unit_id"] for row in self.people.values())
        return {} if share is None else {unit: floor(round(share * size, 9)) for unit, size in people.items()}

    def lines_for(self, account: str, unit_id: str | None) -> list[Line]:
        """Return the lines that a charge counts on; without a unit, those of all units."""
        units = {""} if unit_id is None else {"", *self.above.get(unit_id, {unit_id})}
        return [line for line in self.lines if line.account in (account, "any") and line.unit_id in units]

    def charges(self, employee_id: str, session_id: str) -> list[tuple[int, list[Line]]]:
        """Return what a seat costs: amounts above 0 with the lines that each counts on."""
        unit, session = self.people[employee_id]["unit_id"], self.sessions[session_id]
        key = (unit, session.account)
        if key not in self._lines:
            self._lines[key] = (self.lines_for(session.account, unit), self.lines_for("travel", unit))
        amounts = zip((session.fee, session.travel), self._lines[key], strict=True)
        return [(amount, lines) for amount, lines in amounts if amount]

    @cached_property
    def _lines(self) -> dict[tuple[str, str], tuple[list[Line], list[Line]]]:
        return {}

    # ----------------------------------------------------------------------------------------------------- the plan

    @cached_property
    def candidates(self) -> list[Candidate]:
        return [Candidate(*row) for row in records(self.plan.candidates, Candidate._fields)]

    @cached_property
    def granted(self) -> list[Candidate]:
        """Every granted row, as it stands."""
        return [row for row, given in zip(self.candidates, self.plan.granted.tolist(), strict=True) if given]

    @cached_property
    def seats(self) -> list[tuple[str, str]]:
        """The granted seats whose person and session the tables know."""
        pairs = ((row.employee_id, row.session_id) for row in self.granted)
        return [pair for pair in pairs if pair[0] in self.people and pair[1] in self.sessions]

    @cached_property
    def sessions_of(self) -> dict[str, list[str]]:
        return _lists(self.seats)

    @cached_property
    def people_in(self) -> dict[str, list[str]]:
        return _lists((session, person) for person, session in self.seats)

    @cached_property
    def rows_of(self) -> dict[str, list[Candidate]]:
        """Person to the granted rows."""
        return _lists((row.employee_id, row) for row in self.granted if row.employee_id in self.people)

    @cached_property
    def closures(self) -> dict[tuple[str, str], list[Closure]]:
        """Person and session to what the seat closes."""
        rows = records(self.plan.closures, ["employee_id", "session_id", *Closure._fields])
        return _lists(((row[0], row[1]), Closure(*row[2:])) for row in rows)

    @cached_property
    def used(self) -> dict[str, int]:
        """What the granted seats and the sessions they open take from each line, in rupiah."""
        used = {line.budget_id: 0 for line in self.lines}
        for person, session in self.seats:
            for amount, lines in self.charges(person, session):
                for line in lines:
                    used[line.budget_id] += amount
        for session in self.people_in:
            for line in self.lines_for(self.sessions[session].account, None):
                used[line.budget_id] += self.sessions[session].opening_cost
        return used

    @cached_property
    def spent(self) -> int:
        """All money of the plan, in rupiah."""
        heads = sum(self.sessions[session].fee + self.sessions[session].travel for _, session in self.seats)
        return heads + sum(self.sessions[session].opening_cost for session in self.people_in)

    @cached_property
    def weeks(self) -> Counter[tuple[str, str]]:
        """Unit and ISO week to the seats that keep its people away in it."""
        return Counter(
            (self.people[person]["unit_id"], week)
            for person, session in self.seats
            for week in weeks_of(self.sessions[session])
        )

    @cached_property
    def total_name(self) -> str:
        """Name of the line over all money, which an agency may have used for one of its own."""
        return "total'" if any(line.budget_id == "total" for line in self.lines) else "total"


def weeks_of(session: Session) -> list[str]:
    """Return the ISO weeks in which a session keeps its people from work.

    >>> sunday, next_sunday = date(2027, 1, 3), date(2027, 1, 10)
    >>> weeks_of(Session("K", sunday, next_sunday, 0, None, 0, 0, 0, "fee", 5, True))
    ['2026-W53', '2027-W01']
    """
    if not session.blocks_dates or session.starts_on is None or session.ends_on is None:
        return []
    days = range(session.starts_on.toordinal(), session.ends_on.toordinal() + 1)
    return sorted({"{}-W{:02d}".format(*date.fromordinal(day).isocalendar()[:2]) for day in days})


def _lists(pairs: Iterable[tuple[Any, Any]]) -> dict[Any, list[Any]]:
    found: dict[Any, list[Any]] = defaultdict(list)
    for key, item in pairs:
        found[key].append(item)
    return dict(found)
