"""Records as they stream in: each different value of a column kept once, in an order that is theirs alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any

import numpy as np

from karier_reco.checking.frames import NESTED, as_text
from karier_reco.checking.names import column_of
from karier_reco.checking.source import Cells, Codes
from karier_reco.errors import masked
from karier_reco.settings import Settings
from karier_reco.tables import TABLES

#: How much of each part of a key stands in the name of a record.
_SHOWN = 60


class Column:
    """One column: the values that it has, and which of them stands in each record.

    ``reader`` turns a value of the database into the one that is meant.
    """

    def __init__(self, reader: Callable[[Any], Any]) -> None:
        self.reader = reader
        self.nested = False
        self._numbers: dict[Any, int] = {}
        self._codes: list[Codes] = []

    def add(self, values: Sequence[Any]) -> None:
        numbers = self._numbers
        try:  # 1, 1.0 and True are equal, and yet not the same text
            codes = [numbers.setdefault((type(value), value), len(numbers)) for value in values]
        except TypeError:
            self.nested, codes = True, [0] * len(values)
        self._codes.append(np.array(codes, dtype=np.intp))

    def cells(self) -> Cells | None:
        """Return the column as text, its texts in their order; None where its cells are no single values."""
        values = [value for _, value in self._numbers]
        if self.nested or any(isinstance(value, NESTED) for value in values):
            return None
        texts = [_exact(self.reader(value)) for value in values]
        different = sorted(set(texts))
        rank = {text: number for number, text in enumerate(different)}
        ranks = np.array([rank[text] for text in texts], dtype=np.intp)
        codes = ranks[np.concatenate(self._codes)] if self._codes else np.zeros(0, dtype=np.intp)
        return Cells(codes, [text for text, _ in different], [typed for _, typed in different])


def _exact(value: Any) -> tuple[str, bool]:
    """Return a value as text; a whole number of a database is as exact as text, as nothing has rounded it."""
    text, typed = as_text(value)
    whole = isinstance(value, (int, Decimal)) and not isinstance(value, bool) and text and "." not in text
    return text, typed and not whole


def in_key_order(
    table: str, cells: dict[str, Cells | None], count: int, settings: Settings
) -> tuple[dict[str, Cells | None], Sequence[str | int]]:
    """Return the columns with their records in the order of the table's key, and what each record is called."""
    title_of = {column_of(title, table, settings): title for title in reversed(cells)}
    key = [title_of[column] for column in TABLES[table].key if column in title_of]
    ordered = [*key, *sorted(title for title in cells if title not in key)]
    ranks = [column.codes for title in ordered if (column := cells[title]) is not None]
    order = np.lexsort(ranks[::-1]) if ranks else np.arange(count)
    sorted_cells = {
        title: None if column is None else Cells(column.codes[order], column.texts, column.typed)
        for title, column in cells.items()
    }
    if not key or any(sorted_cells[title] is None for title in key):
        return sorted_cells, range(count)
    parts = [_parts(sorted_cells[title], column_of(title, table, settings)) for title in key]
    return sorted_cells, list(_names(zip(*parts, strict=True)))


def _parts(cells: Cells | None, column: str) -> Iterator[str]:
    texts = [] if cells is None else cells.texts
    shown = [masked(text) if column == "employee_id" else text[:_SHOWN] for text in texts]
    return (shown[code] for code in ([] if cells is None else cells.codes.tolist()))


def _names(keys: Iterable[tuple[str, ...]]) -> Iterator[str]:
    """Return the name of each record, numbered where NIPs end alike."""
    seen: Counter[str] = Counter()
    for parts in keys:
        name = ", ".join(parts)
        seen[name] += 1
        yield name if seen[name] == 1 else f"{name} ({seen[name]})"
