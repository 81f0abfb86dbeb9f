"""``check`` lists every problem and counts them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests import cities
from tests.cli.conftest import run


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
    """Two wrong units and a stray file: two errors, then one warning, counts by table and in all, and 3.

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
        ["No", "plan", "can", "be", "made", "before", "the", "errors", "are", "mended."],
    ]  # fmt: skip


def test_settings_that_do_not_exist(changed: Callable[..., Path]) -> None:
    """Settings lie among the tables: a wrong name in them is bad data, said in the language of the run."""
    folder = changed()
    (folder / "settings.toml").write_text("kapa = 0.5\n")
    ran = run("check", folder)
    assert (ran.code, ran.out) == (3, "")
    assert "pengaturan tidak dapat dipakai" in ran.err
    assert "'kappa'" in ran.err
