"""The template that officers fill in: empty tables with headings, lists, rules and one example row each."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime
from pathlib import Path
from typing import Any

from karier_reco.checking.names import sheet
from karier_reco.errors import SettingsError
from karier_reco.report.folders import whole_file, write_whole
from karier_reco.report.sheets import LINE_HEIGHT, lines_of
from karier_reco.report.template_guide import write_codes, write_guide
from karier_reco.report.template_rules import example_cell, note, title, validation
from karier_reco.tables import TABLES, Column, Kind, Table
from karier_reco.texts import Language, text

#: The last row whose cells are checked as they are typed: more than the largest table of a province.
LAST = 200_000
#: A fixed day, so that the same template is the same bytes.
_CREATED = datetime(2026, 1, 1)
_NOTE_WIDTH, _NOTE_LINE, _NOTE_LETTERS = 360, 18, 52

_INK, _SOFT, _WASH, _STRONG = "#1C2430", "#586273", "#EEF2F6", "#CFE0F2"
_NUMBERS: dict[Kind, str] = {"date": "yyyy-mm-dd", "money": "#,##0", "integer": "0", "number": "General"}
_WIDTHS: dict[Kind, int] = {"id": 22, "text": 34, "code": 24, "date": 14, "money": 18, "integer": 11, "number": 11}


def write_template(target: str | Path, language: Language = "id") -> Path:
    """Write empty tables for an agency to fill in: one workbook, or a folder with a CSV for each table.

    ``FILE.xlsx`` is the workbook: a guide, a sheet for each table with its rules as notes on the headings, lists to
    choose from and one example row, and a list of all codes. Any other name is a folder of CSV: separated by semicolons
    and marked as UTF-8, for so an Indonesian Excel opens them in columns; but it turns long numbers such as NIPs into
    rounded ones, so people who work in Excel are better served by the workbook. Both go into ``load`` without settings,
    with the example rows in them or not. What is there already is never written over. Returns the path written.

    Raises SettingsError for a place that is taken, an ending other than .xlsx, and a language that does not exist.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     print(write_template(f"{folder}/isian.xlsx").name)
    isian.xlsx
    """
    path = Path(target)
    text("template.title", language)  # an unknown language fails here, before anything is written
    if path.suffix.lower() in (".xls", ".xlsm", ".ods", ".csv"):
        raise _refused(path, f"the ending {path.suffix!r}", "a name that ends in .xlsx, or a folder")
    if path.suffix.lower() != ".xlsx":
        write_whole(path, lambda folder: _write_folder(folder, language), lambda _: (), "template")
        return path
    if path.exists():
        raise _refused(path, "a file that is there already", "a new name")
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(path) as draft:
        draft.write_bytes(_workbook(path.name, language))
    return path


def _refused(path: Path, got: str, expected: str) -> SettingsError:
    return SettingsError(
        f"{path.name}: got {got}; expected {expected}. Choose another name.", name="target", value=path.name
    )


def _workbook(name: str, language: Language) -> bytes:
    import xlsxwriter

    content = io.BytesIO()
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
    with xlsxwriter.Workbook(content, options) as workbook:
        workbook.set_properties(
            {"title": text("template.title", language), "author": "karier_reco", "created": _CREATED}
        )
        formats = _formats(workbook)
        guide = _open(workbook, text("template.sheet.guide", language))
        pages = {table: _open(workbook, sheet(table, language)) for table in TABLES}
        codes = _open(workbook, text("template.sheet.codes", language))
        write_guide(guide, formats, language, name)
        ranges = write_codes(codes, formats, language)
        for table in TABLES.values():
            _write_table(pages[table.name], table, formats, language, ranges)
    return content.getvalue()


def _open(workbook: Any, name: str) -> Any:
    page = workbook.add_worksheet(name)
    page.set_landscape()
    page.set_paper(9)
    page.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    page.set_footer("&L&A&R&P/&N")
    page.fit_to_pages(1, 0)
    return page


def _formats(workbook: Any) -> dict[str, Any]:
    base = {"font_color": _INK, "font_size": 10, "valign": "top"}
    head = {**base, "bold": True, "text_wrap": True, "border": 1, "border_color": _SOFT}
    forms = {
        "heading": {**head, "bg_color": _WASH},
        "needed": {**head, "bg_color": _STRONG},
        "title": {**base, "bold": True, "font_size": 15},
        "section": {**base, "bold": True, "font_size": 11},
        "words": {**base, "text_wrap": True, "align": "left"},
        "command": {**base, "font_name": "Consolas", "bg_color": _WASH},
        "blank": {**base, "bottom": 1},
        "link": {**base, "underline": 1, "font_color": "#0B5394"},
        "code": {**base, "font_color": _SOFT},
    }
    for kind in ("id", "text", "code", "flag", *_NUMBERS):
        form = {**base, "num_format": _NUMBERS.get(kind, "@")}
        forms[f"cell.{kind}"] = form
        forms[f"example.{kind}"] = {**form, "italic": True, "font_color": "#8A8F98"}
    return {name: workbook.add_format(form) for name, form in forms.items()}


def _write_table(
    page: Any, table: Table, formats: dict[str, Any], language: Language, ranges: dict[tuple[str, ...], str]
) -> None:
    from xlsxwriter.utility import xl_rowcol_to_cell

    page.set_tab_color("#2E75B6" if table.needed else "#BFBFBF")
    for at, column in enumerate(table):
        called = title(table, column, language)
        page.set_column(at, at, max(_WIDTHS.get(column.kind, 10), len(called) // 2 + 2), formats[f"cell.{column.kind}"])
        page.write_string(0, at, called, formats["needed" if column.filled else "heading"])
        _comment(page, at, note(table, column, language))
        check = validation(table, column, language, ranges, LAST)
        if check["validate"] == "custom":
            check["value"] = check["value"].format(cell=xl_rowcol_to_cell(1, at))
        page.data_validation(1, at, LAST - 1, at, check)
        _write_example(page, at, column, example_cell(table, column, language), formats)
    page.set_row(0, 2 * LINE_HEIGHT + 3)
    page.freeze_panes(1, 1)
    page.repeat_rows(0)


def _comment(page: Any, at: int, words: str) -> None:
    height = _NOTE_LINE * (sum(lines_of(line, _NOTE_LETTERS) for line in words.split("\n")) + 1)
    page.write_comment(0, at, words, {"author": "karier_reco", "width": _NOTE_WIDTH, "height": height, "font_size": 9})


def _write_example(page: Any, at: int, column: Column, value: Any, formats: dict[str, Any]) -> None:
    form = formats[f"example.{column.kind}"]
    if value is None:
        page.write_blank(1, at, None, form)
    elif isinstance(value, date):
        page.write_datetime(1, at, datetime(value.year, value.month, value.day), form)
    elif isinstance(value, str):
        page.write_string(1, at, value, form)
    else:
        page.write_number(1, at, value, form)


def _write_folder(folder: Path, language: Language) -> None:
    for table in TABLES.values():
        rows = io.StringIO(newline="")
        writer = csv.writer(rows, delimiter=";", lineterminator="\r\n")
        writer.writerow(title(table, column, language) for column in table)
        cells = (example_cell(table, column, language) for column in table)
        writer.writerow("" if value is None else str(value) for value in cells)
        (folder / f"{sheet(table.name, language)}.csv").write_bytes(rows.getvalue().encode("utf-8-sig"))
