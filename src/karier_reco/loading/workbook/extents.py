"""What a sheet would take to open, counted before it is opened."""

from __future__ import annotations

from array import array
from collections import defaultdict
from dataclasses import dataclass, field

from karier_reco.loading.tables import column_letter
from karier_reco.loading.workbook.archive import refused

#: Bytes that opening may take beyond what the sheet holds: empty cells between filled ones, text that many cells share.
_ROOM = 128 << 20
#: Bytes that opening may take for each byte that the sheet is packed in: a full one takes half as many.
_PER_BYTE = 48
#: A formula whose result was never written.
UNCALCULATED = ""
#: What spreadsheets show in place of a result.
ERRORS = ("#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NUM!", "#NULL!", "#SPILL!", "#CALC!", "#GETTING_DATA")


def room(packed: int) -> int:
    """Return the bytes that opening a part may take."""
    return _ROOM + _PER_BYTE * packed


@dataclass
class Extent:
    """The filled cells of one sheet: how many, how far out, and those that hold no value.

    Rows and columns count from 0. ``odd`` has, by column and what stands there, the rows of errors and of formulas
    without a result: readers give them out as empty cells; ``texts`` has, by row, column and text of the cells whose
    tabs and line breaks readers leave out. ``dense`` and ``each`` are the bytes that a reader takes for a cell of the
    area and for a filled one, ``packed`` the bytes of the sheet in the file.
    """

    sheet: str = ""
    dense: int = 24
    each: int = 64
    packed: int = 0
    filled: int = 0
    text: int = 0
    bottom: int = -1
    right: int = -1
    odd: dict[tuple[int, str], array[int]] = field(default_factory=lambda: defaultdict(lambda: array("q")))
    texts: dict[int, list[tuple[int, str]]] = field(default_factory=lambda: defaultdict(list))

    def fill(self, row: int, column: int, count: int = 1) -> None:
        """Count filled cells, the last of them here."""
        self.filled += count
        if row > self.bottom:
            self.bottom = row
        if column > self.right:
            self.right = column

    def mark(self, row: int, column: int, said: str) -> None:
        """Note an error, or a formula without a result."""
        self.odd[column, said if said in ERRORS or said == UNCALCULATED else "#ERROR!"].append(row)

    @property
    def area(self) -> int:
        """The cells up to the last filled one, as readers lay them out."""
        return (self.bottom + 1) * (self.right + 1)

    @property
    def cost(self) -> int:
        """The bytes that opening takes."""
        return self.dense * self.area + self.each * self.filled + self.text

    def check(self, spent: int = 0) -> None:
        """Refuse the sheet where opening it, beside what is spent already, would take far more than it holds."""
        if self.cost + spent <= room(self.packed):
            return
        facts = {"filled": str(self.filled), "size": str((self.cost + spent) // 1_000_000)}
        if self.sheet:
            facts["sheet"] = self.sheet
        kind = "sheet_too_wide" if self.area > 2 * self.filled else "sheet_repeats"
        raise refused(kind, f"{column_letter(self.right)}{self.bottom + 1}", **facts)
