"""One CSV file: decoded, split into records, every row of it used, left out or reported."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from karier_reco.checking import Found, Source
from karier_reco.checking.found import shown
from karier_reco.checking.source import Cells

_UTF16 = (b"\xff\xfe", b"\xfe\xff")


def read_file(path: Path, table: str, found: Found) -> Source | None:
    """Return one file as text cells; None, and a problem, where it is no table at all.

    A row is the row that a spreadsheet shows: a cell of many lines is one row, a blank line is a row too.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        found.table("unreadable", table, path.name, value=str(error.strerror))
        return None
    if content.startswith(_UTF16):
        found.table("encoding", table, path.name, value="UTF-16", row=1, rows="all")
        return None
    text = content.decode("utf-8-sig", errors="surrogateescape")
    if not text.strip():
        found.table("empty_file", table, path.name)
        return None
    records = _records(text)
    _, heading = next(records)
    titles = _titles(heading, table, path.name, found)
    return _Reading(table, path.name, titles, text, found).read(records) if titles else None


class _Reading:
    """The records of one file after its heading, gathered by column.

    A record that is broken as a whole is kept in its place and marked: rows of other tables may refer to it.
    """

    def __init__(self, table: str, name: str, titles: list[str], text: str, found: Found) -> None:
        self.table, self.name, self.titles, self.found = table, name, titles, found
        self.strange = "\0" in text or any(map(_is_stray, set(text)))
        self.columns: list[list[str]] = [[] for _ in titles]
        self.rows: list[int] = []
        self.refused: list[bool] = []
        self.stray: list[tuple[int, str]] = []
        self.blank = 0

    def read(self, records: Iterator[tuple[int, list[str] | str]]) -> Source:
        width = len(self.titles)
        for row, record in records:
            cells = [] if isinstance(record, str) else record
            if cells is record and not (any(cells) and "".join(cells).strip()):
                self.blank += 1
                continue
            self.rows.append(row)
            self.refused.append(self._is_broken(row, record))
            if len(cells) != width:
                cells = (cells + [""] * width)[:width]
            for column, cell in zip(self.columns, cells, strict=True):
                column.append(cell)
        if self.stray:
            row, byte = self.stray[0]
            self._report("encoding", row, byte, rows=str(len(self.stray)))
        cells_of = {title: Cells.of(column) for title, column in zip(self.titles, self.columns, strict=True) if title}
        refused = np.array(self.refused, dtype=bool)
        return Source(self.table, self.name, cells_of, self.rows, refused=refused, blank=self.blank)

    def _is_broken(self, row: int, record: list[str] | str) -> bool:
        """Report a record that cannot be used as a whole; a wrong encoding is one problem of the file."""
        width = len(self.titles)
        if isinstance(record, str):
            self._report("quoting", row, record)
        elif len(record) != width:
            kind = "too_many_cells" if len(record) > width else "too_few_cells"
            self._report(kind, row, str(len(record)), expected=str(width))
        elif not self.strange:
            return False
        else:
            characters = set().union(*record)
            if stray := sorted(filter(_is_stray, characters)):
                self.stray.append((row, f"0x{ord(stray[0]) - 0xDC00:02x}"))
            elif "\0" in characters:
                self._report("nul", row)
            else:
                return False
        return True

    def _report(self, kind: str, row: int, value: str = "", **facts: str) -> None:
        self.found.table(kind, self.table, self.name, row=row, value=value, **facts)


def _is_stray(character: str) -> bool:
    """Whether this stands for a byte that is not UTF-8 (the error handler surrogateescape)."""
    return "\udc80" <= character <= "\udcff"


def _records(text: str) -> Iterator[tuple[int, list[str] | str]]:
    """Return row after row: its cells, or in words why it is none."""
    first = text.partition("\n")[0]
    separator = ";" if first.count(";") > first.count(",") else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    row = 0
    while True:
        row += 1
        try:
            yield row, next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield row, str(error)


def _titles(heading: list[str] | str, table: str, name: str, found: Found) -> list[str]:
    """Return the headings; none, and a problem, where they are not usable."""
    if isinstance(heading, str):
        found.table("quoting", table, name, row=1, value=heading)
        return []
    titles = [title.strip() for title in heading]
    if not any(titles) or any(_is_stray(character) or character == "\0" for title in titles for character in title):
        found.table("no_heading", table, name, row=1, value=shown(",".join(titles)))
        return []
    twice = sorted({title for title in titles if title and titles.count(title) > 1})
    for title in twice:
        found.table("duplicate_heading", table, name, row=1, value=shown(title))
    return [] if twice else titles
