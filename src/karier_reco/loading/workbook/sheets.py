"""The workbook behind the door: told by what it holds, looked through, and only then given to the reader."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

from karier_reco.checking.found import shown
from karier_reco.loading.workbook.archive import Archive, refused
from karier_reco.loading.workbook.compound import SIGNATURE, BinaryWorkbook
from karier_reco.loading.workbook.extents import Extent
from karier_reco.loading.workbook.opendocument import OpenDocument
from karier_reco.loading.workbook.openxml import OfficeOpenXml

#: Bytes of a file: a full sheet of fifteen columns packs to half of it.
_LARGEST = 1 << 28
_PIECE = 4096
_FORMATS = {"xl/workbook.xml": OfficeOpenXml, "content.xml": OpenDocument, "xl/workbook.bin": None}


class _Guard(Protocol):
    def extent(self, sheet: str, index: int) -> Extent: ...


class Book:
    """An open workbook; ``sheets`` names those that hold cells."""

    def __init__(self, content: bytes, guard: _Guard) -> None:
        from python_calamine import CalamineWorkbook, SheetTypeEnum

        self._guard = guard
        with _reader():
            self._book = CalamineWorkbook.from_filelike(io.BytesIO(content))
            sheets = self._book.sheets_metadata
        self._names = [sheet.name for sheet in sheets]
        if len(set(self._names)) < len(self._names):
            raise refused("workbook_broken", f"sheets {', '.join(map(shown, self._names))}")
        self.sheets = [sheet.name for sheet in sheets if sheet.typ == SheetTypeEnum.WorkSheet]

    def extent(self, sheet: str) -> Extent:
        """Return what a sheet holds; raises RefusedError where it must not be opened."""
        return self._guard.extent(sheet, self._names.index(sheet))

    def rows(self, sheet: str) -> tuple[tuple[int, int], Iterator[list[list[Any]]]]:
        """Return the first row and column of a sheet's filled part, and its rows, some thousands at a time."""
        with _reader():
            cells = self._book.get_sheet_by_name(sheet)
            start = cells.start
        return (start, _pieces(cells, start[0])) if start else ((0, 0), iter(()))


def _pieces(cells: Any, above: int) -> Iterator[list[list[Any]]]:
    with _reader():
        rows = islice(cells.iter_rows(), above, None)
        piece = list(islice(rows, _PIECE))
    while piece:
        yield piece
        with _reader():
            piece = list(islice(rows, _PIECE))


def open_book(path: Path) -> Book:
    """Return the workbook of a file, whatever its name ends in; raises RefusedError, OSError."""
    size = path.stat().st_size
    if size > _LARGEST:
        raise refused("workbook_large", f"{size} bytes", most=f"{_LARGEST} bytes")
    content = path.read_bytes()
    if not content:
        raise refused("empty_file", "0 bytes")
    if content.startswith(SIGNATURE):
        binary = BinaryWorkbook(content)
        return Book(binary.content, binary)
    if not content.startswith(b"PK"):
        raise refused("not_a_workbook", _other(content))
    archive = Archive(content)
    formats = [name for name in _FORMATS if name in archive.parts]
    guard = _FORMATS[formats[0]] if len(formats) == 1 else None
    if guard is None:
        raise refused("not_a_workbook", "XLSB" if formats == ["xl/workbook.bin"] else "ZIP")
    return Book(content, guard(archive))


def _other(content: bytes) -> str:
    """Return what a file holds that is no workbook."""
    start = content[:2000].removeprefix(b"\xef\xbb\xbf").lstrip()
    small = start.lower()
    if small.startswith(b"<"):
        return "HTML" if b"<html" in small or b"<table" in small or b"<!doctype html" in small else "XML"
    if small.startswith(b"%pdf"):
        return "PDF"
    return shown((start.splitlines() or [b""])[0].decode("utf-8", errors="replace"))


@contextmanager
def _reader() -> Iterator[None]:
    """Turn whatever the reader throws into a refusal: its panics too, which are no Exception to Python."""
    try:
        yield
    except BaseException as error:
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        said = " ".join(str(error).split())
        raise refused("workbook_broken", shown(said or type(error).__name__)) from error
