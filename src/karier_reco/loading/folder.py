"""A folder of text and Parquet files, a table each."""

from __future__ import annotations

from pathlib import Path

from karier_reco.checking import Found, Source
from karier_reco.checking.presence import Given, match_tables
from karier_reco.loading.delimited import read_file
from karier_reco.loading.parquet import read_parquet
from karier_reco.loading.tables import Opened, Progress, read_each
from karier_reco.loading.workbook import WORKBOOKS
from karier_reco.settings import Settings

_READERS = {".csv": read_file, ".tsv": read_file, ".txt": read_file, ".parquet": read_parquet}
_TABLE_LIKE = {*_READERS, *WORKBOOKS}
#: Files that a program keeps beside one that is open, or that came from another system: nobody's table.
_SHADOWS = (".", "~$")


def read_folder(folder: Path, settings: Settings, on_progress: Progress | None = None) -> Opened:
    """Return the tables that could be read, the problems seen, and the tables that could not be."""
    found = Found()
    if not folder.is_dir():
        found.table("no_folder", "", str(folder))
        found.raise_errors()
    paths = sorted(
        path for path in folder.iterdir() if path.suffix.lower() in _TABLE_LIKE and not path.name.startswith(_SHADOWS)
    )
    given = [Given(path.stem if path.suffix.lower() in _READERS else path.name, path.name) for path in paths]
    matched = match_tables(given, settings, found, ending=".csv")

    def read(table: str, called: str) -> Source | None:
        path = folder / called
        return _READERS[path.suffix.lower()](path, table, settings, found)

    return read_each(matched, read, found, on_progress)
