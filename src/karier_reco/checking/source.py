"""A table as it came: every cell as text, and where a person finds each row."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import repeat
from typing import Self, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Codes = NDArray[np.intp]
Mask = NDArray[np.bool_]
Value = TypeVar("Value")


@dataclass(frozen=True)
class Cells:
    """One column of text, each different text kept once: ``texts[codes[i]]`` stands in record ``i``.

    ``typed`` marks the texts that were values where they came from, a number or a date of a spreadsheet: they stand as
    we write them, whatever the settings say of the caller's own writing. None: all are text.
    """

    codes: Codes
    texts: Sequence[str]
    typed: Sequence[bool] | None = None

    @classmethod
    def of(cls, texts: Iterable[str]) -> Self:
        codes, different = pd.factorize(np.array(list(texts), dtype=object))
        return cls(codes, [str(text) for text in different])

    @classmethod
    def of_values(cls, values: Iterable[tuple[str, bool]]) -> Self:
        """Return the column of these texts, each with whether it was a value."""
        numbers: dict[tuple[str, bool], int] = {}
        codes = np.array([numbers.setdefault(value, len(numbers)) for value in values], dtype=np.intp)
        return cls(codes, [text for text, _ in numbers], [typed for _, typed in numbers])

    def __len__(self) -> int:
        return len(self.codes)

    def __getitem__(self, position: int) -> str:
        return self.texts[int(self.codes[position])]

    def keep(self, mask: Mask) -> Self:
        """Return the cells of these records, and only the texts that stand in them."""
        used, codes = np.unique(self.codes[mask], return_inverse=True)
        typed = None if self.typed is None else [self.typed[code] for code in used]
        return type(self)(codes, [self.texts[code] for code in used], typed)

    def read(self, reader: Callable[[str, bool], Value]) -> list[Value]:
        """Return what each different text is, told whether it was a value."""
        return [
            reader(text, bool(typed))
            for text, typed in zip(self.texts, self.typed or repeat(False, len(self.texts)), strict=True)
        ]

    @property
    def filled(self) -> Mask:
        """The mask of the records in which something stands."""
        return self.where(text.strip() != "" for text in self.texts)

    def where(self, holds: Iterable[bool]) -> Mask:
        """Return the mask of the records whose text is one for which it holds, given text by text."""
        return np.array(list(holds), dtype=bool)[self.codes] if len(self) else np.zeros(0, dtype=bool)


@dataclass(frozen=True)
class Source:
    """One table as it came.

    ``name`` is what its owner calls it: ``employees.csv``, or ``employees`` for a frame. ``rows`` names each
    record: its spreadsheet row, or the label of the frame's index where ``labelled``. ``refused`` marks
    records that are broken as a whole, ``bad`` single cells, ``lost`` whole columns; all were
    reported where they were found. ``left_out`` counts the records that were not taken, by reason: a key of the
    texts ``left_out``.

    ``file`` and ``sheet`` are where a person opens it, ``letters`` the spreadsheet's letter of each column;
    ``titles`` is what its owner calls a column, where that is another name than ours.
    """

    table: str
    name: str
    cells: Mapping[str, Cells]
    rows: Sequence[Hashable]
    labelled: bool = False
    refused: Mask | None = None
    bad: Mapping[str, Mask] = field(default_factory=dict)
    lost: frozenset[str] = frozenset()
    left_out: Mapping[str, int] = field(default_factory=dict)
    file: str = ""
    sheet: str = ""
    letters: Mapping[str, str] = field(default_factory=dict)
    titles: Mapping[str, str] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.rows)
