"""What an argument of the allocator must be; every failure names the argument, the place and the value."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NoReturn

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from karier_reco.errors import LimitsError

#: Sums of whole numbers stay below this, so that int64 never overflows.
LARGEST_SUM = 2**62

#: Seats that are looked at together where all at once would take too much memory.
BLOCK = 2**21


def people_blocks(starts: NDArray[np.int64]) -> Iterator[tuple[slice, slice]]:
    """Yield people and their seats, whole people at a time and about `BLOCK` seats; ``starts`` as the problem's."""
    first, people = 0, len(starts) - 1
    while first < people:
        fits = int(np.searchsorted(starts, starts[first] + BLOCK, side="right")) - 1
        last = max(fits, first + 1)
        yield slice(first, last), slice(int(starts[first]), int(starts[last]))
        first = last


def whole(array: NDArray[Any]) -> NDArray[np.int64]:
    """Return whole numbers as int64; what is larger than any sum of a problem counts as `LARGEST_SUM`."""
    return np.asarray(np.minimum(array, LARGEST_SUM) if array.dtype == np.uint64 else array).astype(np.int64)


def refuse(argument: str, index: object, value: object, rule: str, remedy: str) -> NoReturn:
    """Raise the LimitsError of one argument, in the project's form."""
    if isinstance(index, tuple):
        index = tuple(int(i) for i in index)
        place = f"{argument}[{', '.join(str(i) for i in index)}]"
    elif index is None:
        place = argument
    else:
        index = int(index)  # type: ignore[call-overload]  # every index here is an int or a numpy integer
        place = f"{argument}[{index}]"
    value = value.item() if isinstance(value, np.generic) else value
    raise LimitsError(f"{place}: got {value}; expected {rule}. {remedy}", argument=argument, index=index, value=value)


def whole_numbers(
    argument: str, given: Any, shape: tuple[int | None, ...], low: int = 0, high: int | None = None
) -> NDArray[Any]:
    """Return ``given`` as an integer array of ``shape`` (None: any length) with entries in low..high."""
    array = _shaped(argument, given, shape, "iu", "whole numbers")
    if array.dtype == np.uint64 and array.size and array.max() > np.iinfo(np.int64).max:
        high = np.iinfo(np.int64).max if high is None else high
    _in_range(argument, array, low, high)
    return array


def numbers(argument: str, given: Any, shape: tuple[int | None, ...]) -> NDArray[Any]:
    """Return ``given`` as an array of ``shape`` with finite entries of at least 0."""
    array = _shaped(argument, given, shape, "iuf", "numbers")
    _finite(argument, array)
    _in_range(argument, array, 0, None)
    return array


def flags(argument: str, given: Any, shape: tuple[int | None, ...]) -> NDArray[np.bool_]:
    """Return ``given`` as a boolean array of ``shape``."""
    return _shaped(argument, given, shape, "b", "True or False")


def sparse(argument: str, given: Any, shape: tuple[int | None, int | None], kinds: str) -> sp.csr_array:
    """Return ``given`` as a canonical csr_array with finite entries of at least 0; the caller's own is left alone."""
    if not sp.issparse(given):
        given = np.asarray(given)
        if given.ndim != 2:
            refuse(
                argument,
                None,
                f"an array of shape {given.shape}",
                "a scipy.sparse array of two dimensions",
                "Build one with scipy.sparse.csr_array.",
            )
    if given.dtype.kind not in kinds:
        words = {"b": "True or False", "iu": "whole numbers"}.get(kinds, "numbers")
        if given.shape[0] and given.shape[1]:
            refuse(argument, None, f"entries of type {given.dtype}", words, "Convert the entries.")
        given = given.astype(np.bool_ if kinds == "b" else np.int64)
    if any(want is not None and have != want for have, want in zip(given.shape, shape, strict=True)):
        refuse(
            argument,
            None,
            f"shape {given.shape}",
            f"shape {_wanted(shape)}",
            "Rows and columns must match the other arguments.",
        )
    matrix = _canonical(given)
    if matrix.dtype.kind != "b":
        _entries(argument, matrix)
    return matrix


def _canonical(given: Any) -> sp.csr_array:
    if given.format == "csr" and given.has_canonical_format:
        return sp.csr_array(given)
    if given.dtype.kind in "iu":
        given = given.astype(np.int64)  # a small type could overflow where entries of one place are added
    matrix = sp.csr_array(given, copy=True)
    matrix.sum_duplicates()
    return matrix


def _entries(argument: str, matrix: sp.csr_array) -> None:
    bad = ~np.isfinite(matrix.data) | (matrix.data < 0)
    if bad.any():
        at = int(np.argmax(bad))
        row = int(np.searchsorted(matrix.indptr, at, side="right")) - 1
        refuse(
            argument, (row, matrix.indices[at]), matrix.data[at], "a finite number of at least 0", "Correct the entry."
        )


def _shaped(argument: str, given: Any, shape: tuple[int | None, ...], kinds: str, words: str) -> NDArray[Any]:
    try:
        array = np.asarray(given)
    except ValueError:
        refuse(
            argument,
            None,
            "rows of different length",
            f"an array of shape {_wanted(shape)}",
            "Make the rows equally long.",
        )
    if array.size == 0 and array.dtype.kind not in kinds:
        array = array.astype({"b": np.bool_, "i": np.int64}[kinds[0]])
    if array.ndim != len(shape) or any(
        want is not None and have != want for have, want in zip(array.shape, shape, strict=True)
    ):
        refuse(
            argument, None, f"shape {array.shape}", f"shape {_wanted(shape)}", "Lengths must match the other arguments."
        )
    if array.dtype.kind not in kinds:
        refuse(argument, None, f"entries of type {array.dtype}", words, "Convert the array.")
    return array


def _finite(argument: str, array: NDArray[Any]) -> None:
    bad = ~np.isfinite(array)
    if bad.any():
        index = np.unravel_index(int(np.argmax(bad)), array.shape)
        refuse(argument, _plain(index), array[index], "a finite number", "Leave out what is unknown.")


def _in_range(argument: str, array: NDArray[Any], low: int, high: int | None) -> None:
    bad = array < low
    if high is not None:
        bad |= array > high
    if bad.any():
        index = np.unravel_index(int(np.argmax(bad)), array.shape)
        rule = (
            f"at least {low}"
            if high is None
            else f"{low} to {high}"
            if high >= low
            else "none, for there is nothing to refer to"
        )
        refuse(argument, _plain(index), array[index], rule, "Correct the entry.")


def _plain(index: tuple[Any, ...]) -> object:
    return int(index[0]) if len(index) == 1 else tuple(int(i) for i in index)


def _wanted(shape: tuple[int | None, ...]) -> str:
    inner = ", ".join("any" if n is None else str(n) for n in shape)
    return f"({inner},)" if len(shape) == 1 else f"({inner})"
