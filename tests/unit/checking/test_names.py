"""Tables, headings and codes by every name that officers and SIASN have for them, and none by two."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from karier_reco.checking import Found
from karier_reco.checking.cells import read_text
from karier_reco.checking.names import (
    _enter,
    code_name,
    codes_of,
    columns_of,
    heading,
    plain,
    recognise,
    sheet,
    spelt,
    table_of,
    table_spellings,
)
from karier_reco.checking.presence import Given, check_headings, match_tables
from karier_reco.checking.source import Cells, Source
from karier_reco.rules import codes
from karier_reco.settings import Settings
from karier_reco.tables import TABLES
from karier_reco.texts import LANGUAGES, catalogue


def source(table: str, *headings: str) -> Source:
    """A table of one record whose cells say their heading."""
    return Source(table, f"{table}.csv", {name: Cells.of([name]) for name in headings}, [2])


def recognised(table: str, headings: Iterable[str], settings: Settings | None = None) -> tuple[dict[str, str], Found]:
    """Return each column's heading as its owner wrote it, and what was found."""
    found = Found()
    known = recognise(source(table, *headings), settings or Settings(), found)
    return {column: cells[0] for column, cells in known.cells.items()}, found


def test_every_table_column_and_code_has_a_name_in_both_languages() -> None:
    """The template writes them, and what it writes must lead back to the same table, column and code."""
    for table in TABLES.values():
        for language in LANGUAGES:
            assert table_of(sheet(table.name, language), Settings()) == table.name
            for column in table:
                assert columns_of(table.name)[plain(heading(table.name, column.name, language))] == column.name
                for code in codes(column.codes or ()):
                    assert codes_of(table.name, column)[spelt(code_name(table.name, column, code, language))] == code


def test_the_notes_say_what_the_tables_say() -> None:
    """The English words are those of tables.py, so that the note, the reference page and the code say one thing."""
    texts = catalogue()
    for table in TABLES.values():
        assert texts[f"about.table.{table.name}"]["en"] == table.about
        for column in table:
            assert texts[f"about.{table.name}.{column.name}"]["en"] == column.about
            assert texts[f"about.{table.name}.{column.name}"]["id"] not in ("", column.about)


def test_the_lists_name_only_what_is_there() -> None:
    """A name given to a table, column or code that is gone (or misspelt) would never be looked up by anybody."""
    from karier_reco.checking.names import _data

    data = _data()
    assert list(data["tables"]) == list(TABLES)
    for table, columns in data["columns"].items():
        assert set(columns) <= set(TABLES[table].names), table
    known = {column.name: set() for table in TABLES.values() for column in table}
    for table in TABLES.values():
        for column in table:
            known[column.name] |= set(codes(column.codes or ()))
    for column, names in data["codes"].items():
        assert set(names) <= known[column], column


def test_a_name_with_two_meanings_is_a_fault_of_ours() -> None:
    """Two columns under one name would make one of them unreadable: the list of names refuses it."""
    with pytest.raises(ValueError, match="got 'Nama' for both 'name' and 'title'"):
        _enter({"nama": "name"}, "title", ["Nama"])


@pytest.mark.parametrize(
    ("table", "written", "column"),
    [
        ("employees", "NIP *", "employee_id"),
        ("employees", "N I P", "employee_id"),
        ("employees", "nip\nbaru", "employee_id"),
        ("employees", "NIP\u00a0BARU", "employee_id"),
        ("employees", "nipBaru", "employee_id"),
        ("employees", "\uff2e\uff29\uff30", "employee_id"),
        ("employees", "tglLahir", "birth_date"),
        ("employees", "TANGGAL LAHIR", "birth_date"),
        ("employees", "JENIS KELAMIN", "gender"),
        ("employees", "TMT CPNS", "appointed_on"),
        ("employees", "GOL AKHIR NAMA", "grade"),
        ("employees", "UNOR ID", "unit_id"),
        ("employees", "JABATAN_ID", "role_id"),
        ("units", "DiatasanId", "parent_id"),
        ("units", "NamaUnor", "name"),
        ("courses", "namaKursus", "title"),
        ("courses", "institusiPenyelenggara", "provider"),
        ("history", "jumlahJam", "jp"),
        ("history", "tanggalSelesaiKursus", "finished_on"),
        ("history", "tanggalSelesai", "finished_on"),
        ("sessions", "Tanggal selesai", "ends_on"),
        ("budgets", "Pagu Anggaran", "amount"),
    ],
)
def test_headings_as_agencies_and_siasn_write_them(table: str, written: str, column: str) -> None:
    """Capitals, spaces, line breaks, NBSP, wide letters and marks of a required column make no other name."""
    assert recognised(table, [written])[0] == {column: written}


@pytest.mark.parametrize("written", ["Jabatan", "Unit kerja", "Pangkat", "nipLama", "TMT PNS", "golRuangAkhirId"])
def test_a_name_that_could_mean_something_else_is_nobodys(written: str) -> None:
    """The name of a role is not its code, and the old NIP not the NIP: guessing would put wrong values in silence."""
    assert recognised("employees", [written])[0] == {written: written}


@pytest.mark.parametrize(
    ("name", "table"),
    [
        ("Data Pegawai", "employees"),
        ("PERANGKAT_DAERAH", "units"),
        ("Standar Kompetensi Jabatan", "standards"),
        ("riwayat-diklat", "history"),
        ("Jadwal Pelatihan", "sessions"),
        ("assessments", "assessments"),
        ("Menu", None),
    ],
)
def test_sheets_and_files_by_their_usual_names(name: str, table: str | None) -> None:
    """Sheets are found by their name in either language; a stranger is nobody's."""
    assert table_of(name, Settings()) == table


def test_what_the_agency_declares_wins() -> None:
    """Its own heading for a column, even one that is built in for another, and its own sheet for a table."""
    settings = Settings(columns={"employees": {"employee_id": "Nama", "name": "Nama pegawai (gelar)"}})
    columns, found = recognised("employees", ["NIP", "Nama", "Nama pegawai (gelar)"], settings)
    assert columns == {"NIP": "NIP", "employee_id": "Nama", "name": "Nama pegawai (gelar)"}
    assert not found.problems
    declared = Settings(tables={"employees": "Menu"})
    assert table_of("menu", declared) == "employees"
    assert table_of("Pegawai", declared) is None


def test_two_headings_for_one_column_are_refused_and_neither_is_believed() -> None:
    """Which of the two holds the NIP, nobody can know: the column is lost, and one problem names both headings."""
    found = Found()
    known = recognise(source("employees", "NIP", "NIP baru", "Nama"), Settings(), found)
    assert known.lost == {"employee_id"}
    assert [(problem.kind, problem.value) for problem in found.problems] == [("two_headings", "'NIP', 'NIP baru'")]


def test_extra_columns_are_listed_and_near_ones_suggested() -> None:
    """Officers keep columns of their own: they are named as ignored; a missing column's near miss is suggested."""
    found = Found()
    known = recognise(source("units", "Kode unti", "Nama unit", "Nomor telepon"), Settings(), found)
    check_headings(known, Settings(), found)
    said = {
        (problem.kind, problem.severity, problem.value): dict(problem.facts).get("meant") for problem in found.problems
    }
    assert said == {
        ("missing_column", "error", "'unit_id'"): "'Kode unti'",
        ("ignored_column", "warning", "'Kode unti'"): "'Kode unit'",
        ("ignored_column", "warning", "'Nomor telepon'"): None,
    }


def test_a_table_under_a_name_with_a_slip_is_suggested() -> None:
    """A sheet Pegawaii is no table; what was meant is said of the missing table and of the strange sheet."""
    found = Found()
    others = [Given(sheet(name, "id"), sheet(name, "id")) for name, table in TABLES.items() if name != "employees"]
    matched = match_tables([Given("Pegawaii", "Pegawaii"), *others], Settings(), found)
    assert "employees" not in matched
    said = {problem.kind: dict(problem.facts).get("meant") for problem in found.problems}
    assert said == {"missing_table": "'Pegawaii'", "ignored_table": "'Pegawai'"}


def test_table_names_are_near_only_to_their_own_table() -> None:
    """The spellings of one table lead to it alone."""
    for table in TABLES:
        assert {table_of(name, Settings()) for name in table_spellings(table)} == {table}


@pytest.mark.parametrize(
    ("table", "column", "written", "code"),
    [
        ("employees", "employment", "PPPK Paruh Waktu", "PPPK_PW"),
        ("employees", "employment", "p3k", "PPPK"),
        ("employees", "gender", "Laki-laki", "L"),
        ("employees", "gender", "PEREMPUAN", "P"),
        ("employees", "gender", "F", "P"),
        ("roles", "tier", "Ahli Muda", "jf_ahli_muda"),
        ("roles", "tier", "JPT Pratama", "jpt_pratama"),
        ("courses", "form", "Bimtek", "guidance"),
        ("courses", "form", "Diklat Teknis", "course"),
        ("assessments", "source", "Atasan langsung", "supervisor"),
        ("outcomes", "source", "Dinyatakan penyelenggara", "given"),
        ("attendance", "status", "Tidak hadir", "absent"),
        ("decisions", "decision", "Batalkan sesi", "cancel"),
        ("budgets", "account", "Perjalanan dinas", "travel"),
    ],
)
def test_codes_by_their_names(table: str, column: str, written: str, code: str) -> None:
    """What a drop-down list offers and what officers type comes in as the code."""
    assert codes_of(table, TABLES[table][column])[spelt(written)] == code


def test_codes_that_cannot_be_told_stay_unknown() -> None:
    """W would make P mean pria, and a session pays no travel account: both are refused where they stand."""
    assert spelt("W") not in codes_of("employees", TABLES["employees"]["gender"])
    assert spelt("Perjalanan dinas") not in codes_of("sessions", TABLES["sessions"]["account"])


@pytest.mark.parametrize(
    ("written", "flag"),
    [("Ya", True), ("LULUS", True), ("yes", True), ("Tidak", False), ("tidak lulus", False), ("No", False)],
)
def test_flags_as_officers_write_them(written: str, flag: bool) -> None:
    """Words that say yes or no and nothing else; a tick alone does not say which of two boxes it stands in."""
    assert read_text(TABLES["history"]["passed"], written) is flag
    assert read_text(TABLES["history"]["passed"], "v").kind == "not_flag"
