"""The template read back with another library: headings, notes, lists, bounds, the example row, the same bytes."""

from __future__ import annotations

import csv
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from karier_reco.checking import Found, records
from karier_reco.checking.names import code_name, columns_of, heading, plain, sheet
from karier_reco.checking.source import Cells, Source
from karier_reco.dataset import Dataset
from karier_reco.errors import SettingsError
from karier_reco.report import write_template
from karier_reco.report.template_rules import example_cell, in_order
from karier_reco.rules import codes
from karier_reco.settings import Settings
from karier_reco.tables import TABLES, Column, Table
from karier_reco.texts import LANGUAGES, Language

COLUMNS = [(table, column) for table in TABLES.values() for column in table]
NAMES = [f"{table.name}.{column.name}" for table, column in COLUMNS]


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> dict[Language, openpyxl.Workbook]:
    """The template in both languages, read by openpyxl."""
    folder = tmp_path_factory.mktemp("templates")
    return {name: openpyxl.load_workbook(write_template(folder / f"{name}.xlsx", name)) for name in LANGUAGES}


@pytest.fixture
def book(books: dict[Language, openpyxl.Workbook]) -> openpyxl.Workbook:
    """The template in Indonesian."""
    return books["id"]


def cell(book: openpyxl.Workbook, table: Table, column: Column, row: int) -> openpyxl.cell.cell.Cell:
    """Return the cell of a column in a row of the table's sheet."""
    found = book[sheet(table.name, "id")].cell(row, table.names.index(column.name) + 1)
    assert isinstance(found, openpyxl.cell.cell.Cell)
    return found


def validation(book: openpyxl.Workbook, table: Table, column: Column) -> DataValidation:
    """Return what the spreadsheet checks in a column."""
    page: Worksheet = book[sheet(table.name, "id")]
    letter = cell(book, table, column, 2).column_letter
    (found,) = [check for check in page.data_validations.dataValidation if str(check.sqref).startswith(f"{letter}2:")]
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_table_and_column_is_there_and_recognised(
    books: dict[Language, openpyxl.Workbook], language: Language
) -> None:
    """What is filled in goes in without settings: each sheet and each marked heading leads to its table and column."""
    book = books[language]
    guide = {"id": "Petunjuk", "en": "Guide"}[language]
    codes_sheet = {"id": "Kode", "en": "Codes"}[language]
    assert book.sheetnames == [guide, *(sheet(name, language) for name in TABLES), codes_sheet]
    for table in TABLES.values():
        written = [str(cell.value) for cell in book[sheet(table.name, language)][1]]
        assert [columns_of(table.name)[plain(name)] for name in written] == list(table.names)
        marked = [name for name, called in zip(table.names, written, strict=True) if called.endswith(" *")]
        assert marked == [column.name for column in table if column.filled]


def test_headings_are_frozen_and_sheets_print_on_one_page_width(book: openpyxl.Workbook) -> None:
    """The heading stays in sight in a thousand rows, and is on every printed page."""
    for name in TABLES:
        page = book[sheet(name, "id")]
        assert page.freeze_panes == "B2"
        assert page.print_title_rows == "$1:$1"
        assert (page.page_setup.orientation, page.page_setup.fitToHeight) == ("landscape", 0)
        assert page.sheet_properties.pageSetUpPr.fitToPage


@pytest.mark.parametrize(("table", "column"), COLUMNS, ids=NAMES)
def test_every_heading_has_its_rule_as_a_note(book: openpyxl.Workbook, table: Table, column: Column) -> None:
    """The note says whether it must be filled in, what it refers to, and the example; no name is left open."""
    comment = cell(book, table, column, 1).comment
    assert comment is not None
    lines = comment.text.split("\n")
    assert ("Wajib diisi." in lines) is column.filled
    assert "{" not in comment.text
    if column.references:
        target, key = column.references.split(".")
        assert f"Harus ada pada lembar {sheet(target, 'id')}, kolom {heading(target, key, 'id')}." in lines
    if column.codes:
        assert all(code_name(table.name, column, code, "id") in comment.text for code in codes(column.codes))
    assert any(line.startswith("Contoh: ") for line in lines) is (example_cell(table, column, "id") is not None)


@pytest.mark.parametrize(("table", "column"), COLUMNS, ids=NAMES)
def test_every_column_is_checked_as_it_is_typed(book: openpyxl.Workbook, table: Table, column: Column) -> None:
    """Lists for codes and references, the bounds of tables.py for numbers; no message longer than Excel takes."""
    check = validation(book, table, column)
    assert str(check.sqref).endswith("200000")
    assert 0 < len(check.prompt) <= 255
    assert 0 < len(check.promptTitle) <= 32
    if column.codes or column.kind == "flag":
        first, last = str(check.formula1).replace("$", "").removeprefix("Kode!").removeprefix("'Kode'!").split(":")
        offered = [row[0].value for row in book["Kode"][first:last]]
        names = [code_name(table.name, column, code, "id") for code in codes(column.codes or ())]
        assert (check.type, check.errorStyle, offered) == ("list", None, names or ["Ya", "Tidak"])
    elif column.references:
        target = f"'{sheet(column.references.split('.')[0], 'id')}'"
        assert (check.type, check.errorStyle) == ("list", "warning")
        assert str(check.formula1) == f"{target}!$A$2:$A$200000"
    elif column.kind in ("integer", "money", "number"):
        assert check.type == ("decimal" if column.kind == "number" else "whole")
        assert (float(check.formula1), float(check.formula2)) == (column.minimum, column.maximum)
    else:
        assert check.type == {"date": "date", "id": "custom", "text": None}[column.kind]


@pytest.mark.parametrize(("table", "column"), COLUMNS, ids=NAMES)
def test_cells_have_the_form_of_their_kind(book: openpyxl.Workbook, table: Table, column: Column) -> None:
    """Ids stay text, so that no NIP is rounded; dates show as we read them; the example is grey and slanted."""
    forms = {"date": "yyyy-mm-dd", "money": "#,##0", "integer": "0", "number": "General"}
    page = book[sheet(table.name, "id")]
    shown = cell(book, table, column, 2)
    letter = shown.column_letter
    of_column = [page.column_dimensions[name] for name in page.column_dimensions]
    at = shown.column
    (dimension,) = [found for found in of_column if found.min <= at <= found.max]
    assert dimension.number_format == shown.number_format == forms.get(column.kind, "@"), letter
    assert shown.font.italic
    assert shown.font.color.rgb == "FF8A8F98"


def test_example_rows_lead_to_each_other_and_pass_the_check() -> None:
    """An example that the check would refuse teaches what is wrong: as data, all tables together have no error.

    Only the course required first has no row of its own: there is one example row a table.
    """
    rows = {
        table.name: {column.name: example_cell(table, column, "id") for column in table} for table in TABLES.values()
    }
    frames = {name: pd.DataFrame([row]).replace("^CONTOH-", "C-", regex=True) for name, row in rows.items()}
    basic = frames["courses"].assign(course_id="C-PELATIHAN-DASAR")
    frames["courses"] = pd.concat([frames["courses"], basic], ignore_index=True)
    data = Dataset.from_frames(frames)
    assert [len(data[name]) for name in TABLES] == [2 if name == "courses" else 1 for name in TABLES]
    assert len(data.left_out) == 0


def examples(table: str, language: Language, **changed: str) -> Source:
    """A table of two records: the example row as CSV text, with some cells changed, and one of somebody else."""
    mine = TABLES[table]
    row = {column.name: example_cell(mine, column, language) for column in mine}
    text = {name: "" if value is None else str(value) for name, value in row.items()} | changed
    cells = {name: Cells.of([value, "OTHER" if name == mine.key[0] else value]) for name, value in text.items()}
    return Source(table, table, cells, [2, 3])


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("table", list(TABLES))
def test_an_untouched_example_is_left_out_and_counted(table: str, language: Language) -> None:
    """In either language the row as shipped is no record; the other row stays, with its own row number."""
    (kept,) = records({table: examples(table, language)}, Settings(), Found()).values()
    assert (list(kept.rows), kept.left_out) == ([3], {"example": 1})
    assert kept.cells[TABLES[table].key[0]][0] == "OTHER"
    assert "CONTOH" not in "".join(kept.cells[TABLES[table].key[0]].texts)


@pytest.mark.parametrize(
    "changed",
    [{"name": "Ani Permata"}, {"grade": ""}, {"employment": "PPPK"}, {"birth_date": "1985-03-13"}, {"Telepon": "0771"}],
)
def test_a_changed_example_is_data(changed: dict[str, str]) -> None:
    """Whoever writes over a cell, empties one or adds one means that row: nothing of it is lost in silence."""
    (kept,) = records({"employees": examples("employees", "id", **changed)}, Settings(), Found()).values()
    assert (list(kept.rows), dict(kept.left_out)) == ([2, 3], {})


def test_tables_are_listed_after_those_they_refer_to(book: openpyxl.Workbook) -> None:
    """Whoever fills in the sheets in the order of the guide always has the ids that the next one needs."""
    seen: set[str] = set()
    for table in in_order():
        refers = {column.references.split(".")[0] for column in table if column.references}
        assert refers - {table.name} <= seen
        seen.add(table.name)
    listed = [row[1].value for row in book["Petunjuk"].iter_rows(min_row=2) if isinstance(row[0].value, int)]
    assert listed == [sheet(table.name, "id") for table in in_order()]
    assert any(row[0].value == "karier-reco check id.xlsx" for row in book["Petunjuk"].iter_rows())


def test_the_same_bytes_every_time(tmp_path: Path) -> None:
    """A template has no date of its own: who fetches it twice has the same file."""
    first, second = (write_template(tmp_path / name / "isian.xlsx") for name in ("a", "b"))
    assert first.read_bytes() == second.read_bytes()
    assert openpyxl.load_workbook(first).properties.created == datetime(2026, 1, 1)


def test_csv_opens_in_columns_in_an_indonesian_excel(tmp_path: Path) -> None:
    """Semicolons, for the comma is the decimal mark there, and the mark of UTF-8, without which names would break."""
    folder = write_template(tmp_path / "isian")
    assert {path.name for path in folder.iterdir()} == {f"{sheet(name, 'id')}.csv" for name in TABLES}
    content = (folder / "Pegawai.csv").read_bytes()
    assert content.startswith("\ufeffNIP *;Nama;".encode())
    titles, example = csv.reader(content.decode("utf-8-sig").splitlines(), delimiter=";")
    assert len(titles) == len(example) == len(TABLES["employees"].columns)
    assert date.fromisoformat(example[titles.index("Tanggal lahir")]) == date(1985, 3, 12)


def test_nothing_is_written_over(tmp_path: Path) -> None:
    """A filled template is days of work: a place that is taken is refused, and what is there stays."""
    path = write_template(tmp_path / "isian.xlsx")
    path.write_bytes(b"filled in")
    with pytest.raises(SettingsError, match=r"isian\.xlsx: got a file that is there already; expected a new name"):
        write_template(path)
    assert path.read_bytes() == b"filled in"
    folder = write_template(tmp_path / "isian")
    with pytest.raises(SettingsError, match="which no template wrote"):
        write_template(folder)


@pytest.mark.parametrize("name", ["isian.xls", "isian.ods", "isian.csv"])
def test_other_endings_are_refused(tmp_path: Path, name: str) -> None:
    """A workbook under a wrong ending would not open; the error names the two ways that there are."""
    with pytest.raises(SettingsError, match=r"expected a name that ends in \.xlsx, or a folder"):
        write_template(tmp_path / name)
    with pytest.raises(SettingsError, match="language: got 'fr'"):
        write_template(tmp_path / "isian.xlsx", "fr")  # type: ignore[arg-type]  # the wrong language is the test
    assert not list(tmp_path.iterdir())


def test_an_empty_timetable_is_none() -> None:
    """As the guide says: who leaves the sheet of sessions empty has one session for each course at its fee."""
    rows = {
        name: {column.name: example_cell(table, column, "id") for column in table} for name, table in TABLES.items()
    }
    frames = {name: pd.DataFrame([rows[name]]).replace("^CONTOH-", "C-", regex=True) for name in rows}
    given = {name: frame for name, frame in frames.items() if TABLES[name].needed} | {
        "sessions": frames["sessions"][:0]
    }
    data = Dataset.from_frames(given)
    assert data.sessions[["session_id", "fee"]].to_numpy().tolist() == [["C-PELATIHAN", 1_500_000]]
