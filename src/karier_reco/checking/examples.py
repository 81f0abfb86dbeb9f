"""The example rows of the template: a row left as it was shipped is no record."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import replace
from functools import cache, partial
from importlib.resources import files
from itertools import compress
from typing import Any

import numpy as np

from karier_reco.checking.cells import value_of
from karier_reco.checking.source import Mask, Source
from karier_reco.settings import Settings
from karier_reco.tables import TABLES, Table
from karier_reco.texts import Language


def example(table: str, language: Language) -> Mapping[str, Any]:
    """Return the example row of a table: its filled columns, codes as codes.

    >>> example("units", "id")
    {'unit_id': 'CONTOH-UNIT', 'name': 'Dinas Contoh'}
    """
    return {name: value[language] if isinstance(value, dict) else value for name, value in _data()[table].items()}


def without_example(source: Source, settings: Settings) -> Source:
    """Return a recognised source without the rows that say exactly what the template's example says."""
    same = _is_example(source, settings)
    if not same.any():
        return source
    keep = ~same
    return replace(
        source,
        cells={name: cells.keep(keep) for name, cells in source.cells.items()},
        rows=list(compress(source.rows, keep.tolist())),
        refused=None if source.refused is None else source.refused[keep],
        bad={name: mask[keep] for name, mask in source.bad.items()},
        left_out={**source.left_out, "example": int(same.sum())},
    )


def _is_example(source: Source, settings: Settings) -> Mask:
    same: Mask = np.ones(len(source), dtype=bool) if source.refused is None else ~source.refused
    for name, cells in source.cells.items():
        if not same.any():
            break
        same &= cells.where(cells.read(partial(_is_as_shipped, TABLES[source.table], name, settings)))
    return same


def _is_as_shipped(table: Table, name: str, settings: Settings, text: str, typed: bool) -> bool:
    """Return whether a cell says what the example has in its column, in whichever language."""
    wanted = _data()[table.name].get(name)
    if wanted is None or not text.strip():
        return wanted is None and not text.strip()
    value = value_of(table[name], table.name, settings, text, typed)
    return value in wanted.values() if isinstance(wanted, dict) else bool(value == wanted)


@cache
def _data() -> Mapping[str, Mapping[str, Any]]:
    return tomllib.loads(files("karier_reco").joinpath("data/template.toml").read_text(encoding="utf-8"))
