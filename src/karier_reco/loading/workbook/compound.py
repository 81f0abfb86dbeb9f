"""An .xls, whose stream is taken out of its container, walked through, and put into a container of our own."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from itertools import chain

from karier_reco.loading.workbook.archive import refused
from karier_reco.loading.workbook.extents import Extent

SIGNATURE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_END, _FREE, _FAT = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD
_HEADER = struct.Struct("<8s16x5H6x9L109L")
#: Numbers of records.
_BOF, _EOF, _BOUNDSHEET, _FILEPASS, _DIMENSIONS = 0x0809, 0x000A, 0x0085, 0x002F, 0x0200
_SST, _CONTINUE, _LABELSST, _LABEL, _STRING = 0x00FC, 0x003C, 0x00FD, 0x0204, 0x0207
_FORMULA, _BOOLERR, _MULRK, _NUMBER, _RK = 0x0006, 0x0205, 0x00BD, 0x0203, 0x027E
_ERRORS = {0: "#NULL!", 7: "#DIV/0!", 15: "#VALUE!", 23: "#REF!", 29: "#NAME?", 36: "#NUM!", 42: "#N/A"}


class BinaryWorkbook:
    """The sheets of an .xls; ``content`` is the file as it may be given to a reader."""

    def __init__(self, content: bytes) -> None:
        streams = _streams(content)
        if "EncryptedPackage" in streams:
            raise refused("workbook_locked", "EncryptedPackage")
        if not (name := next((name for name in ("Workbook", "Book") if name in streams), "")):
            raise refused("not_a_workbook", "OLE")
        stream = bytearray(streams[name])
        self._extents = _Walk(stream).extents
        self.content = _container(name, stream)

    def extent(self, sheet: str, index: int) -> Extent:
        """Return what a sheet holds, by its place among all sheets."""
        return self._extents[index] if index < len(self._extents) else Extent()


def _streams(content: bytes) -> dict[str, bytes]:
    """Return the streams of a container: chains of sectors, none of them in a circle."""
    try:
        _, _, _, _, shift, _, _, _, start, _, _, mini_start, _, more, _, *fats = _HEADER.unpack_from(content)
        if shift not in (9, 12):
            raise refused("workbook_broken", f"sectors of 2^{shift} bytes")
        size = 1 << shift

        def sector(number: int) -> bytes:
            return content[(number + 1) * size : (number + 2) * size]

        def longs(data: bytes) -> tuple[int, ...]:
            return struct.unpack(f"<{len(data) // 4}L", data[: len(data) // 4 * 4])

        most = len(content) // size + 1
        for _ in range(most):
            if more in (_END, _FREE):
                break
            *numbers, more = longs(sector(more))
            fats += numbers
        table = list(chain.from_iterable(longs(sector(number)) for number in fats[:most] if number < most))
        directory = b"".join(map(sector, _chain(start, table, most)))
        entries = [directory[at : at + 128] for at in range(0, len(directory) - 127, 128)]
        minis = longs(b"".join(map(sector, _chain(mini_start, table, most))))
        small = b"".join(map(sector, _chain(struct.unpack_from("<L", entries[0], 116)[0], table, most)))
        streams = {}
        for entry in entries:
            length, kind = struct.unpack_from("<HB", entry, 64)
            first, bytes_ = struct.unpack_from("<LL", entry, 116)
            if kind == 2:
                if bytes_ < 4096:
                    parts = [small[at * 64 : at * 64 + 64] for at in _chain(first, minis, len(small) // 64 + 1)]
                else:
                    parts = list(map(sector, _chain(first, table, most)))
                name = entry[: max(length - 2, 0)].decode("utf-16-le", errors="replace")
                streams[name] = b"".join(parts)[:bytes_]
    except (struct.error, IndexError, ValueError) as error:
        raise refused("workbook_broken", error) from error
    return streams


def _chain(first: int, table: list[int] | tuple[int, ...], most: int) -> Iterator[int]:
    """Yield the sectors of a chain, as many at most as there are."""
    for _ in range(most):
        if first >= len(table):
            return
        yield first
        first = table[first]


class _Walk:
    """One walk through all records: the extent of every sheet, in the order of the sheets."""

    def __init__(self, stream: bytearray) -> None:
        self.stream = stream
        self.lengths: list[int] = []
        self.extents: list[Extent] = []
        self.spent = 0
        sheets: dict[int, str] = {}
        extents: dict[int, Extent] = {}
        extent = Extent()
        for at, kind, body in _records(stream):
            if kind == _FILEPASS:
                raise refused("workbook_locked", "FILEPASS")
            if kind == _BOF and at in sheets:  # a chart inside a sheet begins so too, and is part of it
                self._finish(extent)
                extent = extents[at] = Extent(sheet=sheets[at], dense=72, each=120)
            elif kind == _BOUNDSHEET and len(body) >= 8:
                start = struct.unpack_from("<L", body)[0]
                if start in sheets:
                    raise refused("workbook_broken", f"two sheets at {start}")
                sheets[start] = bytes(body[8:]).decode("utf-16-le" if body[7] & 1 else "latin-1", errors="replace")
            elif kind == _SST:
                self.lengths = _lengths(stream, at)
            elif kind == _DIMENSIONS:
                # Readers set memory aside for what this record says, true or not: they get to see another number.
                struct.pack_into("<H", stream, at, 0x7FFF)
            else:
                extent.packed += len(body) + 4
                self._count(kind, body, extent)
        self._finish(extent)
        if not sheets or not set(sheets) <= set(extents):
            raise refused("workbook_broken", f"sheets at {sorted(sheets)[:5]}")
        self.extents = [extents[start] for start in sheets]

    def _finish(self, extent: Extent) -> None:
        extent.check(self.spent)
        self.spent += extent.cost

    def _count(self, kind: int, body: memoryview, extent: Extent) -> None:
        if kind == _STRING:
            extent.text += 3 * len(body)
        if kind not in (_NUMBER, _RK, _LABELSST, _LABEL, _FORMULA, _BOOLERR, _MULRK) or len(body) < 6:
            return
        row, column = struct.unpack_from("<HH", body)
        if kind == _MULRK:
            extent.fill(row, column + (len(body) - 6) // 6 - 1, (len(body) - 6) // 6)
            return
        extent.fill(row, column)
        if kind == _LABELSST and len(body) >= 10:
            text = struct.unpack_from("<L", body, 6)[0]
            extent.text += 3 * self.lengths[text] if text < len(self.lengths) else 0
            if extent.text > 1 << 28:
                extent.check(self.spent)
        elif kind == _LABEL:
            extent.text += 3 * len(body)
        elif kind == _BOOLERR and len(body) >= 8 and body[7]:
            extent.mark(row, column, _ERRORS.get(body[6], "#ERROR!"))
        elif kind == _FORMULA and len(body) >= 14:
            extent.text += len(body)
            if body[12] == body[13] == 0xFF and body[6] == 2:
                extent.mark(row, column, _ERRORS.get(body[8], "#ERROR!"))


def _records(stream: bytearray) -> Iterator[tuple[int, int, memoryview]]:
    """Yield where each record starts, its number, and what is in it."""
    view, at = memoryview(bytes(stream)), 0
    while at + 4 <= len(view):
        kind, size = struct.unpack_from("<HH", view, at)
        yield at, kind, view[at + 4 : at + 4 + size]
        at += 4 + size


def _lengths(stream: bytearray, at: int) -> list[int]:
    """Return the length of each shared text; refuse a list that says it is longer than it is."""
    pieces: list[memoryview] = []
    for _, kind, body in _records(stream[at:]):
        if pieces and kind != _CONTINUE:
            break
        pieces.append(body)
    count = struct.unpack_from("<L", pieces[0], 4)[0] if len(pieces[0]) >= 8 else 0
    reader = _Texts(pieces)
    try:
        return [reader.length() for _ in range(count)]
    except (IndexError, struct.error) as error:
        raise refused("workbook_broken", f"{count} texts: {error}") from error


class _Texts:
    """Shared texts one after the other, continued from record to record."""

    def __init__(self, pieces: list[memoryview]) -> None:
        self.pieces, self.piece, self.at = pieces, 0, 8

    def length(self) -> int:
        """Return the letters of the next text and step behind it."""
        if self.at >= len(self.pieces[self.piece]):
            self.piece, self.at = self.piece + 1, 0
        piece = self.pieces[self.piece]
        letters: int
        letters, flags = struct.unpack_from("<HB", piece, self.at)
        self.at += 3
        runs = extra = 0
        if flags & 8:
            runs = struct.unpack_from("<H", piece, self.at)[0]
            self.at += 2
        if flags & 4:
            extra = struct.unpack_from("<L", piece, self.at)[0]
            self.at += 4
        left = letters
        while left:
            width = 1 + (flags & 1)
            here = min(left, (len(self.pieces[self.piece]) - self.at) // width)
            self.at, left = self.at + here * width, left - here
            if left:
                self.piece, self.at = self.piece + 1, 1
                flags = self.pieces[self.piece][0]
        self._skip(4 * runs + extra)
        return letters

    def _skip(self, size: int) -> None:
        while (here := len(self.pieces[self.piece]) - self.at) < size:
            self.piece, self.at, size = self.piece + 1, 0, size - here
        self.at += size


def _container(name: str, stream: bytearray) -> bytes:
    """Return a container of sectors of 4096 bytes that holds the one stream: directory, stream, allocation table."""
    size = 4096
    length = max(len(stream), size)
    sectors = -(-length // size)
    tables = -(-(1 + sectors) // (size // 4 - 1))
    if tables > 109:
        raise refused("workbook_bomb", name, packed=str(length), unpacked=str(length))
    numbers = [_END, *range(2, 1 + sectors), _END, *[_FAT] * tables]
    numbers += [_FREE] * (tables * size // 4 - len(numbers))
    places = [1 + sectors + i for i in range(tables)] + [_FREE] * (109 - tables)
    header = _HEADER.pack(SIGNATURE, 0x3E, 4, 0xFFFE, 12, 6, 1, tables, 0, 0, 4096, _END, 0, _END, 0, *places)
    root = _entry("Root Entry", 5, 0, 0, child=1)  # readers want short streams somewhere, if only here
    directory = root + _entry(name, 2, 1, length, child=_FREE)
    body = bytes(stream).ljust(sectors * size, b"\0")
    table = struct.pack(f"<{len(numbers)}L", *numbers)
    return header.ljust(size, b"\0") + directory.ljust(size, b"\0") + body + table


def _entry(name: str, kind: int, start: int, length: int, child: int) -> bytes:
    letters = name.encode("utf-16-le")
    return struct.pack("<64sHBB3L36xLQ", letters, len(letters) + 2, kind, 1, _FREE, _FREE, child, start, length)
