"""Tables as CSV and back: text stays text, and what is read is what was written."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from karier_reco.errors import VerificationError

Kind = Literal["text", "integer", "optional integer", "number", "date", "flag"]

#: Spreadsheets take text that begins so for a formula.
LIVE = re.compile(r"'*[=+\-@\t\r]")
_QUOTED = re.compile(r'[",\n\r]')


def kinds_of(frame: pd.DataFrame) -> dict[str, Kind]:
    """Return what each column holds, to be read back with `read_table`."""
    return {str(name): _kind(frame[name]) for name in frame.columns}


def _kind(column: pd.Series[Any]) -> Kind:
    if pd.api.types.is_bool_dtype(column.dtype):
        return "flag"
    if pd.api.types.is_integer_dtype(column.dtype):
        return "optional integer" if pd.api.types.is_extension_array_dtype(column.dtype) else "integer"
    if pd.api.types.is_float_dtype(column.dtype):
        return "number"
    return "date" if pd.api.types.is_datetime64_dtype(column.dtype) else "text"


def csv_text(frame: pd.DataFrame) -> str:
    r"""Return a frame as CSV: comma, LF, ISO dates, numbers to 12 significant digits, formulas disarmed.

    >>> csv_text(pd.DataFrame({"id": ["a", "=1+1"], "value": [0.1 + 0.2, float("nan")]}))
    "id,value\na,0.3\n'=1+1,\n"
    """
    head = ",".join(_text(str(name)) for name in frame.columns)
    columns = [_written(frame[name]) for name in frame.columns]
    return "\n".join([head, *map(",".join, zip(*columns, strict=True)), ""])


def _written(column: pd.Series[Any]) -> list[str]:
    kind = _kind(column)
    if kind == "text":  # the same texts come again and again: each is quoted once
        code, once = pd.factorize(column.fillna(""))
        return list(np.array([_text(str(text)) for text in once], dtype=object)[code])
    if kind == "date":
        days = np.datetime_as_string(column.to_numpy().astype("datetime64[D]"))
        return ["" if day == "NaT" else str(day) for day in days]
    if kind == "number":
        return ["" if number != number else f"{number + 0.0:.12g}" for number in column.tolist()]
    if kind == "flag":
        return ["true" if flag else "false" for flag in column.tolist()]
    return ["" if number is pd.NA else str(number) for number in column.tolist()]


def _text(text: str) -> str:
    text = f"'{text}" if LIVE.match(text) else text
    return '"' + text.replace('"', '""') + '"' if _QUOTED.search(text) else text


def read_table(path: Path, kinds: Mapping[str, Kind]) -> pd.DataFrame:
    """Read a CSV that `csv_text` made, each column of the kind that it had; VerificationError if it is another."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file, strict=True))
    names = [_unescaped(name) for name in rows[0]] if rows else []
    if names != list(kinds):
        raise VerificationError(
            f"{path.name}: got the columns {', '.join(names)}; expected {', '.join(kinds)}. Write the plan again.",
            broken=[path.name],
        )
    columns = list(zip(*rows[1:], strict=True)) or [()] * len(names)
    return pd.DataFrame(
        {name: _read(texts, kinds[name]) for name, texts in zip(names, columns, strict=True)}, columns=names
    )


def _read(texts: tuple[str, ...], kind: Kind) -> pd.Series[Any]:
    if kind == "text":
        return pd.Series([_unescaped(text) for text in texts], dtype="str")
    if kind == "date":
        return pd.Series(np.array([text or "NaT" for text in texts], dtype="datetime64[s]"))
    if kind == "number":
        return pd.Series([float(text or "nan") for text in texts], dtype="float64")
    if kind == "flag":
        return pd.Series([text == "true" for text in texts], dtype="bool")
    whole = [int(text) if text else pd.NA for text in texts]
    return pd.Series(whole, dtype="int64" if kind == "integer" else "Int64")


def _unescaped(text: str) -> str:
    return text[1:] if text.startswith("'") and LIVE.match(text) else text
