"""The Dataset: its frames, their types, and what they are made from."""

from __future__ import annotations

import copy
import pickle
from datetime import date, datetime

import numpy as np
import pandas as pd
import pytest
from hypothesis import given

from karier_reco.dataset import Dataset
from karier_reco.errors import DataError
from karier_reco.settings import Settings
from karier_reco.tables import TABLES
from tests.datasets import frames, random_frames

DTYPES = {"id": "str", "text": "str", "code": "str", "number": "float64", "date": "datetime64[s]", "flag": "bool"}


def wanted_dtype(table: str, column: str) -> str:
    c = TABLES[table][column]
    return DTYPES.get(c.kind) or ("int64" if c.filled or c.default is not None else "Int64")


@given(frames())
def test_every_table_is_there_with_its_columns_and_types(given_frames: dict[str, pd.DataFrame]) -> None:
    """The contract of the stages: all tables, their columns in order, RangeIndex, one dtype per kind, no NaN text."""
    data = Dataset.from_frames(given_frames)
    assert list(data.frames) == list(TABLES)
    for name, frame in data.frames.items():
        assert tuple(frame.columns) == TABLES[name].names
        assert isinstance(frame.index, pd.RangeIndex)
        assert {c: str(dtype) for c, dtype in frame.dtypes.items()} == {
            c: wanted_dtype(name, c) for c in TABLES[name].names
        }
        assert not frame.select_dtypes("str").isna().any(axis=None)
        stand_in = given_frames["courses"] if name == "sessions" else ()
        assert len(frame) == len(given_frames.get(name, stand_in))


@given(frames())
def test_checking_twice_changes_nothing(given_frames: dict[str, pd.DataFrame]) -> None:
    """A Dataset's own frames are valid input and give the same Dataset: defaults fill in once, sessions stay."""
    data = Dataset.from_frames(given_frames)
    again = data.with_tables()
    assert again.hashes == data.hashes
    for name, frame in data.frames.items():
        pd.testing.assert_frame_equal(again[name], frame)


@given(frames())
def test_in_is_used_plus_left_out(given_frames: dict[str, pd.DataFrame]) -> None:
    """Promise 2, with blank rows put between the others of every table."""
    blank = {
        name: pd.concat([frame.astype(object), pd.DataFrame([dict.fromkeys(frame)] * 2)], ignore_index=True)
        for name, frame in given_frames.items()
    }
    data = Dataset.from_frames(blank)
    out = dict(zip(data.left_out["table"], data.left_out["rows"], strict=True))
    for name, frame in blank.items():
        assert len(frame) == len(data[name]) + out[name]
    assert set(data.left_out["reason"]) == {"blank"}


def retyped(given_frames: dict[str, pd.DataFrame], how: str) -> dict[str, pd.DataFrame]:
    if how == "python objects":
        return {name: frame.astype(object).where(frame.notna(), None) for name, frame in given_frames.items()}
    if how == "text":
        return {name: frame.apply(lambda c: c.astype(str).where(c.notna(), "")) for name, frame in given_frames.items()}
    if how == "category":
        return {name: frame.astype("category") for name, frame in given_frames.items()}
    if how == "float":
        numbers = {n: f.select_dtypes("number").columns for n, f in given_frames.items()}
        return {name: frame.astype(dict.fromkeys(numbers[name], "float64")) for name, frame in given_frames.items()}
    return {name: frame.convert_dtypes() for name, frame in given_frames.items()}


@pytest.mark.parametrize("how", ["python objects", "text", "category", "float", "nullable"])
@pytest.mark.parametrize("seed", range(2))
def test_any_reasonable_dtypes_give_the_same_data(seed: int, how: str) -> None:
    """Integers as 3 or 3.0 in a float column, dates as Timestamp or text, flags as True or 'True': the same values."""
    original = random_frames(seed, everything=True)
    data = Dataset.from_frames(retyped(original, how))
    assert data.hashes == Dataset.from_frames(original).hashes


def test_dates_may_be_dates_datetimes_or_text() -> None:
    """Three ways of one day in one column; midnight is the day, another hour would be lost and is refused."""
    given_frames = random_frames(1, everything=True)
    history = given_frames["history"].head(3).copy()
    assert len(history) == 3
    day: list[object] = [date(2025, 5, 6), datetime(2025, 5, 6), np.datetime64("2025-05-06")]
    history["finished_on"] = pd.Series(day, dtype=object)
    data = Dataset.from_frames(given_frames | {"history": history})
    assert data.history["finished_on"].dt.strftime("%Y-%m-%d").tolist() == ["2025-05-06"] * 3
    history["finished_on"] = pd.Timestamp("2025-05-06 10:30")
    with pytest.raises(DataError, match="got '2025-05-06 10:30:00'; expected a date as year-month-day"):
        Dataset.from_frames(given_frames | {"history": history})


def test_without_sessions_each_course_is_one() -> None:
    """Id, fee and seats are the course's; no travel, no opening cost, no days; account fee as by default."""
    given_frames = random_frames(1, everything=True)
    for name in ("sessions", "attendance", "decisions"):
        del given_frames[name]
    given_frames["courses"] = pd.DataFrame(
        {
            "course_id": ["C2", "C1"],
            "title": ["Dua", "Satu"],
            "form": "course",
            "jp": 10,
            "provider": "LAN",
            "fee": [0, 750_000],
            "max_seats": [None, 30],
        }
    )
    keep = {"outcomes", "history", "evaluations", "effectiveness", "prerequisites", "mandates", "requests"}
    data = Dataset.from_frames({name: frame for name, frame in given_frames.items() if name not in keep})
    assert data.sessions["session_id"].tolist() == ["C2", "C1"]
    assert data.sessions["fee"].tolist() == [0, 750_000]
    assert data.sessions["max_seats"].astype(object).tolist() == [pd.NA, 30]
    assert data.sessions[["travel", "opening_cost"]].to_numpy().tolist() == [[0, 0], [0, 0]]
    assert data.sessions["starts_on"].isna().all()
    assert data.sessions["account"].tolist() == ["fee", "fee"]
    fewer = data.with_tables(courses=data.courses.head(1))
    assert fewer.sessions["session_id"].tolist() == ["C2"]


def test_people_are_employees_less_those_excluded() -> None:
    """Any of the settings' columns excludes; the order stays."""
    given_frames = random_frames(2)
    employees = Dataset.from_frames(given_frames).employees
    first, role = employees["employee_id"][0], employees["role_id"][1]
    data = Dataset.from_frames(given_frames, Settings(exclude={"employee_id": (first,), "role_id": (role,)}))
    stay = (employees["employee_id"] != first) & (employees["role_id"] != role)
    assert data.people["employee_id"].tolist() == employees["employee_id"][stay].tolist()
    assert len(data.people) < len(employees)


def test_a_changed_cell_changes_the_hash_of_its_table_only() -> None:
    """The certificate names what went in: one level more, one other hash."""
    data = Dataset.from_frames(random_frames(2))
    standards = data.standards.copy()
    standards.loc[0, "level"] = 5 if standards.loc[0, "level"] != 5 else 4
    other = data.with_tables(standards=standards)
    assert {name for name in TABLES if data.hashes[name] != other.hashes[name]} == {"standards"}


def test_hashes_do_not_move() -> None:
    """A stored certificate must match in years to come: sha256 of a heading and one row, 'U1,"a,b",'."""
    import hashlib

    units = pd.DataFrame({"unit_id": ["U1"], "name": ["a,b"]})
    given_frames = random_frames(2)
    given_frames["employees"]["unit_id"] = "U1"
    given_frames["budgets"]["unit_id"] = ""
    data = Dataset.from_frames(given_frames | {"units": units})
    assert data.hashes["units"] == hashlib.sha256(b'unit_id,name,parent_id\nU1,"a,b",\n').hexdigest()


def test_tables_are_attributes_and_nothing_else_is() -> None:
    """data.employees is data["employees"]; a name that is no table says which are."""
    data = Dataset.from_frames(random_frames(2))
    assert data.employees is data["employees"]
    assert "employees" in dir(data)
    with pytest.raises(AttributeError, match="got no attribute 'employes'; expected a table"):
        data.employes  # noqa: B018 -- the access is the test


def test_a_dataset_can_be_copied_and_sent() -> None:
    """Pickle and copy keep everything: other processes work on it."""
    data = Dataset.from_frames(random_frames(2))
    for other in (pickle.loads(pickle.dumps(data)), copy.copy(data), copy.deepcopy(data)):  # noqa: S301 -- our own bytes
        assert other.hashes == data.hashes
        assert other.settings == data.settings


def test_the_display_counts_and_shows_no_nip() -> None:
    """A notebook page travels: counts, warnings and the synthetic banner, never a number of a person."""
    employees = pd.DataFrame(
        {
            "employee_id": ["208703122110012005"],
            "role_id": ["R01"],
            "unit_id": ["U01"],
            "employment": ["PNS"],
            "gender": ["L"],
        }
    )
    needed = {name: frame for name, frame in random_frames(2).items() if TABLES[name].needed and name != "assessments"}
    needed["courses"][["jp", "fee"]] = [10, 100_000]
    empty = pd.DataFrame(columns=["employee_id", "competency_id", "assessed_on", "level"])
    data = Dataset.from_frames(needed | {"employees": employees, "assessments": empty}, Settings(synthetic=True))
    page = data._repr_html_()
    assert "<td>employees</td><td style='text-align:right'>1</td>" in page
    assert "1 warnings" in page
    assert "synthetic data" in page
    assert "208703122110012005" not in page + repr(data)
