"""What seats are worth together: each step of a gap once, JP up to the target."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from karier_reco.auditing.facts import Candidate, Facts
from karier_reco.auditing.gaps import same

Step = tuple[str, int]


class Worth:
    """Say what sets of a person's seats are worth.

    Whoever changed a candidate's ``value`` scaled all that it brings. A step is worth its weight once, or what it
    is worth to the person's seat that was scaled up most.
    """

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.scale: dict[tuple[str, str], float] = {}
        self.cap: dict[str, dict[Step, float]] = defaultdict(dict)
        for row in facts.candidates:
            parts = facts.closures.get(row[:2], [])
            whole = row.bonus + sum(part.value for part in parts)
            scale = self.scale[row[:2]] = row.value / whole if whole > 0 else 1.0
            caps = self.cap[row.employee_id]
            for part in parts:
                step = part.competency_id, part.step
                caps[step] = max(caps.get(step, 0.0), part.weight * max(1.0, scale))

    def of(self, employee_id: str, rows: Iterable[Candidate]) -> float:
        """Return the value of a set of one person's seats."""
        total, jp = 0.0, 0
        gained: dict[Step, float] = defaultdict(float)
        for row in rows:
            scale, parts = self.scale[row[:2]], self.facts.closures.get(row[:2], [])
            total += scale * row.bonus if parts or row.bonus else row.value
            jp += row.jp
            for part in parts:
                gained[part.competency_id, part.step] += scale * part.value
        caps = self.cap[employee_id]
        total += sum(min(caps[step], value) for step, value in gained.items())
        target = self.facts.target_jp.get(self.facts.people[employee_id]["employment"], 0)
        return total + self.facts.settings.jp_value * min(target, jp)

    def of_all(self) -> dict[str, float]:
        """Return what each person's granted seats are worth."""
        return {person: self.of(person, rows) for person, rows in self.facts.rows_of.items()}


def closed(facts: Facts, rows: Iterable[Candidate]) -> dict[Step, float]:
    """Return the share of each step that a set of one person's seats closes, 1 at most."""
    shares: dict[Step, float] = defaultdict(float)
    for row in rows:
        for part in facts.closures.get(row[:2], []):
            shares[part.competency_id, part.step] += part.closure
    return {step: min(1.0, share) for step, share in shares.items()}


def added(facts: Facts, row: Candidate) -> tuple[float, float]:
    """Return the levels that one more seat would close, and what they are worth."""
    before = closed(facts, facts.rows_of.get(row.employee_id, []))
    levels = value = 0.0
    for part in facts.closures.get(row[:2], []):
        more = min(part.closure, 1.0 - before.get((part.competency_id, part.step), 0.0))
        levels += more
        value += more * part.weight
    return levels, value


def value_again(facts: Facts) -> Iterator[str]:
    """The plan's value is what its enrolments are worth."""
    value = sum(Worth(facts).of_all().values())
    if not same(float(facts.plan.certificate["value"]), value):
        got = facts.plan.certificate["value"]
        yield f"certificate, value: got {got:.12g}; expected {value:.12g}, what the enrolments are worth"


def floors_kept(facts: Facts) -> Iterator[str]:
    """The people of every group with a floor have at least that value."""
    own = Worth(facts).of_all() if facts.limits.floors else {}
    for column, groups in facts.limits.floors.items():
        for group, least in groups.items():
            value = sum(own[person] for person in own if facts.people[person][column] == group)
            if value < least and not same(value, least):
                yield f"enrolments, {column} {group}: got a value of {value:.12g}; expected at least {least:.12g}"


WORTH = (value_again, floors_kept)
