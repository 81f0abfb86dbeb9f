"""Seeded randomness, and what every table draws with."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd

Item = TypeVar("Item")
Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Days = npt.NDArray[np.datetime64]


def stream(seed: int, name: str) -> np.random.Generator:
    """Return the random stream of one table."""
    return np.random.default_rng([seed, zlib.crc32(name.encode())])


def pick(rng: np.random.Generator, items: Sequence[Item]) -> Item:
    return items[int(rng.integers(len(items)))]


def pick_weighted(rng: np.random.Generator, weights: dict[str, float]) -> str:
    shares = np.array(list(weights.values()))
    return list(weights)[int(rng.choice(len(weights), p=shares / shares.sum()))]


def columns(items: Sequence[str], chosen: Ints) -> npt.NDArray[Any]:
    """Return the chosen items as an array of texts."""
    return np.array(list(items), dtype=object)[chosen]


def share_out(total: int, weights: Floats) -> Ints:
    """Return whole numbers that add up to the total, in proportion to weights (largest remainder)."""
    exact = total * weights / weights.sum()
    whole = np.floor(exact).astype(np.int64)
    largest = np.argsort(-(exact - whole), kind="stable")[: total - int(whole.sum())]
    whole[largest] += 1
    return np.asarray(whole, dtype=np.int64)


def sample_weighted(rng: np.random.Generator, weights: Floats, count: int) -> Ints:
    """Return ``count`` different positions, drawn in proportion to weights; weight 0 is never drawn."""
    with np.errstate(divide="ignore"):
        keys = np.log(weights) + rng.gumbel(size=len(weights))
    drawn: Ints = np.argsort(-keys, kind="stable")
    return np.asarray(drawn[: min(count, np.count_nonzero(weights))], dtype=np.int64)


def run_numbers(sorted_keys: npt.NDArray[Any]) -> Ints:
    """Return 0, 1, 2, … inside each run of equal keys; equal keys must stand together."""
    first = np.r_[True, sorted_keys[1:] != sorted_keys[:-1]] if len(sorted_keys) else np.zeros(0, dtype=bool)
    starts = np.flatnonzero(first)
    return np.arange(len(sorted_keys)) - np.repeat(starts, np.diff(np.r_[starts, len(sorted_keys)]))


def rows_of(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows as dicts, each cell as it stands."""
    return [dict(zip(table.columns, cells, strict=True)) for cells in table.itertuples(index=False, name=None)]


def to_thousands(amount: float, step: int = 1_000) -> int:
    return round(amount / step) * step
