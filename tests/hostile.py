"""Workbooks made to break a reader: each is a few lines here, and up to gigabytes once opened."""

from __future__ import annotations

import json
import struct
import subprocess
import sys
import zipfile
from collections.abc import Iterable
from pathlib import Path

MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
#: Rows of the table that every hostile workbook pretends to hold.
_CELL = '<c r="{}" t="inlineStr"><is><t>{}</t></is></c>'
HEADING = '<row r="1">' + _CELL.format("A1", "unit_id") + _CELL.format("B1", "name") + "</row>"
UNIT = '<row r="2">' + _CELL.format("A2", "U1") + _CELL.format("B2", "Dinas") + "</row>"


def sheet(rows: str = HEADING + UNIT, before: str = "", head: str = "") -> str:
    """Return the XML of a sheet; ``before`` stands before its rows, ``head`` before all."""
    return f"{head}<worksheet {MAIN}>{before}<sheetData>{rows}</sheetData></worksheet>"


def parts(rows: str = HEADING + UNIT, name: str = "units") -> dict[str, str]:
    """Return the parts of the smallest workbook: one sheet."""
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    return {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{kind}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{kind}.worksheet+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{_RELATIONS}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook {MAIN} xmlns:r="{_RELATIONS}">'
        f'<sheets><sheet name="{name}" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{_RELATIONS}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": sheet(rows),
    }


def pack(path: Path, content: dict[str, str | bytes | Iterable[str]]) -> Path:
    """Write parts into a zip file; a part may come in pieces, so that large ones take no memory here."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in content.items():
            if isinstance(part, (str, bytes)):
                archive.writestr(name, part)
            else:
                with archive.open(name, "w", force_zip64=False) as file:
                    for piece in part:
                        file.write(piece.encode())
    return path


def workbook(path: Path, rows: str | Iterable[str] = HEADING + UNIT, **more: str | Iterable[str]) -> Path:
    """Write an .xlsx whose one sheet, ``units``, has these rows; ``more`` are shared texts or a whole sheet."""
    content: dict[str, str | bytes | Iterable[str]] = dict(parts())
    if isinstance(rows, str):
        content["xl/worksheets/sheet1.xml"] = sheet(rows)
    else:
        content["xl/worksheets/sheet1.xml"] = _around(rows)
    names = {"shared": "xl/sharedStrings.xml", "sheet": "xl/worksheets/sheet1.xml", "styles": "xl/styles.xml"}
    return pack(path, content | {names[name]: part for name, part in more.items()})


def _around(rows: Iterable[str]) -> Iterable[str]:
    before, after = sheet("\0").split("\0")
    yield before
    yield from rows
    yield after


def shared(texts: Iterable[str]) -> str:
    """Return the XML of shared texts."""
    return f"<sst {MAIN}>" + "".join(f"<si><t>{text}</t></si>" for text in texts) + "</sst>"


def text_cell(address: str, text: str) -> str:
    return _CELL.format(address, text)


def document(path: Path, tables: str | Iterable[str]) -> Path:
    """Write an .ods with these tables."""
    spaces = {"office": "office", "table": "table", "text": "text", "manifest": "manifest"}
    names = " ".join(
        f'xmlns:{prefix}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for prefix, name in spaces.items()
    )
    names += ' xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"'
    before = f"<office:document-content {names}><office:body><office:spreadsheet>"
    after = "</office:spreadsheet></office:body></office:document-content>"
    body = [tables] if isinstance(tables, str) else tables
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    entry = f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{kind}"/>'
    manifest = f"<manifest:manifest {names}>{entry}</manifest:manifest>"
    content = {"mimetype": kind, "META-INF/manifest.xml": manifest, "content.xml": [before, *body, after]}
    return pack(path, content)


def table(rows: str, name: str = "units") -> str:
    return f'<table:table table:name="{name}">{rows}</table:table>'


def table_row(*texts: str, rows: int = 1, columns: int = 1) -> str:
    """Return a row of an .ods; the row and its last cell may be repeated."""
    cell = '<table:table-cell office:value-type="string"{}><text:p>{}</text:p></table:table-cell>'
    often = f' table:number-columns-repeated="{columns}"' if columns > 1 else ""
    cells = [cell.format(often if i == len(texts) - 1 else "", text) for i, text in enumerate(texts)]
    repeated = f' table:number-rows-repeated="{rows}"' if rows > 1 else ""
    return f"<table:table-row{repeated}>{''.join(cells)}</table:table-row>"


def records(*pairs: tuple[int, bytes]) -> bytes:
    """Return records of an .xls: number and content of each."""
    return b"".join(struct.pack("<HH", kind, len(body)) + body for kind, body in pairs)


def binary(path: Path, sheet_records: bytes, texts: bytes | None = None, start: int | None = None) -> Path:
    """Write an .xls with one sheet, ``units``, of these records; ``texts`` is the record of shared texts."""
    from karier_reco.loading.workbook.compound import _container

    begin = struct.pack("<HHHHLL", 0x600, 5, 0, 0, 0, 6)
    extra = b"" if texts is None else records((0xFC, texts))
    length = len(records((0x809, begin), (0x85, bytes(13)))) + len(extra) + 4
    name = b"\5\0units"
    bound = struct.pack("<LBB", length if start is None else start, 0, 0) + name
    head = records((0x809, begin), (0x85, bound)) + extra + records((0x0A, b""))
    body = records((0x809, struct.pack("<HHHHLL", 0x600, 16, 0, 0, 0, 6))) + sheet_records + records((0x0A, b""))
    path.write_bytes(_container("Workbook", bytearray(head + body)))
    return path


_MEASURE = """
import json, resource, sys
from pathlib import Path
resource.setrlimit(resource.RLIMIT_AS, (6 << 30, 6 << 30))
from karier_reco.errors import DataError
from karier_reco.loading.workbook import read_workbook
from karier_reco.settings import Settings
try:
    opened = read_workbook(Path(sys.argv[1]), Settings())
    problems, rows = opened.found.problems, {name: len(source) for name, source in opened.sources.items()}
except DataError as error:
    problems, rows = error.problems, {}
status = Path("/proc/self/status").read_text()
peak = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) // 1024
kinds = [(problem.kind, problem.text) for problem in problems]
print(json.dumps({"megabytes": peak, "rows": rows, "problems": kinds}))
"""


def measured(path: Path) -> tuple[int, dict[str, int], dict[str, str]]:
    """Read a workbook in a process of its own: the most megabytes it held, the rows of each table, the problems."""
    said = subprocess.run([sys.executable, "-c", _MEASURE, str(path)], capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stderr[-2000:]
    found = json.loads(said.stdout)
    return found["megabytes"], found["rows"], dict(found["problems"])
