"""Gaps, derived again row by row from standards and assessments."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from math import floor, isclose
from typing import Any, NamedTuple

from karier_reco.auditing.facts import Facts, records
from karier_reco.auditing.seats import years_before
from karier_reco.errors import masked

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
    expected = _gaps(facts)
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


def _gaps(facts: Facts) -> dict[tuple[str, str, str], Gap]:
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


GAPS = (gaps_again,)
