"""One text file, every row of it used, left out or reported."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from karier_reco.checking import Found, Source
from karier_reco.checking.found import shown
from karier_reco.checking.source import Cells
from karier_reco.loading.lines import (
    HEAD_LONGEST,
    SEPARATORS,
    Broken,
    Layout,
    Lines,
    decoded,
    encoding_of,
    is_utf8,
    layout_of,
    other_content,
    records,
)
from karier_reco.loading.tables import column_letter
from karier_reco.settings import Settings

#: So many broken records without a good one between them are no table.
MOST_BROKEN = 1000
#: A byte that is not of the encoding, as the error handler surrogateescape leaves it, or NUL.
_STRANGE, _NUL = re.compile("[\0\udc80-\udcff]"), re.compile("\0")


def read_file(path: Path, table: str, settings: Settings, found: Found) -> Source | None:
    """Return one file as text cells; None, and a problem, where it is no table at all.

    A row is the row that a spreadsheet shows: a cell of many lines is one row, a blank line is a row too, a first line
    that only names the separator is none.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        found.table("unreadable", table, path.name, value=str(error.strerror))
        return None
    if other := other_content(content):
        found.table("wrong_content", table, path.name, value=other)
        return None
    encoding = encoding_of(content, settings.encoding)
    if encoding == "utf-16" and len(content) % 2:
        found.table("cut_off", table, path.name, value=str(len(content)))
        return None
    lines = Lines(decoded(content, encoding))
    separator = lines.separator()
    layout = layout_of(lines.head(), table, settings, separator or SEPARATORS)
    if layout is None and lines.has_long_head():
        found.table("too_much_text", table, path.name, value=str(HEAD_LONGEST))
        return None
    if layout is None:
        found.table("empty_file", table, path.name)
        return None
    if encoding == "cp1252" and not content.isascii() and is_utf8(content):
        found.table("looks_utf8", table, path.name, severity="warning")
    return _Reading(table, path.name, encoding, found).read(lines, layout)


class _Reading:
    """The records of one file, gathered by column.

    A record that is broken as a whole is kept in its place and marked: rows of other tables may refer to it.
    """

    def __init__(self, table: str, name: str, encoding: str, found: Found) -> None:
        self.table, self.name, self.encoding, self.found = table, name, encoding, found
        self.strange = _STRANGE if encoding != "utf-16" else _NUL
        self.rows: list[int] = []
        self.refused: list[bool] = []
        self.stray: list[tuple[int, str]] = []
        self.blank = 0
        self.broken = 0

    def read(self, lines: Lines, layout: Layout) -> Source | None:
        lines.skip(layout.lines)
        coming = records(lines, layout.separator)
        titles = self._titles(next(coming), layout.records + 1)
        if not titles:
            return None
        columns = self._columns(coming, len(titles), layout.records + 2)
        if self.stray:
            row, byte = self.stray[0]
            remedy = "save_utf8_or_declare" if self.encoding == "utf-8" else "save_utf8"
            expected = self.encoding.removesuffix("-sig").upper()
            self._report("encoding", row, byte, rows=str(len(self.stray)), expected=expected, remedy=remedy)
        if self.broken == MOST_BROKEN:
            self._report("given_up", self.rows[-1], str(self.broken))
            return None
        self._report_untitled(titles, columns, layout.records + 1)
        cells = {title: Cells.of(column) for title, column in zip(titles, columns, strict=True) if title}
        return Source(
            self.table,
            self.name,
            cells,
            self.rows,
            refused=np.array(self.refused, dtype=bool),
            left_out={"blank": self.blank + layout.blank, "above_heading": layout.records - layout.blank},
            file=self.name,
            letters={title: column_letter(i) for i, title in enumerate(titles) if title},
        )

    def _columns(self, coming: Iterator[list[str] | Broken], width: int, first: int) -> list[list[str]]:
        columns: list[list[str]] = [[] for _ in range(width)]
        for row, record in enumerate(coming, first):
            cells = [] if isinstance(record, Broken) else record
            if cells is record and not (any(cells) and "".join(cells).strip()):
                self.blank += 1
                continue
            self.rows.append(row)
            self.refused.append(self._is_broken(row, record, width))
            is_stray = bool(self.stray) and self.stray[-1][0] == row  # one problem of the file, however many rows
            self.broken = self.broken + 1 if self.refused[-1] and not is_stray else 0
            if self.broken == MOST_BROKEN:
                break
            if len(cells) != width:
                cells = (cells + [""] * width)[:width]
            for column, cell in zip(columns, cells, strict=True):
                column.append(cell)
        return columns

    def _is_broken(self, row: int, record: list[str] | Broken, width: int) -> bool:
        """Report a record that cannot be used as a whole; a wrong encoding is one problem of the file."""
        if isinstance(record, Broken):
            self._report(record.kind, row, record.value)
        elif len(record) != width:
            kind = "too_many_cells" if len(record) > width else "too_few_cells"
            self._report(kind, row, str(len(record)), expected=str(width))
        elif strange := self.strange.findall("".join(record)):
            bytes_ = sorted(mark for mark in strange if mark != "\0")
            if bytes_:
                self.stray.append((row, f"0x{ord(bytes_[0]) - 0xDC00:02x}"))
            else:
                self._report("nul", row)
        else:
            return False
        return True

    def _titles(self, heading: list[str] | Broken, row: int) -> list[str]:
        """Return the headings; none, and a problem, where they are not usable."""
        if isinstance(heading, Broken):
            self._report(heading.kind, row, heading.value)
            return []
        titles = [title.strip() for title in heading]
        if any(map(_STRANGE.search, titles)):
            self._report("no_heading", row, shown(",".join(titles)))
            return []
        counts = Counter(filter(None, titles))
        twice = sorted(title for title, count in counts.items() if count > 1)
        for title in twice:
            self._report("duplicate_heading", row, shown(title))
        return [] if twice else titles

    def _report_untitled(self, titles: list[str], columns: list[list[str]], row: int) -> None:
        for i, (title, column) in enumerate(zip(titles, columns, strict=True)):
            filled = 0 if title else sum(bool(cell.strip()) for cell in column)
            if filled:
                self._report(
                    "untitled_column", row, str(filled), letter=column_letter(i), severity="warning", remedy="ignored"
                )

    def _report(self, kind: str, row: int, value: str = "", **facts: str) -> None:
        self.found.table(kind, self.table, self.name, row=row, value=value, **facts)
