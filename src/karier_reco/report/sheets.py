"""One sheet of the workbook: title, totals, heading and typed rows; text is always text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import pandas as pd

from karier_reco.words import Words, visible

CellKind = Literal["text", "whole", "number", "rupiah", "date", "percent"]

#: Excel's longest cell.
LONGEST = 32_767
#: A row grows with its text, up to so many lines of so many points.
MOST_LINES, LINE_HEIGHT = 8, 13.5
#: Rows above the data: title, subtitle, note, totals, letters; then the heading.
HEADING = 5
FIRST = HEADING + 1

_INK, _SOFT, _LINE, _WASH, _NOTE = "#1C2430", "#586273", "#C9D0DA", "#EEF2F6", "#7A4B00"


@dataclass(frozen=True)
class Column:
    """A column: its name in the frame, what its cells hold, its width, whether it is added up.

    ``heading`` is the key of its text where that is not the name; ``formula`` is a formula for each row in which
    ``{name}`` stands for the row's cell of that column: the frame's value is what Excel shows until it calculates.
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
        self._numbers = {"text": "@", "whole": "#,##0", "rupiah": rupiah, "date": day, "percent": "0.0%"}
        self._numbers["number"] = '#,##0.00;-#,##0.00;"–"'
        self.formats = {kind: self._format(kind) for kind in self._numbers}
        self.bold = {kind: self._format(kind, bold=True, top=1, top_color=_SOFT, bottom=0) for kind in self._numbers}
        plain = {"font_color": _INK, "font_size": 10}
        head = {"bold": True, "bg_color": _WASH, "bottom": 1, "bottom_color": _SOFT, "text_wrap": True}
        self.headings = {
            side: workbook.add_format(
                {**plain, **head, "valign": "bottom", "align": side, "indent": int(side == "left")}
            )
            for side in ("left", "right")
        }
        self.letter = workbook.add_format({"font_color": _SOFT, "font_size": 8, "italic": True})
        self.large = workbook.add_format({"font_color": _INK, "bold": True, "font_size": 15})
        self.section = workbook.add_format({**plain, "bold": True, "font_size": 11, "bottom": 1, "bottom_color": _SOFT})
        self.soft = workbook.add_format({"font_color": _SOFT, "font_size": 10})
        self.wrapped = workbook.add_format({"font_color": _INK, "font_size": 10, "text_wrap": True, "valign": "top"})
        self.note = workbook.add_format({"font_color": _NOTE, "font_size": 10, "bold": True})

    def _format(self, kind: CellKind | str, **more: Any) -> Any:
        text = {"text_wrap": True, "quote_prefix": True, "align": "left", "indent": 1} if kind == "text" else {}
        base = {"font_color": _INK, "font_size": 10, "valign": "top", "bottom": 1, "bottom_color": _LINE}
        return self.workbook.add_format({**base, "num_format": self._numbers[kind], **text, **more})

    def open(self, name: str) -> Any:
        """Add a sheet with its title, print set-up and banner."""
        words = self.words
        sheet = self.workbook.add_worksheet(words(f"sheet.{name}"))
        sheet.hide_gridlines(2)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
        sheet.set_footer(f"&L{_in_footer(self.title)} · {_in_footer(words('proposed'))}&R&A · &P/&N")
        self.text(sheet, 0, 0, f"{self.title} – {words(f'sheet.{name}')}", self.large)
        self.text(
            sheet,
            1,
            0,
            f"{words('proposed')}{self.banner and ' · ' + self.banner}",
            self.note if self.banner else self.soft,
        )
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

    def paragraph(self, sheet: Any, row: int, last: int, width: int, content: str, form: Any = None) -> None:
        """Write text over the first columns, up to ``last``, in a row high enough for it."""
        form = form or self.formats["text"]
        sheet.merge_range(row, 0, row, last, "", form)
        self.text(sheet, row, 0, content, form)
        sheet.set_row(row, LINE_HEIGHT * lines_of(content, width))

    def table(
        self,
        sheet: Any,
        frame: pd.DataFrame,
        columns: Sequence[Column],
        note: str,
        printed: int,
        letters: Mapping[str, str] | None = None,
    ) -> None:
        """Write the frame below its heading, frozen and filtered, with live sums above; print the first columns."""
        self.text(sheet, 2, 0, note, self.soft)
        last = FIRST + max(1, len(frame))
        place = {column.name: letter(columns, column.name) for column in columns}
        for at, column in enumerate(columns):
            sheet.set_column(at, at, column.width)
            self.heading(sheet, HEADING, at, column)
            if letters and column.key in letters:
                self.text(sheet, HEADING - 1, at, letters[column.key], self.letter)
            formula = "=" + column.formula.format_map({name: f"{of}{{row}}" for name, of in place.items()})
            values = frame[column.name].tolist()
            if column.added:
                reference = f"{place[column.name]}{FIRST + 1}:{place[column.name]}{last}"
                sheet.write_formula(3, at, f"=SUM({reference})", self.bold[column.kind], _sum(values))
            for row, value in enumerate(values, FIRST):
                if column.formula:
                    sheet.write_formula(row, at, formula.format(row=row + 1), self.formats[column.kind], value)
                else:
                    self.cell(sheet, row, at, column.kind, value)
        self._heights(sheet, frame, columns[:printed])
        sheet.freeze_panes(FIRST, 0)
        sheet.autofilter(HEADING, 0, last - 1, len(columns) - 1)
        sheet.repeat_rows(HEADING)
        sheet.print_area(0, 0, last - 1, printed - 1)
        sheet.fit_to_pages(1, 0)

    def heading(self, sheet: Any, row: int, at: int, column: Column) -> None:
        """Write the heading of a column, over numbers on their side."""
        form = self.headings["left" if column.kind == "text" else "right"]
        self.text(sheet, row, at, self.words(f"column.{column.key}"), form)

    def _heights(self, sheet: Any, frame: pd.DataFrame, columns: Sequence[Column]) -> None:
        """Give rows the height of their longest text: not every program does so by itself."""
        texts = [(frame[column.name].tolist(), column.width) for column in columns if column.kind == "text"]
        for row in range(len(frame)):
            lines = max(lines_of(values[row], width) for values, width in texts)
            if lines > 1:
                sheet.set_row(FIRST + row, LINE_HEIGHT * lines)


def lines_of(text: object, width: int) -> int:
    """Return the lines that a text takes in a column of that many characters, at most ``MOST_LINES``.

    >>> lines_of("Dinas Kesehatan", 20), lines_of("Dinas Kesehatan", 10)
    (1, 2)
    """
    if not isinstance(text, str):
        return 1
    return min(MOST_LINES, sum(max(1, -(-len(line) // width)) for line in text[:5000].split("\n")))


def letter(columns: Sequence[Column], name: str) -> str:
    """Return the letter of a column in its sheet."""
    from xlsxwriter.utility import xl_col_to_name

    return str(xl_col_to_name([column.name for column in columns].index(name)))


def _sum(values: Sequence[Any]) -> Any:
    total = sum(values)
    return round(total, 6) if isinstance(total, float) else int(total)


def _in_footer(text: str) -> str:
    """Escape text for Excel's footers, where & begins a code and 255 characters are all there is room for."""
    return visible(text)[:80].replace("&", "&&")
