"""Frames as text: any dtypes that hold the right values will do."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import numpy as np
import pandas as pd
from pandas.api.types import is_object_dtype

from karier_reco.checking.found import Found, shown
from karier_reco.checking.source import Cells, Mask, Source
from karier_reco.tables import TABLES


def frame_source(name: str, frame: object, found: Found) -> Source | None:
    """Return a frame as text; None where it cannot be read as a table."""
    if not isinstance(frame, pd.DataFrame):
        found.table("not_a_frame", name, name, value=type(frame).__name__)
        return None
    headings = [str(heading) for heading in frame.columns]
    for heading in sorted({heading for heading in headings if headings.count(heading) > 1}):
        found.table("duplicate_heading", name, name, value=shown(heading))
    if len(set(headings)) < len(headings):
        return None
    read = {heading: _frame_cells(frame.iloc[:, i]) for i, heading in enumerate(headings)}
    filled = np.zeros(len(frame), dtype=bool)
    for cells, _ in read.values():
        filled |= cells.where(text.strip() != "" for text in cells.texts)
    labels = [label for label, keep in zip(frame.index.tolist(), filled.tolist(), strict=True) if keep]
    source = Source(
        name,
        name,
        {heading: cells.keep(filled) for heading, (cells, _) in read.items()},
        labels,
        labelled=True,
        bad={heading: unsafe[filled] for heading, (_, unsafe) in read.items() if _is_id(name, heading)},
        lost=frozenset(
            heading
            for i, (heading, (_, unsafe)) in enumerate(read.items())
            if _is_id(name, heading) and unsafe.any() and not is_object_dtype(frame.dtypes.iloc[i])
        ),
        blank=int((~filled).sum()),
    )
    _report_numbers(source, frame, found)
    return source


def _is_id(table: str, heading: str) -> bool:
    return heading in TABLES[table].names and TABLES[table][heading].kind == "id"


def _report_numbers(source: Source, frame: pd.DataFrame, found: Found) -> None:
    for heading, unsafe in source.bad.items():
        if heading in source.lost:
            found.table("id_numbers", source.table, source.name, column=heading, value=str(frame[heading].dtype))
            continue
        for position in np.flatnonzero(unsafe).tolist():
            found.cell("id_number", source, heading, position)


def _frame_cells(series: pd.Series[Any]) -> tuple[Cells, Mask]:
    """Return a frame's column as text, and which of its cells are numbers too long for an id.

    A number of 15 digits or more is not safe: a spreadsheet rounds it, and so does a float.
    """
    if series.dtype == object:
        values: list[Any] = list(series)
        texts = Cells.of(_text(value) for value in values)
        return texts, np.array([_unsafe(value) for value in values], dtype=bool)
    codes, different = pd.factorize(series)
    values = [*different, None]
    codes = np.where(codes < 0, len(different), codes)
    cells = Cells(codes, [_text(value) for value in values])
    return cells, cells.where(_unsafe(value) for value in values)


def _text(value: Any) -> str:
    if isinstance(value, str):
        return str(value)
    if value is None or value is pd.NA or value is pd.NaT:
        return ""
    if isinstance(value, (bool, np.bool_)):
        return "true" if value else "false"
    if isinstance(value, (float, np.floating)):
        return "" if np.isnan(value) else str(int(value)) if float(value).is_integer() else repr(float(value))
    if isinstance(value, np.datetime64):
        value = pd.Timestamp(value)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == datetime.min.time() else value.isoformat(" ")
    return value.isoformat() if isinstance(value, date) else str(value)


def _unsafe(value: Any) -> bool:
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, float, np.integer, np.floating)):
        return False
    number = float(value)
    return abs(number) >= 1e14 or not (np.isnan(number) or number.is_integer())
