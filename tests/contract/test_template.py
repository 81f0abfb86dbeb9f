"""The template filled in for 500 people and saved by another program loads without settings, equal to their tables."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest

import karier_reco as kr
from karier_reco.checking.names import sheet
from karier_reco.report.template_rules import choices
from karier_reco.tables import TABLES, Column, Table
from tests.office import Office

GENERATE = Path(__file__).parents[2] / "datasets" / "generate.py"
PEOPLE = 500


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> kr.Dataset:
    """A small made-up city as if it were a real one: its people live a hundred years earlier, now."""
    folder = tmp_path_factory.mktemp("city")
    subprocess.run([sys.executable, str(GENERATE), "--people", str(PEOPLE), "--out", str(folder)], check=True)
    frames = {name: frame.copy() for name, frame in kr.load(folder).frames.items() if len(frame)}
    for frame in frames.values():
        for column in frame.columns.intersection(["employee_id"]):
            frame[column] = frame[column].map(_now)
    for column in ("birth_date", "appointed_on"):
        frames["employees"][column] -= pd.DateOffset(years=100)
    return kr.Dataset.from_frames(frames)


def _now(nip: str) -> str:
    """Return a NIP born and appointed a hundred years earlier; an empty cell stays empty."""
    return nip and f"{int(nip[:4]) - 100}{nip[4:8]}{int(nip[8:12]) - 100}{nip[12:]}"


@pytest.fixture(scope="module")
def filled(city: kr.Dataset, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The template as an officer leaves it: the example rows still there, the city's rows below them."""
    path = kr.write_template(tmp_path_factory.mktemp("template") / "isian.xlsx")
    book = openpyxl.load_workbook(path)
    for table in TABLES.values():
        page = book[sheet(table.name, "id")]
        columns = [_cells(table, column, city[table.name][column.name]) for column in table]
        for row, cells in enumerate(zip(*columns, strict=True), 3):
            for at, value in enumerate(cells, 1):
                if value is not None:
                    page.cell(row, at).value = value
    book.save(path)
    return path


def _cells(table: Table, column: Column, values: pd.Series[Any]) -> list[Any]:
    """Return a column's values as an officer enters them: the names of the lists, dates, numbers; None where empty."""
    names = {code: name for name, code in choices(table, column, "id").items()}
    if column.kind == "flag":
        return [names[str(value).lower()] for value in values]
    filled = [None if pd.isna(value) or value == "" else value for value in values.tolist()]
    if column.kind == "date":
        return [None if value is None else value.date() for value in filled]
    return [names.get(value, value) for value in filled]


def assert_is_city(data: kr.Dataset, city: kr.Dataset) -> None:
    assert dict(data.hashes) == dict(city.hashes)
    for name, frame in city.frames.items():
        pd.testing.assert_frame_equal(data[name], frame)
    left_out = data.left_out[["table", "reason", "rows"]].to_records(index=False).tolist()
    assert [row for row in left_out if row[1] == "example"] == [(name, "example", 1) for name in TABLES]


def test_the_filled_template_loads_without_settings(filled: Path, city: kr.Dataset) -> None:
    """Names of codes from the lists, dates as dates, NIPs as text: nothing needs to be declared, nothing is ignored.

    The city has 500 people before its groups are drawn; its Dataset, made of frames, is what must come out.
    """
    data = kr.load(filled)
    assert len(data.employees) == PEOPLE
    assert_is_city(data, city)
    assert not [problem for problem in data.problems if problem.kind.startswith("ignored")]


@pytest.mark.parametrize("ending", ["xlsx", "ods", "xls"])
def test_so_it_does_after_another_program_saved_it(
    ending: str,
    filled: Path,
    city: kr.Dataset,
    soffice: Office,
) -> None:
    """Officers open it in LibreOffice and save it in whatever form: the tables are the same, cell for cell."""
    assert_is_city(kr.load(soffice(filled, ending)), city)


def test_the_folder_of_csv_loads_without_settings(city: kr.Dataset, tmp_path: Path) -> None:
    """The same rows under the headings of the CSV template, below its examples."""
    folder = kr.write_template(tmp_path / "isian")
    for table in TABLES.values():
        path = folder / f"{sheet(table.name, 'id')}.csv"
        shipped = path.read_bytes().decode("utf-8")
        columns = {column.name: _cells(table, column, city[table.name][column.name]) for column in table}
        rows = pd.DataFrame(columns, dtype=object).to_csv(None, sep=";", header=False, index=False)
        path.write_bytes((shipped + rows).encode("utf-8"))
    assert_is_city(kr.load(folder), city)


def test_an_untouched_template_has_nobody_in_it(tmp_path: Path) -> None:
    """Whoever checks the template before filling it in sees empty tables, not the people of the examples."""
    data = kr.load(kr.write_template(tmp_path / "isian.xlsx"))
    assert all(len(frame) == 0 for frame in data.frames.values())
    assert set(data.left_out["table"]) == set(TABLES)
