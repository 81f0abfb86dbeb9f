"""Rules and forms of training: data with source, validity and confidence, never constants in code."""

from __future__ import annotations

import csv
import math
import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from karier_reco.errors import SettingsError

Confidence = Literal["A", "B", "C", "M"]


@dataclass(frozen=True)
class Rule:
    """One rule: its value, in words, from when to when, on what ground, how sure."""

    name: str
    rule: str
    value: Any
    valid_from: date
    valid_to: date | None
    source: str
    confidence: Confidence


@dataclass(frozen=True)
class Form:
    """A form of training and how its JP are credited.

    ``unit`` is what ``jp_per_unit`` counts: ``jp`` (the course says), ``day``, ``month``, ``semester`` or
    ``time``. ``blocks_dates``: somebody who attends cannot attend another such session on the same
    days. ``effectiveness``: share of a step taken to close before any evaluation [assumed].
    """

    form: str
    siasn_code: str
    name_id: str
    name_en: str
    path: str
    unit: str
    jp_per_unit: int | None
    jp_cap: int | None
    blocks_dates: bool
    effectiveness: float
    source: str
    confidence: str

    def name(self, language: str) -> str:
        return self.name_en if language == "en" else self.name_id

    def jp(self, starts_on: date, ends_on: date) -> int | None:
        """Return the JP of a session from its days; None where only the course can say.

        >>> forms()["workshop"].jp(date(2027, 3, 1), date(2027, 3, 2))
        10
        """
        if self.jp_per_unit is None:
            return None
        days = (ends_on - starts_on).days + 1
        units = {"day": days, "month": math.ceil(days / 31), "semester": math.ceil(days / 184), "time": 1}[self.unit]
        jp = units * self.jp_per_unit
        return jp if self.jp_cap is None else min(jp, self.jp_cap)


@cache
def rules() -> tuple[Rule, ...]:
    """Return every rule of the package's data, in the order of the file."""
    text = files("karier_reco").joinpath("data/rules.toml").read_text(encoding="utf-8")
    return tuple(
        Rule(
            name=entry["name"],
            rule=entry["rule"],
            value=entry["value"],
            valid_from=entry["valid_from"],
            valid_to=entry.get("valid_to"),
            source=entry["source"],
            confidence=entry["confidence"],
        )
        for entry in tomllib.loads(text)["rule"]
    )


def rule(name: str, on: date | None = None) -> Rule:
    """Return the rule of that name in force on a day (without a day: the newest).

    >>> rule("target_jp").value
    {'PNS': 20}
    """
    found = [r for r in rules() if r.name == name]
    if on is not None:
        found = [r for r in found if r.valid_from <= on and (r.valid_to is None or on <= r.valid_to)]
    if not found:
        known = ", ".join(sorted({r.name for r in rules()}))
        raise SettingsError(
            f"rules: got {name!r} on {on or 'any day'}; expected a rule in force, one of {known}. "
            "Choose another day or name.",
            name=name,
            value=on,
        )
    return max(found, key=lambda r: r.valid_from)


@cache
def forms() -> dict[str, Form]:
    """Return the forms of training by their code."""
    text = files("karier_reco").joinpath("data/forms.csv").read_text(encoding="utf-8")
    return {
        row["form"]: Form(
            form=row["form"],
            siasn_code=row["siasn_code"],
            name_id=row["name_id"],
            name_en=row["name_en"],
            path=row["path"],
            unit=row["unit"],
            jp_per_unit=int(row["jp_per_unit"]) if row["jp_per_unit"] else None,
            jp_cap=int(row["jp_cap"]) if row["jp_cap"] else None,
            blocks_dates=row["blocks_dates"] == "1",
            effectiveness=float(row["effectiveness"]),
            source=row["source"],
            confidence=row["confidence"],
        )
        for row in csv.DictReader(text.splitlines())
    }


def codes(name: str | tuple[str, ...]) -> tuple[str, ...]:
    """Return a list of codes: of the forms, of a rule, or the codes given."""
    if isinstance(name, tuple):
        return name
    return tuple(forms()) if name == "forms" else tuple(rule(name).value)
