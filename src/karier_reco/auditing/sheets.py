"""The sheets that people read: every figure counted again from the enrolments."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pandas as pd

from karier_reco.auditing.facts import Facts, Session, records
from karier_reco.auditing.gaps import same
from karier_reco.auditing.seats import jp_of, passed_since, years_before
from karier_reco.auditing.waiting import limits_differ
from karier_reco.auditing.worth import closed
from karier_reco.errors import masked


def compare(
    sheet: str, frame: pd.DataFrame, key: str, columns: tuple[str, ...], expected: dict[str, tuple[Any, ...]]
) -> Iterator[str]:
    """Compare a sheet, row by row, with what it should say."""
    rows = records(frame, [key, *columns])
    found = {row[0]: row[1:] for row in rows}
    if len(found) != len(rows):
        yield f"{sheet}: got {len(rows) - len(found)} rows twice; expected each {key} once"
    for name in sorted(set(found) | set(expected)):
        place = f"{sheet}, {masked(name) if key == 'employee_id' else name}"
        if name not in expected:
            yield f"{place}: got a row; expected none, the tables and the plan do not know it"
        elif name not in found:
            yield f"{place}: got no row; expected one"
        else:
            for column, got, should in zip(columns, found[name], expected[name], strict=True):
                if not same(got, should):
                    yield f"{place}, {column}: got {got}; expected {should}"


def people_sheet(facts: Facts) -> Iterator[str]:
    """People are those of the tables, less those whom the settings exclude."""
    titles = dict(records(facts.data["roles"], ["role_id", "title"]))
    names = dict(records(facts.data["units"], ["unit_id", "name"]))
    own = ("name", "role_id", "tier", "unit_id", "employment", "grade", "gender")
    expected = {
        person: (*(row[column] for column in own), titles[row["role_id"]], names[row["unit_id"]])
        for person, row in facts.people.items()
    }
    yield from compare("people", facts.plan.people, "employee_id", (*own, "role", "unit"), expected)


def catalogue_sheets(facts: Facts) -> Iterator[str]:
    """Courses and competencies are those of the tables."""
    for sheet, key, columns in (
        ("courses", "course_id", ("title", "form", "provider", "university")),
        ("competencies", "competency_id", ("name", "kind")),
    ):
        rows = {row[0]: row[1:] for row in records(facts.data[sheet], [key, *columns])}
        yield from compare(sheet, getattr(facts.plan, sheet), key, columns, rows)


def sessions_sheet(facts: Facts) -> Iterator[str]:
    """Sessions of the year show the table's facts, the seats counted, whether they run and what they cost."""
    own = tuple(name for name in Session._fields if name != "blocks_dates")
    courses = {row[0]: row[1:] for row in records(facts.data["courses"], ["course_id", "title", "form", "provider"])}
    places = dict(records(facts.data["sessions"], ["session_id", "place"]))
    cancelled = {session for _, session in facts.decisions.get("cancel", [])}
    expected: dict[str, tuple[Any, ...]] = {}
    for name, session in facts.sessions.items():
        if not facts.in_year(name):
            continue
        seats = len(facts.people_in.get(name, []))
        status = "cancelled" if name in cancelled else "open" if seats else "closed"
        cost = seats * (session.fee + session.travel) + (session.opening_cost if seats else 0)
        shown = (*(getattr(session, column) for column in own), *courses[session.course_id], places[name])
        expected[name] = (*shown, seats, status, cost)
    columns = (*own, "title", "form", "provider", "place", "seats", "status", "cost")
    yield from compare("sessions", facts.plan.sessions, "session_id", columns, expected)


def units_sheet(facts: Facts) -> Iterator[str]:
    """Units show their own people, who has a gap, who sits, who waits, and what it closes and costs."""
    names = dict(records(facts.data["units"], ["unit_id", "name"]))
    zero = dict.fromkeys(("people", "with_gap", "seated", "seats", "jp", "levels_closed", "cost", "waiting"), 0)
    counts: dict[str, dict[str, Any]] = {unit: dict(zero) for unit in names}
    short = {row[0] for row in records(facts.plan.gaps, ["employee_id", "gap"]) if row[1]}
    waiting = Counter(facts.plan.waiting["employee_id"].tolist())
    for person, row in facts.people.items():
        unit = counts[row["unit_id"]]
        seats = facts.rows_of.get(person, [])
        unit["people"] += 1
        unit["with_gap"] += person in short
        unit["seated"] += bool(seats)
        unit["seats"] += len(seats)
        unit["jp"] += jp_of(facts, person)
        unit["levels_closed"] += sum(closed(facts, seats).values())
        unit["cost"] += sum(seat.fee + seat.travel for seat in seats)
        unit["waiting"] += waiting[person]
    expected = {unit: (names[unit], *counts[unit].values()) for unit in names}
    yield from compare("units", facts.plan.units, "unit_id", ("unit", *zero), expected)


def mandates_sheet(facts: Facts) -> Iterator[str]:
    """Whoever must have a course has a seat, has finished it, or is listed as deferred with a limit."""
    must = facts.mandated
    columns = ["mandate_id", "employee_id", "course_id", "importance", "status", "limits"]
    rows = records(facts.plan.mandates, columns)
    found = {row[:2]: row[2:] for row in rows}
    if len(found) != len(rows):
        yield f"mandates: got {len(rows) - len(found)} rows twice; expected one per mandate and person"
    for key in sorted(set(found) | {key for key, (_, importance) in must.items() if importance == 1}):
        place = f"mandates, {key[0]} {masked(key[1])}"
        if key not in must:
            yield f"{place}: got a row; expected none, the mandate is not for that person"
        elif key not in found:
            yield f"{place}: got no row; expected granted, finished or deferred"
        else:
            course, importance, status, limits = found[key]
            if (course, importance) != must[key]:
                yield f"{place}: got course {course}, importance {importance}; expected {must[key][0]}, {must[key][1]}"
            expected = _status(facts, key[1], must[key][0])
            if status != expected:
                yield f"{place}, status: got {status}; expected {expected}"
            elif status != "deferred" and limits:
                yield f"{place}, limits: got {limits}; expected none with {status}"
            elif status == "deferred":
                yield from _deferred(facts, f"{place}, limits", key[1], must[key][0], limits)


def _deferred(facts: Facts, place: str, person: str, course: str, limits: str) -> Iterator[str]:
    """The limits are those that a seat in one of the course's sessions would break, or there is no session."""
    seats = [row for row in facts.candidates if (row.employee_id, row.course_id) == (person, course)]
    if not seats and limits != f"no_session[{course}]":
        yield f"{place}: got {limits!r}; expected no_session[{course}], there is no candidate"
    differences = [list(limits_differ(facts, place, row, limits)) for row in seats if row.session_id in facts.sessions]
    if differences and all(differences):
        yield from differences[0]


def _status(facts: Facts, person: str, course: str) -> str:
    if any(row.course_id == course for row in facts.rows_of.get(person, [])):
        return "granted"
    if (person, course) in facts.attended:
        return "finished"
    oldest = years_before(facts.plan.as_of, facts.settings.course_valid_years)
    return "finished" if passed_since(facts, person, course, oldest) else "deferred"


def bonuses(facts: Facts) -> Iterator[str]:
    """Mandates and requests add to a candidate's value what the settings say."""
    settings = facts.settings
    asked = set(records(facts.data["requests"], ["employee_id", "course_id"]))
    worth: dict[tuple[str, str], float] = {}
    for (_, person), (course, importance) in facts.mandated.items():
        worth[person, course] = max(worth.get((person, course), 0.0), settings.mandate_value[importance])
    for row in facts.candidates:
        pair = (row.employee_id, row.course_id)
        expected = worth.get(pair, 0.0) + (settings.request_value if pair in asked else 0.0)
        if not same(float(row.bonus), expected):
            place = f"candidates, {masked(row.employee_id)} in {row.session_id}, bonus"
            yield f"{place}: got {row.bonus:.12g}; expected {expected:.12g}, from mandates and requests"


def left_out_counted(facts: Facts) -> Iterator[str]:
    """People, sessions and budget lines that the plan does not use are counted as left out."""
    rows = records(facts.plan.left_out, ["table", "rows", "reason"])
    other = {name for name in facts.sessions if not facts.in_year(name)}
    cancelled = {session for _, session in facts.decisions.get("cancel", [])}
    for table, reason, expected in (
        ("employees", "excluded", len(facts.data["employees"]) - len(facts.people)),
        ("sessions", "other_year", len(other)),
        ("sessions", "cancelled", len(cancelled - other)),
        ("budgets", "other_year", len(facts.data["budgets"]) - len(facts.lines)),
    ):
        got = sum(row[1] for row in rows if (row[0], row[2]) == (table, reason))
        if got != expected:
            yield f"left_out, {table}, {reason}: got {got} rows; expected {expected}"


SHEETS = (people_sheet, catalogue_sheets, sessions_sheet, units_sheet, mandates_sheet, bonuses, left_out_counted)
