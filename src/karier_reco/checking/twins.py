"""Ids that look alike: equal but for case, spaces, Unicode form or characters that nobody can see."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import islice

import numpy as np
import pandas as pd

from karier_reco.checking.cells import Draft
from karier_reco.checking.found import Found, listed, shown_label
from karier_reco.checking.source import Source

#: Control characters, and those that turn the reading order: an id with one of them shows as another.
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_UNSEEN = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]"
)
_GAP = re.compile(r"[^\S\n]+")
_EDGE = re.compile(" ?\n ?")
_NAMED = 12


def as_seen(texts: Sequence[str]) -> list[str]:
    r"""Return texts as the eye sees them: one Unicode form, one kind of space, nothing without width.

    >>> as_seen(["A\u00a0 1", "Cafe\u0301", "\uff21\u200b1"])
    ['A 1', 'Café', 'A1']
    """
    if not texts:
        return []
    spaced = f" {' '.join(texts)} "  # all at once: a call for each of a million ids takes minutes
    if spaced.isascii() and spaced.isprintable() and "  " not in spaced:
        return list(texts)
    joined = "\n".join(texts)
    if joined.count("\n") >= len(texts):
        joined = "\n".join(text.replace("\n", " ") for text in texts)
    if not joined.isascii():
        joined = unicodedata.normalize("NFKC", joined)
    joined = _UNSEEN.sub("", joined)
    return _EDGE.sub("\n", _GAP.sub(" ", joined)).strip(" ").split("\n")


def as_said(seen: Sequence[str]) -> list[str]:
    """Return texts as seen without case and spaces: what people take for one id.

    >>> as_said(["Dinas 1", "DINAS1"])
    ['dinas1', 'dinas1']
    """
    return "\n".join(seen).casefold().replace(" ", "").split("\n") if seen else []


def check_marks(draft: Draft, found: Found) -> None:
    """Report every id of the table's own with a control character in it: no two programs agree on what it is."""
    for column in draft.table:
        if column.kind != "id" or column.references is not None or column.name not in draft.source.cells:
            continue
        cells = draft.source.cells[column.name]
        joined = "".join(cells.texts)
        if not joined.isprintable() and _CONTROL.search(joined):
            bad = draft.bad[column.name]
            held = cells.where(bool(_CONTROL.search(text)) for text in cells.texts) & ~bad
            for position in np.flatnonzero(held).tolist():
                found.cell("id_control", draft.source, column.name, position)
            bad |= held


def check_twins(draft: Draft, found: Found) -> None:
    """Report ids of the table's own that look alike, at each of the rows, naming the others.

    What nobody can see is an error. Case and spaces can be seen: both ids are used, and that is a warning.
    """
    key, *more = draft.table.key
    if more or key not in draft.source.cells:
        return
    cells = draft.source.cells[key]
    seen = as_seen(cells.texts)
    said = pd.Series(as_said(seen), dtype=object)
    alike = (said.duplicated(keep=False) & (said != "")).to_numpy(dtype=bool)
    if not alike.any():
        return
    groups: dict[str, list[tuple[int, str]]] = defaultdict(list)
    whole = np.ones(len(cells), dtype=bool) if draft.source.refused is None else ~draft.source.refused
    for position in np.flatnonzero(alike[cells.codes] & whole).tolist():
        groups[said[int(cells.codes[position])]].append((position, cells[position]))
    to_the_eye = dict(zip(cells.texts, seen, strict=True))
    for rows in groups.values():
        _report(draft, key, rows, to_the_eye, found)


def _report(draft: Draft, key: str, rows: list[tuple[int, str]], seen: dict[str, str], found: Found) -> None:
    by_sight: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for position, text in rows:
        by_sight[seen[text]].append((position, text))
    others: dict[tuple[str, str], str] = {}
    for position, text in rows:
        sight = seen[text]
        if ("unseen", text) not in others:  # once for each text, as one may stand in thousands of rows
            same = (row for row, other in by_sight[sight] if other != text)
            others["unseen", text] = other_rows(draft.source, same)
            others["case", text] = other_rows(draft.source, (row for row, other in rows if seen[other] != sight))
        if others["unseen", text]:
            found.cell("id_twin_unseen", draft.source, key, position, others=others["unseen", text])
        if others["case", text]:
            found.cell("id_twin", draft.source, key, position, severity="warning", others=others["case", text])


def other_rows(source: Source, positions: Iterable[int]) -> str:
    """Return rows by what a person calls them, cut when there are many."""
    return listed([shown_label(source.rows[position]) for position in islice(positions, _NAMED + 1)], _NAMED)
