"""``check`` lists every problem and counts them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from tests import cities
from tests.cli.conftest import run, write_city


def test_clean_tables(city: Path) -> None:
    """The city has 16 tables and no problem: one line, and 0."""
    ran = run("check", city)
    rows = sum(len(frame) for frame in cities.frames().values())
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == f"Tidak ada masalah pada 16 tabel dengan {rows} baris.\n"


def test_only_warnings(changed: Callable[..., Path]) -> None:
    """A file that is no table is a remark: it is listed and counted, and the data can be used."""
    folder = changed()
    (folder / "catatan.csv").write_text("a,b\n1,2\n")
    ran = run("check", folder)
    assert ran.code == 0
    assert ran.out.startswith("peringatan: catatan.csv: bukan tabel yang dikenal")
    assert ["jumlah", "0", "1"] in [line.split() for line in ran.out.splitlines()]
    assert "Data dapat dipakai" in ran.out


def test_errors_come_first_and_are_counted(changed: Callable[..., Path]) -> None:
    """Two wrong units and a stray file: two errors, then one warning, counts by table and in all and by kind, and 3.

    The heading is row 1, so the first person stands in row 2 and the third in row 4.
    """
    people = cities.frames()["employees"]
    people.loc[[0, 2], "unit_id"] = ["BKDD", "NOWHERE"]
    folder = changed(employees=people)
    (folder / "catatan.csv").write_text("a,b\n1,2\n")
    ran = run("check", folder, "--language", "en")
    lines = ran.out.splitlines()
    assert (ran.code, ran.err) == (3, "")
    assert lines[0] == (
        "error: employees.csv row 2, unit_id: got 'BKDD'; expected a unit_id of units.csv. Did you mean 'BKD'?"
    )
    assert lines[1].startswith("error: employees.csv row 4, unit_id: got 'NOWHERE'")
    assert lines[2].startswith("warning: catatan.csv: ")
    counts = [line.split() for line in lines[4:] if line.strip()]
    assert counts == [
        ["table", "error", "warning"], ["employees", "2", "0"], ["catatan", "0", "1"], ["total", "2", "1"],
        ["count", "severity", "kind"],
        ["2", "error", "Got", "…;", "expected", "a", "unit_id", "of", "units.csv."],
        *counts[6:-1],
        ["No", "plan", "can", "be", "made", "before", "the", "errors", "are", "mended."],
    ]  # fmt: skip
    assert counts[6][:4] == ["1", "warning", "Got", "no"]


def test_settings_that_do_not_exist(changed: Callable[..., Path]) -> None:
    """Settings lie among the tables: a wrong name in them is bad data, said in the language of the run."""
    folder = changed()
    (folder / "settings.toml").write_text("kapa = 0.5\n")
    ran = run("check", folder)
    assert (ran.code, ran.out) == (3, "")
    assert "pengaturan tidak dapat dipakai" in ran.err
    assert "'kappa'" in ran.err


@pytest.fixture
def many(changed: Callable[..., Path]) -> Path:
    """A city with 60 wrong levels, in as many rows of standards that begin at row 2."""
    standards = cities.frames()["standards"]
    wrong = standards.loc[[0] * 60].assign(level="9", competency_id=[f"K{i}" for i in range(60)])
    return changed(standards=wrong)


def test_without_a_list_every_problem_is_printed(many: Path) -> None:
    """Nobody has to run it twice to see all."""
    ran = run("check", many)
    assert sum("level: tertulis '9'" in line for line in ran.out.splitlines()) == 60


def test_a_list_has_them_all_and_the_terminal_some(many: Path, tmp_path: Path) -> None:
    """With --out at most 50 lines are printed and the rest is counted; the list is written though the data is bad."""
    ran = run("check", many, "--out", tmp_path / "masalah.xlsx", "--page", tmp_path / "mutu.html")
    lines = ran.out.splitlines()
    assert (ran.code, ran.err) == (3, "")
    assert sum(line.startswith("kesalahan: ") for line in lines) == 50
    sheet = openpyxl.load_workbook(tmp_path / "masalah.xlsx")["Masalah"]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=5)]
    assert sum(row[7] == "'9'" for row in rows) == 60
    assert f"… dan {len(rows) - 50} lagi, semuanya dalam berkas daftar." in lines
    assert {row[2] for row in rows if row[5] == "level"} == {"standards.csv"}
    assert sheet["G5"].hyperlink.target == "kota\\standards.csv"
    assert ["60", "kesalahan", "Tertulis"] in [line.split()[:3] for line in lines]
    assert (tmp_path / "mutu.html").read_text(encoding="utf-8").lstrip().startswith("<!DOCTYPE html>")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["kota", "masalah.xlsx", "mutu.html"]


def test_a_clean_check_writes_an_empty_list(city: Path, tmp_path: Path) -> None:
    """Asked for a list there is one, with nothing in it; the files are named."""
    ran = run("check", city, "--out", tmp_path / "masalah.xlsx", "--page", tmp_path / "mutu.html", "--language", "en")
    assert (ran.code, ran.err) == (0, "")
    assert [line.partition(":")[0] for line in ran.out.splitlines()[:2]] == ["Written", "Written"]
    assert openpyxl.load_workbook(tmp_path / "masalah.xlsx")["Problems"].max_row == 4


def test_the_tables_are_never_written_over(city: Path, tmp_path: Path) -> None:
    """A workbook that is checked cannot be the list, nor can another that is no list of ours."""
    book = tmp_path / "kota.xlsx"
    openpyxl.Workbook().save(book)
    before = book.read_bytes()
    for source in (book, city):
        ran = run("check", source, "--out", book, "--language", "en")
        assert ran.code == 2
        assert "Choose another name." in ran.err
    assert book.read_bytes() == before


def test_settings_of_a_file_go_before_those_of_the_folder(tmp_path: Path) -> None:
    """Without saying that the city's people are made up their ids are errors; so is a wrong name in the file."""
    folder = write_city(tmp_path / "kota")
    chosen = tmp_path / "lain.toml"
    chosen.write_text("synthetic = false\n")
    assert "nip" not in run("check", folder).out
    ran = run("check", folder, "--settings", chosen)
    assert ran.code == 3
    assert "synthetic = true" in ran.out
    chosen.write_text("sintetis = true\n")
    ran = run("check", folder, "--settings", chosen)
    assert ran.code == 3
    assert "pengaturan tidak dapat dipakai" in ran.err


def test_progress_names_each_table_on_a_terminal(city: Path) -> None:
    """Whoever waits sees which table is read, and of how many; in a pipe there is nothing."""
    assert "Membaca employees.csv (1/16)" in run("check", city, terminal=True).err
    assert run("check", city).err == ""


ESCAPES = "\x1b]0;t\x07\x1b[2J\x9b2J\u202eb\u2066\r\x08\x00"


def test_nothing_from_data_reaches_the_terminal_alive(changed: Callable[..., Path]) -> None:
    """Escape sequences, C1 controls and turned reading order in cells, headings and file names show as such."""
    units = cities.frames()["units"].assign(**{f"x{ESCAPES.replace(chr(0), '')}": "1"})
    people = cities.frames()["employees"]
    people.loc[0, "unit_id"] = ESCAPES.replace("\x00", "")
    folder = changed(units=units, employees=people)
    (folder / "a\x1b[31m\u202e\nkesalahan: b.csv").write_text("x")
    ran = run("check", folder)
    assert ran.code == 3
    assert not set("\x1b\x07\x08\x9b\u202e\u2066\x00\r") & set(ran.out + ran.err)
    assert "␛[31m⟨U+202E⟩␊kesalahan: b.csv" in ran.out


def test_a_password_is_never_shown() -> None:
    """The URL of a database that is out of reach, or in the wrong place, is shown without its password."""
    server = "127.0.0.1:1/simpeg?connect_timeout=2&password=r4hs1a"
    for password in ("r4hs1a", "r4h%40s1a", "r4h@s1a"):
        url = f"postgresql+psycopg://pembaca:{password}@{server}"
        _check_hidden(url)


def _check_hidden(url: str) -> None:
    for args in (("check", url), ("check", url, "--debug"), ("verify", url), ("check", url, url)):
        ran = run(*args)
        assert ran.code != 0
        assert "s1a" not in ran.out + ran.err
