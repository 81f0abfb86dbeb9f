"""The workbook read back with another library: money, types, text, print set-up."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from karier_reco.report import write_plan
from tests.unit.report.plans import FEE, HOSTILE, OPENING, P1, TOTAL, TRAVEL, hostile_plan, tiny_plan

SHEETS = ["Ringkasan", "Rencana", "Sesi", "Anggaran", "Menunggu", "Cara dibuat"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny plan, written."""
    return write_plan(tiny_plan(), tmp_path_factory.mktemp("plans") / "out")


def column(sheet: Worksheet, heading: str, first: int = 7) -> list[object]:
    """Return the cells below a heading of row 6."""
    at = next(cell.column for cell in sheet[6] if cell.value == heading)
    return [sheet.cell(row, at).value for row in range(first, sheet.max_row + 1)]


def test_money_is_the_same_in_every_sheet(folder: Path) -> None:
    """Fees 3.000.000 + travel 500.000 of the seats + opening 750.000 = the sessions = the overall line = 4.250.000."""
    book = openpyxl.load_workbook(folder / "plan.xlsx", data_only=True)
    assert book.sheetnames == SHEETS
    plan, sessions, budget = book["Rencana"], book["Sesi"], book["Anggaran"]
    assert sum(column(plan, "Biaya kontribusi")) == plan["O4"].value == FEE
    assert sum(column(plan, "Biaya perjalanan")) == plan["P4"].value == TRAVEL
    assert sum(column(plan, "Biaya total")) == plan["N4"].value == FEE + TRAVEL
    assert sum(column(sessions, "Biaya penyelenggaraan")) == sessions["O4"].value == OPENING
    assert sum(column(sessions, "Biaya")) == sessions["P4"].value == TOTAL
    used = dict(zip(column(budget, "Kode pagu"), column(budget, "Terpakai"), strict=True))
    assert used == {"fee": 1_000_000, "fee/dinkes": 1_000_000, "in_house": 2_750_000, "total": TOTAL, "travel": TRAVEL}
    summary = {row[0].value: row[1].value for row in book["Ringkasan"].iter_rows(max_col=2)}
    assert summary["Biaya seluruhnya"] == TOTAL


def test_sums_are_live(folder: Path) -> None:
    """The officer who changes a fee sees the sums follow: they are formulas, of the cells that they add up."""
    book = openpyxl.load_workbook(folder / "plan.xlsx")
    assert book["Rencana"]["O4"].value == "=SUM(O7:O9)"
    assert column(book["Rencana"], "Biaya total") == ["=O7+P7", "=O8+P8", "=O9+P9"]
    assert column(book["Sesi"], "Biaya")[0] == "=L7*(M7+N7)+O7"
    used = dict(zip(column(book["Anggaran"], "Kode pagu"), column(book["Anggaran"], "Terpakai"), strict=True))
    assert used["total"] == "='Rencana'!O4+'Rencana'!P4+'Sesi'!O4"
    assert used["travel"] == "='Rencana'!P4"
    assert str(used["fee"]).startswith("=SUMIFS('Rencana'!O7:O9,'Rencana'!AD7:AD9,\"Kontribusi\")")
    assert used["fee/dinkes"] == 1_000_000


def test_plan_rows_have_the_seven_legal_fields(folder: Path) -> None:
    """PP 11/2017 article 207 a-g: each letter stands above a column that is filled in every row."""
    sheet = openpyxl.load_workbook(folder / "plan.xlsx", data_only=True)["Rencana"]
    letters = {cell.column: cell.value for cell in sheet[5] if cell.value}
    assert sorted(set(letters.values())) == list("abcdefg")
    for at in letters:
        assert [row for row in range(7, sheet.max_row + 1) if sheet.cell(row, at).value in (None, "")] == []


def test_a_nip_is_text_and_a_date_is_a_date(folder: Path) -> None:
    """18 digits as a number lose their last three; a date as text cannot be filtered."""
    sheet = openpyxl.load_workbook(folder / "plan.xlsx")["Rencana"]
    cell = sheet["A7"]
    assert (cell.value, cell.data_type, cell.number_format) == (P1, "s", "@")
    assert sheet["K7"].is_date
    assert f"{sheet['K7'].value:%Y-%m-%d}" == "2027-03-01"


def test_sheets_are_set_up_for_work_and_paper(folder: Path) -> None:
    """Frozen heads, filters, A4 landscape, headings on every page; of the plan the signed columns are printed."""
    book = openpyxl.load_workbook(folder / "plan.xlsx")
    for name in SHEETS:
        assert (book[name].page_setup.orientation, book[name].page_setup.paperSize) == ("landscape", 9)
        assert "Data sintetis" in book[name]["A2"].value
    for name in ("Rencana", "Sesi", "Anggaran", "Menunggu"):
        sheet = book[name]
        assert sheet.freeze_panes in ("A7", "C7")
        assert sheet.auto_filter.ref.startswith("A6:")
        assert sheet.print_title_rows == "$6:$6"
    assert book["Rencana"].print_area == "'Rencana'!$A$1:$N$9"


def test_limits_are_said_in_words(folder: Path) -> None:
    """The person who waits reads a sentence, and next to it the names that the certificate uses."""
    sheet = openpyxl.load_workbook(folder / "plan.xlsx")["Menunggu"]
    assert column(sheet, "Batas yang menghalangi") == [
        "Sisa pagu tidak cukup: Seluruh biaya – semua unit; Sesi sudah penuh; "
        "Bentrok dengan kursi lain: pelatihan yang sama atau tanggal yang bertumpuk",
        "Sisa pagu tidak cukup: Seluruh biaya – semua unit; Sesi sudah penuh",
    ]
    assert column(sheet, "Kode batas")[1] == "budget[total]; seats[S1]"


def test_hostile_text_stays_text(tmp_path: Path) -> None:
    """No cell that came from data is a formula or a link; what XML refuses shows; the money stands."""
    folder = write_plan(hostile_plan(), tmp_path / "out")
    book = openpyxl.load_workbook(folder / "plan.xlsx")
    formulas = [c.value for sheet in book for row in sheet.iter_rows() for c in row if c.data_type == "f"]
    assert formulas
    assert [f for f in formulas if "cmd" in str(f) or "script" in str(f)] == []
    assert [c for sheet in book for row in sheet.iter_rows() for c in row if c.hyperlink] == []
    name = book["Rencana"]["B7"].value
    shown = HOSTILE.replace("\x00", "␀").replace("\x07", "␇").replace("\u202e", "⟨U+202E⟩").replace("\r\n", "\n")
    assert name.replace("\r\n", "\n") == shown + "Ani Rahma"
    assert openpyxl.load_workbook(folder / "plan.xlsx", data_only=True)["Sesi"]["P4"].value == TOTAL


def test_text_too_long_for_a_cell_is_cut_where_it_shows(tmp_path: Path) -> None:
    """Excel holds 32,767 characters; 10,000 are whole, 40,000 are cut with their number at the end."""
    for length in (10_000, 40_000):
        plan = tiny_plan()
        plan.people["name"] = plan.people["name"].map(lambda name, n=length: "A" * n).astype("str")
        folder = write_plan(plan, tmp_path / str(length))
        name = openpyxl.load_workbook(folder / "plan.xlsx")["Rencana"]["B7"].value
        assert len(name) == min(length, 32_767)
        assert name.endswith("A") == (length == 10_000)
        assert ("40000" in name[-40:]) == (length == 40_000)


def test_english_is_complete(tmp_path: Path) -> None:
    """Every heading in English: no sheet keeps a word of the Indonesian headings."""
    folder = write_plan(replace(tiny_plan()), tmp_path / "out", language="en")
    book = openpyxl.load_workbook(folder / "plan.xlsx")
    assert book.sheetnames == ["Summary", "Plan", "Sessions", "Budget", "Waiting", "How it was made"]
    heads = {cell.value for sheet in book for cell in sheet[6]}
    assert not heads & {"Nama", "Jabatan", "Perangkat daerah", "Biaya", "Terpakai", "Alasan"}
