"""What every door promises: the same tables come in as the same Dataset, and make the same plan byte for byte."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pandas as pd
import pytest

from karier_reco.dataset import Dataset
from karier_reco.loading import load, load_example
from karier_reco.pipeline import make_plan
from karier_reco.report import write_plan
from tests.datasets import random_frames
from tests.doors import DOORS, given, write_workbook
from tests.doors import postgresql as through_postgresql
from tests.office import Office
from tests.server import Server

CITY = Path(__file__).parents[2] / "datasets" / "tanjungpinang"
SPREADSHEETS = ("ods", "xls", "xlsx")


def assert_equal(got: Dataset, expected: Dataset) -> None:
    """Hold tables, types and remarks together; only the places, and a database's order of rows, may differ."""
    assert dict(got.hashes) == dict(expected.hashes)
    for name, frame in expected.frames.items():
        key = [column for column in frame.columns if frame[column].notna().all()]
        pd.testing.assert_frame_equal(
            got[name].sort_values(key, ignore_index=True), frame.sort_values(key, ignore_index=True)
        )
    assert remarks(got) == remarks(expected)
    assert got.settings == expected.settings


def remarks(data: Dataset) -> list[tuple[str, str, str | None]]:
    return sorted((problem.kind, problem.table, problem.column or "") for problem in data.problems)


def through_office(data: Dataset, ending: str, place: Path, soffice: Office) -> Dataset:
    """Open a workbook in another program and save it there in its own or an old form."""
    write_workbook(given(data), place / "kota.xlsx")
    return load(soffice(place / "kota.xlsx", ending), data.settings)


@pytest.fixture(scope="module")
def random_sets(full: bool) -> list[Dataset]:
    """Sets with every table and column, texts with commas, quotes, line breaks and formulas among them."""
    return [Dataset.from_frames(random_frames(seed, everything=True)) for seed in range(40 if full else 5)]


@pytest.mark.parametrize("door", DOORS)
def test_every_door_gives_the_same_dataset(door: str, random_sets: list[Dataset], tmp_path: Path) -> None:
    """A door that drops a cell, rounds a number or turns a text into a date would give another Dataset."""
    for i, data in enumerate(random_sets):
        place = tmp_path / str(i)
        place.mkdir()
        assert_equal(DOORS[door](given(data), data.settings, place), data)


@pytest.mark.parametrize("ending", SPREADSHEETS)
def test_every_spreadsheet_gives_the_same_dataset(ending: str, soffice: Office, tmp_path: Path) -> None:
    """What another program saved, in its own form or an old one, is the same set of tables."""
    data = load_example()
    assert_equal(through_office(data, ending, tmp_path, soffice), data)


def test_postgresql_gives_the_same_dataset(server: Server, random_sets: list[Dataset]) -> None:
    """A database has types of its own for money, dates and flags; none of them may change a value."""
    for data in random_sets:
        assert_equal(through_postgresql(given(data), data.settings, server), data)


def test_the_city_is_the_same_plan_through_every_door(
    full: bool, soffice: Office, server: Server, tmp_path: Path
) -> None:
    """Equal Datasets, and equal plan folders byte for byte; the sample plans the example, the full count the city."""
    data = load(CITY) if full else load_example()
    expected = plan_bytes(data, tmp_path / "expected")
    ways = [(door, lambda place, door=door: DOORS[door](given(data), data.settings, place)) for door in DOORS]
    ways += [("ods", lambda place: through_office(data, "ods", place, soffice))]
    ways += [("postgresql", lambda place: through_postgresql(given(data), data.settings, server))]
    for name, way in ways:
        place = tmp_path / name
        place.mkdir()
        got = way(place)
        assert_equal(got, data)
        assert plan_bytes(got, place / "plan") == expected, name


def plan_bytes(data: Dataset, folder: Path) -> dict[str, str]:
    write_plan(make_plan(data, 2027, time_limit=None, work_limit=4), folder)
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}
