"""From text to values, column by column: each different text is read once."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from karier_reco.checking.found import Found
from karier_reco.checking.source import Mask, Source
from karier_reco.tables import TABLES, Column, Table

_INTEGER = re.compile(r"[+-]?[0-9]+")
_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,3})?")
_GROUPED = re.compile(r"[+-]?[0-9]{1,3}([., ][0-9]{3})+")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DAY_FIRST = re.compile(r"([0-9]{1,2})[/.-]([0-9]{1,2})[/.-]([0-9]{4})")
_MIDNIGHT = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})[T ]00:00(:00(\.0+)?)?")
_FLAGS = {"true": True, "1": True, "ya": True, "false": False, "0": False, "tidak": False}


@dataclass(frozen=True)
class Fault:
    """Why a text is no value: the kind of problem, what to do, and what to write instead."""

    kind: str
    remedy: str = "correct_cell"
    instead: str = ""


@dataclass
class Draft:
    """A table whose cells are values where they could be read.

    ``frame`` has every column of the table, empty cells as ``""``, NA, NaN or NaT; ``bad`` marks the cells that
    were reported; ``lost`` names the columns that are not there or not usable at all.
    """

    table: Table
    source: Source
    frame: pd.DataFrame
    bad: dict[str, Mask]
    lost: set[str]

    def good(self, *columns: str) -> Mask:
        """Return the mask of records none of whose cells in these columns was refused."""
        refused: Mask = np.logical_or.reduce([self.bad[column] for column in columns])
        return ~refused


def read_cells(source: Source, found: Found) -> Draft:
    """Read a table's text; report every cell that cannot be what its column wants."""
    table = TABLES[source.table]
    refused = np.zeros(len(source), dtype=bool) if source.refused is None else source.refused
    found.refused[table.name].update(np.flatnonzero(refused).tolist())
    draft = Draft(table, source, pd.DataFrame(), {}, set(source.lost))
    columns = {}
    for column in table:
        bad = refused | source.bad.get(column.name, False)
        if column.name in source.lost:
            bad[:] = True
        if column.name in source.cells:
            columns[column.name] = _column(column, source, bad, found)
        else:
            columns[column.name] = _array(column, [None]).take(np.zeros(len(source), dtype=np.intp))
            if column.needed:
                draft.lost.add(column.name)
                bad[:] = True
        draft.bad[column.name] = bad
    draft.frame = pd.DataFrame(columns, copy=False)
    return draft


def _column(column: Column, source: Source, bad: Mask, found: Found) -> Any:
    cells = source.cells[column.name]
    values = [read_text(column, text) for text in cells.texts]
    faulty = cells.where(isinstance(value, Fault) for value in values) & ~bad
    for position in np.flatnonzero(faulty).tolist():
        fault = values[cells.codes[position]]
        found.cell(fault.kind, source, column.name, position, remedy=fault.remedy, instead=fault.instead)
    empty = cells.where(value is None for value in values) & ~bad if column.filled else np.zeros_like(bad)
    for position in np.flatnonzero(empty).tolist():
        found.cell("empty", source, column.name, position)
    bad |= faulty | empty
    array = _array(column, [None if isinstance(value, Fault) else value for value in values])
    taken = array.take(cells.codes)
    return taken if not (faulty | bad).any() else _blanked(column, taken, bad)


def _blanked(column: Column, array: Any, bad: Mask) -> Any:
    array[bad] = _array(column, [None])[0]
    return array


def _array(column: Column, values: list[Any]) -> Any:
    """Return values, None for empty, as an array of the column's working type."""
    if column.kind in ("integer", "money"):
        return pd.array(values, dtype="Int64")
    if column.kind == "number":
        return np.array([math.nan if value is None else value for value in values], dtype=float)
    if column.kind == "date":
        return pd.array(np.array(values, dtype="datetime64[s]"))
    if column.kind == "flag":
        return pd.array(values, dtype="boolean")
    return pd.array(["" if value is None else value for value in values], dtype="str")


def read_text(column: Column, text: str) -> Any:
    """Return the value that a text is for a column, None for empty, or the fault why it is none."""
    try:
        text.encode()
    except UnicodeEncodeError:  # half a character: no file and no other library could take it
        return Fault("not_unicode")
    return _READERS[column.kind](text)


#: What may stand around a number, date, code or flag unseen; a control character is no space but a fault.
SPACES = " \t\r\n\u00a0"


def _id(text: str) -> str | Fault | None:
    if not text.strip():
        return None
    return text if text == text.strip() else Fault("id_spaces", "remove_spaces")


def _words(text: str) -> str | None:
    return text if text.strip() else None


def _code(text: str) -> str | None:
    return text.strip(SPACES) or None


def _integer(text: str) -> int | Fault | None:
    text = text.strip(SPACES)
    if not text:
        return None
    if _INTEGER.fullmatch(text):
        return int(text) if len(text) <= 18 else Fault("too_long")
    if _NUMBER.fullmatch(text) and math.isfinite(float(text)) and float(text).is_integer() and abs(float(text)) < 1e15:
        return Fault("not_integer", "write", str(int(float(text))))
    if _GROUPED.fullmatch(text) and len({mark for mark in text if mark in "., "}) == 1 and len(text) < 20:
        return Fault("not_integer", "write", re.sub("[., ]", "", text))
    return Fault("not_integer", "digits_only")


def _number(text: str) -> float | Fault | None:
    text = text.strip(SPACES)
    if not text:
        return None
    if _NUMBER.fullmatch(text) and math.isfinite(float(text)):
        return float(text)
    if _NUMBER.fullmatch(text.replace(",", ".", 1)) and "." not in text:
        return Fault("not_number", "write", text.replace(",", "."))
    return Fault("not_number", "digits_only")


def _date(text: str) -> date | Fault | None:
    text = text.strip(SPACES)
    if not text:
        return None
    if _DATE.fullmatch(text):
        try:
            return date.fromisoformat(text)
        except ValueError:
            return Fault("date_impossible")
    if midnight := _MIDNIGHT.fullmatch(text):
        return Fault("date_form", "write", midnight[1])
    if day_first := _DAY_FIRST.fullmatch(text):
        day, month, year = (int(part) for part in day_first.groups())
        if day > 12 and month <= 12:
            return Fault("date_form", "write", f"{year:04}-{month:02}-{day:02}")
    return Fault("date_form", "iso_date")


def _flag(text: str) -> bool | Fault | None:
    text = text.strip(SPACES)
    return _FLAGS.get(text.casefold(), Fault("not_flag")) if text else None


_READERS: dict[str, Callable[[str], Any]] = {
    "id": _id,
    "text": _words,
    "integer": _integer,
    "money": _integer,
    "number": _number,
    "date": _date,
    "code": _code,
    "flag": _flag,
}


def typed(draft: Draft) -> pd.DataFrame:
    """Return the table in its final types: defaults filled in, filled integers as int64."""
    frame = {}
    for column in draft.table:
        values = draft.frame[column.name]
        if column.default is not None:
            values = (
                values.mask(values == "", column.default) if column.kind == "code" else values.fillna(column.default)
            )
        if column.kind in ("integer", "money") and (column.filled or column.default is not None):
            values = values.astype("int64")
        if column.kind == "flag":
            values = values.astype(bool)
        frame[column.name] = values
    return pd.DataFrame(frame)
