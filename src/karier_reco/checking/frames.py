"""Frames as text: any library's, with any dtypes that hold the right values."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from karier_reco.checking.found import Found, shown
from karier_reco.checking.names import is_known
from karier_reco.checking.source import Cells, Codes, Source
from karier_reco.settings import Settings

if TYPE_CHECKING:
    import narwhals.stable.v2 as nw

#: What is no one value, and so no cell.
NESTED = (bytes, bytearray, memoryview, list, tuple, dict, set, frozenset, np.ndarray)
#: What a library raises for a column that it cannot bring into single values.
_UNREADABLE = (TypeError, ValueError, NotImplementedError, OverflowError)
#: Digits beyond which a number is written with an exponent, as no column could take it.
_DIGITS = 400


def frame_source(
    table: str, name: str, frame: object, settings: Settings, found: Found, unread: Iterable[str] = ()
) -> Source | None:
    """Return a frame as text; None where it cannot be read as a table.

    A record goes by the label of pandas' index, else by its position from 0. ``unread`` has the headings of columns
    that the frame was read without.
    """
    try:
        eager = _eager(frame)
    except Exception as error:  # a lazy frame is a query of the caller's: what may go wrong in it is its library's own
        found.table("lazy_frame", table, name, value=shown(str(error).partition("\n")[0]))
        return None
    if eager is None:
        found.table("not_a_frame", table, name, value=type(frame).__name__)
        return None
    columns, labels = eager
    headings = [heading for heading, _ in columns]
    twice = sorted({heading for heading in headings if headings.count(heading) > 1})
    for heading in twice:
        found.table("duplicate_heading", table, name, value=shown(heading))
    if twice:
        return None
    read = {heading: _cells(column) for heading, column in columns}
    kinds = {heading: _kind(column) for heading, column in columns if read[heading] is None}
    return labelled_source(table, name, read, labels, settings, found, kinds, unread)


def labelled_source(
    table: str,
    name: str,
    read: Mapping[str, Cells | None],
    labels: Sequence[Hashable],
    settings: Settings,
    found: Found,
    kinds: Mapping[str, str],
    unread: Iterable[str] = (),
) -> Source:
    """Return columns as a source without spreadsheet rows.

    A column that is None holds no single values: it is lost, and reported as the kind of column that it is where the
    table has it. Blank records are left out if nothing but what was read can be in them.
    """
    n = len(labels)
    lost = {heading for heading in kinds if is_known(heading, table, settings)}
    for heading in sorted(lost):
        found.table("column_kind", table, name, column=heading, value=shown(kinds[heading]))
    nothing = Cells(np.broadcast_to(np.intp(0), n), ("",))
    cells = {heading: nothing if column is None else column for heading, column in read.items()}
    unseen = dict.fromkeys(unread, nothing)
    filled = np.full(n, bool(kinds or unseen))
    for column in cells.values():
        if filled.all():
            break
        filled |= column.filled
    if not filled.all():
        cells = {heading: column.keep(filled) for heading, column in cells.items()}
        labels = [labels[position] for position in np.flatnonzero(filled).tolist()]
    left_out = {"blank": int((~filled).sum())}
    return Source(table, name, cells | unseen, labels, labelled=True, lost=frozenset(lost), left_out=left_out)


def _eager(frame: object) -> tuple[list[tuple[str, Any]], Sequence[Hashable]] | None:
    """Return headings with columns, and what the rows are called; None for what is no frame."""
    import narwhals.stable.v2 as nw

    if nw.dependencies.is_duckdb_relation(frame):
        frame = frame.df()  # its own way into pandas, which wants nothing installed
    if isinstance(frame, pd.DataFrame):
        return [(str(heading), frame.iloc[:, i]) for i, heading in enumerate(frame.columns)], frame.index.tolist()
    if nw.dependencies.is_pyarrow_table(frame):
        return list(zip(frame.column_names, frame.columns, strict=True)), range(frame.num_rows)
    given = nw.from_native(frame, pass_through=True)
    if isinstance(given, nw.LazyFrame):
        given = given.collect()
    if not isinstance(given, nw.DataFrame):
        return None
    return [(heading, given[heading]) for heading in given.columns], range(len(given))


def _kind(column: Any) -> str:
    """Return what the frame's library calls the kind of a column."""
    return str(getattr(column, "dtype", None) or column.type)


def _cells(column: Any) -> Cells | None:
    """Return a frame's column as text; None where its cells are no single values."""
    try:
        codes, different = _factorised(column)
        if all(type(value) is str for value in different):
            return Cells(np.where(codes < 0, len(different), codes), [*different, ""])
        values = [*different, None]
        if any(isinstance(value, NESTED) for value in values):
            return None
        texts, typed = zip(*map(as_text, values), strict=True)
    except _UNREADABLE:
        return None
    return Cells(np.where(codes < 0, len(different), codes), texts, typed)


def _factorised(column: Any) -> tuple[Codes, Sequence[Any]]:
    """Return the number of each record's value, -1 for none, and the values: each only once, whatever its library."""
    if isinstance(column, pd.Series):
        return _of_pandas(column)
    return _of_narwhals(column) if hasattr(column, "to_native") else _of_arrow(column)


def _of_pandas(series: pd.Series[Any]) -> tuple[Codes, Sequence[Any]]:
    alike = ("string", "integer", "floating", "decimal", "boolean", "date", "empty")
    if series.dtype != object or pd.api.types.infer_dtype(series, skipna=True) in alike:
        return _of_array(series.to_numpy() if series.dtype == object else series)
    numbers: dict[Any, int] = {}  # 1, 1.0 and True are equal, and yet not the same text
    found = [numbers.setdefault((type(value), value), len(numbers)) for value in series]
    return np.array(found, dtype=np.intp), [value for _, value in numbers]


def _of_array(array: Any) -> tuple[Codes, Sequence[Any]]:
    codes, different = pd.factorize(array)
    if pd.api.types.is_float_dtype(different):
        different = np.asarray(different)  # an index would hand out 0.1 of 32 bits as its nearest of 64
    return codes, list(different)


def _of_arrow(column: Any) -> tuple[Codes, Sequence[Any]]:
    chunks = column.dictionary_encode().unify_dictionaries().chunks
    if not chunks:
        return np.zeros(0, dtype=np.intp), []
    codes = np.concatenate([chunk.indices.cast("int64").fill_null(-1).to_numpy() for chunk in chunks])
    different = chunks[0].dictionary
    if pd.api.types.is_float_dtype(different.type.to_pandas_dtype()):
        return codes, list(different.to_numpy(zero_copy_only=False))
    return codes, different.to_pylist()


def _of_narwhals(series: nw.Series[Any]) -> tuple[Codes, Sequence[Any]]:
    import narwhals.stable.v2 as nw

    kind = series.dtype
    if kind.is_nested() or kind == nw.Binary:
        raise TypeError(f"{series.name}: got a column of {kind}; expected single values. Report it as a problem.")
    if kind in (nw.Int128, nw.UInt128):
        return _of_pandas(pd.Series(series.to_list(), dtype=object))
    if isinstance(kind, nw.Datetime) and kind.time_zone is not None:
        series = series.dt.replace_time_zone(None)  # the day where it was written down, not in Greenwich
    if not kind.is_integer():
        array = series.to_numpy()
        return _of_pandas(pd.Series(array, dtype=object)) if array.dtype == object else _of_array(array)
    missing = series.is_null().to_numpy()  # numpy would make floats of numbers with gaps, and round the long ones
    codes, different = _of_array(series.fill_null(0).to_numpy())
    return np.where(missing, -1, codes), different


def as_text(value: Any) -> tuple[str, bool]:
    """Return a single value as we write it, and whether it was more than text.

    >>> as_text("007"), as_text(20.0), as_text(date(2027, 12, 31)), as_text(None)
    (('007', False), ('20', True), ('2027-12-31', True), ('', True))
    """
    return _text(value), not isinstance(value, str)


def _text(value: Any) -> str:
    if isinstance(value, str):
        return str(value)
    if value is None or value is pd.NA or value is pd.NaT:
        return ""
    if isinstance(value, (bool, np.bool_)):
        return "true" if value else "false"
    if isinstance(value, np.floating) and not isinstance(value, float):
        value = float(str(value))  # 0.1 of 32 bits is 0.1, not its nearest of 64
    if isinstance(value, float):
        return "" if np.isnan(value) else str(int(value)) if value.is_integer() else repr(float(value))
    if isinstance(value, Decimal):
        return _plain_decimal(value)
    if isinstance(value, np.datetime64):
        value = pd.Timestamp(value)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == datetime.min.time() else value.isoformat(" ")
    return value.isoformat() if isinstance(value, date) else str(value)


def _plain_decimal(value: Decimal) -> str:
    if value.is_nan():
        return ""
    if not value.is_finite() or max(abs(value.adjusted()), len(value.as_tuple().digits)) > _DIGITS:
        return str(value)
    written = format(value, "f")
    whole = written.rstrip("0").rstrip(".") if "." in written else written
    return "0" if whole == "-0" else whole
