"""Checking: every problem of every table at once, with place, value, rule and remedy."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cache

import pandas as pd

from karier_reco.checking.bounds import check_bounds
from karier_reco.checking.cells import read_cells, readable, typed
from karier_reco.checking.examples import without_example
from karier_reco.checking.found import Found, problem_text
from karier_reco.checking.keys import check_keys, check_references
from karier_reco.checking.names import recognise
from karier_reco.checking.nip import check_nips
from karier_reco.checking.plausibility import check_plausibility
from karier_reco.checking.presence import check_headings
from karier_reco.checking.rows import check_rows
from karier_reco.checking.source import Source
from karier_reco.settings import Settings
from karier_reco.tables import TABLES

__all__ = ["Found", "Source", "check", "empty", "problem_text", "records"]


def records(sources: Mapping[str, Source], settings: Settings, found: Found) -> dict[str, Source]:
    """Return the tables in their order under our names, without the example rows of the template."""
    return {
        name: without_example(recognise(sources[name], settings, found), settings) for name in TABLES if name in sources
    }


def check(
    sources: Mapping[str, Source], settings: Settings, found: Found, broken: Collection[str] = ()
) -> dict[str, pd.DataFrame]:
    """Return the tables of these records in their final types, or raise DataError with every problem.

    ``broken`` names tables that are there but could not be read, or are missing; nothing that refers to
    them is reported. ``found`` holds what was seen while reading.
    """
    unreadable = set(broken)
    for source in sources.values():
        check_headings(source, settings, found)
    # A timetable without a row is none: who leaves that sheet of the template empty has no sessions but courses.
    given = {name: source for name, source in sources.items() if len(source) or name != "sessions"}
    drafts = {name: read_cells(source, settings, found) for name, source in given.items()}
    for draft in drafts.values():
        check_bounds(draft, found)
    if "employees" in drafts:
        check_nips(drafts["employees"], settings, found)
    for draft in drafts.values():
        check_keys(draft, found)
    check_rows(drafts, unreadable, found)
    check_references(drafts, unreadable, found)
    check_plausibility(drafts, settings, found)
    if found.has_errors:
        found.raise_errors({name: readable(draft) for name, draft in drafts.items()})
    return {name: typed(draft) for name, draft in drafts.items()}


def empty(table: str) -> pd.DataFrame:
    """Return the table without rows, in its final types."""
    return _empty(table).copy()


@cache
def _empty(table: str) -> pd.DataFrame:
    return typed(read_cells(Source(table, table, {}, ()), Settings(), Found()))
