"""Which tables and columns are there, which are missing, and which are nobody's."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from karier_reco.checking.found import Found, listed, near, shown
from karier_reco.checking.names import spellings, table_of, table_spellings
from karier_reco.checking.source import Source
from karier_reco.settings import Settings
from karier_reco.tables import TABLES


@dataclass(frozen=True)
class Given:
    """A file, sheet or frame: its bare name, and what its owner calls it."""

    name: str
    called: str


def match_tables(given: Sequence[Given], settings: Settings, found: Found, ending: str = "") -> dict[str, Given]:
    """Return which table each thing given holds, in the order of the tables.

    Reported: needed tables that are not given, two things for one table (neither is believed), and what is no table.
    """
    claims: dict[str, list[Given]] = {name: [] for name in TABLES}
    strange: list[Given] = []
    for thing in given:
        claims.get(table_of(thing.name, settings) or "", strange).append(thing)
    for name, things in claims.items():
        if len(things) > 1:
            both = ", ".join(shown(thing.called) for thing in things)
            found.table("two_tables", name, name, value=both, wanted=name)
    absent = [name for name, things in claims.items() if not things]
    _report_missing(absent, strange, settings, found, ending)
    names = [name for table in absent for name in table_spellings(table)]
    for thing in strange:
        close = near(thing.name, names)
        found.table(
            "ignored_table",
            thing.name,
            thing.called,
            severity="warning",
            remedy="ignored",
            meant=close + ending if close else None,
            tables=listed(list(TABLES), 20),
        )
    return {name: things[0] for name, things in claims.items() if len(things) == 1}


def unread(sources: Collection[str], given: Collection[str]) -> set[str]:
    """Return the tables that are there but could not be read, or are needed and missing."""
    return {name for name, table in TABLES.items() if name not in sources and (table.needed or name in given)}


def _report_missing(
    absent: Sequence[str], strange: Sequence[Given], settings: Settings, found: Found, ending: str
) -> None:
    for name in absent:
        if TABLES[name].needed or name in settings.tables:
            wanted = settings.tables.get(name, name)
            spelt = [wanted, *table_spellings(name)]
            meant = next((thing.called for thing in strange if near(thing.name, spelt)), None)
            found.table("missing_table", name, wanted + ending, wanted=wanted, remedy="add_table", meant=meant)


def check_headings(source: Source, settings: Settings, found: Found) -> None:
    """Report needed columns that are not there, and name those that are ignored."""
    table = TABLES[source.table]
    declared = settings.columns.get(source.table, {})
    strange = [heading for heading in source.cells if heading not in table.names]
    absent = [column for column in table if column.name not in source.cells]
    names = {name: column for name, column in spellings(table.name).items() if column not in source.cells}
    meant = {heading: near(heading, names) for heading in strange}
    for column in absent:
        if column.needed or column.name in declared:
            called = declared.get(column.name, column.name)
            spelt = [name for name, meaning in names.items() if meaning == column.name]
            close = next((heading for heading, name in meant.items() if name in spelt), None) or next(
                (heading for heading in strange if near(heading, spelt)), None
            )
            value = shown(called)
            found.table("missing_column", table.name, source.name, value=value, remedy="add_column", meant=close)
    for heading in strange:
        found.table(
            "ignored_column",
            table.name,
            source.name,
            value=shown(heading),
            severity="warning",
            remedy="ignored",
            meant=meant[heading],
        )
