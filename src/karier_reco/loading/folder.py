"""A folder of CSV files, as text with the spreadsheet row of every record."""

from __future__ import annotations

from pathlib import Path

from karier_reco.checking import Found, Source
from karier_reco.checking.presence import check_tables
from karier_reco.loading.delimited import read_file
from karier_reco.tables import TABLES

_TABLE_LIKE = {".csv", ".tsv", ".txt", ".xlsx", ".xls", ".ods", ".parquet"}


def read_folder(folder: Path) -> tuple[dict[str, Source], Found, set[str]]:
    """Return the tables that could be read, the problems seen, and the tables that could not be."""
    found = Found()
    if not folder.is_dir():
        found.table("no_folder", "", str(folder))
        found.raise_errors()
    paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in _TABLE_LIKE)
    named = {path.stem if path.suffix == ".csv" else path.name: path for path in paths}
    check_tables({name: path.name for name, path in named.items()}, found, ending=".csv")
    sources = {}
    for name in TABLES:
        if name in named:
            source = read_file(named[name], name, found)
            if source is not None:
                sources[name] = source
    broken = {name for name, table in TABLES.items() if name not in sources and (table.needed or name in named)}
    return sources, found, broken
