"""Workbooks that are broken or made to do harm: a problem with its place, or harmless text; never a crash."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from karier_reco.errors import DataError
from karier_reco.loading.tables import Opened
from karier_reco.loading.workbook import read_workbook
from karier_reco.loading.workbook.compound import SIGNATURE
from karier_reco.settings import Settings
from tests import hostile
from tests.office import Office

#: Tables that no workbook here holds; that they are missing is not what is tested.
_BESIDE = {"missing_table"}
#: Most megabytes that any hostile workbook may take.
_MOST = 500


def read(path: Path) -> Opened:
    return read_workbook(path, Settings())


def problems(path: Path) -> dict[str, str]:
    """Return the problems of a workbook, by kind."""
    try:
        found = read(path).found.problems
    except DataError as error:
        found = error.problems
    return {problem.kind: problem.text for problem in found if problem.kind not in _BESIDE}


WRONG_CONTENT = [
    (b"unit_id;name\nU1;Dinas\n", "'unit_id;name'"),
    (b"\xef\xbb\xbf\r\n<html><body><table><tr><td>NIP</td></tr></table></body></html>", "HTML"),
    (b'<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?><Workbook/>', "XML"),
    (b"%PDF-1.7\n", "PDF"),
    (b"NIP 199003122015041001\n", "'NIP …001'"),
]


@pytest.mark.parametrize("ending", ["xlsx", "xls", "ods"])
@pytest.mark.parametrize(("content", "says"), WRONG_CONTENT)
def test_what_is_no_workbook_is_told_what_it_is(tmp_path: Path, content: bytes, says: str, ending: str) -> None:
    """Web systems export HTML as .xls, people rename CSV: the content counts, and no whole NIP is shown."""
    path = tmp_path / f"kota.{ending}"
    path.write_bytes(content)
    assert problems(path)["not_a_workbook"].startswith(f"kota.{ending}: got {says}; expected what an .xlsx")


def test_a_workbook_under_another_ending_is_read(tmp_path: Path) -> None:
    """An .xlsx called .xls or .ods holds the same table: the ending is a name, no format."""
    made = hostile.workbook(tmp_path / "kota.xlsx")
    for ending in ("xls", "ods", "xlsm"):
        renamed = tmp_path / f"lain.{ending}"
        renamed.write_bytes(made.read_bytes())
        assert len(read(renamed).sources["units"]) == 1


def test_no_file_no_content_and_a_folder(tmp_path: Path) -> None:
    """Each is a problem that names the file."""
    (tmp_path / "kosong.xlsx").write_bytes(b"")
    (tmp_path / "folder.xlsx").mkdir()
    assert problems(tmp_path / "tiada.xlsx")["unreadable"].startswith("tiada.xlsx: got No such file")
    assert problems(tmp_path / "folder.xlsx")["unreadable"].startswith("folder.xlsx: got Is a directory")
    assert problems(tmp_path / "kosong.xlsx")["empty_file"].startswith("kosong.xlsx: got an empty file")


def test_a_zip_of_something_else_and_two_formats_in_one(tmp_path: Path) -> None:
    """What two readers could read two ways is read by none."""
    other = hostile.pack(tmp_path / "lain.xlsx", {"readme.txt": "x"})
    xlsb = hostile.pack(tmp_path / "biner.xlsx", {"xl/workbook.bin": b"\x83\x01\0"})
    both = hostile.pack(tmp_path / "dua.xlsx", {**hostile.parts(), "content.xml": "<x/>"})
    assert "got ZIP; expected" in problems(other)["not_a_workbook"]
    assert "got XLSB; expected" in problems(xlsb)["not_a_workbook"]
    assert "got ZIP; expected" in problems(both)["not_a_workbook"]


def test_a_file_cut_anywhere_is_a_problem(tmp_path: Path) -> None:
    """A download that broke off has no end; where it broke does not matter."""
    whole = hostile.workbook(tmp_path / "kota.xlsx").read_bytes()
    path = tmp_path / "putus.xlsx"
    for length in [*range(2, 60), *range(60, len(whole), 97), len(whole) - 1]:
        path.write_bytes(whole[:length])
        assert set(problems(path)) == {"workbook_broken"}, length


def test_a_byte_changed_in_a_part_is_found(tmp_path: Path) -> None:
    """Each part carries its checksum: a disk that lies must not change a name in silence."""
    stored = tmp_path / "kota.xlsx"
    with zipfile.ZipFile(stored, "w", zipfile.ZIP_STORED) as archive:
        for name, part in hostile.parts().items():
            archive.writestr(name, part)
    content = bytearray(stored.read_bytes())
    content[content.index(b"Dinas")] = ord("K")
    stored.write_bytes(content)
    assert "xl/worksheets/sheet1.xml" in problems(stored)["workbook_broken"]


def test_names_that_lead_out_of_the_archive_do_no_harm(tmp_path: Path) -> None:
    """No part is ever written to disk, so a part called ../../x is not even opened."""
    path = hostile.pack(tmp_path / "kota.xlsx", {**hostile.parts(), "../../jahat.txt": "x", "/etc/jahat": "x"})
    assert len(read(path).sources["units"]) == 1
    assert not list(tmp_path.parent.glob("jahat*"))


def test_a_part_twice_is_refused(tmp_path: Path) -> None:
    """One reader would take the first, another the last."""
    path = tmp_path / "kota.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        for name, part in hostile.parts().items():
            archive.writestr(name, part)
        archive.writestr("XL/worksheets/Sheet1.xml", hostile.sheet())
    assert "twice" in problems(path)["workbook_broken"]


def test_a_header_that_lies_about_sizes_is_refused(tmp_path: Path) -> None:
    """The list of parts says 100 bytes, and the part goes on: what is unpacked is counted, not what is said."""
    path = hostile.workbook(tmp_path / "kota.xlsx", hostile.HEADING + hostile.UNIT * 50)
    content = bytearray(path.read_bytes())
    at = content.rindex(b"xl/worksheets/sheet1.xml") - 46
    struct.pack_into("<L", content, at + 24, 100)
    path.write_bytes(content)
    assert "not 100 as its header says" in problems(path)["workbook_broken"]


def laughs() -> str:
    """Return ten entities, each ten of the one before: a billion texts."""
    inner = "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True))
    return f'<!DOCTYPE x [<!ENTITY a "lol">{inner}]>'


ENTITIES = [
    laughs(),
    '<!DOCTYPE x [<!ENTITY i SYSTEM "file:///etc/passwd">]>',
    '<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">',
]
PARTS = ["xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/workbook.xml", "xl/styles.xml"]


@pytest.mark.parametrize("doctype", ENTITIES)
@pytest.mark.parametrize("part", PARTS)
def test_entities_are_never_resolved(tmp_path: Path, doctype: str, part: str) -> None:
    """A billion laughs, a file of the system, an address: the declaration alone is refused, in any part."""
    rows = hostile.HEADING + '<row r="2">' + hostile.text_cell("A2", "&i;") + hostile.text_cell("B2", "&i;") + "</row>"
    content = {**hostile.parts(), "xl/sharedStrings.xml": hostile.shared(["x"]), "xl/styles.xml": "<styleSheet/>"}
    content["xl/worksheets/sheet1.xml"] = hostile.sheet(rows if part.endswith("sheet1.xml") else hostile.UNIT)
    content[part] = doctype + content[part]
    found = problems(hostile.pack(tmp_path / "kota.xlsx", content))
    assert f"got a DOCTYPE in {part}" in found["workbook_entities"]


def test_xml_that_is_not_well_formed_or_not_utf8(tmp_path: Path) -> None:
    """The reader behind would guess on; we do not."""
    broken = hostile.workbook(tmp_path / "a.xlsx", hostile.HEADING + "<row><c></row>")
    wide = {**hostile.parts(), "xl/worksheets/sheet1.xml": hostile.sheet().encode("utf-16")}
    other = hostile.pack(tmp_path / "b.xlsx", wide)
    third = hostile.workbook(tmp_path / "c.xlsx", sheet=hostile.sheet(head='<?xml version="1.0" encoding="latin-1"?>'))
    assert problems(broken)["workbook_broken"].startswith("a.xlsx[units]: got xl/worksheets/sheet1.xml: mismatched tag")
    assert "no XML in UTF-8" in problems(other)["workbook_broken"]
    assert "no XML in UTF-8" in problems(third)["workbook_broken"]


def test_a_locked_workbook_says_what_to_do(tmp_path: Path) -> None:
    """A password on the zip, on an .xls (record FILEPASS), on an .ods (its manifest): open it and save it without."""
    zipped = hostile.workbook(tmp_path / "a.xlsx")
    content = bytearray(zipped.read_bytes())
    content[content.rindex(b"xl/workbook.xml") - 46 + 8] |= 1
    zipped.write_bytes(content)
    xls = hostile.binary(tmp_path / "b.xls", b"")
    raw = xls.read_bytes().replace(struct.pack("<HH", 0x0A, 0), struct.pack("<HH", 0x2F, 0), 1)
    xls.write_bytes(raw)
    ods = hostile.document(tmp_path / "c.ods", hostile.table(hostile.table_row("unit_id")))
    with zipfile.ZipFile(ods) as archive:
        parts = {name: archive.read(name).decode() for name in archive.namelist()}
    entry = "<manifest:file-entry><manifest:encryption-data/></manifest:file-entry></manifest:manifest>"
    parts["META-INF/manifest.xml"] = parts["META-INF/manifest.xml"].replace("</manifest:manifest>", entry)
    hostile.pack(ods, parts)
    for path in (zipped, xls, ods):
        assert "Open it with the password and save it without." in problems(path)["workbook_locked"], path.name


def bomb(megabytes: int) -> Iterable[str]:
    yield hostile.HEADING
    for _ in range(megabytes):
        yield "<x/>" * 250_000


def one_far_cell() -> str:
    far = '<row r="1048576">' + hostile.text_cell("XFD1048576", "x") + "</row>"
    return hostile.HEADING + hostile.UNIT + far


def many_long_texts() -> Iterable[str]:
    yield hostile.HEADING
    for row in range(2, 100_002):
        cells = "".join(f'<c r="{column}{row}" t="s"><v>0</v></c>' for column in "ABCDEFGHIJ")
        yield f'<row r="{row}">{cells}</row>'


def styled_rows() -> Iterable[str]:
    yield hostile.HEADING + hostile.UNIT
    for row in range(3, 1_000_003):
        yield f'<row r="{row}" spans="1:2" s="1" customFormat="1"><c r="A{row}" s="1"/><c r="B{row}" s="1"/></row>'


def million_rows() -> Iterable[str]:
    yield hostile.HEADING
    for row in range(2, 1_000_002):
        yield f'<row r="{row}"><c r="A{row}"><v>{row}</v></c><c r="B{row}" t="s"><v>0</v></c></row>'


def cells_without_address() -> str:
    """Return cells whose addresses a reader may not understand, after a row that is far down."""
    cell = '<c r="&#65;1" t="inlineStr"><is><t>x</t></is></c>'
    return hostile.HEADING + hostile.UNIT + '<row r="1048576">' + cell * 16_000 + "</row>"


def dimension() -> str:
    return hostile.sheet(before='<dimension ref="A1:XFD1048576"/>')


def repeated(rows: int, columns: int) -> str:
    heading = hostile.table_row("unit_id", "name")
    return hostile.table(heading + hostile.table_row("U1", "Dinas", rows=rows, columns=columns))


def spaces() -> str:
    return hostile.table(hostile.table_row("unit_id", "name") + hostile.table_row('<text:s text:c="900000000"/>'))


def empty_far() -> str:
    far = '<table:table-row table:number-rows-repeated="1048000"><table:table-cell/></table:table-row>'
    return hostile.table(hostile.table_row("unit_id", "name") + hostile.table_row("U1", "Dinas") + far)


def failed_cells() -> str:
    cell = '<table:table-cell table:number-columns-repeated="16000" calcext:value-type="error"/>'
    rows = f'<table:table-row table:number-rows-repeated="1000000">{cell}</table:table-row>'
    return hostile.table(hostile.table_row("unit_id", "name") + rows)


def part_of(name: str, pieces: Callable[[], Iterable[str]]) -> Callable[[Path], Path]:
    return lambda path: hostile.pack(path, {**hostile.parts(), name: pieces()})


def many_sheets() -> Iterable[str]:
    before, after = hostile.parts()["xl/workbook.xml"].split("<sheets>")
    yield before + "<sheets>"
    for i in range(1_000_000):
        yield f'<sheet name="{i}" sheetId="{i}" r:id="rId1"/>'
    yield after


def texts_of(text: Callable[[int], str], count: int) -> Callable[[], Iterable[str]]:
    def pieces() -> Iterable[str]:
        yield f"<sst {hostile.MAIN}>"
        for i in range(count):
            yield f"<si><t>{text(i)}</t></si>"
        yield "</sst>"

    return pieces


def long_comment() -> Iterable[str]:
    yield f"<worksheet {hostile.MAIN}><!-- "
    for i in range(20_000):
        yield f"<{i}>" * 500
    yield " --><sheetData/></worksheet>"


SHEET, TEXTS = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"


def lying_binary(path: Path) -> Path:
    numbers = hostile.records(
        (0x200, struct.pack("<LLHHH", 0, 0xFFFFFFF0, 0, 0xFFF0, 0)),
        (0x203, struct.pack("<HHHd", 0, 0, 0, 1.0)),
        (0x203, struct.pack("<HHHd", 0, 1, 0, 2.0)),
    )
    return hostile.binary(path, numbers)


def nested_binary(path: Path) -> Path:
    """Write a sheet with a far cell after the start of a chart, which readers take for a cell of the sheet."""
    near, far = ((0x203, struct.pack("<HHHd", *place, 0, 1.0)) for place in ((0, 0), (65_535, 255)))
    chart = (0x809, struct.pack("<HHHHLL", 0x600, 32, 0, 0, 0, 6))
    return hostile.binary(path, hostile.records(near, chart, far))


def many_binary_texts(path: Path) -> Path:
    texts = struct.pack("<LL", 1, 1) + struct.pack("<HB", 8000, 0) + b"x" * 8000
    cells = [(0xFD, struct.pack("<HHHL", row, column, 0, 0)) for row in range(60_000) for column in range(4)]
    return hostile.binary(path, hostile.records(*cells), texts)


LARGE: dict[str, tuple[Callable[[Path], Path], str | None]] = {
    "half a gigabyte of tags": (lambda path: hostile.workbook(path, bomb(500)), "workbook_bomb"),
    "one cell at XFD1048576": (lambda path: hostile.workbook(path, one_far_cell()), "sheet_too_wide"),
    "a million cells of one text": (
        lambda path: hostile.workbook(path, many_long_texts(), shared=hostile.shared(["x" * 32_767])),
        "sheet_repeats",
    ),
    "a million empty styled rows": (lambda path: hostile.workbook(path, styled_rows()), None),
    "a million rows": (lambda path: hostile.workbook(path, million_rows(), shared=hostile.shared(["x"])), None),
    "addresses in disguise": (lambda path: hostile.workbook(path, cells_without_address()), "sheet_too_wide"),
    "a dimension that lies": (lambda path: hostile.workbook(path, sheet=dimension()), None),
    "an ods of equal rows": (lambda path: hostile.document(path, repeated(1_000_000, 16_000)), "sheet_repeats"),
    "an ods of a cell of spaces": (lambda path: hostile.document(path, spaces()), "sheet_repeats"),
    "an ods of a million empty rows": (lambda path: hostile.document(path, empty_far()), None),
    "an ods of failed cells": (lambda path: hostile.document(path, failed_cells()), "sheet_repeats"),
    "an ods of many spaces": (
        lambda path: hostile.document(path, hostile.table(hostile.table_row('<text:s text:c="39000"/>' * 50_000))),
        "sheet_repeats",
    ),
    "a million sheets": (part_of("xl/workbook.xml", many_sheets), "workbook_large"),
    "many short texts": (part_of(TEXTS, texts_of(lambda i: "" if i % 20 else str(i), 4_000_000)), "workbook_large"),
    "one long comment": (part_of(SHEET, long_comment), "workbook_large"),
    "one long text": (
        lambda path: hostile.workbook(path, sheet=hostile.sheet(before="x" * 60_000_000)),
        "workbook_large",
    ),
    "an xls whose dimensions lie": (lying_binary, None),
    "an xls with a cell in its chart": (nested_binary, "sheet_too_wide"),
    "an xls of one long text": (many_binary_texts, "sheet_repeats"),
}


@pytest.mark.parametrize("name", LARGE)
def test_no_workbook_takes_the_memory(tmp_path: Path, name: str) -> None:
    """Every one is refused with file and sheet, or loads, within 500 MB in a process of its own."""
    make, kind = LARGE[name]
    megabytes, rows, found = hostile.measured(make(tmp_path / "kota.xlsx"))
    assert megabytes < _MOST
    if kind is None:
        assert rows["units"] == {"a million rows": 1_000_000, "an xls whose dimensions lie": 0}.get(name, 1)
        assert set(found) <= _BESIDE
    else:
        assert found[kind].startswith("kota.xlsx[units]: got " if kind.startswith("sheet") else "kota.xlsx")
        assert "units" not in rows


NUMBERS = {
    "1e999": ("inf", True),
    "-1e999": ("-inf", True),
    "NaN": ("NaN", False),
    "9" * 400: ("inf", True),
    "0x10": ("0x10", False),
    "1_000": ("1_000", False),
    "": ("", False),
}


@pytest.mark.parametrize("number", NUMBERS)
def test_numbers_that_are_none(tmp_path: Path, number: str) -> None:
    """What is beyond floats, or no number, stands there for the check to refuse: only an empty cell is empty."""
    row = f'<row r="2">{hostile.text_cell("A2", "U1")}<c r="B2"><v>{number}</v></c></row>'
    cells = read(hostile.workbook(tmp_path / "kota.xlsx", hostile.HEADING + row)).sources["units"].cells["name"]
    assert (cells[0], cells.typed[0]) == NUMBERS[number]


@pytest.mark.parametrize("address", ["AAAA1", "A0", "A99999999", "1A", "A", "ß1", "A-1"])
def test_addresses_that_are_none(tmp_path: Path, address: str) -> None:
    """A cell outside any sheet is a broken workbook, not a cell at some other place."""
    path = hostile.workbook(
        tmp_path / "kota.xlsx", hostile.HEADING + f'<row r="2">{hostile.text_cell(address, "x")}</row>'
    )
    assert problems(path)["workbook_broken"].startswith("kota.xlsx[units]: got ")


STRANGE = {
    "\u202etxt.exe": "\u202etxt.exe",
    "=HYPERLINK(&quot;http://x&quot;)": '=HYPERLINK("http://x")',
    "&lt;script&gt;": "<script>",
    "_x0000_": "\0",
    "_xD800_": "_xD800_",
    "_x005F_x0041_": "_x0041_",
    "x" * 10_000: "x" * 10_000,
    "#REF!": "#REF!",
}


@pytest.mark.parametrize("text", STRANGE, ids=ascii)
def test_strange_text_stays_text(tmp_path: Path, text: str) -> None:
    """Bidi marks, a formula as text, tags, NUL, half a character, 10,000 letters: letters, and nothing else."""
    row = f'<row r="2">{hostile.text_cell("A2", "U1")}{hostile.text_cell("B2", text)}</row>'
    source = read(hostile.workbook(tmp_path / "kota.xlsx", hostile.HEADING + row)).sources["units"]
    assert source.cells["name"][0] == STRANGE[text]
    assert not source.bad


def test_macros_and_links_are_data_that_nobody_reads(tmp_path: Path) -> None:
    """Macros are never run and links never followed: the parts are there and the table is the same."""
    more = {
        "xl/vbaProject.bin": SIGNATURE + b"macro",
        "xl/externalLinks/externalLink1.xml": "<externalLink><!-- http://127.0.0.1:9 --></externalLink>",
        "xl/connections.xml": "<connections/>",
    }
    opened = read(hostile.pack(tmp_path / "kota.xlsm", {**hostile.parts(), **more}))
    assert opened.sources["units"].cells["name"][0] == "Dinas"


def test_two_sheets_of_one_name_and_a_sheet_without_a_part(tmp_path: Path) -> None:
    """One name for two sheets is refused as a whole; a sheet that is not in the file by itself."""
    sheet = '<sheet name="units" sheetId="1" r:id="rId1"/>'
    twice = {**hostile.parts()}
    twice["xl/workbook.xml"] = twice["xl/workbook.xml"].replace(sheet, sheet * 2)
    gone = {name: part for name, part in hostile.parts().items() if "sheet1" not in name}
    assert "got sheets 'units', 'units'" in problems(hostile.pack(tmp_path / "a.xlsx", twice))["workbook_broken"]
    assert "not in the file" in problems(hostile.pack(tmp_path / "b.xlsx", gone))["workbook_broken"]


XLS_FAULTS = {
    "a sheet that starts nowhere": lambda path: hostile.binary(path, b"", start=10_000_000),
    "merged cells that are not there": lambda path: hostile.binary(path, hostile.records((0xE5, b"\xff\xff"))),
    "two thousand million texts": lambda path: hostile.binary(path, b"", struct.pack("<LL", 1, 0x7FFFFFFF)),
    "a record that is cut": lambda path: hostile.binary(path, hostile.records((0x203, b"\0\0\0\0\0\0\0"))),
}


@pytest.mark.parametrize("name", XLS_FAULTS)
def test_an_xls_that_lies_is_a_problem(tmp_path: Path, name: str) -> None:
    """What makes the reader behind panic is a problem like any other: it names the file and what to do."""
    found = problems(XLS_FAULTS[name](tmp_path / "kota.xls"))
    assert found["workbook_broken"].startswith("kota.xls: got ")
    assert found["workbook_broken"].endswith("and save it again as .xlsx.")


def test_a_container_that_runs_in_a_circle(tmp_path: Path) -> None:
    """Every sector is the next of itself: the walk ends after as many as there are."""
    path = hostile.binary(tmp_path / "kota.xls", b"")
    content = bytearray(path.read_bytes())
    table = len(content) - 4096
    for at in range(table, len(content), 4):
        struct.pack_into("<L", content, at, (at - table) // 4)
    path.write_bytes(content)
    assert set(problems(path)) <= {"workbook_broken", "not_a_workbook", "empty_sheet"}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), form=st.sampled_from(["xlsx", "ods", "xls"]))
def test_any_damage_is_read_or_reported(tmp_path: Path, data: st.DataObject, form: str) -> None:
    """Bytes overwritten anywhere, in the file or in a part of it: nothing but problems comes out."""
    path = tmp_path / f"kota.{form}"
    makers = {
        "xlsx": lambda: hostile.workbook(path),
        "ods": lambda: hostile.document(path, repeated(2, 1)),
        "xls": lambda: hostile.binary(path, hostile.records((0x203, struct.pack("<HHHd", 0, 0, 0, 1.0)))),
    }
    content = bytearray(makers[form]().read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at : at + 2] = data.draw(st.binary(min_size=1, max_size=3))
    path.write_bytes(content)
    problems(path)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), form=st.sampled_from(["xlsx", "ods"]))
def test_any_damage_inside_a_part_is_read_or_reported(tmp_path: Path, data: st.DataObject, form: str) -> None:
    """The checksums fit here: what is damaged is the XML itself."""
    path = tmp_path / f"kota.{form}"
    made = hostile.workbook(path) if form == "xlsx" else hostile.document(path, repeated(2, 1))
    with zipfile.ZipFile(made) as archive:
        parts = {name: bytearray(archive.read(name)) for name in archive.namelist()}
    part = parts[data.draw(st.sampled_from(sorted(parts)))]
    at = data.draw(st.integers(0, len(part) - 1))
    part[at : at + data.draw(st.integers(0, 3))] = data.draw(
        st.binary(max_size=3) | st.sampled_from([b"9", b"<", b"-"])
    )
    hostile.pack(path, {name: bytes(part) for name, part in parts.items()})
    problems(path)


def test_an_xls_saved_by_libreoffice_and_damaged(tmp_path: Path, soffice: Office) -> None:
    """A real .xls, every hundredth byte of it wrong in turn: read or reported, never a crash."""
    whole = bytearray(soffice(hostile.workbook(tmp_path / "kota.xlsx"), "xls").read_bytes())
    path = tmp_path / "rusak.xls"
    for at in range(0, len(whole), 101):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :])
        problems(path)
