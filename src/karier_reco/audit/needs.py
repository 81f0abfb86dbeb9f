"""Gaps and what seats close of them, derived again row by row."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date
from math import floor, isclose
from typing import Any, NamedTuple

from karier_reco.audit.facts import Facts, masked, records
from karier_reco.audit.seats import seat_name, years_before
from karier_reco.rules import forms

TOLERANCE = 1e-9


class Gap(NamedTuple):
    """What one person lacks of one standard."""

    role_id: str
    standard: int
    assessed: int | None
    level: int | None
    gap: int | None
    importance: int
    weight: float
    basis: str
    peers: int
    assessed_on: date | None
    stale: bool


def same(one: Any, other: Any) -> bool:
    """Return whether two plain values agree, numbers to nine digits."""
    if isinstance(one, float) and isinstance(other, float | int):
        return isclose(one, other, rel_tol=TOLERANCE, abs_tol=TOLERANCE)
    return bool(one == other)


def gaps_again(facts: Facts) -> Iterator[str]:
    """Gaps are the standards of both roles less the newest assessments, else less what peers suggest."""
    expected = recomputed(facts)
    columns = ["employee_id", "competency_id", "purpose", *Gap._fields]
    found = {row[:3]: Gap(*row[3:]) for row in records(facts.plan.gaps, columns)}
    if len(found) != len(facts.plan.gaps):
        yield f"gaps: got {len(facts.plan.gaps) - len(found)} rows twice; expected each key once"
    for key in sorted(set(found) | set(expected)):
        place = f"gaps, {masked(key[0])}, {key[1]} ({key[2]})"
        if key not in found:
            yield f"{place}: got no row; expected a gap to {expected[key].standard}"
        elif key not in expected:
            yield f"{place}: got a row; expected none, the standard is met or there is none"
        else:
            for name, got, should in zip(Gap._fields, found[key], expected[key], strict=True):
                if not same(got, should):
                    yield f"{place}, {name}: got {got}; expected {should}"


def recomputed(facts: Facts) -> dict[tuple[str, str, str], Gap]:
    settings = facts.settings
    criticality = dict(records(facts.data["roles"], ["role_id", "criticality"]))
    priority = dict(records(facts.data["competencies"], ["competency_id", "priority"]))
    peers = _peers(facts) if settings.unassessed == "expected" else {}
    old = years_before(facts.plan.as_of, settings.assessment_max_age_years)
    found = {}
    for person, row in facts.people.items():
        for competency, held in _standards_of(facts, row).items():
            day, assessed = facts.assessed.get((person, competency), (None, None))
            level, behind, basis = assessed, 0, "assessed"
            if assessed is None:
                level, behind = _assumed(facts, held, competency, peers)
                basis = "unknown" if level is None else "expected"
            for purpose, role, standard, importance in held:
                if assessed is not None and assessed >= standard:
                    continue
                weight = settings.importance_weight[importance] * settings.purpose_weight[purpose]
                weight *= criticality[role] * priority[competency]
                weight *= settings.unassessed_weight if basis == "expected" else 1.0
                gap = None if level is None else max(0, standard - level)
                stale = day is not None and day < old
                found[person, competency, purpose] = Gap(
                    role, standard, assessed, level, gap, importance, weight, basis, behind, day, stale
                )
    return found


def _standards_of(facts: Facts, person: dict[str, str]) -> dict[str, list[tuple[str, str, int, int]]]:
    """Return competency to purpose, role, standard and importance: current first."""
    found: dict[str, list[tuple[str, str, int, int]]] = defaultdict(list)
    for purpose, role in (("current", person["role_id"]), ("next", person["next_role_id"])):
        for competency, level, importance in facts.standards.get(role, []):
            found[competency].append((purpose, role, level, importance))
    return found


def _peers(facts: Facts) -> dict[tuple[str, str], list[int]]:
    """Return role or tier, and competency, to the gaps of the people assessed against the role they hold."""
    found: dict[tuple[str, str], list[int]] = defaultdict(list)
    for person, row in facts.people.items():
        for competency, standard, _ in facts.standards.get(row["role_id"], []):
            if (person, competency) in facts.assessed:
                short = max(0, standard - facts.assessed[person, competency][1])
                found[f"role {row['role_id']}", competency].append(short)
                found[f"tier {row['tier']}", competency].append(short)
    return found


def _assumed(
    facts: Facts,
    held: list[tuple[str, str, int, int]],
    competency: str,
    peers: dict[tuple[str, str], list[int]],
) -> tuple[int | None, int]:
    """Return the level that peers suggest and how many they are; of two roles the one held speaks first."""
    for _, role, standard, _ in held:
        for group in (f"role {role}", f"tier {facts.tiers[role]}"):
            if (group, competency) in peers:
                gaps = peers[group, competency]
                mean = floor(round(sum(gaps) / len(gaps), 9) + 0.5)
                return max(0, standard - mean), len(gaps)
    return None, 0


def closures_again(facts: Facts) -> Iterator[str]:
    """A seat closes the lowest steps that its course teaches inside the gap, by the expected share."""
    if facts.plan.closures.empty:
        return
    steps = _worth_of_steps(facts)
    effects = _effects(facts)
    ready = _Readiness(facts)
    seats = {(row.employee_id, row.session_id) for row in facts.candidates}
    for person, session in sorted(set(facts.closures) - seats):
        yield f"closures, {seat_name(person, session)}: got rows; expected none, it is no candidate"
    for person, session in sorted(seats):
        if person not in facts.people or session not in facts.sessions:
            continue
        course = facts.sessions[session].course_id
        expected = {}
        for competency, (entry, exit_level) in facts.taught.get(course, {}).items():
            worth = steps.get((person, competency))
            if worth:
                lowest = max(min(worth) - 1, entry) + 1
                share = effects[course, competency] * ready(person, course)
                for step in range(lowest, min(lowest + facts.settings.step - 1, exit_level) + 1):
                    if worth.get(step):
                        expected[competency, step] = (share, worth[step], share * worth[step])
        yield from _differences(facts, person, session, expected)


def _differences(
    facts: Facts, person: str, session: str, expected: dict[tuple[str, int], tuple[float, float, float]]
) -> Iterator[str]:
    rows = facts.closures.get((person, session), [])
    found = {(row.competency_id, row.step): row[2:] for row in rows}
    place = f"closures, {seat_name(person, session)}"
    if len(found) != len(rows):
        yield f"{place}: got {len(rows) - len(found)} steps twice; expected each once"
    for key in sorted(set(found) | set(expected)):
        where = f"{place}, {key[0]} step {key[1]}"
        if key not in expected:
            yield f"{where}: got a closure; expected none, the step is not taught, not missing or out of reach"
        elif key not in found:
            if expected[key][0] > 0:
                yield f"{where}: got no row; expected a closure of {expected[key][0]:.6g}"
        else:
            for name, got, should in zip(("closure", "weight", "value"), found[key], expected[key], strict=True):
                if not same(got, should):
                    yield f"{where}, {name}: got {got:.12g}; expected {should:.12g}"


def _worth_of_steps(facts: Facts) -> dict[tuple[str, str], dict[int, float]]:
    """Return person and competency to the missing steps and the worth of each for its worthiest purpose."""
    found: dict[tuple[str, str], dict[int, float]] = defaultdict(dict)
    for (person, competency, _), gap in recomputed(facts).items():
        if gap.level is not None:
            own = found[person, competency]
            for step in range(gap.level + 1, gap.standard + 1):
                own[step] = max(own.get(step, 0.0), gap.weight)
    return found


def _effects(facts: Facts) -> dict[tuple[str, str], float]:
    """Return course and competency to completion times effectiveness."""
    people, passed = Counter[str](), Counter[str]()
    for course, flag in records(facts.data["history"], ["course_id", "passed"]):
        people[course] += 1
        passed[course] += bool(flag)
    rate = sum(passed.values()) / sum(people.values()) if people else 1.0
    columns = ["course_id", "competency_id", "effectiveness"]
    learnt = {(row[0], row[1]): row[2] for row in records(facts.data["effectiveness"], columns)}
    found = {}
    mixed = facts.settings.completion_people
    for course, form in records(facts.data["courses"], ["course_id", "form"]):
        weight = people[course] + mixed
        completion = (passed[course] + mixed * rate) / weight if people and weight else rate
        for competency in facts.taught.get(course, {}):
            overall = learnt.get((course, ""), forms()[form].effectiveness)
            found[course, competency] = completion * learnt.get((course, competency), overall)
    return found


class _Readiness:
    """kappa for every level that an entry is above the person's own; what was not assessed counts as ready."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts

    def __call__(self, person: str, course: str) -> float:
        known = self.facts.assessed
        missing = sum(
            max(0, entry - known[person, competency][1])
            for competency, (entry, _) in self.facts.taught.get(course, {}).items()
            if (person, competency) in known
        )
        return float(self.facts.settings.kappa**missing)


def levels_of_candidates(facts: Facts) -> Iterator[str]:
    """The levels that a candidate closes are the sum of its closures."""
    if facts.plan.closures.empty:
        return
    for row in facts.candidates:
        levels = sum(part.closure for part in facts.closures.get((row.employee_id, row.session_id), []))
        if not same(float(row.levels_closed), levels):
            place = f"candidates, {seat_name(row.employee_id, row.session_id)}, levels_closed"
            yield f"{place}: got {row.levels_closed:.12g}; expected {levels:.12g}, the sum of its closures"


NEEDS = (gaps_again, closures_again, levels_of_candidates)
