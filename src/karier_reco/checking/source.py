"""A table as it came: every cell as text, and where a person finds each row."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

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
