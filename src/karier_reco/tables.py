"""The tables: names, keys, bounds and references, said once.

Checking, generated test data, the reference page and the templates all read ``TABLES``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Kind = Literal["id", "text", "integer", "money", "number", "date", "code", "flag"]

MAX_MONEY = 10**15
"""Rupiah; a thousand times the yearly spending of a large province."""


@dataclass(frozen=True)
class Column:
    """One column: what its cells may hold.

    ``needed`` columns must be there; ``filled`` cells must not be empty. ``default`` stands for an
    empty or absent cell. ``references`` names the ``table.column`` that must hold the value.
    ``codes`` names the list of codes: a list of the rules data, or the codes themselves.
    """

    name: str
    kind: Kind
    about: str
    needed: bool = True
    filled: bool = True
    minimum: float | None = None
    maximum: float | None = None
    default: int | float | str | None = None
    references: str | None = None
    codes: str | tuple[str, ...] | None = None


@dataclass(frozen=True)
class Table:
    """One table: its key and its columns, key first."""

    name: str
    about: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    needed: bool = True

    def __getitem__(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)

    def __iter__(self) -> Iterator[Column]:
        return iter(self.columns)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)


def _id(name: str, about: str, references: str | None = None) -> Column:
    return Column(name, "id", about, references=references)


def _maybe_id(name: str, about: str, references: str | None = None) -> Column:
    return Column(name, "id", about, needed=False, filled=False, references=references)


def _text(name: str, about: str, *, needed: bool = False) -> Column:
    return Column(name, "text", about, needed=needed, filled=needed)


def _level(name: str, about: str, minimum: int) -> Column:
    return Column(name, "integer", about, minimum=minimum, maximum=5)


def _money(name: str, about: str, *, needed: bool = True, default: int | None = None) -> Column:
    return Column(name, "money", about, needed=needed, filled=needed, minimum=0, maximum=MAX_MONEY, default=default)


def _date(name: str, about: str, *, needed: bool = True) -> Column:
    return Column(name, "date", about, needed=needed, filled=needed)


def _count(name: str, about: str, minimum: int = 0, maximum: int = 1_000_000) -> Column:
    return Column(name, "integer", about, needed=False, filled=False, minimum=minimum, maximum=maximum)


def _weight(name: str, about: str) -> Column:
    return Column(name, "number", about, needed=False, filled=False, minimum=0, maximum=100, default=1.0)


def _share(name: str, about: str, *, needed: bool = False, default: float | None = None) -> Column:
    return Column(name, "number", about, needed=needed, filled=needed, minimum=0, maximum=1, default=default)


def _code(
    name: str, about: str, codes: str | tuple[str, ...], *, needed: bool = True, default: str | None = None
) -> Column:
    return Column(name, "code", about, needed=needed, filled=needed, codes=codes, default=default)


def _importance(about: str) -> Column:
    return Column("importance", "integer", about, needed=False, filled=False, minimum=1, maximum=3, default=2)


_EMPLOYEE = _id("employee_id", "who", "employees.employee_id")
_COURSE = _id("course_id", "which course", "courses.course_id")
_SESSION = _id("session_id", "which session", "sessions.session_id")
_COMPETENCY = _id("competency_id", "which competency", "competencies.competency_id")

_ALL = (
    Table(
        "employees",
        "The civil servants who may be trained.",
        ("employee_id",),
        (
            _id("employee_id", "NIP, 18 digits, as text"),
            _text("name", "full name"),
            _id("role_id", "the role held", "roles.role_id"),
            _id("unit_id", "where they work", "units.unit_id"),
            _code("employment", "kind of employment", "employments"),
            _maybe_id("next_role_id", "the role to be held next", "roles.role_id"),
            _text("grade", "rank and grade, as the agency writes it"),
            _code("gender", "L man, P woman", ("L", "P"), needed=False),
            _date("birth_date", "date of birth", needed=False),
            _date("appointed_on", "first appointment", needed=False),
            _text("performance", "the year's performance predicate"),
        ),
    ),
    Table(
        "units",
        "The organisation; a unit may stand below another.",
        ("unit_id",),
        (
            _id("unit_id", "the agency's own id of the unit"),
            _text("name", "name of the unit", needed=True),
            _maybe_id("parent_id", "the unit above", "units.unit_id"),
        ),
    ),
    Table(
        "roles",
        "Job roles (jabatan).",
        ("role_id",),
        (
            _id("role_id", "the agency's own id of the role"),
            _text("title", "title of the role", needed=True),
            _code("tier", "tier (jenjang) of the role", "tiers"),
            _weight("criticality", "factor on the weight of every gap of the role"),
            _text("duties", "what the role does, in words"),
        ),
    ),
    Table(
        "competencies",
        "The dictionary of competencies.",
        ("competency_id",),
        (
            _id("competency_id", "id of the competency, such as M.1"),
            _text("name", "name of the competency", needed=True),
            _code("kind", "kind of competency", ("technical", "managerial", "sociocultural", "government")),
            _weight("priority", "factor on the weight of every gap in it"),
            _text("description", "what it means, in words"),
        ),
    ),
    Table(
        "standards",
        "The level that a role requires (SKJ).",
        ("role_id", "competency_id"),
        (
            _id("role_id", "which role", "roles.role_id"),
            _COMPETENCY,
            _level("level", "level required, 1-5", 1),
            _importance("1 must (mutlak), 2 important (penting), 3 needed (perlu)"),
        ),
    ),
    Table(
        "assessments",
        "Levels that were assessed; the newest counts.",
        ("employee_id", "competency_id", "assessed_on"),
        (
            _EMPLOYEE,
            _COMPETENCY,
            _date("assessed_on", "when"),
            _level("level", "level shown, 0-5", 0),
            _code("source", "who assessed", ("centre", "supervisor", "self", "course"), needed=False),
        ),
    ),
    Table(
        "courses",
        "The catalogue: courses, workshops, seminars, e-learning, coaching, degree study.",
        ("course_id",),
        (
            _id("course_id", "id of the course"),
            _text("title", "title of the course", needed=True),
            _code("form", "form of training, which sets how JP are credited", "forms"),
            Column(
                "jp",
                "integer",
                "JP credited; empty: from form, days and rules",
                needed=False,
                filled=False,
                minimum=1,
                maximum=2000,
            ),
            _text("provider", "who runs it", needed=True),
            _text("description", "what it teaches, in words"),
            _text("university", "the university partner"),
            _money("fee", "rupiah a head, where there is no sessions table", needed=False),
            _count("max_seats", "most participants, where there is no sessions table", 1),
        ),
    ),
    Table(
        "outcomes",
        "What a course teaches: from which level to which.",
        ("course_id", "competency_id"),
        (
            _COURSE,
            _COMPETENCY,
            _level("entry_level", "level that it builds on, 0-5", 0),
            _level("exit_level", "level that it leads to, 1-5", 1),
            _code("source", "how we know", ("given", "inferred", "confirmed", "rejected")),
            _share("confidence", "how sure, 0-1; default 1", default=1.0),
        ),
        needed=False,
    ),
    Table(
        "sessions",
        "When and where a course runs, for how many, at what cost.",
        ("session_id",),
        (
            _id("session_id", "id of the session"),
            _COURSE,
            _date("starts_on", "first day"),
            _date("ends_on", "last day"),
            _text("place", "town or platform", needed=True),
            _count("min_seats", "fewest participants for it to run", 0),
            _count("max_seats", "most participants; empty: no limit", 1),
            _money("fee", "rupiah a head"),
            _money("travel", "rupiah a head for travel"),
            _money("opening_cost", "rupiah once, if it runs"),
            _code(
                "account",
                "account that fee and opening cost go to; default fee",
                "accounts",
                needed=False,
                default="fee",
            ),
        ),
        needed=False,
    ),
    Table(
        "budgets",
        "Budget lines: caps that may overlap.",
        ("budget_id",),
        (
            _id("budget_id", "id of the line"),
            _code("account", "what it pays for", "budget_accounts"),
            _maybe_id("unit_id", "for which unit and those below it; empty: all", "units.unit_id"),
            _money("amount", "rupiah"),
            _count("year", "budget year; empty: any", 1945, 9999),
        ),
    ),
    Table(
        "history",
        "Courses finished before.",
        ("employee_id", "course_id", "finished_on"),
        (
            _EMPLOYEE,
            _COURSE,
            _date("finished_on", "last day"),
            Column("jp", "integer", "JP credited", minimum=0, maximum=2000),
            Column("passed", "flag", "passed or not"),
        ),
        needed=False,
    ),
    Table(
        "evaluations",
        "Tests, satisfaction and behaviour after a course.",
        ("employee_id", "course_id", "finished_on", "competency_id"),
        (
            _EMPLOYEE,
            _COURSE,
            _date("finished_on", "last day of the course"),
            _maybe_id("competency_id", "which competency the test was on", "competencies.competency_id"),
            Column("pre", "number", "score before, 0-100", filled=False, minimum=0, maximum=100),
            Column("post", "number", "score after, 0-100", filled=False, minimum=0, maximum=100),
            Column("satisfaction", "number", "survey mean, 1-4", filled=False, minimum=1, maximum=4),
            Column("behaviour", "number", "supervisor's view months later, 1-4", filled=False, minimum=1, maximum=4),
            Column("comment", "text", "free words", filled=False),
        ),
        needed=False,
    ),
    Table(
        "effectiveness",
        "How much of a step a course closes, learnt from evaluations.",
        ("course_id", "competency_id"),
        (
            _COURSE,
            _maybe_id("competency_id", "for one competency; empty: for all", "competencies.competency_id"),
            _share("effectiveness", "expected share of a step closed", needed=True),
            _share("low", "careful end", needed=True),
            _share("high", "hopeful end", needed=True),
            Column("people", "integer", "people behind it", minimum=0, maximum=10_000_000),
        ),
        needed=False,
    ),
    Table(
        "prerequisites",
        "Courses that must be finished first; all must hold.",
        ("course_id", "requires_id"),
        (_COURSE, _id("requires_id", "the course required", "courses.course_id")),
        needed=False,
    ),
    Table(
        "mandates",
        "Training that somebody must have.",
        ("mandate_id",),
        (
            _id("mandate_id", "id of the mandate"),
            _COURSE,
            _code("tier", "for everybody of a tier", "tiers", needed=False),
            _maybe_id("role_id", "for everybody in a role", "roles.role_id"),
            _maybe_id("employee_id", "for one person", "employees.employee_id"),
            Column("importance", "integer", "1 before the rest; 2, 3 raise value", minimum=1, maximum=3),
            _text("reason", "on what ground", needed=True),
        ),
        needed=False,
    ),
    Table(
        "requests",
        "Training asked for.",
        ("employee_id", "course_id"),
        (
            _EMPLOYEE,
            _COURSE,
            _code("requested_by", "who asks", ("self", "supervisor", "unit")),
            _date("requested_on", "when"),
            _text("reason", "why", needed=True),
        ),
        needed=False,
    ),
    Table(
        "attendance",
        "What happened in sessions of this year.",
        ("employee_id", "session_id"),
        (
            _EMPLOYEE,
            _SESSION,
            _code("status", "how far it got", ("registered", "attended", "passed", "absent")),
            _money("fee", "rupiah spent on the seat", needed=False),
            _money("travel", "rupiah spent on travel", needed=False),
        ),
        needed=False,
    ),
    Table(
        "decisions",
        "What a person decided; it stands above the program's proposal.",
        ("decision_id",),
        (
            _id("decision_id", "id of the decision"),
            _maybe_id("employee_id", "whose seat; empty with hold and cancel", "employees.employee_id"),
            _SESSION,
            _code("decision", "lock or forbid a seat, hold or cancel a session", ("lock", "forbid", "hold", "cancel")),
            _text("reason", "on what ground", needed=True),
        ),
        needed=False,
    ),
)

TABLES: dict[str, Table] = {table.name: table for table in _ALL}
