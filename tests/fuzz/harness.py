"""Files of bytes that somebody else chose, through every reader of files: tables, or our own error."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path

from karier_reco.dataset import Dataset
from karier_reco.errors import KarierError
from karier_reco.loading import load, load_example
from karier_reco.settings import Settings
from tests.doors import arrow, given, write_workbook

#: How a file may be declared to be written; the first byte chooses.
WRITTEN = (
    Settings(synthetic=True),
    Settings(synthetic=True, numbers="id", dates="day_first", encoding="cp1252"),
    Settings(synthetic=True, numbers="en", dates="month_first"),
)


def read(path: Path, chosen: int = 0) -> None:
    """Load what lies there; any exception but ours is a fault of the reader."""
    with suppress(KarierError):
        assert isinstance(load(path, WRITTEN[chosen % len(WRITTEN)]), Dataset)


def table(data: bytes, place: Path, ending: str, name: str = "employees") -> None:
    """Let the bytes be one table of a folder."""
    folder = place / ending
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.{ending}").write_bytes(data[1:])
    read(folder, data[0] if data else 0)


def book(data: bytes, place: Path, ending: str) -> None:
    """Let the bytes be a whole workbook."""
    path = place / f"kota.{ending}"
    path.write_bytes(data[1:])
    read(path, data[0] if data else 0)


def part(data: bytes, place: Path, ending: str) -> None:
    """Let the bytes stand in one part of a sound workbook: the second byte says which, the third where they begin."""
    members = zipped(ending)
    names = sorted(members)
    name = names[(data[1] if len(data) > 1 else 0) % len(names)]
    at = len(members[name]) * (data[2] if len(data) > 2 else 0) // 256
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for member, content in members.items():
            archive.writestr(member, content[:at] + data[3:] + content[at + len(data) :] if member == name else content)
    book(data[:1] + buffer.getvalue(), place, ending)


@cache
def zipped(ending: str) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(seeds()[ending])) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


#: Kinds of file of which there is a sound one.
SEEDED = ("csv", "xlsx", "parquet", "ods")


@cache
def seeds() -> dict[str, bytes]:
    """Return sound files of each kind, small: what the search begins with."""
    import tempfile

    import pyarrow.parquet

    tables = given(load_example())
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        write_workbook({name: tables[name] for name in ("employees", "sessions", "budgets")}, place / "kota.xlsx")
        pyarrow.parquet.write_table(arrow(tables["employees"]), place / "employees.parquet")
        return {
            "csv": tables["employees"].to_csv(index=False).encode(),
            "xlsx": (place / "kota.xlsx").read_bytes(),
            "parquet": (place / "employees.parquet").read_bytes(),
            "ods": ods(tables["units"].columns.tolist(), tables["units"].astype("str").to_numpy().tolist()),
        }


def ods(titles: list[str], rows: list[list[str]]) -> bytes:
    """Return a small OpenDocument spreadsheet with one sheet of text."""
    from odf.opendocument import OpenDocumentSpreadsheet
    from odf.table import Table, TableCell, TableRow
    from odf.text import P

    document = OpenDocumentSpreadsheet()
    sheet = Table(name="units")
    for cells in [titles, *rows]:
        row = TableRow()
        for cell in cells:
            held = TableCell(valuetype="string")
            held.addElement(P(text=cell))
            row.addElement(held)
        sheet.addElement(row)
    document.spreadsheet.addElement(sheet)
    buffer = io.BytesIO()
    document.write(buffer)
    return buffer.getvalue()


#: Each way into the readers, by name; the first byte of an input chooses the way, the rest is the file.
WAYS: dict[str, Callable[[bytes, Path], None]] = {
    "csv": lambda data, place: table(data, place, "csv"),
    "parquet": lambda data, place: table(data, place, "parquet"),
    "xlsx": lambda data, place: book(data, place, "xlsx"),
    "xls": lambda data, place: book(data, place, "xls"),
    "ods": lambda data, place: book(data, place, "ods"),
    "part of an xlsx": lambda data, place: part(data, place, "xlsx"),
    "part of an ods": lambda data, place: part(data, place, "ods"),
}


def one(data: bytes, place: Path) -> str:
    """Run one input; return the name of the way it took."""
    ways = list(WAYS)
    name = ways[(data[0] if data else 0) % len(ways)]
    WAYS[name](data[1:], place)
    return name
