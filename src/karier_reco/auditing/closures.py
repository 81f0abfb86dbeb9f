"""What seats close of the gaps, derived again from outcomes, history and assessments."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator

from karier_reco.auditing.facts import Facts, records
from karier_reco.auditing.gaps import same
from karier_reco.auditing.seats import seat_name
from karier_reco.rules import forms

Parts = dict[tuple[str, int], tuple[float, float, float]]
"""Competency and step to closure, weight and value."""


def closures_again(facts: Facts) -> Iterator[str]:
    """A seat closes the lowest steps that its course teaches inside the gap, by the expected share.

    Without any closures values add: such candidates are somebody's own.
    """
    if facts.plan.closures.empty:
        return
    expected = _Expected(facts)
    known: dict[tuple[str, str], Parts] = {}
    seats = {row[:2] for row in facts.candidates}
    for pair in sorted(set(facts.closures) - seats):
        yield f"closures, {seat_name(*pair)}: got rows; expected none, it is no candidate"
    for person, session in sorted(seats):
        if person in facts.people and session in facts.sessions:
            course = facts.sessions[session].course_id
            if (person, course) not in known:
                known[person, course] = expected.of(person, course)
            yield from _differences(facts, person, session, known[person, course])


def _differences(facts: Facts, person: str, session: str, expected: Parts) -> Iterator[str]:
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


class _Expected:
    """What a person may expect of a course: completion x effectiveness x readiness of each step within reach."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.effects = _effects(facts)
        self.worth = _worth_of_steps(facts)

    def of(self, person: str, course: str) -> Parts:
        taught, found = self.facts.taught.get(course, {}), {}
        for competency, (entry, exit_level) in taught.items():
            worth = self.worth.get((person, competency))
            if not worth:
                continue
            share = self.effects[course, competency] * self._ready(person, course)
            lowest = max(min(worth), entry + 1)
            for step in range(lowest, min(lowest + self.facts.settings.step - 1, exit_level) + 1):
                if worth.get(step):
                    found[competency, step] = (share, worth[step], share * worth[step])
        return found

    def _ready(self, person: str, course: str) -> float:
        """Kappa for every level that an entry is above the person's own; what was not assessed counts as ready."""
        known = self.facts.assessed
        missing = sum(
            max(0, entry - known[person, competency][1])
            for competency, (entry, _) in self.facts.taught[course].items()
            if (person, competency) in known
        )
        return float(self.facts.settings.kappa**missing)


def _worth_of_steps(facts: Facts) -> dict[tuple[str, str], dict[int, float]]:
    """Return person and competency to the missing steps and the worth of each for its worthiest purpose."""
    found: dict[tuple[str, str], dict[int, float]] = defaultdict(dict)
    columns = ["employee_id", "competency_id", "standard", "level", "weight"]
    for person, competency, standard, level, weight in records(facts.plan.gaps, columns):
        if level is not None:
            own = found[person, competency]
            for step in range(level + 1, standard + 1):
                own[step] = max(own.get(step, 0.0), weight)
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


def levels_of_candidates(facts: Facts) -> Iterator[str]:
    """The levels that a candidate closes are the sum of its closures."""
    if facts.plan.closures.empty:
        return
    for row in facts.candidates:
        levels = sum(part.closure for part in facts.closures.get(row[:2], []))
        if not same(float(row.levels_closed), levels):
            place = f"candidates, {seat_name(*row[:2])}, levels_closed"
            yield f"{place}: got {row.levels_closed:.12g}; expected {levels:.12g}, the sum of its closures"


CLOSURES = (closures_again, levels_of_candidates)
