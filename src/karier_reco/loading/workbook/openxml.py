"""An .xlsx: what each of its sheets holds, looked through when the sheet is asked for."""

from __future__ import annotations

import re

from karier_reco.loading.workbook.archive import Archive, refused
from karier_reco.loading.workbook.extents import UNCALCULATED, Extent, room
from karier_reco.loading.workbook.markup import COUNT, ELEMENTS, Attributes, Handler, Items, local, walk

#: Letters of a cell that are kept: enough for the number of a shared text and for an error.
_SHORT = 32
#: Bytes that each shared text takes beside its letters.
_EACH = 48
#: Bytes of text after which a sheet is looked at again.
_LOOK = 1 << 24
_LETTERS = re.compile(r"[A-Za-z]{1,3}")


class OfficeOpenXml:
    """An .xlsx: its sheets are walked through when they are asked for, as they are opened one by one."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        targets = {
            item.get("Id", ""): item.get("Target", "")
            for item in self._items("xl/_rels/workbook.xml.rels", "Relationship")
        }
        self._parts: dict[str, str] = {}
        for sheet in self._items("xl/workbook.xml", "sheet"):
            marks = [value for name, value in sheet.items() if name.endswith(":id")]
            target = targets.get(marks[0], "") if marks else ""
            path = target[1:] if target.startswith("/xl/") else target if target.startswith("xl/") else f"xl/{target}"
            self._parts[sheet.get("name", "")] = path
        self._lengths: list[int] = []
        if "xl/sharedstrings.xml" in archive.parts:
            strings = _Strings(archive.parts["xl/sharedstrings.xml"].compress_size)
            walk(archive, "xl/sharedStrings.xml", strings)
            self._lengths = strings.lengths
        self._items("xl/styles.xml", "")

    def _items(self, part: str, name: str) -> list[Attributes]:
        if part.lower() not in self._archive.parts:
            return []
        items = Items(name)
        walk(self._archive, part, items)
        return items.found

    def extent(self, sheet: str, index: int) -> Extent:
        """Return what a sheet holds; raises RefusedError where it must not be opened."""
        part = self._parts.get(sheet, "")
        if part.lower() not in self._archive.parts:
            raise refused("workbook_broken", f"{part or sheet}: not in the file")
        cells = _Cells(self._lengths, self._archive.parts[part.lower()].compress_size)
        walk(self._archive, part, cells)
        cells.finish()
        cells.extent.check()
        return cells.extent


class _Strings(Handler):
    """The length of each shared text."""

    def __init__(self, packed: int) -> None:
        self.packed = packed
        self.lengths: list[int] = []
        self.size = 0

    def start(self, name: str, attributes: Attributes) -> None:
        if local(name) == "si":
            self.lengths.append(0)

    def characters(self, text: str) -> None:
        self.size += len(text)
        if self.lengths:
            self.lengths[-1] += len(text)

    def look(self) -> None:
        size = self.size + _EACH * len(self.lengths)
        if size > room(self.packed):
            raise refused(
                "workbook_large", f"{len(self.lengths)} texts, {size} bytes", most=f"{room(self.packed)} bytes"
            )


class _Cells(Handler):
    """The cells of one sheet of an .xlsx, each counted when the next one begins: a sheet has millions.

    ``deep`` and ``wide`` are how far a reader may come that does not understand an address and counts on instead.
    """

    def __init__(self, lengths: list[int], packed: int) -> None:
        self.extent = Extent(packed=packed)
        self.lengths = lengths
        self.elements = 0
        self.cell: Attributes | None = None
        self.text = ""
        self.more = 0
        self.formula = self.inside = False
        self.row = self.column = self.deep = self.wide = -1
        self.shown = ""
        self.letters: dict[str, int] = {}
        self.look_at = _LOOK

    def start(self, name: str, attributes: Attributes) -> None:
        self.elements += 1
        if name == "v":
            self.inside = True
        elif name == "c":
            if self.cell is not None:
                self.close(self.cell)
            self.cell, self.text, self.more, self.inside, self.formula = attributes, "", 0, False, False
        elif ":" in name:
            self.start(local(name), attributes)
        elif name == "f":
            self.inside, self.formula = False, True
        elif name == "is":
            self.inside = True
        elif name == "row":
            self.finish()
            self.row, self.column, self.wide = _row(attributes.get("r"), self.row + 1), -1, -1
            self.deep, self.shown = max(self.deep + 1, self.row), str(self.row + 1)

    def characters(self, text: str) -> None:
        if self.inside:
            if not self.text:
                self.text = text
            elif len(self.text) < _SHORT:
                self.text += text
            else:
                self.more += len(text)

    def finish(self) -> None:
        """Count the last cell, if there is one."""
        if self.cell is not None:
            self.close(self.cell)
            self.cell = None

    def close(self, cell: Attributes) -> None:
        """Count a cell, now that all of it is known."""
        self.place(cell.get("r"))
        text, kind, extent = self.text, cell.get("t"), self.extent
        if kind == "e":
            extent.mark(self.row, self.column, text or "#ERROR!")
        elif self.formula and kind != "str" and not text.strip():
            extent.mark(self.row, self.column, UNCALCULATED)
        if not text:
            return
        extent.fill(self.deep, self.wide)
        if kind == "s" and len(text) < 10 and text.isdecimal() and int(text) < len(self.lengths):
            extent.text += self.lengths[int(text)]
        elif kind is not None:
            extent.text += len(text) + self.more
        if extent.text > self.look_at:
            self.look_at = extent.text + _LOOK
            extent.check()

    def place(self, address: str | None) -> None:
        """Find where the cell is: where it says, else after the one before it."""
        if address is None:
            self.column += 1
        else:
            shown = self.shown if address.endswith(self.shown) else ""
            column = self.letters.get(address[: len(address) - len(shown)]) if shown else None
            if column is None:
                letters = address.rstrip("0123456789")
                column = self.letters[letters] = _column(letters)
                self.row = _row(address[len(letters) :], 0)
                self.deep, self.shown = max(self.deep, self.row), str(self.row + 1)
            self.column = column
        self.wide = self.column if self.column > self.wide else self.wide + 1

    def look(self) -> None:
        self.extent.check()
        if self.elements > ELEMENTS:
            raise refused("workbook_large", f"{self.elements} XML", most=f"{ELEMENTS} XML")


def _row(given: str | None, following: int) -> int:
    if given is None:
        return following
    if not COUNT.fullmatch(given) or not 0 < int(given) <= 1 << 20:
        raise refused("workbook_broken", f"row {given[:20]!r}")
    return int(given) - 1


def _column(letters: str) -> int:
    if not _LETTERS.fullmatch(letters):
        raise refused("workbook_broken", f"column {letters[:20]!r}")
    number = 0
    for mark in letters.upper():
        number = 26 * number + ord(mark) - 64
    return number - 1
