"""Collecting problems, and saying them in the reader's language."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from functools import cache
from typing import NamedTuple

import pandas as pd
from rapidfuzz import fuzz, process, utils

from karier_reco.checking.source import Source
from karier_reco.errors import DataError, Problem, masked
from karier_reco.tables import TABLES
from karier_reco.texts import Language, text

_SHOWN = 60
_LONG_NUMBER = re.compile(r"\d[.,]\d{4,}[eE]\+?\d+|\d(?:[ .\u00a0-]?\d){13,}")
_ORDER = {name: i for i, name in enumerate(TABLES)}
_Order = tuple[int, str, int, int, int]


class Found:
    """All problems of one run. ``refused`` has, by table, the positions of the records with an error."""

    def __init__(self) -> None:
        self._problems: list[tuple[_Order, Problem]] = []
        self.refused: dict[str, set[int]] = defaultdict(set)

    def table(
        self,
        kind: str,
        table: str,
        name: str,
        *,
        column: str | None = None,
        row: int | None = None,
        value: str = "",
        severity: str = "error",
        remedy: str = "",
        meant: str | None = None,
        **facts: str,
    ) -> None:
        """Add a problem of a whole table or column, or of a row that could not be read."""
        remedy, facts = _suggest(remedy, meant, facts)
        facts = {"name": name, "label": "" if row is None else str(row)} | facts
        self._add(_problem(severity, kind, table, column, row, value, remedy, facts), -1 if row is None else row)

    def cell(
        self,
        kind: str,
        source: Source,
        column: str,
        position: int,
        *,
        value: str | None = None,
        severity: str = "error",
        remedy: str = "",
        meant: str | None = None,
        **facts: str,
    ) -> None:
        """Add a problem of one record; without a value, the text of its cell is shown."""
        remedy, facts = _suggest(remedy, meant, facts)
        label = source.rows[position]
        row = label if isinstance(label, int) else None
        if value is None:
            value = shown(source.cells[column][position] if column in source.cells else "", column)
        facts = {"name": source.name, "label": shown_label(label), **facts, **_where(source, column, label)}
        if severity == "error":
            self.refused[source.table].add(position)
        problem = _problem(severity, kind, source.table, column, row, value, remedy, facts)
        self._add(problem, position if source.labelled or row is None else row)

    def _add(self, problem: Problem, line: int) -> None:
        table = problem.table
        order = (_ORDER.get(table, -1), table, line, _columns(table).get(problem.column, -1), len(self._problems))
        self._problems.append((order, problem))

    @property
    def problems(self) -> tuple[Problem, ...]:
        """All problems, by table, row and column."""
        return tuple(problem for _, problem in sorted(self._problems, key=lambda entry: entry[0]))

    @property
    def has_errors(self) -> bool:
        return any(problem.severity == "error" for _, problem in self._problems)

    def raise_errors(self, frames: Mapping[str, pd.DataFrame] | None = None) -> None:
        """Raise DataError with every problem, warnings too, and what could be read, if one of them is an error."""
        if self.has_errors:
            raise DataError(self.problems, frames=frames)


@cache
def _columns(table: str) -> dict[str | None, int]:
    return {name: i for i, name in enumerate(TABLES[table].names)} if table in TABLES else {}


def _where(source: Source, column: str, label: Hashable) -> dict[str, str]:
    """Return what leads a person to the cell: file, sheet, address, and the owner's name of the column."""
    where = {}
    if source.file:
        where["file"] = source.file
    if source.sheet:
        where["sheet"] = source.sheet
    if title := source.titles.get(column):
        where["title"] = shown_label(title)
    if source.labelled:
        where["labelled"] = "yes"
    elif column in source.letters:
        where["cell"] = f"{source.letters[column]}{label}"
    return where


def _suggest(remedy: str, meant: str | None, facts: dict[str, str]) -> tuple[str, dict[str, str]]:
    """Put what was probably meant, if anything, in place of the remedy."""
    return (remedy, facts) if meant is None else ("meant", facts | {"meant": shown(meant)})


def _problem(
    severity: str,
    kind: str,
    table: str,
    column: str | None,
    row: int | None,
    value: str,
    remedy: str,
    facts: dict[str, str],
) -> Problem:
    place = _place(column, facts, "en")
    line = _line(kind, remedy, "en").format_map({"place": place, "value": value, **facts})
    return Problem(severity, kind, table, place, row, column, value, line, remedy, tuple(facts.items()))


def problem_text(problem: Problem, language: Language = "id") -> str:
    """Return a problem as one line of the language.

    >>> found = Found()
    >>> found.table("empty_file", "roles", "roles.csv")
    >>> print(problem_text(found.problems[0], "id"))
    roles.csv: berkas kosong; seharusnya baris judul dan data. Isi berkas itu atau simpan ulang.
    """
    return _line(problem.kind, problem.remedy, language).format_map(_filled(problem, language))


class Parts(NamedTuple):
    """A problem taken apart: where, what stands there, what should, and what to do."""

    place: str
    found: str
    rule: str
    remedy: str


def problem_parts(problem: Problem, language: Language = "id") -> Parts:
    """Return a problem as the parts of its line.

    >>> found = Found()
    >>> found.table("empty_file", "roles", "roles.csv")
    >>> print(*problem_parts(found.problems[0], "en"), sep=" | ")
    roles.csv | an empty file | a heading and rows | Fill it or export it again.
    """
    facts = _filled(problem, language)
    return Parts(
        facts["place"], *(part.format_map(facts) for part in _line_parts(problem.kind, problem.remedy, language))
    )


def _filled(problem: Problem, language: Language) -> dict[str, str]:
    facts = dict(problem.facts)
    return {"place": _place(problem.column, facts, language), "value": problem.value, **facts}


@cache
def _line(kind: str, remedy: str, language: Language) -> str:
    """Return the text of a kind with that of the remedy in it, its names not yet filled in."""
    line = text(f"problem.{kind}", language)
    return line.replace("{remedy}", text(f"remedy.{remedy}", language)) if remedy else line


#: What stands before the value and before the rule, in every text.
_BEFORE = {"id": ("tertulis ", "; seharusnya "), "en": ("got ", "; expected ")}


@cache
def _line_parts(kind: str, remedy: str, language: Language) -> tuple[str, str, str]:
    value, rule = _BEFORE[language]
    said, _, rest = _line(kind, remedy, language).removeprefix("{place}: ").partition(rule)
    expected, _, mend = rest.partition(". ")
    return said.removeprefix(value), expected, mend


@cache
def _place_form(labelled: bool, language: Language) -> str:
    return text("place.label" if labelled else "place.row", language)


def _place(column: str | None, facts: dict[str, str], language: Language) -> str:
    place = facts["name"]
    if facts["label"]:
        place = _place_form("labelled" in facts, language).format_map(facts)
    return f"{place}, {facts.get('title', column)}" if column else place


def shown(value: str, column: str = "") -> str:
    """Return a value as messages show it: quoted, short, harmless, and never a whole NIP."""
    if column == "employee_id" and value.strip():
        return repr(masked(value))
    value = _without_long_numbers(value)
    return repr(value if len(value) <= _SHOWN else value[:_SHOWN] + "…")


def shown_label(label: Hashable) -> str:
    return _without_long_numbers(str(label))


def _without_long_numbers(value: str) -> str:
    if len(value) < 14 and "e" not in value and "E" not in value:  # most values: too short for the search to find any
        return value
    return _LONG_NUMBER.sub(lambda found: masked(found[0]), value)


def near(value: str, known: Iterable[str]) -> str | None:
    """Return the known text that is closest to a value, if one is close.

    >>> near("ANALIST", ["ANALYST", "DRIVER"])
    'ANALYST'
    """
    found = process.extractOne(
        value, sorted(known), scorer=fuzz.ratio, processor=utils.default_process, score_cutoff=70
    )
    return None if found is None else str(found[0])


def listed(values: Sequence[str], most: int = 12) -> str:
    """Return texts as a list in a line, cut when long."""
    return ", ".join(values[:most]) + (", …" if len(values) > most else "")
