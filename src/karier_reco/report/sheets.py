"""One sheet of the workbook: title, totals, heading and typed rows; text is always text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import pandas as pd

from karier_reco.report.words import Words, visible

CellKind = Literal["text", "whole", "number", "rupiah", "date", "percent"]

#: Excel's longest cell.
LONGEST = 32_767
#: Rows above the data: title, subtitle, note, totals, letters; then the heading.
HEADING = 5
FIRST = HEADING + 1

_INK, _SOFT, _LINE, _WASH, _NOTE = "#1C2430", "#586273", "#C9D0DA", "#EEF2F6", "#7A4B00"


@dataclass(frozen=True)
class Column:
    """A column: its name in the frame, what its cells hold, its width, whether it is added up.

    ``heading`` is the key of its text where that is not the name; ``formula`` is a formula for each row, with
    ``{row}`` for its number: the frame's value is what Excel shows until it calculates.
    """

    name: str
    kind: CellKind = "text"
    width: int = 14
    added: bool = False
    heading: str = ""
    formula: str = ""

    @property
    def key(self) -> str:
        return self.heading or self.name


class Sheets:
    """A workbook being written, with its formats."""

    def __init__(self, workbook: Any, words: Words, title: str, banner: str) -> None:
        self.workbook, self.words, self.title, self.banner = workbook, words, title, banner
        rupiah = "[$Rp-421]#,##0" if words.language == "id" else "[$Rp-809]#,##0"
        day = "[$-421]d mmm yyyy" if words.language == "id" else "[$-809]d mmm yyyy"
        self._numbers = {
            "text": "@", "whole": "#,##0", "number": "#,##0.00", "rupiah": rupiah, "date": day, "percent": "0.0%",
        }  # fmt: skip
        self.formats = {kind: self._format(kind) for kind in self._numbers}
        self.bold = {kind: self._format(kind, bold=True, top=1, top_color=_SOFT, bottom=0) for kind in self._numbers}
        plain = {"font_color": _INK, "font_size": 10}
        self.heading = workbook.add_format(
            {**plain, "bold": True, "bg_color": _WASH, "bottom": 1, "bottom_color": _SOFT, "text_wrap": True, "valign": "bottom"}
        )
        self.letter = workbook.add_format({"font_color": _SOFT, "font_size": 8, "italic": True})
        self.large = workbook.add_format({"font_color": _INK, "bold": True, "font_size": 15})
        self.section = workbook.add_format({**plain, "bold": True, "font_size": 11, "bottom": 1, "bottom_color": _SOFT})
        self.soft = workbook.add_format({"font_color": _SOFT, "font_size": 10})
        self.note = workbook.add_format({"font_color": _NOTE, "font_size": 10, "bold": True})

    def _format(self, kind: CellKind | str, **more: Any) -> Any:
        text = {"text_wrap": True, "quote_prefix": True} if kind == "text" else {}
        base = {"font_color": _INK, "font_size": 10, "valign": "top", "bottom": 1, "bottom_color": _LINE}
        return self.workbook.add_format({**base, "num_format": self._numbers[kind], **text, **more})

    def open(self, name: str) -> Any:
        """Add a sheet with its title, print set-up and banner."""
        words = self.words
        sheet = self.workbook.add_worksheet(words(f"sheet.{name}"))
        sheet.hide_gridlines(2)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.set_margins(left=0.5, right=0.5, top=0.7, bottom=0.7)
        sheet.set_footer(f"&L{_in_footer(self.title)} · {_in_footer(words('proposed'))}&R&A · &P/&N")
        self.text(sheet, 0, 0, f"{self.title} – {words(f'sheet.{name}')}", self.large)
        self.text(sheet, 1, 0, f"{words('proposed')}{self.banner and ' · ' + self.banner}", self.note if self.banner else self.soft)
        sheet.set_row(0, 24)
        return sheet

    def text(self, sheet: Any, row: int, column: int, content: object, form: Any = None) -> None:
        """Write text as text, whatever it begins with."""
        shown = visible(content)
        if len(shown) > LONGEST:
            mark = self.words("cut", length=len(shown))
            shown = shown[: LONGEST - len(mark)] + mark
        sheet.write_string(row, column, shown, form or self.formats["text"])

    def cell(self, sheet: Any, row: int, at: int, kind: CellKind, value: Any, form: Any = None) -> None:
        """Write one value of the kind given; what is missing leaves the cell blank."""
        form = form or self.formats[kind]
        if kind == "text":
            self.text(sheet, row, at, "" if not isinstance(value, str) and pd.isna(value) else value, form)
        elif pd.isna(value):
            sheet.write_blank(row, at, None, form)
        elif kind == "date":
            sheet.write_datetime(row, at, datetime(value.year, value.month, value.day), form)
        else:
            sheet.write_number(row, at, int(value) if kind in ("whole", "rupiah") else round(float(value), 6), form)

    def table(
        self,
        sheet: Any,
        frame: pd.DataFrame,
        columns: Sequence[Column],
        note: str,
        letters: Mapping[str, str] | None = None,
    ) -> None:
        """Write the frame below its heading, frozen and filtered, with live sums above."""
        self.text(sheet, 2, 0, note, self.soft)
        last = FIRST + max(1, len(frame))
        for at, column in enumerate(columns):
            sheet.set_column(at, at, column.width)
            self.text(sheet, HEADING, at, self.words(f"column.{column.key}"), self.heading)
            if letters and column.key in letters:
                self.text(sheet, HEADING - 1, at, letters[column.key], self.letter)
            values = frame[column.name].tolist()
            if column.added:
                reference = f"{_letter(at)}{FIRST + 1}:{_letter(at)}{last}"
                sheet.write_formula(3, at, f"=SUM({reference})", self.bold[column.kind], _sum(values))
            for row, value in enumerate(values, FIRST):
                if column.formula:
                    formula = "=" + column.formula.format(row=row + 1)
                    sheet.write_formula(row, at, formula, self.formats[column.kind], value)
                else:
                    self.cell(sheet, row, at, column.kind, value)
        if not columns[0].added:
            self.text(sheet, 3, 0, self.words("total"), self.bold["text"])
        sheet.freeze_panes(FIRST, 0)
        sheet.autofilter(HEADING, 0, last - 1, len(columns) - 1)
        sheet.repeat_rows(HEADING)
        sheet.fit_to_pages(1, 0)


def _sum(values: Sequence[Any]) -> Any:
    total = sum(values)
    return round(total, 6) if isinstance(total, float) else int(total)


def _in_footer(text: str) -> str:
    """Escape text for Excel's footers, where & begins a code and 255 characters are all there is room for."""
    return visible(text)[:80].replace("&", "&&")


def _letter(column: int) -> str:
    from xlsxwriter.utility import xl_col_to_name

    return str(xl_col_to_name(column))
