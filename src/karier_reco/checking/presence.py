"""Which tables and columns are there, which are missing, and which are nobody's."""

from __future__ import annotations

from collections.abc import Mapping

from karier_reco.checking.found import Found, listed, near, shown
from karier_reco.checking.source import Source
from karier_reco.tables import TABLES


def check_tables(given: Mapping[str, str], found: Found, ending: str = "") -> None:
    """Report needed tables that are not given, and name what is given but no table (by what its owner calls it)."""
    absent = [name for name in TABLES if name not in given]
    strange = {name: called for name, called in given.items() if name not in TABLES}
    for name in absent:
        if TABLES[name].needed:
            close = near(name, strange)
            meant = strange[close] if close else None
            found.table("missing_table", name, name + ending, wanted=name, remedy="add_table", meant=meant)
    for name, called in strange.items():
        close = near(str(name), absent)
        found.table(
            "ignored_table",
            str(name),
            str(called),
            severity="warning",
            remedy="ignored",
            meant=close + ending if close else None,
            tables=listed(list(TABLES), 20),
        )


def check_headings(source: Source, found: Found) -> None:
    """Report needed columns that are not there, and name those that are ignored."""
    table = TABLES[source.table]
    strange = [heading for heading in source.cells if heading not in table.names]
    absent = [column for column in table if column.name not in source.cells]
    for column in absent:
        if column.needed:
            close = near(column.name, strange)
            value = shown(column.name)
            found.table("missing_column", table.name, source.name, value=value, remedy="add_column", meant=close)
    for heading in strange:
        close = near(heading, [column.name for column in absent])
        found.table(
            "ignored_column",
            table.name,
            source.name,
            value=shown(heading),
            severity="warning",
            remedy="ignored",
            meant=close,
        )
