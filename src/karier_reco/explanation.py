"""A plan in words: its summary, and for one person what they get, why, and what stands in the way of more."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from karier_reco.catalogue import limit_name
from karier_reco.errors import LimitsError, masked
from karier_reco.texts import Language, text
from karier_reco.words import Words

if TYPE_CHECKING:
    from karier_reco.plan import TrainingPlan


def facts(plan: TrainingPlan, language: Language) -> list[tuple[str, str]]:
    """Return the plan's figures, each with its name."""
    words = Words(language)
    certificate = plan.certificate
    bound, gap = certificate["bound"], certificate["optimality_gap"]
    unknown = text("plan.summary.unknown", language)
    seats = plan.enrolments
    figures = {
        "people": words.whole(len(plan.people)),
        "seated": words.whole(seats["employee_id"].nunique()),
        "seats": words.whole(len(seats)),
        "opened": words.whole(int((plan.sessions["status"] == "open").sum())),
        "levels": words.number(float(plan.units["levels_closed"].sum())),
        "cost": words.rupiah(plan.cost),
        "value": words.number(certificate["value"], 2),
        "bound": unknown if bound is None else words.number(bound, 2),
        "gap": unknown if gap is None else f"{words.number(100 * gap, 3)} %",
        "waiting": words.whole(len(plan.waiting)),
        "deferred": words.whole(int((plan.mandates["status"] == "deferred").sum())),
    }
    return [(text(f"plan.summary.{name}", language), figure) for name, figure in figures.items()]


def title(plan: TrainingPlan, language: Language) -> str:
    """Return the plan's heading; made-up data says so."""
    banner = f"{text('plan.summary.synthetic', language)}: " if plan.settings.synthetic else ""
    return banner + text("plan.summary.title", language, year=plan.year)


def explain(plan: TrainingPlan, employee_id: str, language: Language) -> str:
    """Return what a person lacks, gets and waits for, line by line; see ``TrainingPlan.explain``."""
    people = plan.people[plan.people["employee_id"] == employee_id]
    if people.empty:
        raise LimitsError(
            f"explain, employee_id: got {masked(employee_id)!r}; expected somebody whom the plan covers. "
            "Look the id up in plan.people.",
            argument="employee_id",
            value=masked(employee_id),
        )
    say = _Sayer(plan, employee_id, language)
    person = people.iloc[0]
    lines = [say("heading", masked=masked(employee_id), role=person["role"], unit=person["unit"])]
    lines += [say("synthetic")] if plan.settings.synthetic else []
    lines += ["", *say.gaps(), "", *say.seats(), *say.waiting(), "", say("proposal")]
    return "\n".join(lines)


def line_names(budgets: pd.DataFrame, words: Words) -> dict[str, str]:
    """Return a name for each budget line; lines of one name are told apart by their ids."""
    names = {row["budget_id"]: words.line(row["account"], row["unit"]) for row in budgets.to_dict("records")}
    often = Counter(names.values())
    return {line: name if often[name] == 1 else f"{name} ({line})" for line, name in names.items()}


class _Sayer:
    """The parts of one person's explanation."""

    def __init__(self, plan: TrainingPlan, employee_id: str, language: Language) -> None:
        self.plan, self.employee_id, self.language = plan, employee_id, language
        self.words = Words(language)
        self.courses = dict(zip(plan.courses["course_id"], plan.courses["title"], strict=True))
        self.lines = line_names(plan.budgets, self.words)
        self.units = dict(zip(plan.units["unit_id"], plan.units["unit"], strict=True))

    def __call__(self, key: str, **values: object) -> str:
        return text(f"plan.explain.{key}", self.language, **values)

    def gaps(self) -> Iterator[str]:
        names = dict(zip(self.plan.competencies["competency_id"], self.plan.competencies["name"], strict=True))
        rows = self._mine(self.plan.gaps)
        shown = [row for row in rows if row["basis"] == "unknown" or row["gap"] > 0]
        yield self("gaps") if shown else self("no_gaps")
        for row in shown:
            kind = {"assessed": "gap"}.get(row["basis"], row["basis"])
            facts = {name: row[name] for name in ("level", "standard", "peers")}
            line = self(kind, competency=names[row["competency_id"]], purpose=self(row["purpose"]), **facts)
            yield f"  - {line}" + (f" ({self('stale')})" if row["stale"] else "")

    def seats(self) -> Iterator[str]:
        rows = self._mine(self.plan.enrolments)
        places = dict(zip(self.plan.sessions["session_id"], self.plan.sessions["place"], strict=True))
        yield self("seats") if rows else self("no_seats")
        for row in rows:
            dated = not pd.isna(row["starts_on"])
            yield "  - " + self(
                "seat" if dated else "undated",
                course=self.courses[row["course_id"]],
                session=row["session_id"],
                starts=self.words.day(row["starts_on"]),
                ends=self.words.day(row["ends_on"]),
                place=places[row["session_id"]],
                jp=row["jp"],
                cost=self.words.rupiah(row["fee"] + row["travel"]),
                levels=self.words.number(row["levels_closed"]),
            )
            yield f"    {row['reason']}"

    def waiting(self) -> Iterator[str]:
        for row in self._mine(self.plan.mandates):
            if row["status"] == "deferred":
                yield self("deferred", course=self.courses[row["course_id"]], limits=self._limits(row["limits"]))
        for row in self._mine(self.plan.waiting):
            levels = self.words.number(row["levels_closed"])
            yield self("waiting", course=self.courses[row["course_id"]], session=row["session_id"], levels=levels)
            yield "  " + self("because", limits=self._limits(row["limits"]))

    def _limits(self, names: str) -> str:
        return self.words.limits(names, self.lines, self.units)

    def _mine(self, frame: pd.DataFrame) -> list[dict[Any, Any]]:
        return frame[frame["employee_id"] == self.employee_id].to_dict("records")


def limit_in_words(name: str, must: NDArray[Any] | None, seats: pd.DataFrame, locked: NDArray[np.bool_]) -> str:
    """Return a row's name with the seat of a lock or the course of a mandate in place of a must's number.

    ``must`` (E,) are the numbers, ``seats`` the candidates in the same order, ``locked`` (E,) those that are locks.
    """
    found = re.fullmatch(r"must\[(.*), (\d+)\]", name)
    if not found or must is None:
        return limit_name(name)
    at = int(np.flatnonzero(must == int(found[2]))[0])
    kind, column = ("lock", "session_id") if locked[at] else ("mandate", "course_id")
    return f"{kind}[{found[1]}, {seats[column].iloc[at]}]"
