"""Parquet files: of their columns the named ones, and no file that brings the reader down."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from karier_reco.checking import Found, Source
from karier_reco.dataset import Dataset
from karier_reco.errors import DataError
from karier_reco.loading import load
from karier_reco.loading.parquet import read_parquet
from karier_reco.settings import Settings
from tests.datasets import random_frames


def read(path: Path, kind: str | None = None) -> tuple[Source | None, list[str]]:
    """Return what was read and the problems, all of that kind where one is named."""
    found = Found()
    source = read_parquet(path, "units", Settings(), found)
    assert kind is None or {problem.kind for problem in found.problems} == {kind}
    return source, [problem.text for problem in found.problems]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "units.parquet"


@pytest.fixture(scope="module")
def whole() -> bytes:
    """A good file of two units, as bytes."""
    out = pa.BufferOutputStream()
    pq.write_table(pa.table({"unit_id": ["U1", "U2"], "name": ["Dinas", "Bidang"]}), out)
    return out.getvalue().to_pybytes()


@pytest.mark.parametrize("how", [{}, {"compression": "zstd", "row_group_size": 2}, {"version": "1.0"}], ids=str)
def test_a_folder_of_parquet_is_the_same_data(tmp_path: Path, how: dict[str, Any]) -> None:
    """The final types, dates and money among them, through files in several dresses."""
    expected = Dataset.from_frames(random_frames(3, everything=True))
    for name, frame in expected.frames.items():
        pq.write_table(pa.Table.from_pandas(frame, preserve_index=False), tmp_path / f"{name}.parquet", **how)
    data = load(tmp_path)
    assert data.hashes == expected.hashes
    assert data.employees.equals(expected.employees)


def test_only_named_columns_are_read(path: Path, whole: bytes) -> None:
    """Of the column ``catatan`` every page is destroyed: nobody notices, as it is ignored by name and not read. So is
    a nested one; and a heading with points in it is a heading like another."""
    table = pa.table({"Kode.Unit": ["U1"], "catatan": ["x" * 50], "name": ["Dinas"], "peta": [[1, 2]]})
    pq.write_table(table, path, compression="none", use_dictionary=False)
    content = path.read_bytes()
    assert b"x" * 50 in content
    chunk = pq.ParquetFile(path).metadata.row_group(0).column(1)
    start = chunk.data_page_offset
    path.write_bytes(
        content[:start] + b"\xff" * chunk.total_compressed_size + content[start + chunk.total_compressed_size :]
    )
    with pytest.raises((OSError, ValueError)):
        pq.read_table(path)
    found = Found()
    columns = {"units": {"unit_id": "Kode.Unit"}}
    source = read_parquet(path, "units", Settings(columns=columns), found)
    assert found.problems == ()
    assert source is not None
    assert list(source.cells) == ["Kode.Unit", "name", "catatan", "peta"]
    assert [source.cells[title][0] for title in source.cells] == ["U1", "Dinas", "", ""]
    assert source.file == "units.parquet"


def test_places_are_positions_and_ignored_columns_are_named(tmp_path: Path) -> None:
    """A file has no spreadsheet rows: its rows are counted from 0."""
    for name, frame in random_frames(1).items():
        pq.write_table(pa.Table.from_pandas(frame, preserve_index=False), tmp_path / f"{name}.parquet")
    pq.write_table(pa.table({"unit_id": ["U1", "U2"], "name": ["a", None], "peta": [1, 2]}), tmp_path / "units.parquet")
    with pytest.raises(DataError) as caught:
        load(tmp_path)
    said = [problem.text for problem in caught.value.problems if problem.table == "units"]
    assert said[0].startswith("units.parquet: got column 'peta'; expected only columns of the table.")
    assert said[1] == "units.parquet[1], name: got ''; expected a value. Fill in the cell."


def test_a_blank_record_is_left_out_only_where_all_of_it_was_read(path: Path) -> None:
    """What stands in a column that was not read is not known, so that a record may not be called blank."""
    cells = {"unit_id": ["U1", None], "name": ["Dinas", ""]}
    for more, count in [({}, 1), ({"catatan": [None, "penting"]}, 2)]:
        pq.write_table(pa.table(cells | more), path)
        source, _ = read(path)
        assert source is not None
        assert len(source) == count
        assert source.left_out == {"blank": 2 - count}


def faults(whole: bytes) -> dict[str, tuple[bytes, str]]:
    return {
        "empty": (b"", "units.parquet: got an empty file; expected a heading and rows."),
        "three bytes": (whole[:3], "units.parquet: got 'Parquet file size is 3 bytes"),
        "truncated": (whole[:-20], "units.parquet: got 'Parquet magic bytes not found in footer."),
        "a text file": (b"unit_id;name\nU1;Dinas\n", "units.parquet: got 'Parquet magic bytes not found"),
        "encrypted": (whole[:-4] + b"PARE", "units.parquet: got 'Could not read encrypted metadata"),
        "a huge footer": (whole[:-8] + b"\xff\xff\xff\x7fPAR1", "units.parquet: got 'Parquet file size is"),
        "a broken footer": (whole[:-60] + b"\xff" * 52 + whole[-8:], "units.parquet: got "),
    }


@pytest.mark.parametrize("fault", faults(b"" * 100))
def test_a_broken_file_is_a_problem(path: Path, whole: bytes, fault: str) -> None:
    """Each in one line that names the file and what the library found."""
    content, says = faults(whole)[fault]
    path.write_bytes(content)
    source, said = read(path, "empty_file" if fault == "empty" else "not_parquet")
    assert source is None
    (problem,) = said
    assert problem.startswith(says)
    assert fault == "empty" or problem.endswith("expected a whole Parquet file without encryption. Export it again.")


def test_a_folder_or_nothing_at_the_path(path: Path) -> None:
    """Other programs write a folder of parts under such a name; we take one file."""
    assert read(path) == (
        None,
        [
            f"units.parquet: got {text}"
            for text in [
                "No such file or directory; expected a file that may be read. Check the file and its permissions."
            ]
        ],
    )
    path.mkdir()
    assert read(path)[1][0].startswith("units.parquet: got Is a directory;")


def test_few_bytes_for_many_rows_are_refused(path: Path) -> None:
    """Ten million rows of one value take 30 kB: no table with a key does. Nothing of them is read."""
    ones = pa.DictionaryArray.from_arrays(pa.array(np.zeros(10_000_000, dtype=np.int8)), ["U1"])
    pq.write_table(pa.table({"unit_id": ones}), path)
    size = path.stat().st_size
    assert size < 100_000
    source, said = read(path, "parquet_rows")
    assert source is None
    assert said == [
        f"units.parquet: got 10000000 rows; expected at most {1_000_000 + 10 * size} in a file that small. "
        "Ask where the file is from, or export it again."
    ]


def test_few_bytes_for_much_text_are_refused(path: Path) -> None:
    """300 MB of one letter, packed into a few kB."""
    texts = pa.array(["A" * 60_000_000] * 5)
    how = {"compression": "zstd", "use_dictionary": False, "write_statistics": False}
    pq.write_table(pa.table({"unit_id": texts}), path, **how)
    source, said = read(path, "parquet_bytes")
    assert source is None
    assert said[0].startswith("units.parquet: got 3000000")


EVERY_BYTE = """
import subprocess
import sys
from pathlib import Path
from karier_reco.checking import Found
from karier_reco.loading.parquet import read_parquet
from karier_reco.settings import Settings
path = Path(sys.argv[1])
whole = path.read_bytes()
for at in range(4, len(whole)):
    for changed in {whole[at] ^ 1, (whole[at] + 2) % 256, (whole[at] + 16) % 256, 0} - {whole[at]}:
        path.write_bytes(whole[:at] + bytes([changed]) + whole[at + 1 :])
        found = Found()
        assert read_parquet(path, "units", Settings(), found) is not None or found.problems
"""


def test_no_single_wrong_byte_ends_the_process(path: Path) -> None:
    """To look at a column whose description is damaged makes pyarrow call abort(): Python cannot catch that."""
    pq.write_table(pa.table({"unit_id": ["U1", "U2"], "name": ["a", None]}), path)
    done = subprocess.run([sys.executable, "-c", EVERY_BYTE, str(path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]


def test_without_the_extra_one_line_says_how_to_get_it(
    path: Path, whole: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """pyarrow is not installed with the core."""
    path.write_bytes(whole)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    assert read(path) == (
        None,
        [
            "units.parquet: got no library pyarrow; expected it to be installed, to read this. "
            "Run: pip install 'karier-reco[parquet]'"
        ],
    )


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_any_bytes_are_read_or_reported(path: Path, whole: bytes, data: st.DataObject) -> None:
    """A good file with bytes changed anywhere, or cut: it is read, or there is a problem."""
    content = bytearray(whole[: data.draw(st.integers(0, len(whole)))] if data.draw(st.booleans()) else whole)
    for _ in range(data.draw(st.integers(1, 8))):
        if content:
            content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(content)
    source, said = read(path)
    assert source is not None or said
