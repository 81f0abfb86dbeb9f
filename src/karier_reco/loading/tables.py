"""What readers share: one table after the other, in the order of the tables, and how spreadsheets count."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from karier_reco.checking import Found, Source
from karier_reco.checking.presence import Given, unread

#: The heading is among so many first lines of a file or rows of a sheet.
HEAD_LINES = 30
#: Told the name of each table before it is read, as its owner calls it, and how many are done and to be done in all.
Progress = Callable[[str, int, int], None]


class Opened(NamedTuple):
    """The tables that could be read, the problems seen, and the tables that could not be."""

    sources: dict[str, Source]
    found: Found
    broken: set[str]


def read_each(
    matched: Mapping[str, Given],
    read: Callable[[str, str], Source | None],
    found: Found,
    on_progress: Progress | None = None,
) -> Opened:
    """Read every table that was matched; ``read`` gets the table and what its owner calls it."""
    sources = {}
    for done, (table, thing) in enumerate(matched.items()):
        if on_progress is not None:
            on_progress(thing.called, done, len(matched))
        source = read(table, thing.called)
        if source is not None:
            sources[table] = source
    return Opened(sources, found, unread(sources, matched))


def column_letter(index: int) -> str:
    """Return what a spreadsheet calls a column.

    >>> column_letter(0), column_letter(27)
    ('A', 'AB')
    """
    higher, own = divmod(index, 26)
    return (column_letter(higher - 1) if higher else "") + chr(ord("A") + own)
