"""A command that is used wrongly says so in the language of the run, and leaves with 2."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import run

PLAN = ("plan", "{city}", "--year", "2027", "--out", "{new}")

CASES = [
    ((), "Perintah belum disebut.", "Missing command."),
    (("chek",), "Tidak ada perintah 'chek'. Maksudnya 'check'?", "No such command 'chek'. Did you mean 'check'?"),
    (("check",), "Argumen belum disebut: 'SUMBER'.", "Missing argument 'SOURCE'."),
    (("check", "{city}", "lagi"), "Argumen berlebih (lagi)", "Got unexpected extra argument (lagi)"),
    (("check", "/tidak/ada"), "Lokasi '/tidak/ada' tidak ada.", "Path '/tidak/ada' does not exist."),
    (("check", "{file}"), "adalah berkas; seharusnya folder, buku kerja", "is a file; expected a folder, a workbook"),
    (("check", "{city}", "--out", "{new}.csv"), "tidak berakhiran .xlsx", "does not end in .xlsx"),
    (("check", "{city}", "--page", "{new}.xlsx"), "tidak berakhiran .html", "does not end in .html"),
    (("check", "{city}", "--out", "{new}/a.xlsx"), "Buat dahulu", "Make it first"),
    (("check", "{city}", "--settings", "{new}"), "tidak ada.", "does not exist."),
    (("template",), "Argumen belum disebut: 'BERKAS.xlsx|FOLDER'.", "Missing argument 'FILE.xlsx|DIR'."),
    (("template", "{city}"), "folder tidak dapat dipakai", "the folder cannot be used"),
    (("template", "{new}.csv"), "folder tidak dapat dipakai", "the folder cannot be used"),
    (("siasn", "{city}"), "Opsi belum disebut: '--out'.", "Missing option '--out'."),
    (("siasn", "{city}", "--out", "{city}"), "folder tidak dapat dipakai", "the folder cannot be used"),
    (
        ("check", "{city}", "--language", "jv"),
        "'jv' bukan salah satu dari 'id', 'en'.",
        "'jv' is not one of 'id', 'en'.",
    ),
    (
        (*PLAN, "--yaer", "1"),
        "Tidak ada opsi '--yaer'. Maksudnya '--year'?",
        "No such option '--yaer'. Did you mean '--year'?",
    ),
    (PLAN[:4], "Opsi belum disebut: '--out'.", "Missing option '--out'."),
    (("plan", "{city}", "--out", "{new}"), "Opsi belum disebut: '--year'.", "Missing option '--year'."),
    ((*PLAN, "--year", "dua"), "'dua' bukan bilangan bulat.", "'dua' is not a valid whole number."),
    ((*PLAN, "--year", "20270"), "20270 di luar rentang 1945<=x<=9998.", "20270 is not in the range 1945<=x<=9998."),
    ((*PLAN, "--budget", "1,5"), "'1,5' bukan rupiah bulat", "'1,5' is not whole rupiah"),
    ((*PLAN, "--budget=-5"), "'-5' bukan rupiah bulat", "'-5' is not whole rupiah"),
    ((*PLAN, "--gap", "nan"), "'nan' bukan bilangan yang terbatas.", "'nan' is not a finite number."),
    ((*PLAN, "--gap", "2"), "2.0 di luar rentang 0<=x<=1.", "2.0 is not in the range 0<=x<=1."),
    ((*PLAN, "--work-limit", "inf"), "'inf' bukan bilangan yang terbatas.", "'inf' is not a finite number."),
    ((*PLAN, "--time-limit", "-1"), "-1.0 di luar rentang x>=0.", "-1.0 is not in the range x>=0."),
    ((*PLAN, "--as-of", "31/12/2026"), "'31/12/2026' bukan tanggal", "'31/12/2026' is not a date"),
    (("plan", "{city}", "--year", "2027", "--out", "{city}"), "dan bukan rencana", "and is no plan"),
    (
        ("plan", "{city}", "--year", "2027", "--out", "{file}"),
        "adalah berkas; seharusnya folder",
        "is a file; expected a folder",
    ),
    (
        ("plan", "{city}", "--year", "2027", "--out", "{file}/out"),
        "adalah berkas; seharusnya folder",
        "is a file; expected",
    ),
    (("verify", "{city}"), "bukan folder rencana", "is no plan folder"),
    (("explain", "{city}", "005"), "bukan folder rencana", "is no plan folder"),
    (("example", "{city}"), "seharusnya folder baru atau kosong", "expected a new or an empty folder"),
]


@pytest.mark.parametrize(("args", "indonesian", "english"), CASES)
def test_wrong_use(args: tuple[str, ...], indonesian: str, english: str, city: Path, tmp_path: Path) -> None:
    """Exit code 2, the defect on standard error, standard output left alone, nothing written."""
    file = tmp_path / "berkas.txt"
    file.write_text("isi")
    places = {"city": city, "file": file, "new": tmp_path / "baru"}
    filled = [arg.format(**places) for arg in args]
    for options, expected in ((("--language", "id"), indonesian), (("--language", "en"), english)):
        ran = run(*(options if "jv" not in args or options[1] == "en" else ()), *filled)
        assert (ran.code, ran.out) == (2, "")
        assert expected in " ".join(ran.err.split())
    assert [path.name for path in tmp_path.iterdir()] == ["berkas.txt"]


def test_a_nip_in_the_wrong_place_is_not_repeated(city: Path) -> None:
    """Standard error ends up in logs: a NIP given where a folder belongs shows as its last three digits."""
    ran = run("explain", "208703122110011005", city)
    assert ran.code == 2
    assert "…005" in ran.err
    assert "208703122110011005" not in ran.err
