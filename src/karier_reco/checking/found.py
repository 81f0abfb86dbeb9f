"""Collecting problems, and saying them in the reader's language."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence

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
        facts = {"name": source.name, "label": shown_label(label)} | facts
        if source.labelled:
            facts["labelled"] = "yes"
        if severity == "error":
            self.refused[source.table].add(position)
        problem = _problem(severity, kind, source.table, column, row, value, remedy, facts)
        self._add(problem, position if source.labelled or row is None else row)

    def _add(self, problem: Problem, line: int) -> None:
        names = TABLES[problem.table].names if problem.table in TABLES else ()
        column = names.index(problem.column) if problem.column in names else -1
        order = (_ORDER.get(problem.table, -1), problem.table, line, column, len(self._problems))
        self._problems.append((order, problem))

    @property
    def problems(self) -> tuple[Problem, ...]:
        """All problems, by table, row and column."""
        return tuple(problem for _, problem in sorted(self._problems, key=lambda entry: entry[0]))

    def raise_errors(self) -> None:
        """Raise DataError with every problem, warnings too, if one of them is an error."""
        if any(problem.severity == "error" for _, problem in self._problems):
            raise DataError(self.problems)


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
    line = _line(kind, place, value, remedy, facts, "en")
    return Problem(severity, kind, table, place, row, column, value, line, remedy, tuple(facts.items()))


def problem_text(problem: Problem, language: Language = "id") -> str:
    """Return a problem as one line of the language.

    >>> found = Found()
    >>> found.table("empty_file", "roles", "roles.csv")
    >>> print(problem_text(found.problems[0], "id"))
    roles.csv: berkas kosong; seharusnya baris judul dan data. Isi berkas itu atau simpan ulang.
    """
    facts = dict(problem.facts)
    return _line(problem.kind, _place(problem.column, facts, language), problem.value, problem.remedy, facts, language)


def _line(kind: str, place: str, value: str, remedy: str, facts: dict[str, str], language: Language) -> str:
    facts = {"place": place, "value": value} | facts
    if remedy:
        facts["remedy"] = text(f"remedy.{remedy}", language, **facts)
    return text(f"problem.{kind}", language, **facts)


def _place(column: str | None, facts: dict[str, str], language: Language) -> str:
    place = facts["name"]
    if facts["label"]:
        place = text("place.label" if "labelled" in facts else "place.row", language, **facts)
    return f"{place}, {column}" if column else place


def shown(value: str, column: str = "") -> str:
    """Return a value as messages show it: quoted, short, harmless, and never a whole NIP."""
    if column == "employee_id" and value.strip():
        return repr(masked(value))
    value = _LONG_NUMBER.sub(lambda found: masked(found[0]), value)
    return repr(value if len(value) <= _SHOWN else value[:_SHOWN] + "…")


def shown_label(label: Hashable) -> str:
    return _LONG_NUMBER.sub(lambda found: masked(found[0]), str(label))


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
