"""One workbook: a sheet for each table, its heading found, every row of it used, left out or reported."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, time
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from karier_reco.checking import Found, Source
from karier_reco.checking.found import shown
from karier_reco.checking.frames import as_text
from karier_reco.checking.names import column_of, is_known, is_template_sheet, known_names, plain
from karier_reco.checking.presence import Given, match_tables
from karier_reco.checking.source import Cells, Codes, Mask
from karier_reco.loading.tables import HEAD_LINES, Opened, Progress, column_letter, read_each
from karier_reco.loading.workbook.archive import RefusedError
from karier_reco.loading.workbook.extents import Extent
from karier_reco.loading.workbook.sheets import Book, open_book
from karier_reco.settings import Settings

WORKBOOKS = (".xlsx", ".xlsm", ".xls", ".ods")
#: So many cells of a column that hold no value are named one by one; the rest is counted.
_NAMED = 1000
#: A heading if there is one, the column (from 0), what stands in place of a value, and the rows (from 0).
_Odd = tuple[str | None, int, str, Codes]
_Rows = list[list[Any]]


def read_workbook(path: Path, settings: Settings, on_progress: Progress | None = None) -> Opened:
    """Return the tables that could be read, the problems seen, and the tables that could not be.

    What a file holds counts, not what its name ends in. Formulas are not calculated: what was saved as their result is
    read. Nothing else of a workbook is: no macro, no link.
    """
    found = Found()
    try:
        book = open_book(path)
    except OSError as error:
        found.table("unreadable", "", path.name, value=str(error.strerror), file=path.name)
    except RefusedError as error:
        _report(error, found, "", path.name)
    found.raise_errors()
    given = {f"{path.name}[{sheet}]": sheet for sheet in book.sheets if not is_template_sheet(sheet)}
    matched = match_tables([Given(sheet, called) for called, sheet in given.items()], settings, found)

    def read(table: str, called: str) -> Source | None:
        sheet = _Sheet(table, path.name, given[called], settings, found)
        try:
            return sheet.read(book)
        except RefusedError as error:
            _report(error, found, table, path.name, given[called])
            return None

    return read_each(matched, read, found, on_progress)


def _report(error: RefusedError, found: Found, table: str, file: str, sheet: str = "") -> None:
    facts: dict[str, Any] = {"file": file, "sheet": sheet, **error.facts}
    name = f"{file}[{facts['sheet']}]" if facts["sheet"] else file
    remedy = {"workbook_bomb": "from_source", "workbook_entities": "from_source"}.get(error.kind, "save_again")
    found.table(error.kind, table, name, value=error.value, remedy=remedy, **facts)


class _Heading(NamedTuple):
    """The titles of the columns, the row they stand in (from 0), and how many filled and blank rows above it."""

    titles: list[str]
    row: int
    above: int
    blank: int


class _Column:
    """The cells of one column: each different text once, as they come."""

    def __init__(self) -> None:
        self._numbers = _Numbers()
        self._codes: list[Codes] = []

    def add(self, values: Sequence[Any]) -> None:
        if bool in set(map(type, values)):  # True would be taken for 1
            values = [as_text(value) if isinstance(value, bool) else value for value in values]
        self._codes.append(np.fromiter(map(self._numbers.__getitem__, values), np.intp, len(values)))

    def cells(self) -> Cells:
        codes = np.concatenate(self._codes) if self._codes else np.zeros(0, dtype=np.intp)
        return Cells(codes, self._numbers.texts, self._numbers.typed)


class _Numbers(dict[Any, int]):
    """The number of each value's text; 20 and 20.0 are one value, a day and its midnight one text."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.typed: list[bool] = []

    def __missing__(self, value: Any) -> int:
        if isinstance(value, float) and math.isnan(value):
            return self["NaN"]  # what is no number is told, not taken for an empty cell
        if isinstance(value, datetime) and value.time() == time.min:
            return self[value.date()]
        text, typed = value if isinstance(value, tuple) else as_text(value)
        number = self[value] = len(self.texts)
        self.texts.append(text)
        self.typed.append(typed)
        return number


class _Sheet:
    """One sheet that holds a table."""

    def __init__(self, table: str, file: str, sheet: str, settings: Settings, found: Found) -> None:
        self.table, self.file, self.sheet, self.settings = table, file, sheet, settings
        self.name, self.found = f"{file}[{sheet}]", found

    def read(self, book: Book) -> Source | None:
        """Return the table; None, and a problem, for a sheet without a value."""
        extent = book.extent(self.sheet)
        (top, left), rows = book.rows(self.sheet)
        pieces = _mended(rows, top, left, extent)
        first = next(pieces, [])
        if not first:
            if not self._report_odd([(None, column, said, rows) for column, said, rows in _odd(extent)]):
                self.report("empty_sheet")
            return None
        heading = self._heading(first[:HEAD_LINES], top)
        columns = [_Column() for _ in heading.titles]
        for piece in chain([first[heading.row - top + 1 :]], pieces):
            for column, values in zip(columns, zip(*piece, strict=True), strict=False):
                column.add(values)
        return self._source(heading, left, [column.cells() for column in columns], extent)

    def _heading(self, head: _Rows, top: int) -> _Heading:
        """Return the first row in which two headings or more are known, else the first that is filled."""
        known = known_names(self.table, self.settings)
        rows = [[" ".join(as_text(value)[0].split()) for value in row] for row in head]
        filled = [i for i, row in enumerate(rows) if any(row)]
        at = next((i for i in filled if len(known & set(map(plain, rows[i]))) > 1), filled[0] if filled else 0)
        above = sum(i < at for i in filled)
        return _Heading(rows[at], top + at, above, at - above)

    def _source(self, heading: _Heading, left: int, cells: list[Cells], extent: Extent) -> Source:
        titles, first, count = heading.titles, heading.row + 1, len(cells[0])
        twice = self._report_titles(heading, left, cells)
        places: dict[str, int] = {}
        for i, title in enumerate(titles):
            if title:
                places.setdefault(title, i)
        kept: Mask = np.logical_or.reduce([column.filled for column in cells])
        bad: dict[str, Mask] = {}
        odd = []
        for column, said, rows in _odd(extent):
            title = titles[column - left] if 0 <= column - left < len(titles) else ""
            if is_known(title, self.table, self.settings):
                inside = rows[(rows >= first) & (rows < first + count)] - first
                bad.setdefault(title, np.zeros(count, dtype=bool))[inside] = True
                kept[inside] = True
                rows = rows[rows >= first]
            else:  # nobody reads the column, unless its heading itself is missing
                rows = rows[rows == heading.row]
            odd.append((title or None, column, said, rows))
        self._report_odd(odd)
        return Source(
            self.table,
            self.name,
            {title: cells[i] if kept.all() else cells[i].keep(kept) for title, i in places.items()},
            (np.flatnonzero(kept) + first + 1).tolist(),
            bad={title: mask[kept] for title, mask in bad.items()},
            lost=frozenset(twice),
            left_out={"blank": int((~kept).sum()) + heading.blank, "above_heading": heading.above},
            file=self.file,
            sheet=self.sheet,
            letters={title: column_letter(left + i) for title, i in places.items()},
        )

    def _report_titles(self, heading: _Heading, left: int, cells: list[Cells]) -> list[str]:
        """Report filled columns without a heading, and headings that stand there twice; return the latter."""
        for i, title in enumerate(heading.titles):
            count = 0 if title else int(cells[i].filled.sum())
            if count:
                where = {"letter": column_letter(left + i), "severity": "warning", "remedy": "ignored"}
                self.report("untitled_column", row=heading.row + 1, value=str(count), **where)
        twice = [title for title, count in Counter(filter(None, heading.titles)).items() if count > 1]
        for title in twice:
            self.report("duplicate_heading", row=heading.row + 1, value=shown(title))
        return twice

    def _report_odd(self, odd: list[_Odd]) -> bool:
        """Report the cells that hold an error, or a formula that was never calculated; return whether there are any."""
        for title, column, said, rows in odd:
            kind = "error_value" if said else "formula_without_value"
            ours = {} if title is None else {"column": column_of(title, self.table, self.settings), "title": title}
            for row in rows[:_NAMED].tolist():
                cell = f"{column_letter(column)}{row + 1}"
                self.report(kind, row=row + 1, value=said or cell, remedy="calculate", cell=cell, **ours)
            if len(rows) > _NAMED:
                more = str(len(rows) - _NAMED)
                self.report("more_odd_cells", row=int(rows[_NAMED]) + 1, value=more, **ours)
        return any(len(rows) for *_, rows in odd)

    def report(self, kind: str, **facts: Any) -> None:
        self.found.table(kind, self.table, self.name, file=self.file, sheet=self.sheet, **facts)


def _mended(pieces: Iterable[_Rows], top: int, left: int, extent: Extent) -> Iterator[_Rows]:
    """Yield the rows, with the text of cells that the reader does not know in full."""
    for piece in pieces:
        for row in extent.texts.keys() & range(top, top + len(piece)) if extent.texts else ():
            for column, text in extent.texts[row]:
                piece[row - top][column - left] = text
        top += len(piece)
        yield piece


def _odd(extent: Extent) -> list[tuple[int, str, Codes]]:
    """Return the cells that hold no value: column, what stands there, and the rows."""
    return [(column, said, np.array(rows, dtype=np.intp)) for (column, said), rows in sorted(extent.odd.items())]
