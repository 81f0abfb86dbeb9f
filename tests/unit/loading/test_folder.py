"""A folder of CSV: what is read, what is left out, and where each fault is said to be."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from karier_reco.checking import Found
from karier_reco.dataset import Dataset
from karier_reco.errors import DataError, SettingsError
from karier_reco.loading import load
from karier_reco.loading.delimited import read_file
from karier_reco.settings import Settings
from tests.datasets import random_frames


def write(folder: Path, frames: dict[str, pd.DataFrame], **how: object) -> None:
    for name, frame in frames.items():
        frame.to_csv(folder / f"{name}.csv", index=False, **({"encoding": "utf-8"} | how))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path, random_frames(1, everything=True))
    return tmp_path


def problems(folder: Path) -> list[str]:
    with pytest.raises(DataError) as caught:
        load(folder)
    return [problem.text for problem in caught.value.problems]


@pytest.mark.parametrize(
    "how",
    [{}, {"sep": ";"}, {"encoding": "utf-8-sig"}, {"sep": ";", "encoding": "utf-8-sig"}, {"lineterminator": "\r\n"}],
    ids=str,
)
@pytest.mark.parametrize("seed", range(2))
def test_the_same_tables_in_any_dress_are_the_same_data(tmp_path: Path, seed: int, how: dict[str, object]) -> None:
    """Separator, byte order mark and line ends are dress: the frames are those that from_frames makes."""
    frames = random_frames(seed)
    write(tmp_path, frames, **how)
    read, made = load(tmp_path), Dataset.from_frames(frames)
    assert read.hashes == made.hashes
    for name, frame in made.frames.items():
        pd.testing.assert_frame_equal(read[name], frame)


def test_rows_and_columns_in_any_order_have_the_same_hashes(tmp_path: Path) -> None:
    """Promise 1: the content counts. Rows stay in the caller's order, which the shuffled frames must show."""
    frames = random_frames(3, everything=True)
    rng = np.random.default_rng(0)
    shuffled = {
        name: frame.iloc[rng.permutation(len(frame)), rng.permutation(frame.shape[1])] for name, frame in frames.items()
    }
    write(tmp_path, dict(reversed(shuffled.items())))
    data = load(tmp_path)
    assert data.hashes == Dataset.from_frames(frames).hashes
    assert data.employees["employee_id"].tolist() == shuffled["employees"]["employee_id"].tolist()


def test_a_row_is_the_row_that_a_spreadsheet_shows(folder: Path) -> None:
    """Heading 1; a cell over three lines is one row (2); a blank line is a row (3); so the wrong tier is in row 4."""
    (folder / "roles.csv").write_text(
        'role_id,title,tier\nX1,"Analis\nKebijakan\n""Muda""",pelaksana\n\nX2,Staf,staff\n', encoding="utf-8"
    )
    found = [line for line in problems(folder) if line.startswith("roles.csv")]
    assert len(found) == 1
    assert found[0].startswith("roles.csv row 4, tier: got 'staff'; expected one of jpt_utama, ")


def test_blank_rows_are_left_out_with_their_reason(folder: Path) -> None:
    """Promise 2: in = used + left out. Two of these five rows hold nothing, one an empty line, one only separators."""
    path = folder / "units.csv"
    path.write_text("unit_id,name,parent_id\nU01,a,\n\nU02,b,\nU03,c,\n , ,\nU04,d,\n", encoding="utf-8")
    data = load(folder)
    assert data.left_out.to_dict("records") == [{"table": "units", "rows": 2, "reason": "blank"}]
    assert len(data.units) + 2 == 6


FILE_FAULTS = [
    (b"", "empty_file", "units.csv: got an empty file; expected a heading and rows."),
    (b"\xef\xbb\xbf\r\n", "empty_file", "units.csv: got an empty file"),
    (
        b"unit_id,name\nU01,a\nU02,\xe9\nU03,\xe9\n",
        "encoding",
        "units.csv row 3: got 0xe9, in 2 rows from here on; exp",
    ),
    (b"unit_id,name\nU01,a\nU02,b\0\n", "nul", "units.csv row 3: got a NUL character; expected text."),
    (b"unit\0id,name\nU01,a\n", "no_heading", "units.csv row 1: got 'unit\\x00id,name'; expected column headings"),
    (b"unit_id,name,name\nU01,a,b\n", "duplicate_heading", "units.csv row 1: got heading 'name' more than once"),
    (
        b"unit_id,name\nU01,a\nU02,b,c\n",
        "too_many_cells",
        "units.csv row 3: got 3 cells; expected 2 as in the heading.",
    ),
    (b"unit_id,name\nU01,a\nU02\n", "too_few_cells", "units.csv row 3: got 1 cells; expected 2 as in the heading."),
    (
        b'unit_id,name\nU01,a\nU02,"b\nU03,c\n',
        "quoting",
        "units.csv row 3: got quotes that do not match (unexpected end",
    ),
    (b'unit_id,name\nU01,"a"b\nU02,b\n', "quoting", "units.csv row 2: got quotes that do not match ("),
    (b"unit_id|name\nU01|a\n", "missing_column", "units.csv: got no column 'unit_id'; expected that column. Did you"),
]


@pytest.mark.parametrize(("content", "kind", "says"), FILE_FAULTS)
def test_a_broken_file_is_an_error_at_its_row(folder: Path, content: bytes, kind: str, says: str) -> None:
    """Each says file, row and remedy, as one problem of that kind."""
    (folder / "units.csv").write_bytes(content)
    with pytest.raises(DataError) as caught:
        load(folder)
    found = [problem for problem in caught.value.problems if problem.kind == kind]
    assert found[0].text.startswith(says)
    assert kind == "missing_column" or len(found) == 1


def test_a_fault_of_one_row_hides_no_other(folder: Path) -> None:
    """The row after a ragged one is checked; rows that refer to the ragged unit are counted, not called dangling."""
    units = pd.read_csv(folder / "units.csv")["unit_id"].tolist()
    rows = [f"{unit},{name}" for unit, name in zip(units, ["a,x", "", *"cdef"], strict=False)]
    (folder / "units.csv").write_text("\n".join(["unit_id,name", *rows]), encoding="utf-8")
    with pytest.raises(DataError) as caught:
        load(folder)
    kinds = {(problem.kind, problem.place) for problem in caught.value.problems}
    assert {("too_many_cells", "units.csv row 2"), ("empty", "units.csv row 3, name")} <= kinds
    assert "dangling" not in {kind for kind, _ in kinds}


def test_missing_and_strange_files_name_each_other(folder: Path) -> None:
    """A needed table under a wrong name is an error; an optional one would go unseen, so the strange file says it."""
    (folder / "roles.csv").rename(folder / "role.csv")
    (folder / "sessions.csv").rename(folder / "sesions.csv")
    (folder / "budgets.xlsx").write_bytes(b"")
    (folder / "README.md").write_text("not a table", encoding="utf-8")
    found = problems(folder)
    assert "roles.csv: got nothing; expected the table roles. Did you mean 'role.csv'?" in found
    assert any(line.startswith("sesions.csv: ") and line.endswith("Did you mean 'sessions.csv'?") for line in found)
    assert any(line.startswith("budgets.xlsx: got no known table") for line in found)
    assert not any("README" in line for line in found)


def test_no_folder_is_an_error_that_names_it(tmp_path: Path) -> None:
    """A path that does not exist is bad data (exit code 3), not a crash."""
    assert problems(tmp_path / "nowhere") == [
        f"{tmp_path}/nowhere: got no folder; expected a folder of tables. Check the path."
    ]
    with pytest.raises(DataError) as caught:
        load(tmp_path / "nowhere")
    assert [problem.kind for problem in caught.value.problems] == ["no_folder"]


def test_a_file_that_may_not_be_read(folder: Path) -> None:
    """Here a folder stands where the file should be."""
    (folder / "units.csv").unlink()
    (folder / "units.csv").mkdir()
    assert any(line.startswith("units.csv: got Is a directory; expected a file") for line in problems(folder))


def test_settings_come_from_the_argument_else_from_the_folder(folder: Path) -> None:
    """The argument is nearer to the caller; an unknown key of the file is refused by name."""
    (folder / "settings.toml").write_text('agency = "Kota"\n', encoding="utf-8")
    assert load(folder).settings.agency == "Kota"
    assert load(folder, Settings(agency="Lain")).settings.agency == "Lain"
    (folder / "settings.toml").write_text("agensi = 1\n", encoding="utf-8")
    with pytest.raises(SettingsError, match="agensi"):
        load(folder)


def test_text_stays_text(folder: Path) -> None:
    """Nothing in a file is executed or interpreted: formulas, NA and leading zeros are letters."""
    names = ["=1+1", "@SUM(A1)", "NA", "null", "007", "\u202etxt", " spaced "]
    rows = "".join(f"U{i + 1:02},{name}\n" for i, name in enumerate(names))
    (folder / "units.csv").write_text("unit_id,name\n" + rows, encoding="utf-8")
    assert load(folder).units["name"].tolist() == names


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200) | st.text(alphabet='unit_id,name;"\n\r\0é 1', max_size=80).map(str.encode))
def test_any_bytes_are_read_or_reported(tmp_path: Path, content: bytes) -> None:
    """No file makes the reader raise; each record is kept or blank, or the file is refused with a problem."""
    path = tmp_path / "units.csv"
    path.write_bytes(content)
    found = Found()
    source = read_file(path, "units", Settings(), found)
    assert source is not None or found.problems
    if source is not None:
        assert len(source.rows) == len(set(source.rows))
        assert source.refused is not None
        assert len(source.refused) == len(source.rows)
