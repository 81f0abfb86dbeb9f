"""The rules of seats: who may sit where, with whom, after what, how often."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date
from itertools import combinations

from karier_reco.auditing.facts import Facts
from karier_reco.errors import masked


def seat_name(employee_id: str, session_id: str) -> str:
    return f"{masked(employee_id)} in {session_id}"


def known_people(facts: Facts) -> Iterator[str]:
    """Every candidate is a person of the tables whom the settings do not exclude."""
    listed = set(facts.data["employees"]["employee_id"].tolist())
    for person in sorted({row.employee_id for row in facts.candidates} - set(facts.people)):
        got = "an employee that the settings exclude" if person in listed else "an employee_id that is not in employees"
        yield f"candidates, {masked(person)}: got {got}; expected a person of the plan"


def known_sessions(facts: Facts) -> Iterator[str]:
    """Every candidate's session and course are in the tables."""
    for session, course in sorted({(row.session_id, row.course_id) for row in facts.candidates}):
        if session not in facts.sessions:
            yield f"candidates, {session}: got a session_id that is not in sessions; expected one of the tables"
        elif course != facts.sessions[session].course_id:
            yield f"candidates, {session}: got course {course}; expected {facts.sessions[session].course_id}"


def seats_once(facts: Facts) -> Iterator[str]:
    """No candidate stands twice."""
    for (person, session), times in Counter((row[0], row[1]) for row in facts.candidates).items():
        if times > 1:
            yield f"candidates, {seat_name(person, session)}: got {times} rows; expected one"


def seat_facts(facts: Facts) -> Iterator[str]:
    """Dates, JP, fee, travel and account of every candidate are the session's own."""
    names = ("jp", "starts_on", "ends_on", "fee", "travel", "account")
    for row in facts.candidates:
        session = facts.sessions.get(row.session_id)
        for name in names if session else ():
            got, expected = getattr(row, name), getattr(session, name)
            if got != expected:
                place = f"candidates, {seat_name(row.employee_id, row.session_id)}, {name}"
                yield f"{place}: got {got}; expected {expected}, as the tables have it"


def plan_year(facts: Facts) -> Iterator[str]:
    """Granted sessions start in the plan's year, after the day that it is made as of, or have no date."""
    for session in sorted(facts.people_in):
        starts_on = facts.sessions[session].starts_on
        if not facts.in_year(session) or (starts_on is not None and starts_on <= facts.plan.as_of):
            rule = f"a day of {facts.plan.year} after {facts.plan.as_of}"
            yield f"enrolments, {session}: got a start on {starts_on}; expected {rule}"


def not_cancelled(facts: Facts) -> Iterator[str]:
    """Nobody sits in a cancelled session."""
    for _, session in facts.decisions.get("cancel", []):
        if session in facts.people_in:
            seats = len(facts.people_in[session])
            yield f"enrolments, {session}: got {seats} seats in a session that was cancelled; expected none"


def held_open(facts: Facts) -> Iterator[str]:
    """Somebody sits in every session of the year that is held."""
    for session in sorted({session for _, session in facts.decisions.get("hold", [])}):
        if facts.in_year(session) and session not in facts.people_in:
            yield f"enrolments, {session}: got no seat in a session that is held; expected at least one"


def locks_granted(facts: Facts) -> Iterator[str]:
    """Every locked seat of the year is granted."""
    for person, session in sorted(facts.locked - set(facts.seats)):
        if facts.in_year(session):
            yield f"enrolments, {seat_name(person, session)}: got no seat; expected the one that is locked"


def forbids_kept(facts: Facts) -> Iterator[str]:
    """No forbidden seat is granted."""
    for person, session in sorted(set(facts.decisions.get("forbid", [])) & set(facts.seats)):
        yield f"enrolments, {seat_name(person, session)}: got a seat; expected none, it is forbidden"


def course_once(facts: Facts) -> Iterator[str]:
    """A person has at most one session of a course."""
    for person, sessions in facts.sessions_of.items():
        for course, times in Counter(facts.sessions[session].course_id for session in sessions).items():
            if times > 1:
                yield f"enrolments, {masked(person)}: got {times} sessions of course {course}; expected at most one"


def no_overlap(facts: Facts) -> Iterator[str]:
    """No two sessions of a person that block dates share a day."""
    for person, sessions in facts.sessions_of.items():
        for one, other in combinations(sessions, 2):
            if facts.sessions[one].overlaps(facts.sessions[other]):
                yield f"enrolments, {masked(person)}: got {one} and {other} on the same days; expected no overlap"


def years_before(day: date, years: int) -> date:
    """Return the same day some years before; 29 February becomes 28 February.

    >>> years_before(date(2028, 2, 29), 3)
    datetime.date(2025, 2, 28)
    """
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)


def passed_since(facts: Facts, person: str, course: str, oldest: date) -> bool:
    """Return whether the person passed the course after that day, as far as was known when the plan was made."""
    return any(oldest < day <= facts.plan.as_of for day in facts.passed.get((person, course), []))


def no_repeat(facts: Facts) -> Iterator[str]:
    """No course is taken again while it is valid, unless the seat is locked."""
    years = facts.settings.course_valid_years
    for person, session in facts.seats:
        starts_on = facts.sessions[session].starts_on or date(facts.plan.year, 1, 1)
        course = facts.sessions[session].course_id
        oldest = years_before(starts_on, years)
        if (person, session) in facts.locked:
            continue
        place = f"enrolments, {seat_name(person, session)}"
        if passed_since(facts, person, course, oldest):
            yield f"{place}: got {course} again; expected none passed in the {years} years before"
        if (person, course) in facts.attended:
            yield f"{place}: got {course} again; expected none attended this year"


def missing_prerequisites(facts: Facts, person: str, session: str) -> list[str]:
    """Return the courses that must come first and neither were passed nor end before the session starts."""
    own = [facts.sessions[other] for other in facts.sessions_of.get(person, [])]
    here = facts.sessions[session]
    return [
        course
        for course in facts.prerequisites.get(here.course_id, [])
        if not any(here.starts_on is None or day < here.starts_on for day in facts.passed.get((person, course), []))
        and not any(other.course_id == course and here.may_follow(other) for other in own)
    ]


def prerequisites_met(facts: Facts) -> Iterator[str]:
    """What a course builds on was passed, or ends before it starts."""
    for person, session in facts.seats:
        for course in missing_prerequisites(facts, person, session):
            place = f"enrolments, {seat_name(person, session)}"
            yield f"{place}: got no {course}; expected it passed, or a seat in it that ends before"


def class_sizes(facts: Facts) -> Iterator[str]:
    """An open session has no more than its most and no fewer than its fewest seats."""
    for session, people in sorted(facts.people_in.items()):
        least, most = facts.sessions[session].min_seats, facts.sessions[session].max_seats
        if most is not None and len(people) > most:
            yield f"enrolments, {session}: got {len(people)} seats; expected at most {most}"
        if least is not None and len(people) < least:
            yield f"enrolments, {session}: got {len(people)} seats; expected at least {least}, or none"


def max_sessions(facts: Facts) -> Iterator[str]:
    """Nobody has more seats than the limits allow."""
    most = facts.limits.max_sessions
    for person, sessions in facts.sessions_of.items():
        if most is not None and len(sessions) > most:
            yield f"enrolments, {masked(person)}: got {len(sessions)} seats; expected at most {most}"


def jp_of(facts: Facts, person: str) -> int:
    return sum(facts.sessions[session].jp for session in facts.sessions_of.get(person, []))


def max_jp(facts: Facts) -> Iterator[str]:
    """Nobody passes the JP that their employment allows."""
    for person in facts.sessions_of:
        employment = facts.people[person]["employment"]
        most = facts.max_jp.get(employment)
        jp = jp_of(facts, person)
        if most is not None and jp > most:
            yield f"enrolments, {masked(person)}: got {jp} JP; expected at most {most} for {employment}"


def away_share(facts: Facts) -> Iterator[str]:
    """No unit has more than its share of people away in one week; who has two seats in a week counts twice."""
    for (unit, week), seats in sorted(facts.weeks.items()):
        most = facts.most_away.get(unit)
        if most is not None and seats > most:
            yield f"enrolments, {unit} in {week}: got {seats} people away; expected at most {most}"


SEATS = (
    known_people,
    known_sessions,
    seats_once,
    seat_facts,
    plan_year,
    not_cancelled,
    held_open,
    locks_granted,
    forbids_kept,
    course_once,
    no_overlap,
    no_repeat,
    prerequisites_met,
    class_sizes,
    max_sessions,
    max_jp,
    away_share,
)
