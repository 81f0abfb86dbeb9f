"""Frames of any library: each dtype is the text that it means, and nothing of what was given is changed."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from karier_reco.checking import Found, Source
from karier_reco.checking.frames import frame_source
from karier_reco.dataset import Dataset
from karier_reco.errors import DataError
from karier_reco.settings import Settings
from tests.datasets import random_frames

UTC_TIME = pa.timestamp("us", "UTC")
LONG = 208703122110011005


def source(frame: object, table: str = "employees", kind: str = "") -> tuple[Source | None, list[str]]:
    """Return what was read and the problems, all of that kind."""
    found = Found()
    read = frame_source(table, table, frame, Settings(), found)
    assert {problem.kind for problem in found.problems} <= {kind}
    return read, [problem.text for problem in found.problems]


def column(frame: object) -> list[tuple[str, bool]]:
    """Return the cells of a frame's column ``name``, each with whether it was a value."""
    read, said = source(frame)
    assert said == []
    assert read is not None
    cells = read.cells["name"]
    typed = cells.typed or [False] * len(cells.texts)
    return [(cells.texts[code], typed[code]) for code in cells.codes.tolist()]


def frames_of(library: str, frames: dict[str, pd.DataFrame]) -> dict[str, Any]:
    """Return frames as those of another library, ids of records beside them gone."""
    arrow = {name: pa.Table.from_pandas(frame, preserve_index=False) for name, frame in frames.items()}
    ways: dict[str, Any] = {
        "pandas": lambda name: frames[name],
        "pandas of objects": lambda name: frames[name].astype(object),
        "pandas over arrow": lambda name: arrow[name].to_pandas(types_mapper=pd.ArrowDtype),
        "pandas categories": lambda name: frames[name].astype("category"),
        "polars": lambda name: pl.from_arrow(arrow[name]),
        "polars lazy": lambda name: pl.from_arrow(arrow[name]).lazy(),
        "pyarrow": lambda name: arrow[name],
        "pyarrow in chunks": lambda name: pa.concat_tables([arrow[name].slice(0, 2), arrow[name].slice(2)]),
        "duckdb": lambda name: duckdb.from_arrow(arrow[name]),
    }
    return {name: ways[library](name) for name in frames}


LIBRARIES = ["pandas", "pandas of objects", "pandas over arrow", "pandas categories", "polars", "polars lazy"]
LIBRARIES += ["pyarrow", "pyarrow in chunks", "duckdb"]


@pytest.mark.parametrize("library", LIBRARIES)
def test_every_library_gives_the_same_data(library: str) -> None:
    """The tables in their final types, through each library and back: equal frames, hashes and remarks."""
    expected = Dataset.from_frames(random_frames(2, everything=True))
    data = Dataset.from_frames(frames_of(library, dict(expected.frames)))
    assert data.hashes == expected.hashes
    assert data.problems == expected.problems
    for name, frame in expected.frames.items():
        pd.testing.assert_frame_equal(data[name], frame)


ARROW = [
    (pa.array(["a", None], pa.large_string()), ("a", False)),
    (pa.array(["a", None], pa.string_view()), ("a", False)),
    (pa.array(["a", None]).dictionary_encode(), ("a", False)),
    (pa.array([LONG, None]).dictionary_encode(), (str(LONG), True)),
    (pa.array([Decimal("1500.50"), None]), ("1500.5", True)),
    (pa.array([Decimal("1500.00"), None], pa.decimal256(50, 2)), ("1500", True)),
    (pa.array([date(2027, 12, 31), None], pa.date32()), ("2027-12-31", True)),
    (pa.array([date(2027, 12, 31), None], pa.date64()), ("2027-12-31", True)),
    (pa.array([datetime(2027, 12, 31), None], pa.timestamp("ns")), ("2027-12-31", True)),
    (
        # Given in UTC: once pandera is imported, pyarrow takes the hours of another zone for hours of UTC.
        pa.array([datetime(2027, 12, 30, 17), None], pa.timestamp("us", "UTC")).cast(
            pa.timestamp("us", "Asia/Jakarta")
        ),
        ("2027-12-31", True),
    ),
    (pa.array([datetime(9999, 12, 31), None], pa.timestamp("s")), ("9999-12-31", True)),
    (pa.array([True, None]), ("true", True)),
    (pa.array([7, None], pa.int8()), ("7", True)),
    (pa.array([2**64 - 1, None], pa.uint64()), (str(2**64 - 1), True)),
    (pa.array([0.1, float("nan")], pa.float32()), ("0.1", True)),
    (pa.array([20.0, None]), ("20", True)),
]


@pytest.mark.parametrize(("array", "text"), ARROW, ids=lambda value: str(getattr(value, "type", "")))
def test_an_arrow_column_of_any_type_is_the_text_that_it_means(array: pa.Array, text: tuple[str, bool]) -> None:
    """In every one the second cell is empty, also where a number is not one; a day stays the day of its own zone."""
    assert column(pa.table({"unit_id": ["U1", "U1"], "name": array}))[0] == text
    assert column(pa.table({"unit_id": ["U1", "U1"], "name": array}))[1][0] == ""


POLARS = [
    (pl.Series(["a", None], dtype=pl.Categorical), ("a", False)),
    (pl.Series(["a", None], dtype=pl.Enum(["a", "b"])), ("a", False)),
    (pl.Series([Decimal("1500.50"), None]), ("1500.5", True)),
    (pl.Series([date(2027, 12, 31), None]), ("2027-12-31", True)),
    (pl.Series([datetime(2027, 12, 31), None], dtype=pl.Datetime("ns")), ("2027-12-31", True)),
    (
        pl.Series([datetime(2027, 12, 30, 17, tzinfo=UTC), None]).dt.convert_time_zone("Asia/Jakarta"),
        ("2027-12-31", True),
    ),
    (pl.Series([True, None]), ("true", True)),
    (pl.Series([LONG, None]), (str(LONG), True)),
    (pl.Series([2**64 - 1, None], dtype=pl.UInt64), (str(2**64 - 1), True)),
    (pl.Series([2**100, None], dtype=pl.Int128), (str(2**100), True)),
    (pl.Series([0.1, float("nan")], dtype=pl.Float32), ("0.1", True)),
    (pl.Series(["a", None], dtype=pl.Object), ("a", False)),
]


@pytest.mark.parametrize(("series", "text"), POLARS, ids=lambda value: str(getattr(value, "dtype", "")))
def test_a_polars_column_of_any_type_is_the_text_that_it_means(series: pl.Series, text: tuple[str, bool]) -> None:
    """As with arrow. Whole numbers with gaps keep all their digits: a float would have rounded them."""
    frame = pl.DataFrame({"unit_id": ["U1", "U1"], "name": series})
    assert column(frame)[0] == text
    assert column(frame)[1][0] == ""


PANDAS = [
    (pd.Series([1, 1.0, True, "1", Decimal("1.0")], dtype=object), ["1", "1", "true", "1", "1"]),
    (pd.Series([date(2027, 12, 31), None], dtype=object), ["2027-12-31", ""]),
    (pd.Series([10**400, 1], dtype=object), ["1" + "0" * 400, "1"]),
    (pd.Series([pd.NA, pd.NaT, None, np.nan, "a"], dtype=object), ["", "", "", "", "a"]),
    (pd.Series(pd.to_datetime(["2027-12-31"]).tz_localize("Asia/Jakarta")), ["2027-12-31"]),
    (pd.Series(pd.to_datetime(["2027-12-31 08:30"])), ["2027-12-31 08:30:00"]),
    (pd.Series([LONG, None], dtype="Int64"), [str(LONG), ""]),
    (pd.Series([3, 1], dtype="category"), ["3", "1"]),
    (pd.Series([-0.0, 1e15, 0.5, np.inf]), ["0", "1000000000000000", "0.5", "inf"]),
    (pd.Series([time(8), None], dtype=object), ["08:00:00", ""]),
    (pd.Series([None, None], dtype=object), ["", ""]),
]


@pytest.mark.parametrize(("series", "texts"), PANDAS, ids=lambda value: str(getattr(value, "dtype", "")))
def test_a_pandas_column_of_any_type_is_the_text_that_it_means(series: pd.Series[Any], texts: list[str]) -> None:
    """Objects may be mixed: 1, 1.0 and true are equal in Python, and are yet three texts."""
    frame = pd.DataFrame({"unit_id": ["U1"] * len(series), "name": series})
    assert [text for text, _ in column(frame)] == texts


NESTED = [
    (pa.table({"unit_id": ["U1"], "name": pa.array([["a"]])}), "list<item: string>"),
    (pa.table({"unit_id": ["U1"], "name": pa.array([{"a": 1}])}), "struct<a: int64>"),
    (pa.table({"unit_id": ["U1"], "name": pa.array([b"a"])}), "binary"),
    (pa.table({"unit_id": ["U1"], "name": pa.array([b"\xff"]).view(pa.string())}), "string"),
    (pl.DataFrame({"unit_id": ["U1"], "name": [["a"]]}), "List(String)"),
    (pl.DataFrame({"unit_id": ["U1"], "name": [{"a": 1}]}), "Struct({'a': Int64})"),
    (pl.DataFrame({"unit_id": ["U1"], "name": [b"a"]}), "Binary"),
    (pd.DataFrame({"unit_id": ["U1"], "name": [["a"]]}), "object"),
    (pd.DataFrame({"unit_id": ["U1"], "name": [b"a"]}), "object"),
    (pd.DataFrame({"unit_id": ["U1"], "name": [10**5000]}), "object"),
]


@pytest.mark.parametrize(("frame", "kind"), NESTED, ids=lambda value: value if isinstance(value, str) else "")
def test_a_column_without_single_values_is_a_problem(frame: object, kind: str) -> None:
    """Lists, records, bytes and what no library can bring into text: the column and its kind are named, once."""
    read, said = source(frame, kind="column_kind")
    (problem,) = said
    assert problem.startswith(f"employees, name: got a column of kind {kind!r}"[:90])
    assert read is not None
    assert read.lost == {"name"}
    assert read.cells["unit_id"][0] == "U1"


def test_a_list_of_duckdb_is_a_problem() -> None:
    """A relation is a query: its columns come when it is computed."""
    with duckdb.connect() as connection:
        _, said = source(connection.sql("SELECT 'U1' AS unit_id, ['a'] AS name"), kind="column_kind")
    assert [text.partition(";")[0] for text in said] == ["employees, name: got a column of kind 'object'"]


def test_a_nested_column_that_is_nobodys_is_only_ignored() -> None:
    """Importers' frames have more in them than our tables: that is no error, whatever it is."""
    frames: dict[str, Any] = random_frames(1)
    frames["units"] = frames["units"].assign(peta=[[1]] * len(frames["units"]))
    data = Dataset.from_frames(frames)
    said = [(problem.kind, problem.value) for problem in data.problems if problem.table == "units"]
    assert said == [("ignored_column", "'peta'")]


@pytest.mark.parametrize("long", [pd.DataFrame, pl.DataFrame, pa.table])
def test_long_numbers_are_no_ids(long: Any) -> None:
    """An id of 15 digits or more that came as a number may have been rounded by whatever made the frame."""
    frames: dict[str, Any] = random_frames(1)
    frames["units"] = long({"unit_id": [LONG, LONG + 1], "name": ["a", "b"]})
    with pytest.raises(DataError) as caught:
        Dataset.from_frames(frames)
    found = [problem.text for problem in caught.value.problems if problem.table == "units"]
    assert found[0].startswith("units, unit_id: got 2 numbers")


def test_a_record_goes_by_its_label_or_its_position() -> None:
    """pandas has labels; in other frames a row is counted from 0. Blank ones are left out and do not shift a place."""
    cells = {"unit_id": [None, "U2"], "name": [None, ""]}
    for frame, label in [
        (pd.DataFrame(cells, index=["x", "y"]), "y"),
        (pd.DataFrame(cells), 1),
        (pl.DataFrame(cells), 1),
        (pl.LazyFrame(cells), 1),
        (pa.table(cells), 1),
    ]:
        read, _ = source(frame, "units")
        assert read is not None
        assert list(read.rows) == [label]
        assert read.left_out == {"blank": 1}
        with pytest.raises(DataError) as caught:
            Dataset.from_frames({**random_frames(1), "units": frame})
        assert f"units[{label}], name: got ''" in str(caught.value)


@pytest.mark.parametrize("frame", [[1], {"unit_id": ["U1"]}, pl.Series(["U1"]), np.zeros((2, 2)), None, "units.csv"])
def test_what_is_no_frame_is_a_problem(frame: object) -> None:
    """A list, a dict, a column: nobody knows which rows and columns were meant."""
    read, said = source(frame, "units", "not_a_frame")
    assert read is None
    assert said == [
        f"units: got {type(frame).__name__}; expected a frame of pandas, polars, pyarrow or duckdb. Convert it first."
    ]


def test_a_lazy_frame_that_cannot_be_computed_is_a_problem() -> None:
    """Its query runs only when we read it; what its library says is the value."""
    read, said = source(pl.LazyFrame({"unit_id": ["U1"]}).select("nomor"), "units", "lazy_frame")
    assert read is None
    (problem,) = said
    assert problem.startswith("units: got ")
    assert "nomor" in problem


def test_a_heading_stands_once() -> None:
    """pandas and arrow let two columns have one name; which of them is meant?"""
    twice = pa.table([pa.array(["a"]), pa.array(["b"])], names=["name", "name"])
    for frame in (twice, twice.to_pandas()):
        read, said = source(frame, "units", "duplicate_heading")
        assert read is None
        assert said == ["units: got heading 'name' more than once; expected each heading once. Remove or rename one."]


@pytest.mark.parametrize("library", LIBRARIES)
def test_frames_are_not_modified(library: str) -> None:
    """A caller goes on working with them."""
    frames = frames_of(library, random_frames(1))
    before = [str(frame) for frame in frames.values()]
    Dataset.from_frames(frames)
    assert [str(frame) for frame in frames.values()] == before


@pytest.mark.parametrize("absent", ["pyarrow", "polars"])
def test_without_a_library_the_others_are_read(absent: str) -> None:
    """Neither is a dependency: without it, the same frames of the other give the same hashes."""
    program = (
        f"import sys; sys.modules[{absent!r}] = None\n"
        "from karier_reco.dataset import Dataset\n"
        "from tests.datasets import random_frames\n"
        "frames = random_frames(1, everything=True)\n"
        "data = Dataset.from_frames(frames)\n"
        "if sys.modules['pyarrow'] is None:\n"
        "    import polars as pl\n"
        "    frames = {name: pl.DataFrame(frame.to_dict('list'), strict=False) for name, frame in frames.items()}\n"
        "    assert Dataset.from_frames(frames).hashes == data.hashes\n"
        "print(data.hashes['employees'])\n"
    )
    said = subprocess.check_output([sys.executable, "-c", program], text=True)
    assert said.strip() == Dataset.from_frames(random_frames(1, everything=True)).hashes["employees"]
