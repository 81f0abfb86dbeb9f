"""The same tables through every door: each way of writing them down, and of getting them back."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import date
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from karier_reco.checking.names import heading, sheet
from karier_reco.dataset import Dataset
from karier_reco.loading import load
from karier_reco.settings import Settings
from karier_reco.tables import TABLES, Column
from karier_reco.texts import Language
from tests.server import OWNER, PASSWORD, READER, Server

Frames = Mapping[str, pd.DataFrame]
Door = Callable[[Frames, Settings, Path], Dataset]


def given(data: Dataset) -> dict[str, pd.DataFrame]:
    """Return the tables that hold anything or must be there, in their final types, in the order of `TABLES`."""
    return {name: frame for name, frame in data.frames.items() if len(frame) or TABLES[name].needed}


def plain(value: Any) -> Any:
    """Return a cell as plain Python: None where empty, a date where it is one."""
    if value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and np.isnan(value)):
        return None
    if isinstance(value, pd.Timestamp):
        return value.date()
    return value.item() if isinstance(value, np.generic) else value


def rows(frame: pd.DataFrame) -> Iterable[list[Any]]:
    return zip(*([plain(value) for value in frame[column]] for column in frame.columns), strict=True)


def text(value: Any) -> str:
    """Return a cell as our own CSV writes it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    return repr(value) if isinstance(value, float) else str(value)


def indonesian(value: Any) -> str:
    """Return a cell as an Indonesian spreadsheet exports it: 1.500,5 and 31/12/2027."""
    if isinstance(value, bool):
        return "ya" if value else "tidak"
    if isinstance(value, int):
        return f"{value:,}".replace(",", ".")
    if isinstance(value, float):
        whole, _, part = repr(value).partition(".")
        return f"{whole},{part}"
    return f"{value:%d/%m/%Y}" if isinstance(value, date) else text(value)


def quoted(cell: str, separator: str) -> str:
    return '"' + cell.replace('"', '""') + '"' if any(mark in cell for mark in (separator, '"', "\n", "\r")) else cell


def write_csv(frame: pd.DataFrame, titles: Iterable[str], path: Path, how: Callable[[Any], str], *, sep: str) -> None:
    lines = [titles, *([how(value) for value in row] for row in rows(frame))]
    content = "".join(sep.join(quoted(cell, sep) for cell in line) + "\n" for line in lines)
    path.write_bytes(content.encode("utf-8" if sep == "," else "cp1252"))


def csv_folder(frames: Frames, settings: Settings, place: Path) -> Dataset:
    for name, frame in frames.items():
        write_csv(frame, frame.columns, place / f"{name}.csv", text, sep=",")
    return load(place, settings)


def indonesian_csv(frames: Frames, settings: Settings, place: Path) -> Dataset:
    """Semicolons, decimal commas, days first, Indonesian headings and file names, cp1252: all of it declared."""
    for name, frame in frames.items():
        titles = [heading(name, column, "id") for column in frame.columns]
        write_csv(frame, titles, place / f"{sheet(name, 'id')}.csv", indonesian, sep=";")
    return load(place, replace(settings, numbers="id", dates="day_first", encoding="cp1252"))


def write_workbook(frames: Frames, path: Path, language: Language = "id") -> None:
    """Write a workbook as people keep one: numbers, dates and flags as values, ids as text."""
    import xlsxwriter

    options = {"strings_to_formulas": False, "strings_to_urls": False, "constant_memory": True}
    with xlsxwriter.Workbook(path, options) as book:
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        for name, frame in frames.items():
            page = book.add_worksheet(sheet(name, language)[:31])
            page.write_row(0, 0, [heading(name, column, language) for column in frame.columns])
            for i, row in enumerate(rows(frame), start=1):
                for j, value in enumerate(row):
                    if isinstance(value, date):
                        page.write_datetime(i, j, value, day)
                    elif isinstance(value, str):
                        page.write_string(i, j, value)
                    elif value is not None:
                        page.write(i, j, value)


def workbook(frames: Frames, settings: Settings, place: Path) -> Dataset:
    write_workbook(frames, place / "kota.xlsx")
    return load(place / "kota.xlsx", settings)


def english_workbook(frames: Frames, settings: Settings, place: Path) -> Dataset:
    write_workbook(frames, place / "city.xlsx", "en")
    return load(place / "city.xlsx", settings)


def arrow(frame: pd.DataFrame) -> Any:
    """Return a frame as an arrow table with the types that a database export has."""
    import pyarrow as pa

    columns = {name: [plain(value) for value in frame[name]] for name in frame.columns}
    kinds = {
        "datetime64": pa.date32(),
        "int": pa.int64(),
        "Int": pa.int64(),
        "float": pa.float64(),
        "bool": pa.bool_(),
    }
    types = [
        next((kind for prefix, kind in kinds.items() if str(frame[name].dtype).startswith(prefix)), pa.string())
        for name in frame.columns
    ]
    return pa.table({name: pa.array(values, kind) for (name, values), kind in zip(columns.items(), types, strict=True)})


def parquet(frames: Frames, settings: Settings, place: Path) -> Dataset:
    import pyarrow.parquet

    for name, frame in frames.items():
        pyarrow.parquet.write_table(arrow(frame), place / f"{name}.parquet")
    return load(place, settings)


def from_pandas(frames: Frames, settings: Settings, place: Path) -> Dataset:
    return Dataset.from_frames(frames, settings)


def from_polars(frames: Frames, settings: Settings, place: Path) -> Dataset:
    import polars as pl

    return Dataset.from_frames({name: pl.from_arrow(arrow(frame)) for name, frame in frames.items()}, settings)


def from_pyarrow(frames: Frames, settings: Settings, place: Path) -> Dataset:
    return Dataset.from_frames({name: arrow(frame) for name, frame in frames.items()}, settings)


def from_duckdb(frames: Frames, settings: Settings, place: Path) -> Dataset:
    import duckdb

    with duckdb.connect() as connection:
        relations = {name: connection.from_arrow(arrow(frame)) for name, frame in frames.items()}
        return Dataset.from_frames(relations, settings)


#: What a column of ours is in a database.
SQL = {"integer": "bigint", "money": "numeric(18)", "number": "double precision", "date": "date", "flag": "boolean"}


def sql_columns(frame: pd.DataFrame, columns: Iterable[Column]) -> str:
    kinds = {column.name: SQL.get(column.kind, "text") for column in columns}
    return ", ".join(f'"{name}" {kinds[name]}' for name in frame.columns)


def sqlite(frames: Frames, settings: Settings, place: Path) -> Dataset:
    path = place / "kota.db"
    connection = sqlite3.connect(path)
    for name, frame in frames.items():
        connection.execute(f'CREATE TABLE "{name}" ({sql_columns(frame, TABLES[name])})')
        marks = ", ".join("?" * len(frame.columns))
        cells = ([value.isoformat() if isinstance(value, date) else value for value in row] for row in rows(frame))
        connection.executemany(f'INSERT INTO "{name}" VALUES ({marks})', cells)  # noqa: S608  # our own names
    connection.commit()
    connection.close()
    return load(f"sqlite:///{path}", settings)


def postgresql(frames: Frames, settings: Settings, server: Server) -> Dataset:
    """Put the tables into a schema of their own, and read them back."""
    import psycopg

    schema = f"kota{next(_SCHEMAS)}"
    reach = {"host": "127.0.0.1", "port": server.port, "user": OWNER, "password": PASSWORD, "dbname": "simpeg"}
    with psycopg.connect(**reach) as connection:
        connection.execute(f"CREATE SCHEMA {schema}")
        for name, frame in frames.items():
            place = f'{schema}."{name}"'
            connection.execute(f"CREATE TABLE {place} ({sql_columns(frame, TABLES[name])})")
            with connection.cursor().copy(f"COPY {place} FROM STDIN") as copy:
                for row in rows(frame):
                    copy.write_row(row)
        connection.execute(f"GRANT USAGE ON SCHEMA {schema} TO {READER}")
        connection.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO {READER}")
    return load(server.url(), settings, tables={name: f"{schema}.{name}" for name in frames})


_SCHEMAS = count()

#: Doors that need nothing but libraries; spreadsheets of other programs and PostgreSQL come as fixtures.
DOORS: dict[str, Door] = {
    "csv": csv_folder,
    "Indonesian csv": indonesian_csv,
    "workbook": workbook,
    "English workbook": english_workbook,
    "parquet": parquet,
    "pandas": from_pandas,
    "polars": from_polars,
    "pyarrow": from_pyarrow,
    "duckdb": from_duckdb,
    "sqlite": sqlite,
}
