"""From text to values, column by column: each different text is read once."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cached_property, partial
from typing import Any

import numpy as np
import pandas as pd

from karier_reco.checking.found import Found
from karier_reco.checking.names import codes_of, spelt
from karier_reco.checking.source import Cells, Mask, Source
from karier_reco.settings import Settings
from karier_reco.tables import TABLES, Column, Table

_INTEGER = re.compile(r"[+-]?[0-9]+")
_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,3})?")
_GROUPED = re.compile(r"[+-]?[0-9]{1,3}([., \u00a0][0-9]{3})+")
_TWO_WAYS = re.compile(r"[+-]?[1-9][0-9]{0,2}[.,][0-9]{3}")
_RUPIAH = re.compile(r"([+-]?)Rp\.?[ \u00a0]?(?=[0-9])", re.IGNORECASE)
#: How the numbers of a declared writing look: groups of three, and the mark before decimals.
_WRITTEN = {
    "id": (re.compile(r"[+-]?([1-9][0-9]{0,2}(\.[0-9]{3})+|[0-9]+)(,[0-9]+|,-)?"), ".", ","),
    "en": (re.compile(r"[+-]?([1-9][0-9]{0,2}(,[0-9]{3})+|[0-9]+)(\.[0-9]+|\.-)?"), ",", "."),
}
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_PARTS = re.compile(r"([0-9]{1,2})[/. -]([0-9]{1,2})[/. -]([0-9]{4})")
_MIDNIGHT = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})[T ]00:00(:00(\.0+)?)?")
_EXPORT = "export_as_text"
#: Digits from which a spreadsheet, and a float, may have rounded an id.
_ROUNDED = 15
_FLAGS = dict.fromkeys(("true", "1", "ya", "yes", "lulus"), True) | dict.fromkeys(
    ("false", "0", "tidak", "no", "tidak lulus"), False
)


@dataclass(frozen=True)
class Fault:
    """Why a text is no value: the kind of problem, what to do, and what to write instead (or the other reading)."""

    kind: str
    remedy: str = "correct_cell"
    instead: str = ""
    other: str = ""

    @cached_property
    def facts(self) -> dict[str, str]:
        return {name: fact for name, fact in (("instead", self.instead), ("other", self.other)) if fact}


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


def read_cells(source: Source, settings: Settings, found: Found) -> Draft:
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
            columns[column.name] = _column(column, draft, settings, bad, found)
        else:
            columns[column.name] = _array(column, [None]).take(np.zeros(len(source), dtype=np.intp))
            if column.needed:
                draft.lost.add(column.name)
                bad[:] = True
        draft.bad[column.name] = bad
    draft.frame = pd.DataFrame(columns, copy=False)
    return draft


def _column(column: Column, draft: Draft, settings: Settings, bad: Mask, found: Found) -> Any:
    source, cells = draft.source, draft.source.cells[column.name]
    values = cells.read(partial(value_of, column, source.table, settings))
    faulty = cells.where(isinstance(value, Fault) for value in values) & ~bad
    if column.kind == "id" and _are_numbers(cells, values):
        count, different = str(int(faulty.sum())), str(len(np.unique(cells.codes[faulty])))
        title = source.titles.get(column.name, column.name)
        found.table(
            "id_numbers",
            source.table,
            source.name,
            column=column.name,
            value=count,
            remedy=_EXPORT,
            different=different,
            title=title,
        )
        draft.lost.add(column.name)
        bad[:] = True
    for position in np.flatnonzero(faulty & ~bad).tolist():
        fault = values[cells.codes[position]]
        found.cell(fault.kind, source, column.name, position, remedy=fault.remedy, **fault.facts)
    empty = cells.where(value is None for value in values) & ~bad if column.filled else np.zeros_like(bad)
    for position in np.flatnonzero(empty).tolist():
        found.cell("empty", source, column.name, position)
    bad |= faulty | empty
    array = _array(column, [None if isinstance(value, Fault) else value for value in values])
    taken = array.take(cells.codes)
    return taken if not (faulty | bad).any() else _blanked(column, taken, bad)


def value_of(column: Column, table: str, settings: Settings, text: str, typed: bool) -> Any:
    """Return what a cell is worth, its code where a name of it stands; as `read_text` where it is none."""
    value = read_text(column, text, _AS_WE_WRITE if typed else settings)
    if not isinstance(value, str):
        return value
    if column.kind == "id" and typed:
        return _typed_id(value)
    return codes_of(table, column).get(spelt(value), value) if column.kind == "code" else value


def _typed_id(value: str) -> str | Fault:
    """Return the id that a number or date stands for: long numbers were rounded, and a date was something else."""
    if _DATE.match(value):
        return Fault("id_date", _EXPORT)
    if _INTEGER.fullmatch(value):
        return value if len(value) < _ROUNDED else Fault("id_number", _EXPORT)
    return Fault("id_number", _EXPORT) if _NUMBER.fullmatch(value) else value


def _are_numbers(cells: Cells, values: list[Any]) -> bool:
    """Return whether a column of ids holds numbers only, too long ones among them: one problem, not one in each row."""
    if cells.typed is None or not any(isinstance(value, Fault) and value.kind == "id_number" for value in values):
        return False
    filled = [value is not None for value in values]
    typed = all(is_typed for is_typed, is_filled in zip(cells.typed, filled, strict=True) if is_filled)
    return typed and int(cells.where(filled).sum()) > 1


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


_AS_WE_WRITE = Settings()


def read_text(column: Column, text: str, settings: Settings = _AS_WE_WRITE) -> Any:
    """Return the value that a text is for a column, None for empty, or the fault why it is none."""
    try:
        text.encode()
    except UnicodeEncodeError:  # half a character: no file and no other library could take it
        return Fault("not_unicode")
    return _READERS[column.kind](text, settings)


#: What may stand around a number, date, code or flag unseen; a control character is no space but a fault.
SPACES = " \t\r\n\u00a0"


def _id(text: str, _: Settings) -> str | Fault | None:
    if not text.strip():
        return None
    return text if text == text.strip() else Fault("id_spaces", "remove_spaces")


def _words(text: str, _: Settings) -> str | None:
    return text if text.strip() else None


def _code(text: str, _: Settings) -> str | None:
    return text.strip(SPACES) or None


def _money(text: str, settings: Settings) -> int | Fault | None:
    if settings.numbers != "plain" and (rupiah := _RUPIAH.match(text.strip(SPACES))):
        text = rupiah[1] + text.strip(SPACES)[rupiah.end() :]
    return _integer(text, settings)


def _integer(text: str, settings: Settings) -> int | Fault | None:
    text = text.strip(SPACES)
    if not text:
        return None
    if _INTEGER.fullmatch(text):
        return int(text) if len(text.lstrip("+-")) <= 18 else Fault("too_long")
    if settings.numbers != "plain":
        return _written_integer(text, settings.numbers)
    if _TWO_WAYS.fullmatch(text):
        return _two_numbers(text)
    if _NUMBER.fullmatch(text) and math.isfinite(float(text)) and float(text).is_integer() and abs(float(text)) < 1e15:
        return Fault("not_integer", "write", str(int(float(text))))
    if _GROUPED.fullmatch(text) and len({mark for mark in text if mark in "., \u00a0"}) == 1 and len(text) < 20:
        return Fault("not_integer", "write", re.sub("[., \u00a0]", "", text))
    return Fault("not_integer", "digits_only")


def _two_numbers(text: str) -> Fault:
    """Return the fault of a number like 1.500, which is 1500 in one country and 1.5 in another."""
    grouped = re.sub("[.,]", "", text)
    return Fault("number_two_ways", "say_numbers", grouped, repr(float(text.replace(",", "."))))


def _written_integer(text: str, numbers: str) -> int | Fault:
    whole = _written(text, numbers)
    digits, _, decimals = (whole or ".1").partition(".")
    if decimals.strip("0"):
        return Fault("not_integer", f"digits_only_{numbers}")
    return int(digits) if len(digits.lstrip("+-")) <= 18 else Fault("too_long")


def _written(text: str, numbers: str) -> str | None:
    """Return a number of a declared writing as we write it; None where it is none."""
    form, group, point = _WRITTEN[numbers]
    if not form.fullmatch(text):
        return None
    return text.replace(group, "").replace(point, ".").replace(".-", "")


def _number(text: str, settings: Settings) -> float | Fault | None:
    text = text.strip(SPACES)
    if not text:
        return None
    if settings.numbers != "plain":
        written = _written(text, settings.numbers)
        if written is None or not math.isfinite(float(written)):
            return Fault("not_number", f"digits_only_{settings.numbers}")
        return float(written)
    if _NUMBER.fullmatch(text) and math.isfinite(float(text)):
        return float(text)
    if _NUMBER.fullmatch(text.replace(",", ".", 1)) and "." not in text:
        return Fault("not_number", "write", text.replace(",", "."))
    return Fault("not_number", "digits_only")


def _date(text: str, settings: Settings) -> date | Fault | None:
    text = text.strip(SPACES)
    if not text:
        return None
    if _DATE.fullmatch(text):
        return _day(*text.split("-")) or Fault("date_impossible")
    if midnight := _MIDNIGHT.fullmatch(text):
        return Fault("date_form", "write", midnight[1])
    if (parts := _PARTS.fullmatch(text)) is None:
        return Fault("date_form", "iso_date")
    first, second, year = parts.groups()
    day_first, month_first = _day(year, second, first), _day(year, first, second)
    if settings.dates != "iso":
        return (day_first if settings.dates == "day_first" else month_first) or Fault("date_impossible", "say_dates")
    readings = sorted({day.isoformat() for day in (day_first, month_first) if day})
    match readings:
        case [reading]:
            return Fault("date_form", "write", reading)
        case [reading, other]:
            return Fault("date_two_ways", "say_dates", reading, other)
    return Fault("date_form", "iso_date")


def _day(year: str, month: str, day: str) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


def _flag(text: str, _: Settings) -> bool | Fault | None:
    text = text.strip(SPACES)
    return _FLAGS.get(text.casefold(), Fault("not_flag")) if text else None


_READERS: dict[str, Callable[[str, Settings], Any]] = {
    "id": _id,
    "text": _words,
    "integer": _integer,
    "money": _money,
    "number": _number,
    "date": _date,
    "code": _code,
    "flag": _flag,
}


def typed(draft: Draft) -> pd.DataFrame:
    """Return the table in its final types: defaults filled in, filled integers as int64."""
    frame = {}
    for column in draft.table:
        values = _with_default(column, draft)
        if column.kind in ("integer", "money") and (column.filled or column.default is not None):
            values = values.astype("int64")
        if column.kind == "flag":
            values = values.astype(bool)
        frame[column.name] = values
    return pd.DataFrame(frame)


def readable(draft: Draft) -> pd.DataFrame:
    """Return what could be read of the table: refused cells empty, so that no integer and flag is sure to be filled."""
    frame = {}
    for column in draft.table:
        values, bad = _with_default(column, draft), draft.bad[column.name]
        frame[column.name] = values.mask(bad, "") if column.kind in ("id", "text", "code") else values.mask(bad)
    return pd.DataFrame(frame)


def _with_default(column: Column, draft: Draft) -> pd.Series[Any]:
    values = draft.frame[column.name]
    if column.default is None:
        return values
    return values.mask(values == "", column.default) if column.kind == "code" else values.fillna(column.default)
