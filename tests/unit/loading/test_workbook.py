"""One workbook: which sheets and rows are tables, what each cell becomes, and where each fault is said to be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
import xlsxwriter
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont

from karier_reco.checking import Source
from karier_reco.checking.names import heading, sheet
from karier_reco.dataset import Dataset
from karier_reco.errors import DataError, Problem
from karier_reco.loading import load
from karier_reco.loading.tables import Opened
from karier_reco.loading.workbook import read_workbook
from karier_reco.settings import Settings
from tests import hostile
from tests.datasets import random_frames
from tests.office import Office

UNITS = [["Kode unit", "Nama unit", "Kode unit atasan"], ["U1", "Dinas", None], ["U2", "Bidang", "U1"]]
Rows = Sequence[Sequence[Any]]


def write(path: Path, sheets: Mapping[str, Rows], row: int = 0, column: int = 0, **options: Any) -> Path:
    """Write sheets of values, each from this row and column on; text that looks like a formula stays text."""
    texts = {"strings_to_formulas": False, "strings_to_urls": False, "default_date_format": "dd/mm/yyyy"}
    with xlsxwriter.Workbook(path, {**texts, **options}) as book:
        for name, rows in sheets.items():
            made = book.add_worksheet(name)
            for i, cells in enumerate(rows):
                made.write_row(row + i, column, cells)
    return path


def read(path: Path, settings: Settings | None = None) -> Opened:
    return read_workbook(path, settings or Settings())


def units(path: Path, settings: Settings | None = None) -> Source:
    return read(path, settings).sources["units"]


def column(source: Source, title: str) -> list[tuple[str, bool]]:
    """Return the cells of a column, each with whether it was a value."""
    cells = source.cells[title]
    return [(cells.texts[code], bool(cells.typed and cells.typed[code])) for code in cells.codes]


def said(opened: Opened) -> list[Problem]:
    """Return the problems beside tables that are not there."""
    return [problem for problem in opened.found.problems if problem.kind != "missing_table"]


def values(value: Any) -> Any:
    """Return a cell as a spreadsheet holds it."""
    if value is None or value is pd.NA or value is pd.NaT or value != value:
        return None
    return value.item() if hasattr(value, "item") else value


def tables(frames: Mapping[str, pd.DataFrame], language: str) -> dict[str, Rows]:
    """Return frames as sheets with the names and headings of a language."""
    return {
        sheet(name, language): [
            [heading(name, title, language) for title in frame.columns],
            *([values(cell) for cell in row] for row in frame.astype(object).itertuples(index=False)),
        ]
        for name, frame in frames.items()
    }


@pytest.mark.parametrize("language", ["id", "en"])
@pytest.mark.parametrize("seed", range(2))
def test_a_workbook_is_the_same_data_as_its_frames(tmp_path: Path, seed: int, language: str) -> None:
    """Sheets and headings in Indonesian or English, numbers and dates as a spreadsheet keeps them."""
    frames = random_frames(seed, everything=True)
    opened = load(write(tmp_path / "kota.xlsx", tables(frames, language)))
    made = Dataset.from_frames(frames)
    assert opened.hashes == made.hashes
    for name, frame in made.frames.items():
        pd.testing.assert_frame_equal(opened[name], frame)


@pytest.mark.parametrize("ending", ["xlsx", "xls", "ods"])
def test_libreoffice_in_between_changes_nothing(tmp_path: Path, ending: str, soffice: Office) -> None:
    """Opened and saved in any format, the same tables come out: 18 digits as text, money, dates, flags."""
    frames = random_frames(5, everything=True)
    saved = soffice(write(tmp_path / "kota.xlsx", tables(frames, "id")), ending)
    assert load(saved).hashes == Dataset.from_frames(frames).hashes


CELLS = [
    (20, ("20", True)),
    (20.5, ("20.5", True)),
    (-0.0, ("0", True)),
    (1.98e17, ("198000000000000000", True)),
    (True, ("true", True)),
    (False, ("false", True)),
    (date(2027, 1, 2), ("2027-01-02", True)),
    (datetime(2027, 1, 2), ("2027-01-02", True)),
    (datetime(2027, 1, 2, 3, 4, 5), ("2027-01-02 03:04:05", True)),
    ("20", ("20", False)),
    ("1.500", ("1.500", False)),
    ("'007", ("'007", False)),
    ("=1+1", ("=1+1", False)),
    ("satu\nbaris", ("satu\nbaris", False)),
    ("_x000D_", ("_x000D_", False)),
    (" tepi ", (" tepi ", False)),
    (None, ("", False)),
]


@pytest.mark.parametrize(("cell", "becomes"), CELLS, ids=repr)
def test_a_cell_is_text_or_a_value_as_we_write_it(tmp_path: Path, cell: Any, becomes: tuple[str, bool]) -> None:
    """Values are written as we write them, whatever the locale; text that looks like a value stays text."""
    source = units(write(tmp_path / "kota.xlsx", {"units": [["unit_id", "name"], ["U1", cell]]}))
    assert column(source, "name") == [becomes]


def test_formats_hide_nothing(tmp_path: Path) -> None:
    """A percentage is its number, rupiah are digits, times and durations keep all their parts."""
    path = tmp_path / "kota.xlsx"
    formats = {"0%": 0.5, '"Rp"#,##0': 1500, "hh:mm": 0.25, "[h]:mm": 1.25, "yyyy-mm-dd": 46389, "#,##0.00": 0.1}
    with xlsxwriter.Workbook(path) as book:
        made = book.add_worksheet("units")
        made.write_row(0, 0, ["unit_id", "name"])
        for i, (form, number) in enumerate(formats.items(), 1):
            made.write_row(i, 0, [f"U{i}"])
            made.write_number(i, 1, number, book.add_format({"num_format": form}))
    texts = ["0.5", "1500", "06:00:00", "1 day, 6:00:00", "2027-01-02", "0.1"]
    assert column(units(path), "name") == [(text, True) for text in texts]


def test_true_is_not_one_and_twenty_is_twenty(tmp_path: Path) -> None:
    """Python takes True for 1; 20 and 20.0 are one value: each different text is kept once."""
    rows = [
        ["unit_id", "name"],
        ["U1", 1],
        ["U2", True],
        ["U3", 20],
        ["U4", 20.0],
        ["U5", "20"],
        ["U6", False],
        ["U7", 0],
    ]
    cells = units(write(tmp_path / "kota.xlsx", {"units": rows})).cells["name"]
    assert [cells[i] for i in range(7)] == ["1", "true", "20", "20", "20", "false", "0"]
    assert len(cells.texts) == len(set(zip(cells.texts, cells.typed or (), strict=True))) == 6


def test_dates_that_count_from_1904(tmp_path: Path) -> None:
    """Workbooks from old Macs count days from 1904: the day is the same."""
    rows = [["unit_id", "name"], ["U1", date(2027, 1, 2)]]
    path = write(tmp_path / "kota.xlsx", {"units": rows}, date_1904=True)
    assert column(units(path), "name") == [("2027-01-02", True)]


def test_rich_text_and_merged_cells(tmp_path: Path) -> None:
    """Of text in several fonts all letters count; of merged cells the first one holds the value."""
    book = openpyxl.Workbook()
    made = book.active
    made.title = "units"
    for row in (
        ["unit_id", "name"],
        ["U1", CellRichText("Dinas ", TextBlock(InlineFont(b=True), "Sehat"))],
        ["U2", "x"],
    ):
        made.append(row)
    made.append(["U3", None])
    made.merge_cells("B3:B4")
    path = tmp_path / "kota.xlsx"
    book.save(path)
    assert [text for text, _ in column(units(path), "name")] == ["Dinas Sehat", "x", ""]


def test_places_are_those_of_the_spreadsheet(tmp_path: Path) -> None:
    """Two title lines and a blank row above, the table from column C and row 5 on: the heading is row 8."""
    rows = [
        ["PEMERINTAH KOTA"],
        ["Nama unit", "per 2027"],
        [],
        *UNITS[:2],
        [None, " "],
        UNITS[2],
        ["U2", "Kembar", "U1"],
    ]
    path = write(tmp_path / "kota.xlsx", {"Unit kerja": rows}, row=4, column=2)
    source = units(path)
    assert (list(source.rows), dict(source.left_out)) == ([9, 11, 12], {"above_heading": 2, "blank": 2})
    assert source.letters == {"Kode unit": "C", "Nama unit": "D", "Kode unit atasan": "E"}
    assert (source.name, source.file, source.sheet) == ("kota.xlsx[Unit kerja]", "kota.xlsx", "Unit kerja")
    with pytest.raises(DataError) as caught:
        load(path)
    twice = next(problem for problem in caught.value.problems if problem.kind == "duplicate")
    assert twice.place == "kota.xlsx[Unit kerja] row 11, Kode unit"
    assert dict(twice.facts)["cell"] == "C11"


def test_headings_of_the_agency(tmp_path: Path) -> None:
    """Declared sheets and headings find the table and its heading row, below a line that is none."""
    settings = Settings(tables={"units": "Menu"}, columns={"units": {"unit_id": "Sandi", "name": "Sebutan"}})
    rows = [["Daftar", "Isi"], ["Sandi", "Sebutan"], ["U1", "Dinas"]]
    source = units(write(tmp_path / "kota.xlsx", {"Menu": rows}), settings)
    assert (list(source.cells), list(source.rows)) == (["Sandi", "Sebutan"], [3])


def test_without_known_headings_the_first_filled_row_is_the_heading(tmp_path: Path) -> None:
    """Then the check says which columns are missing, beside those that are there."""
    path = write(tmp_path / "kota.xlsx", {"units": [[], ["kota", "isi"], ["U1", "Dinas"]]})
    assert list(units(path).cells) == ["kota", "isi"]
    with pytest.raises(DataError) as caught:
        load(path)
    assert "kota.xlsx[units]: got no column 'unit_id'" in str(caught.value)


def test_a_heading_over_two_lines_is_one(tmp_path: Path) -> None:
    """Headings are wrapped and padded in spreadsheets; in messages they stand in one line."""
    path = write(tmp_path / "kota.xlsx", {"units": [["Kode\nunit ", "  Nama   unit"], ["U1", "Dinas"]]})
    assert list(units(path).cells) == ["Kode unit", "Nama unit"]


def test_sheets_that_are_nobodys_are_listed(tmp_path: Path) -> None:
    """Hidden ones too; not the guide and the codes of our own template, nor charts, which hold no rows."""
    path = tmp_path / "kota.xlsx"
    with xlsxwriter.Workbook(path) as book:
        for name in ("units", "Petunjuk", "Kode", "Guide", "Codes", "Catatan", "Rahasia", "Sangat rahasia"):
            book.add_worksheet(name).write_row(0, 0, ["unit_id", "name"])
        book.get_worksheet_by_name("Rahasia").hide()
        book.get_worksheet_by_name("Sangat rahasia").very_hidden()
        book.add_chartsheet("Grafik")
    ignored = [problem.place for problem in said(read(path)) if problem.kind == "ignored_table"]
    assert ignored == [f"kota.xlsx[{name}]" for name in ("Catatan", "Rahasia", "Sangat rahasia")]


def test_two_sheets_for_one_table_are_both_refused(tmp_path: Path) -> None:
    """Nobody can tell which one counts."""
    opened = read(write(tmp_path / "kota.xlsx", {"Unit kerja": UNITS, "units": UNITS}))
    assert "units" not in opened.sources
    assert "got 'kota.xlsx[Unit kerja]', 'kota.xlsx[units]'" in said(opened)[0].text


EMPTY: dict[str, tuple[Rows, list[str], int]] = {
    "nothing": ([], ["empty_sheet"], -1),
    "only a heading": ([["unit_id", "name"]], [], 0),
    "a heading twice": ([["unit_id", "name", "name"], ["U1", "a", "b"]], ["duplicate_heading"], 1),
    "no heading over cells": ([["unit_id", "name", ""], ["U1", "a", "b"]], ["untitled_column"], 1),
    "no heading over nothing": ([["unit_id", "name", " "], ["U1", "a", " "]], [], 1),
}


@pytest.mark.parametrize("name", EMPTY)
def test_headings_and_cells_that_do_not_match(tmp_path: Path, name: str) -> None:
    """An empty sheet is a problem, a table without rows is none; headings twice or missing are named."""
    rows, kinds, count = EMPTY[name]
    opened = read(write(tmp_path / "kota.xlsx", {"units": rows}))
    assert [problem.kind for problem in said(opened)] == kinds
    assert ("units" in opened.sources) == (count >= 0)
    assert count < 0 or len(opened.sources["units"]) == count


def test_a_heading_twice_hides_no_other_fault(tmp_path: Path) -> None:
    """The column is lost, its rows are not: the wrong parent is found in the same run."""
    rows = [["unit_id", "name", "parent_id", "name"], ["U1", "a", "U9", "b"]]
    with pytest.raises(DataError) as caught:
        load(write(tmp_path / "kota.xlsx", {"units": rows}))
    found = {problem.kind: problem.place for problem in caught.value.problems}
    assert found["duplicate_heading"] == "kota.xlsx[units] row 1"
    assert found["dangling"] == "kota.xlsx[units] row 2, parent_id"


def faulty(path: Path) -> Path:
    """Write formulas: calculated, failed, never calculated, in our columns, in another, in a row of their own."""
    cells = [
        hostile.HEADING.replace("</row>", hostile.text_cell("C1", "Catatan") + "</row>"),
        '<row r="2">' + hostile.text_cell("A2", "U1") + '<c r="B2" t="str"><f>"a"&amp;"b"</f><v>ab</v></c></row>',
        '<row r="3">' + hostile.text_cell("A3", "U2") + '<c r="B3" t="e"><f>1/0</f><v>#DIV/0!</v></c></row>',
        '<row r="4">' + hostile.text_cell("A4", "U3") + '<c r="B4"><f>1+1</f><v></v></c><c r="C4"><f>1</f></c></row>',
        '<row r="5">' + hostile.text_cell("A5", "U4") + '<c r="B5" t="str"><f>""</f><v></v></c></row>',
        '<row r="7"><c r="A7"><f>"U"&amp;5</f></c></row>',
        '<row r="8">' + hostile.text_cell("A8", "U6") + hostile.text_cell("B8", "x") + "</row>",
        '<row r="9"><c r="A9"><f>"U"&amp;7</f></c></row>',
    ]
    return hostile.workbook(path, "".join(cells))


def test_errors_and_formulas_without_a_result_are_never_empty_cells(tmp_path: Path) -> None:
    """Readers give them out as empty: each is an error at its place; a formula whose result is no text is fine.

    Rows 7 and 9 hold a formula only; row 7 stands between others and is a record. Nobody reads column C.
    """
    opened = read(faulty(tmp_path / "kota.xlsx"))
    source = opened.sources["units"]
    assert [(problem.kind, problem.place, dict(problem.facts)["cell"]) for problem in said(opened)] == [
        ("error_value", "kota.xlsx[units] row 3, name", "B3"),
        ("formula_without_value", "kota.xlsx[units] row 4, name", "B4"),
        ("formula_without_value", "kota.xlsx[units] row 7, unit_id", "A7"),
        ("formula_without_value", "kota.xlsx[units] row 9, unit_id", "A9"),
    ]
    assert said(opened)[0].text.startswith("kota.xlsx[units] row 3, name: got #DIV/0!, a formula that failed")
    assert list(source.rows) == [2, 3, 4, 5, 7, 8]
    assert source.bad["name"].tolist() == [False, True, True, False, False, False]
    assert source.bad["unit_id"].tolist() == [False, False, False, False, True, False]
    assert [text for text, _ in column(source, "name")] == ["ab", "", "", "", "", "x"]


@pytest.mark.parametrize("ending", ["xls", "ods"])
def test_errors_are_found_in_every_format(tmp_path: Path, ending: str, soffice: Office) -> None:
    """LibreOffice calculates what it opens: the error of row 3 stays one in .xls and .ods."""
    opened = read(soffice(faulty(tmp_path / "kota.xlsx"), ending))
    found = [(problem.kind, problem.place) for problem in said(opened) if problem.kind == "error_value"]
    assert ("error_value", f"kota.{ending}[units] row 3, name") in found


def test_a_formula_in_an_ods_without_a_result(tmp_path: Path) -> None:
    """A program wrote it and did not calculate: in row 3 and, repeated, in rows 4 and 5."""
    cell = '<table:table-cell table:formula="of:=1+1"/>'
    key = '<table:table-cell office:value-type="string"><text:p>U1</text:p></table:table-cell>'
    row = f"<table:table-row{{}}>{key}{cell}</table:table-row>"
    rows = hostile.table_row("unit_id", "name") + hostile.table_row("U0", "a") + row.format("")
    rows += row.format(' table:number-rows-repeated="2"')
    places = [problem.place for problem in said(read(hostile.document(tmp_path / "kota.ods", hostile.table(rows))))]
    assert places == [f"kota.ods[units] row {row}, name" for row in (3, 4, 5)]


def test_tabs_and_line_breaks_of_an_ods_are_kept(tmp_path: Path) -> None:
    """They are marks between letters there; a note on the cell is not part of it."""
    note = "<office:annotation><text:p>catatan</text:p></office:annotation>"
    marked = 'a<text:tab/>b<text:line-break/>c<text:s text:c="2"/>d'
    rows = hostile.table_row("unit_id", "name") + hostile.table_row("U1", marked) + hostile.table_row("U2", "x", rows=2)
    rows = rows.replace("<text:p>a<", f"{note}<text:p>a<")
    source = units(hostile.document(tmp_path / "kota.ods", hostile.table(rows)))
    assert [text for text, _ in column(source, "name")] == ["a\tb\nc  d", "x", "x"]


def test_a_column_of_errors_is_named_a_thousand_times_and_counted(tmp_path: Path) -> None:
    """1,200 failed formulas: 1,000 places and one line for the other 200, from row 1002 on."""
    rows = "".join(
        f'<row r="{i}">{hostile.text_cell(f"A{i}", f"U{i}")}<c r="B{i}" t="e"><v>#N/A</v></c></row>'
        for i in range(2, 1202)
    )
    found = said(read(hostile.workbook(tmp_path / "kota.xlsx", hostile.HEADING + rows)))
    assert [problem.kind for problem in found].count("error_value") == 1000
    assert found[-1].kind == "more_odd_cells"
    assert found[-1].text.startswith("kota.xlsx[units] row 1002, name: got 200 more cells like these")


def test_an_error_in_place_of_a_heading_is_named(tmp_path: Path) -> None:
    """Beside the filled column without a heading that comes of it."""
    rows = hostile.HEADING.replace("</row>", '<c r="C1" t="e"><v>#NAME?</v></c></row>')
    rows += hostile.UNIT.replace("</row>", hostile.text_cell("C2", "U9") + "</row>")
    kinds = [(problem.kind, problem.row) for problem in said(read(hostile.workbook(tmp_path / "kota.xlsx", rows)))]
    assert sorted(kinds) == [("error_value", 1), ("untitled_column", 1)]


def test_errors_outside_the_table_are_nobodys(tmp_path: Path) -> None:
    """A failed formula in a title line above the heading, or in a column without one, hides no value of the table."""
    failed = '<c r="{}" t="e"><v>#REF!</v></c>'
    titles = "".join(hostile.text_cell(f"{letter}2", title) for letter, title in (("A", "unit_id"), ("B", "name")))
    values = "".join(hostile.text_cell(f"{letter}3", text) for letter, text in (("A", "U1"), ("B", "Dinas")))
    rows = (
        f'<row r="1">{failed.format("A1")}</row><row r="2">{titles}</row><row r="3">{values}{failed.format("D3")}</row>'
    )
    opened = read(hostile.workbook(tmp_path / "kota.xlsx", rows))
    assert said(opened) == []
    assert list(opened.sources["units"].rows) == [3]


def test_progress_names_each_sheet(tmp_path: Path) -> None:
    """Before each sheet: what it is called, how many are done, how many there are; in the order of the tables."""
    told: list[tuple[str, int, int]] = []
    path = write(tmp_path / "kota.xlsx", {"Jabatan": [["role_id", "title"]], "Unit kerja": UNITS})
    read_workbook(path, Settings(), lambda *event: told.append(event))
    assert told == [("kota.xlsx[Unit kerja]", 0, 2), ("kota.xlsx[Jabatan]", 1, 2)]


def test_a_workbook_door_is_chosen_by_ending(tmp_path: Path) -> None:
    """.xlsm and capitals too; the problems of all sheets come at once."""
    path = write(tmp_path / "kota.xlsx", {"units": UNITS})
    for name in ("kota.XLSX", "kota.xlsm"):
        renamed = tmp_path / name
        renamed.write_bytes(path.read_bytes())
        with pytest.raises(DataError) as caught:
            load(renamed)
        assert {problem.kind for problem in caught.value.problems} == {"missing_table"}
