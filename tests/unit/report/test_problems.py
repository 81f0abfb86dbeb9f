"""The work list of problems, read back with another library."""

from __future__ import annotations

import re
from pathlib import Path

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from karier_reco.checking import Found, Source
from karier_reco.checking.found import problem_parts, problem_text
from karier_reco.checking.source import Cells
from karier_reco.errors import Problem, SettingsError
from karier_reco.report import problems as work_list
from karier_reco.report.problems import COLUMNS, FIRST, write_problems
from karier_reco.texts import LANGUAGES, catalogue
from tests.unit.report.plans import HOSTILE

NIP = "208703122110011005"


def source(file: str, sheet: str = "", table: str = "employees", value: str = "x") -> Source:
    """Three people as a reader hands them over: the id in column A, the role in column C."""
    cells = {"employee_id": Cells.of([NIP, "E2", "E3"]), "role_id": Cells.of([value] * 3)}
    name = f"{file}[{sheet}]" if sheet else file
    return Source(
        table, name, cells, [2, 3, 4], file=file, sheet=sheet, letters={"employee_id": "A", "role_id": "C"},
        titles={"role_id": "Kode jabatan"},
    )  # fmt: skip


def three(file: str = "employees.csv", sheet: str = "") -> tuple[Problem, ...]:
    """A stray table, an impossible NIP, and a role that is not there."""
    found, people = Found(), source(file, sheet)
    found.cell("nip_birth", people, "employee_id", 0)
    found.cell("dangling", people, "role_id", 2, remedy="correct_or_add", meant="X", wanted="role_id", target="roles")
    found.table("ignored_table", "catatan", "catatan.csv", severity="warning", remedy="ignored", tables="roles")
    return found.problems


def rows_of(sheet: Worksheet) -> list[dict[str, object]]:
    """Return the rows below the heading, by our names of the columns."""
    return [dict(zip(COLUMNS, (cell.value for cell in row), strict=True)) for row in sheet.iter_rows(min_row=FIRST + 1)]


def links_of(path: Path) -> dict[str, tuple[str, str | None]]:
    """Return the target and the place in it of each linked cell."""
    sheet = openpyxl.load_workbook(path).worksheets[1]
    cells = [cell for row in sheet.iter_rows() for cell in row if cell.hyperlink]
    return {str(cell.value): (cell.hyperlink.target, cell.hyperlink.location) for cell in cells}


def test_a_row_says_where_what_and_what_to_do(tmp_path: Path) -> None:
    """Three problems in the order of the tables, strangers first: place, value (NIP masked), rule and remedy apart."""
    path = write_problems(three(), tmp_path / "problems.xlsx", "en")
    rows = rows_of(openpyxl.load_workbook(path).worksheets[1])
    assert [row["file"] for row in rows] == ["catatan.csv", "employees.csv", "employees.csv"]
    assert [row["row"] for row in rows] == [None, 2, 4]
    assert rows[2] | {"file": ""} == {
        "severity": "Error", "table": "Employees", "file": "", "sheet": None, "row": 4, "column": "Kode jabatan",
        "cell": "C4", "found": "'x'", "rule": "a role_id of roles", "remedy": "Did you mean 'X'?", "done": None,
    }  # fmt: skip
    assert str(rows[1]["found"]).startswith("'…005', with a birth date")
    assert NIP not in str(rows)


def test_counts_by_kind_stand_first(tmp_path: Path) -> None:
    """Errors before warnings, the most frequent kind first: 5 empty cells, 2 wrong roles, 1 remark; 8 rows in all."""
    found, people = Found(), source("employees.csv")
    for position in (0, 2):
        found.cell("dangling", people, "role_id", position, remedy="correct_or_add", wanted="role_id", target="roles")
    for position in (0, 1, 2, 0, 1):
        found.cell("empty", people, "role_id", position)
    found.cell("nip_gender", people, "role_id", 1, severity="warning")
    path = write_problems(found.problems, tmp_path / "problems.xlsx")
    first, second = openpyxl.load_workbook(path).worksheets
    counted = [[cell.value for cell in row] for row in first.iter_rows(min_row=FIRST + 1)]
    assert [(row[0], row[2], row[3]) for row in counted] == [
        ("Kesalahan", 5, "Pegawai"), ("Kesalahan", 2, "Pegawai"), ("Peringatan", 1, "Pegawai"),
    ]  # fmt: skip
    assert "seharusnya terisi" in str(counted[0][1])
    assert "7 kesalahan" in str(first["A2"].value)
    assert second.max_row == FIRST + 8


def test_cells_are_linked_from_where_the_list_lies(tmp_path: Path) -> None:
    """A CSV opens as a file, a workbook at the cell, its sheet quoted; a frame has no place and no link."""
    tables = tmp_path / "tabel"
    tables.mkdir()
    for name in ("employees.csv", "catatan.csv", "kota.xlsx"):
        (tables / name).write_text("x")
    beside = write_problems(three(), tables / "a.xlsx", source=tables)
    assert links_of(beside) == {
        "A2": ("employees.csv", None),
        "C4": ("employees.csv", None),
        "buka": ("catatan.csv", None),
    }
    above = write_problems(three("kota.xlsx", "Data d'ASN"), tmp_path / "b.xlsx", source=tables / "kota.xlsx")
    assert links_of(above)["C4"] == ("tabel\\kota.xlsx", "'Data d''ASN'!C4")
    assert links_of(write_problems(three(), tmp_path / "c.xlsx")) == {}
    assert links_of(write_problems(three(), tmp_path / "d.xlsx", source="postgresql://u:p@host/db")) == {}


@pytest.mark.parametrize("name", ["javascript:employees.csv", "em#ployees.csv", "100%41.csv", "a|b.csv"])
def test_a_name_that_could_be_another_address_is_not_linked(tmp_path: Path, name: str) -> None:
    """File names come from data too: what a program could take for a scheme or a place inside a file stays text."""
    (tmp_path / name).write_text("x")
    assert links_of(write_problems(three(name), tmp_path / "list.xlsx", source=tmp_path)) == {}


def test_nothing_from_data_is_live(tmp_path: Path) -> None:
    """Formulas, addresses and control characters in values, headings, sheets and file names stay text that shows."""
    texts = [
        HOSTILE,
        "=1+1",
        "http://example.org",
        "internal:'A'!A1",
        "{=cmd|' /C calc'!A0}",
        "@SUM(A1)",
        "a\x9b\x1b[31m",
    ]
    found = Found()
    for text in texts:
        people = Source(
            "employees", text, {"role_id": Cells.of([text])}, [2], titles={"role_id": text}, sheet=text, file=text
        )
        found.cell("dangling", people, "role_id", 0, remedy="correct_or_add", meant=text, wanted="role_id", target=text)
    path = write_problems(found.problems, tmp_path / "list.xlsx", source=tmp_path)
    cells = [cell for sheet in openpyxl.load_workbook(path) for row in sheet.iter_rows() for cell in row]
    assert [cell for cell in cells if cell.data_type == "f" or cell.hyperlink] == []
    assert not re.search("[\x00-\x08\x0e-\x1f\x7f-\x9f\u202a-\u202e]", "".join(str(cell.value) for cell in cells))


def test_links_and_sheets_end_where_excel_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Excel opens so many links to a sheet and has so many rows: here 2 and 4, of 6 problems."""
    monkeypatch.setattr(work_list, "MOST_LINKS", 2)
    monkeypatch.setattr(work_list, "MOST_ROWS", 4)
    (tmp_path / "employees.csv").write_text("x")
    found = Found()
    for position in (0, 1, 2) * 2:
        found.cell("empty", source("employees.csv"), "role_id", position)
    book = openpyxl.load_workbook(write_problems(found.problems, tmp_path / "list.xlsx", source=tmp_path))
    assert book.sheetnames == ["Menurut jenis", "Masalah", "Masalah 2"]
    linked = [sum(bool(cell.hyperlink) for row in sheet.iter_rows() for cell in row) for sheet in book.worksheets[1:]]
    assert linked == [2, 2]
    assert "Hanya 2 sel pertama" in book["Masalah"]["A2"].value
    assert "Hanya" not in book["Masalah 2"]["A2"].value
    assert [len(rows_of(sheet)) for sheet in book.worksheets[1:]] == [4, 2]


def test_sheets_are_set_up_for_work_and_paper(tmp_path: Path) -> None:
    """Frozen head, a filter over all rows, A4 landscape, the head on every page."""
    for sheet in openpyxl.load_workbook(write_problems(three(), tmp_path / "list.xlsx")):
        assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 9)
        assert sheet.freeze_panes == "A5"
        assert sheet.auto_filter.ref == f"A4:{'D' if sheet.title == 'Menurut jenis' else 'K'}{sheet.max_row}"
        assert sheet.print_title_rows == "$4:$4"


def test_the_same_problems_are_the_same_bytes(tmp_path: Path) -> None:
    """No clock and no chance is in the file."""
    first, second = (write_problems(three(), tmp_path / f"{name}.xlsx").read_bytes() for name in "ab")
    assert first == second


def test_only_an_earlier_list_is_replaced_and_only_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that stops leaves the last list; the tables, or anybody's workbook, are never written over."""
    path = write_problems(three(), tmp_path / "list.xlsx")
    before = path.read_bytes()
    with monkeypatch.context() as patched:
        patched.setattr(work_list, "_finish", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            write_problems((), path)
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["list.xlsx"]
    assert write_problems((), path).read_bytes() != before
    book = openpyxl.Workbook()
    book.save(tmp_path / "pegawai.xlsx")
    (tmp_path / "kosong.xlsx").write_bytes(b"")
    for name in ("pegawai.xlsx", "kosong.xlsx"):
        with pytest.raises(SettingsError, match="is no list of problems"):
            write_problems(three(), tmp_path / name)


KINDS = [key.removeprefix("problem.") for key in catalogue() if key.startswith("problem.")]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_every_text_comes_apart(kind: str, language: str) -> None:
    """Each text is place, value, rule and remedy, in that order: the parts together say what the line says.

    The columns of the list are cut from the text by its form: one that has another form would show in a wrong column.
    """
    template = catalogue()[f"problem.{kind}"][language]
    facts = {name: f"<{name}>" for name in re.findall(r"{(\w+)}", template) if name not in ("place", "value", "remedy")}
    problem = Problem(
        "error", kind, "roles", "", 2, None, "<value>", "", "ignored" if "{remedy}" in template else "",
        tuple({"name": "N", "label": ""}.items()) + tuple(facts.items()),
    )  # fmt: skip
    parts, line = problem_parts(problem, language), problem_text(problem, language)
    got, expected = {"id": ("tertulis ", "; seharusnya "), "en": ("got ", "; expected ")}[language]
    joined = f"{parts.found}{expected}{parts.rule}. {parts.remedy}"
    assert line in (f"N: {joined}", f"N: {got}{joined}")
    assert all(parts)
    assert not re.search(r"[.;:]$", parts.rule)
    assert re.search(r"[.?]$", parts.remedy)
