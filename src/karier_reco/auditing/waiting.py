"""Those who wait: that the seat would help, and that the limits named really stand in its way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from karier_reco.auditing.facts import Candidate, Facts, records, weeks_of
from karier_reco.auditing.gaps import same
from karier_reco.auditing.seats import jp_of, missing_prerequisites, seat_name
from karier_reco.auditing.worth import added
from karier_reco.errors import masked

LEAST = 1e-9
"""Less than this is rounding."""


def waiting_once(facts: Facts) -> Iterator[str]:
    """Everybody waits for one seat, a candidate that was not granted."""
    rows = records(facts.plan.waiting, ["employee_id", "session_id"])
    for person, times in Counter(row[0] for row in rows).items():
        if times > 1:
            yield f"waiting, {masked(person)}: got {times} rows; expected one"
    possible = {row[:2] for row in facts.candidates}
    granted = {row[:2] for row in facts.granted}
    for pair in rows:
        if pair in granted:
            yield f"waiting, {seat_name(*pair)}: got a seat that is granted; expected one that is not"
        elif pair not in possible:
            yield f"waiting, {seat_name(*pair)}: got a seat that is no candidate; expected one that is"


def waiting_facts(facts: Facts) -> Iterator[str]:
    """What the seat would close, and its course, JP and cost, are as among the candidates."""
    for row, shown in _rows(facts):
        place = f"waiting, {seat_name(*row[:2])}"
        levels, value = added(facts, row)
        if levels <= LEAST:
            yield f"{place}: got a seat that closes nothing more; expected one that closes part of a gap"
        for name, expected in (
            ("value", value),
            ("levels_closed", levels),
            *((name, getattr(row, name)) for name in ("course_id", "jp", "fee", "travel")),
        ):
            if not same(expected, shown[name]):
                yield f"{place}, {name}: got {shown[name]}; expected {expected}"


def waiting_complete(facts: Facts) -> Iterator[str]:
    """Whoever could close more of a gap, in a course not granted already, waits for the seat that adds most."""
    shown = {row.employee_id: cells["value"] for row, cells in _rows(facts)}
    granted = {(row.employee_id, row.course_id) for row in facts.granted}
    best: dict[str, tuple[float, str]] = {}
    for row in facts.candidates:
        if row.employee_id in facts.people and (row.employee_id, row.course_id) not in granted:
            levels, value = added(facts, row)
            if levels > LEAST and value > best.get(row.employee_id, (LEAST, ""))[0]:
                best[row.employee_id] = (value, row.session_id)
    for person, (value, session) in best.items():
        place = f"waiting, {masked(person)}"
        if person not in shown:
            yield f"{place}: got no row; expected one, {session} would close more"
        elif shown[person] < value and not same(float(shown[person]), value):
            yield f"{place}: got a seat that adds {shown[person]:.12g}; expected {session}, which adds {value:.12g}"


def waiting_limits(facts: Facts) -> Iterator[str]:
    """The limits named are those that the seat would break, at least one."""
    for row, shown in _rows(facts):
        if row.session_id in facts.sessions:
            yield from limits_differ(facts, f"waiting, {seat_name(*row[:2])}, limits", row, shown["limits"])


def limits_differ(facts: Facts, place: str, row: Candidate, limits: str) -> Iterator[str]:
    """Compare the limits named with those that one more seat would break."""
    named, broken = {name for name in limits.split("; ") if name}, set(broken_by(facts, row))
    if not broken:
        yield f"{place}: got {limits!r}; expected the seat granted, it breaks no limit"
    for name in sorted(named - broken):
        yield f"{place}: got {name}; expected only limits that the seat would break"
    for name in sorted(broken - named):
        yield f"{place}: got no {name}; expected every limit that the seat would break"


def broken_by(facts: Facts, row: Candidate) -> Iterator[str]:
    """Name every limit that one more seat would break."""
    person, name = row.employee_id, row.session_id
    session, who = facts.sessions[name], masked(person)
    own = facts.sessions_of.get(person, [])
    yield from _money(facts, person, name)
    seats = len(facts.people_in.get(name, [])) + 1
    if session.max_seats is not None and seats > session.max_seats:
        yield f"seats[{name}]"
    if seats < (session.min_seats or 0):
        yield f"min_seats[{name}]"
    if facts.limits.max_sessions is not None and len(own) + 1 > facts.limits.max_sessions:
        yield f"sessions[{who}]"
    most = facts.max_jp.get(facts.people[person]["employment"])
    if most is not None and jp_of(facts, person) + session.jp > most:
        yield f"jp[{who}]"
    for other in own:
        if facts.sessions[other].course_id == session.course_id or facts.sessions[other].overlaps(session):
            yield f"clash[{who}, {other}]"
    if missing_prerequisites(facts, person, name):
        yield f"requires[{who}, {name}]"
    unit = facts.people[person]["unit_id"]
    if unit in facts.most_away:
        for week in weeks_of(session):
            if facts.weeks[unit, week] + 1 > facts.most_away[unit]:
                yield f"budget[away/{unit}/{week}]"


def _money(facts: Facts, person: str, name: str) -> Iterator[str]:
    session = facts.sessions[name]
    opening = 0 if name in facts.people_in else session.opening_cost
    charges = facts.charges(person, name)
    if opening:
        charges.append((opening, facts.lines_for(session.account, None)))
    more = Counter[str]()
    for amount, lines in charges:
        for line in lines:
            more[line.budget_id] += amount
    for line in facts.lines:
        if more[line.budget_id] and facts.used[line.budget_id] + more[line.budget_id] > line.amount:
            yield f"budget[{line.budget_id}]"
    total = session.fee + session.travel + opening
    if facts.limits.budget is not None and total and facts.spent + total > facts.limits.budget:
        yield f"budget[{facts.total_name}]"


def _rows(facts: Facts) -> Iterator[tuple[Candidate, dict[str, Any]]]:
    """Give each waiting seat's candidate beside what the sheet says of it."""
    possible = {row[:2]: row for row in facts.candidates if row.employee_id in facts.people}
    columns = ("course_id", "value", "levels_closed", "jp", "fee", "travel", "limits")
    for person, session, *cells in records(facts.plan.waiting, ["employee_id", "session_id", *columns]):
        if (person, session) in possible:
            yield possible[person, session], dict(zip(columns, cells, strict=True))


WAITING = (waiting_once, waiting_facts, waiting_complete, waiting_limits)
