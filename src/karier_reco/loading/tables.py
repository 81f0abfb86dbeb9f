"""What every reader does: one table after the other, in the order of the tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from karier_reco.checking import Found, Source
from karier_reco.checking.presence import Given, unread

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
