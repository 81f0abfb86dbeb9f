"""A table as it came: every cell as text, and where a person finds each row."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Codes = NDArray[np.intp]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Cells:
    """One column of text, each different text kept once: ``texts[codes[i]]`` stands in record ``i``."""

    codes: Codes
    texts: Sequence[str]

    @classmethod
    def of(cls, texts: Iterable[str]) -> Self:
        codes, different = pd.factorize(np.array(list(texts), dtype=object))
        return cls(codes, [str(text) for text in different])

    def __len__(self) -> int:
        return len(self.codes)

    def __getitem__(self, position: int) -> str:
        return self.texts[int(self.codes[position])]

    def keep(self, mask: Mask) -> Self:
        return type(self)(self.codes[mask], self.texts)

    def where(self, holds: Iterable[bool]) -> Mask:
        """Return the mask of the records whose text is one for which it holds, given text by text."""
        return np.array(list(holds), dtype=bool)[self.codes] if len(self) else np.zeros(0, dtype=bool)


@dataclass(frozen=True)
class Source:
    """One table as it came.

    ``name`` is what its owner calls it: ``employees.csv``, or ``employees`` for a frame. ``rows`` names each
    record: its spreadsheet row, or the label of the frame's index where ``labelled``. ``refused`` marks
    records that are broken as a whole, ``bad`` single cells, ``lost`` whole columns; all were
    reported where they were found. ``blank`` counts the records that held nothing and were left out.
    """

    table: str
    name: str
    cells: Mapping[str, Cells]
    rows: Sequence[Hashable]
    labelled: bool = False
    refused: Mask | None = None
    bad: Mapping[str, Mask] = field(default_factory=dict)
    lost: frozenset[str] = frozenset()
    blank: int = 0

    def __len__(self) -> int:
        return len(self.rows)


def frame_cells(series: pd.Series[Any]) -> tuple[Cells, Mask]:
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
