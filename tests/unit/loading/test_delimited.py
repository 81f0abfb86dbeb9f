"""Text files as they are in Indonesia: encodings, separators, title lines, and files that are none."""

from __future__ import annotations

import gzip
import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from karier_reco.checking import Found, Source
from karier_reco.loading.delimited import MOST_BROKEN, read_file
from karier_reco.loading.lines import HEAD_LINES, LONGEST
from karier_reco.settings import Settings

UTF8, CP1252 = Settings(), Settings(encoding="cp1252")
#: Two units, one with a letter that is no ASCII.
ROWS = "unit_id,name\nU1,Dinas\nU2,Badan é\n"


def read(folder: Path, content: bytes, chosen: Settings = UTF8, table: str = "units") -> tuple[Source | None, Found]:
    path = folder / f"{table}.csv"
    path.write_bytes(content)
    found = Found()
    return read_file(path, table, chosen, found), found


def cells(source: Source | None) -> dict[str, list[str]]:
    assert source is not None
    return {title: [column[i] for i in range(len(column))] for title, column in source.cells.items()}


GOOD = {"unit_id": ["U1", "U2"], "name": ["Dinas", "Badan é"]}

DRESSES = [
    (ROWS.encode(), Settings()),
    (ROWS.encode("utf-8-sig"), Settings()),
    (ROWS.encode("utf-8-sig"), CP1252),
    (ROWS.encode("utf-16"), Settings()),
    (ROWS.encode("utf-16"), CP1252),
    (b"\xfe\xff" + ROWS.encode("utf-16-be"), Settings()),
    (ROWS.encode("cp1252"), CP1252),
    (ROWS.replace(",", ";").encode(), Settings()),
    (ROWS.replace(",", "\t").encode(), Settings()),
    (ROWS.replace(",", "\t").encode("utf-16"), Settings()),
    (b"sep=;\r\n" + ROWS.replace(",", ";").replace("\n", "\r\n").encode(), Settings()),
    (b"sep=|\n" + ROWS.replace(",", "|").encode(), Settings()),
    (b'\xef\xbb\xbf"sep=\t"\n' + ROWS.replace(",", "\t").encode(), Settings()),
    ("SEP=;\n".encode("utf-16") + ROWS.replace(",", ";").encode("utf-16-le"), Settings()),
    (ROWS.replace("\n", "\r").encode(), Settings()),
    (ROWS.removesuffix("\n").encode(), Settings()),
]


@pytest.mark.parametrize(("content", "chosen"), DRESSES)
def test_the_same_table_in_any_dress(tmp_path: Path, content: bytes, chosen: Settings) -> None:
    """Encoding, byte order mark, separator and line ends are dress; the heading stays row 1, the units rows 2 and 3."""
    source, found = read(tmp_path, content, chosen)
    assert found.problems == ()
    assert cells(source) == GOOD
    assert source is not None
    assert list(source.rows) == [2, 3]
    assert (source.file, source.letters) == ("units.csv", {"unit_id": "A", "name": "B"})


def test_another_encoding_is_refused_and_the_remedy_names_the_setting(tmp_path: Path) -> None:
    """What is no UTF-8 may be of any old encoding: nothing is guessed, the row and the byte are told."""
    _, found = read(tmp_path, ROWS.encode("cp1252"))
    assert [problem.text for problem in found.problems] == [
        "units.csv row 3: got 0xe9, in 1 rows from here on; expected UTF-8 text. Save the file again as CSV UTF-8, or "
        'declare encoding = "cp1252" in the settings if it comes from an older Windows.'
    ]


def test_bytes_that_cp1252_does_not_have_are_reported(tmp_path: Path) -> None:
    """0x81 and 0x9d are no characters of cp1252; the other rows are read."""
    source, found = read(tmp_path, b"unit_id,name\nU1,\x81\nU2,\x9d\nU3,\xe9\n", CP1252)
    (problem,) = found.problems
    assert problem.text.startswith("units.csv row 2: got 0x81, in 2 rows from here on; expected CP1252 text.")
    assert source is not None
    assert source.refused is not None
    assert source.refused.tolist() == [True, True, False]
    assert cells(source)["name"][2] == "é"


def test_a_wrong_encoding_in_every_row_is_one_problem(tmp_path: Path) -> None:
    """However many rows: 1,500 of them are counted, and nothing else is said; a byte order mark leaves no choice."""
    rows = b"".join(b"U%d,\xe9\n" % i for i in range(1500))
    source, found = read(tmp_path, b"unit_id,name\n" + rows)
    assert source is not None
    assert [problem.kind for problem in found.problems] == ["encoding"]
    assert "in 1500 rows" in found.problems[0].text
    _, found = read(tmp_path, b"\xef\xbb\xbfunit_id,name\n" + rows)
    assert found.problems[0].text.endswith("expected UTF-8 text. Save the file again as CSV UTF-8.")


def test_utf8_under_another_declaration_is_remarked(tmp_path: Path) -> None:
    """Without a mark the declaration counts, but text that is UTF-8 too was probably meant so."""
    source, found = read(tmp_path, ROWS.encode(), CP1252)
    assert cells(source)["name"] == ["Dinas", "Badan Ã©"]
    assert [(problem.kind, problem.severity) for problem in found.problems] == [("looks_utf8", "warning")]


def test_half_a_character_of_utf16_is_one_cells_fault(tmp_path: Path) -> None:
    """It stays in its cell, where checking reports it; the file is read."""
    source, found = read(tmp_path, ROWS.encode("utf-16") + "U3,a\udc99\n".encode("utf-16-le", "surrogatepass"))
    assert found.problems == ()
    assert cells(source)["name"][2] == "a\udc99"


def zipped() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as book:
        book.writestr("xl/workbook.xml", "<workbook/>")
    return file.getvalue()


OTHERS = [
    (zipped(), "wrong_content", "got zip (xlsx, ods)"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "wrong_content", "got xls"),
    (b"PAR1\0\0", "wrong_content", "got Parquet"),
    (b"%PDF-1.7\n", "wrong_content", "got PDF"),
    (gzip.compress(ROWS.encode()), "wrong_content", "got gzip"),
    (b"\n <!DOCTYPE html><table><tr><td>unit_id", "wrong_content", "got HTML/XML"),
    (b"\xef\xbb\xbf<html xmlns:x='urn:schemas-microsoft-com'>", "wrong_content", "got HTML/XML"),
    (b"<?xml version='1.0'?><Workbook/>", "wrong_content", "got HTML/XML"),
    (b"\0" * 5000, "wrong_content", "got NUL"),
    (ROWS.encode("utf-16-le"), "wrong_content", "got UTF-16"),
    (ROWS.encode("utf-16-be"), "wrong_content", "got UTF-16"),
    (ROWS.encode("utf-32"), "wrong_content", "got UTF-32"),
    (ROWS.encode("utf-16")[:-1], "cut_off", "got 67 bytes"),
    (b"", "empty_file", "got an empty file"),
    (b"\xff\xfe", "empty_file", "got an empty file"),
    (b"sep=;\n", "empty_file", "got an empty file"),
    (b"\n \n;;\n", "empty_file", "got an empty file"),
    (b"x," * 300_000, "too_much_text", "got more than 400000 characters"),
]


@pytest.mark.parametrize(("content", "kind", "says"), OTHERS)
def test_what_is_no_text_table_is_one_clear_problem(tmp_path: Path, content: bytes, kind: str, says: str) -> None:
    """Whatever the ending of its name says: one problem, which names what the file holds."""
    source, found = read(tmp_path, content)
    assert source is None
    assert [problem.kind for problem in found.problems] == [kind]
    assert says in found.problems[0].text


def test_the_heading_may_stand_below_titles(tmp_path: Path) -> None:
    """Exports have titles: 3 lines and a blank one above; the heading is row 5, its rows 6 and 8, a blank one 7."""
    content = "Daftar unit;\n'Kota;\nPer 1 Januari, 2027;;\n\nKode unit;Nama unit\nU1;Dinas\n;\nU2;Badan é\n"
    source, found = read(tmp_path, content.encode())
    assert found.problems == ()
    assert source is not None
    assert cells(source) == {"Kode unit": GOOD["unit_id"], "Nama unit": GOOD["name"]}
    assert list(source.rows) == [6, 8]
    assert source.left_out == {"blank": 2, "above_heading": 3}


def test_a_heading_is_found_by_the_names_that_the_agency_declared(tmp_path: Path) -> None:
    """The settings' own headings are known ones too."""
    declared = Settings(columns={"units": {"unit_id": "OPD", "name": "Sebutan"}})
    source, _ = read(tmp_path, b"Laporan\tunit\nOPD\tSebutan\nU1\tDinas\n", declared)
    assert cells(source) == {"OPD": ["U1"], "Sebutan": ["Dinas"]}
    source, _ = read(tmp_path, b"Laporan\tunit\nOPD\tSebutan\nU1\tDinas\n")
    assert list(cells(source)) == ["Laporan", "unit"]


def test_a_heading_beyond_the_first_lines_is_not_looked_for(tmp_path: Path) -> None:
    """Row 30 is the last that may be the heading: with 30 lines above, the first filled line is taken for it."""
    for above, first in ((29, "unit_id"), (30, "judul")):
        source, _ = read(tmp_path, b"judul\n" * above + b"unit_id,name\nU1,Dinas\n")
        assert next(iter(cells(source))) == first


def test_a_decimal_comma_does_not_look_like_a_separator(tmp_path: Path) -> None:
    """The heading alone decides: the semicolon stands between headings, the commas inside numbers."""
    source, _ = read(tmp_path, b"role_id;title;criticality\nR1;Analis, muda;1,5\n", table="roles")
    assert cells(source) == {"role_id": ["R1"], "title": ["Analis, muda"], "criticality": ["1,5"]}


def test_an_open_quote_swallows_no_rows(tmp_path: Path) -> None:
    """Row 3 opens a quote that row 5 seems to close: row 3 is broken, rows 4 to 6 are read."""
    source, found = read(tmp_path, b'unit_id,name\nU1,a\nU2,"b\nU3,c\nU4,"d"\nU5,e\n')
    assert [(problem.kind, problem.row) for problem in found.problems] == [("quoting", 3)]
    assert cells(source)["unit_id"] == ["U1", "", "U3", "U4", "U5"]


def test_a_filled_column_without_a_heading_is_remarked(tmp_path: Path) -> None:
    """It cannot be read, and must not go unseen: 1 filled cell in column C; the empty column D is nothing."""
    source, found = read(tmp_path, b"unit_id,name,,\nU1,a,x,\nU2,b,,\n")
    assert [problem.text for problem in found.problems] == [
        "units.csv row 1: got 1 filled cells in column C without a heading; expected a heading over every filled "
        "column. It is ignored."
    ]
    assert list(cells(source)) == ["unit_id", "name"]


BROKEN = [
    (b'unit_id,name\nU1,"' + b"x" * 200_000 + b'"\nU2,b\n', "too_much_text", [2], ["", "U2"]),
    (b'unit_id,name\nU1,"' + b"x" * 200_000 + b"\nU2,b\n", "too_much_text", [2], ["", "U2"]),
    (b"unit_id,name\nU1," + b"," * 5_000_000 + b"\nU2,b\n", "too_much_text", [2], ["", "U2"]),
    (b"unit_id,name\nU1,a\0\nU2,b\n", "nul", [2], ["U1", "U2"]),
]


@pytest.mark.parametrize(("content", "kind", "rows", "units"), BROKEN)
def test_a_huge_row_is_one_problem(
    tmp_path: Path, content: bytes, kind: str, rows: list[int], units: list[str]
) -> None:
    """A cell of 200,000 characters, or a line of millions, is broken at its row; the next row is read."""
    source, found = read(tmp_path, content)
    assert [(problem.kind, problem.row) for problem in found.problems] == [(kind, row) for row in rows]
    assert cells(source)["unit_id"] == units


def test_nothing_but_broken_rows_is_given_up(tmp_path: Path) -> None:
    """A thousand broken rows on end are no table: reading stops there, and says so; one good row between is enough."""
    source, found = read(tmp_path, b"unit_id,name\n" + b"U1\n" * 5000)
    assert source is None
    assert (len(found.problems), found.problems[-1].kind, found.problems[-1].row) == (1001, "given_up", 1001)
    source, found = read(tmp_path, b"unit_id,name\n" + (b"U1\n" * 999 + b"U1,a\n") * 2)
    assert source is not None
    assert len(source) == 2000


def test_names_of_ten_thousand_characters_and_columns_by_the_thousand_are_read(tmp_path: Path) -> None:
    """Long is not broken."""
    source, found = read(tmp_path, b"unit_id,name\nU1," + b"A" * 10_000 + b"\n")
    assert found.problems == ()
    assert len(cells(source)["name"][0]) == 10_000
    more = ",".join(f"k{i}" for i in range(10_000))
    source, found = read(tmp_path, f"unit_id,name,{more}\nU1,a,{more}\n".encode())
    assert source is not None
    assert (len(source.cells), source.letters["k9999"]) == (10_002, "NTR")


def test_a_million_blank_lines_are_counted(tmp_path: Path) -> None:
    """They are no records."""
    source, _ = read(tmp_path, ROWS.encode() + b"\n" * 1_000_000)
    assert source is not None
    assert (len(source), source.left_out["blank"]) == (2, 1_000_000)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.binary(max_size=300)
    | st.text('unit_id,name;"\n\r\0\té =\udc99', max_size=120).map(lambda text: text.encode("utf-8", "surrogatepass"))
    | st.text('unit_id,name;"\n\té\ud83d', max_size=80).map(lambda text: text.encode("utf-16", "surrogatepass")),
    st.sampled_from([Settings(), CP1252]),
)
def test_any_bytes_are_read_or_reported(tmp_path: Path, content: bytes, chosen: Settings) -> None:
    """No file makes the reader raise: every line is a record, blank, above the heading, or the file is refused."""
    source, found = read(tmp_path, content, chosen)
    assert source is not None or found.problems
    if source is not None:
        assert source.refused is not None
        assert len(source.rows) == len(set(source.rows)) == len(source.refused)
        assert all(len(column) == len(source) for column in source.cells.values())


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(st.text('aé,;\t"\n ', min_size=1), st.text("bü;,\t\"\n '")).filter(lambda row: row[0].strip())),
    st.sampled_from(",;\t"),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_what_was_written_is_what_is_read(
    tmp_path: Path, rows: list[tuple[str, str]], separator: str, encoding: str
) -> None:
    """Quotes, separators and line ends inside cells come back as they were, with every separator and encoding."""
    lines = [("unit_id", "name"), *rows]
    text = "\n".join(separator.join(f'"{cell.replace(chr(34), 2 * chr(34))}"' for cell in line) for line in lines)
    source, found = read(tmp_path, text.encode(encoding))
    assert found.problems == ()
    assert list(zip(*cells(source).values(), strict=True)) == rows


def test_the_limits_are_those_of_the_module() -> None:
    """The tests above count on them."""
    assert (LONGEST, MOST_BROKEN, HEAD_LINES) == (4_000_000, 1000, 30)
