"""Checking: every problem of every table at once, with place, value, rule and remedy."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import pandas as pd

from karier_reco.checking.bounds import check_bounds
from karier_reco.checking.cells import read_cells, typed
from karier_reco.checking.found import Found, near, problem_text, shown
from karier_reco.checking.keys import check_keys, check_references
from karier_reco.checking.nip import check_nips
from karier_reco.checking.rows import check_rows
from karier_reco.checking.source import Source
from karier_reco.settings import Settings
from karier_reco.tables import TABLES

__all__ = ["Found", "Source", "check", "empty", "problem_text"]


def check(
    sources: Mapping[str, Source], settings: Settings, found: Found, broken: Collection[str] = ()
) -> dict[str, pd.DataFrame]:
    """Return the tables that were given in their final types, or raise DataError with every problem.

    ``broken`` names tables that are there but could not be read, or are missing; nothing that refers to
    them is reported. ``found`` holds what was seen while reading.
    """
    unreadable = set(broken)
    for source in sources.values():
        _check_headings(source, found)
    drafts = {name: read_cells(sources[name], found) for name in TABLES if name in sources}
    for draft in drafts.values():
        check_bounds(draft, found)
    if "employees" in drafts:
        check_nips(drafts["employees"], settings, found)
    for draft in drafts.values():
        check_keys(draft, found)
    check_rows(drafts, unreadable, found)
    check_references(drafts, unreadable, found)
    found.raise_errors()
    return {name: typed(draft) for name, draft in drafts.items()}


def empty(table: str) -> pd.DataFrame:
    """Return the table without rows, in its final types."""
    return typed(read_cells(Source(table, table, {}, ()), Found()))


def _check_headings(source: Source, found: Found) -> None:
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
