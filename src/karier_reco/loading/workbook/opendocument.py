"""An .ods: what each of its tables holds, all looked through at once, as they are opened."""

from __future__ import annotations

from itertools import product

from karier_reco.loading.workbook.archive import Archive, refused
from karier_reco.loading.workbook.extents import UNCALCULATED, Extent
from karier_reco.loading.workbook.markup import COUNT, ELEMENTS, Attributes, Handler, Items, walk

_VALUES = tuple(f"office:{kind}value" for kind in ("", "string-", "date-", "time-", "boolean-"))
_CELLS = ("table:table-cell", "table:covered-table-cell")
#: What stands for a character in a cell; readers leave it out.
_MARKS = {"text:tab": "\t", "text:line-break": "\n"}
#: The most spaces that are kept of a cell.
_LONGEST = 40_000


class OpenDocument:
    """An .ods: one part for all sheets, opened all at once."""

    def __init__(self, archive: Archive) -> None:
        manifest = Items("manifest:encryption-data")
        packed = archive.parts["content.xml"].compress_size
        for part, handler in (("META-INF/manifest.xml", manifest), ("content.xml", tables := _Tables(packed))):
            if part.lower() not in archive.parts:
                raise refused("workbook_broken", f"{part}: not in the file")
            if not manifest.found:
                walk(archive, part, handler)
        if manifest.found:
            raise refused("workbook_locked", "encryption-data")
        self._extents = tables.extents

    def extent(self, sheet: str, index: int) -> Extent:
        """Return what a sheet holds."""
        return self._extents.get(sheet) or Extent()


class _Tables(Handler):
    """The tables of an .ods, whose equal rows and cells are written once with how often they come."""

    ends = True

    def __init__(self, packed: int) -> None:
        self.packed = packed
        self.extents: dict[str, Extent] = {}
        self.extent: Extent | None = None
        self.elements = self.spent = 0
        self.row = self.rows = self.column = self.columns = 0
        self.wide = -1
        self.filled = self.letters = 0
        self.odd: list[tuple[range, str]] = []
        self.mended: list[tuple[range, str]] = []
        self.cell: Attributes = {}
        self.text: list[str] = []
        self.spaces = 0
        self.noted = self.marked = False

    def start(self, name: str, attributes: Attributes) -> None:
        self.elements += 1
        if name in _CELLS:
            self.columns = _times(attributes, "table:number-columns-repeated")
            self.cell, self.text, self.spaces, self.marked = attributes, [], 0, False
        elif name == "text:p":
            self.text += ["\n"] * bool(self.text)
        elif name == "text:s":
            self.spaces += _times(attributes, "text:c")
            if self.spaces <= _LONGEST:
                self.text.append(" " * _times(attributes, "text:c"))
        elif name in _MARKS:
            self.text.append(_MARKS[name])
            self.marked = True
        elif name == "office:annotation":
            self.noted = True
        elif name == "table:table-row":
            self.rows = _times(attributes, "table:number-rows-repeated")
            self.column, self.wide, self.filled, self.letters, self.odd, self.mended = 0, -1, 0, 0, [], []
        elif name == "table:table":
            self.open(attributes.get("table:name", ""))

    def open(self, name: str) -> None:
        if self.extent is not None:
            raise refused("workbook_broken", f"{name!r} inside another table")
        self.row = 0
        self.extent = self.extents[name] = Extent(sheet=name, dense=90, each=50, packed=self.packed)

    def characters(self, text: str) -> None:
        if self.noted:
            self.spaces += len(text)
        else:
            self.text.append(text)

    def end(self, name: str) -> None:
        if name in _CELLS:
            self.close()
        elif name == "office:annotation":
            self.noted, self.text = False, []
        elif name == "table:table-row" and self.extent is not None:
            self.close_row(self.extent)
        elif name == "table:table" and self.extent is not None:
            self.spent += self.extent.cost
            self.extent = None

    def close(self) -> None:
        """Count the cell, now that all of it is known."""
        text, columns = "".join(self.text), range(self.column, self.column + self.columns)
        formula = "table:formula" in self.cell
        value = next((self.cell[name] for name in _VALUES if name in self.cell), None)
        failed = self.cell.get("calcext:value-type") == "error"
        if failed:
            self.odd.append((columns, text.strip()))
        elif formula and value is None and not text:
            self.odd.append((columns, UNCALCULATED))
        elif self.marked and value is None:
            self.mended.append((columns, text))
        if failed or formula or value or text or self.spaces:
            self.wide = columns[-1]
            self.filled += len(columns)
            size = len(text) + self.spaces + len(value or "") + len(self.cell.get("table:formula", ""))
            self.letters += size * len(columns)
        self.column += self.columns

    def close_row(self, extent: Extent) -> None:
        """Count the row as often as it comes."""
        rows = range(self.row, self.row + self.rows)
        if self.wide >= 0:
            extent.text += 2 * self.letters * self.rows
            extent.fill(rows[-1], self.wide, self.filled * self.rows)
            extent.check(self.spent)
        for columns, said in self.odd:
            for row, column in product(rows, columns):
                extent.mark(row, column, said)
        for columns, text in self.mended:
            for row, column in product(rows, columns):
                extent.texts[row].append((column, text))
        self.row += self.rows

    def look(self) -> None:
        if self.extent is not None:
            self.extent.check(self.spent)
        if self.elements > ELEMENTS:
            raise refused("workbook_large", f"{self.elements} XML", most=f"{ELEMENTS} XML")


def _times(attributes: Attributes, name: str) -> int:
    given = attributes.get(name, "1")
    if not COUNT.fullmatch(given) or not int(given):
        raise refused("workbook_broken", f"{name} {given[:20]!r}")
    return int(given)
