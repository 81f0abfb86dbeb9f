"""How complete the tables are: what a plan drawn from them can know, and what it cannot."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

from karier_reco.checking import empty
from karier_reco.dataset import Dataset
from karier_reco.settings import Settings
from karier_reco.tables import TABLES

#: Columns of employees that a plan can do without, and where a blank is a gap in the data.
OPTIONAL = tuple(c.name for c in TABLES["employees"] if not c.filled and c.references is None)

#: Dates of what has happened: the newest is the day of the data. Sessions lie ahead, employees began long ago.
_HAPPENED = tuple(
    (table.name, column.name)
    for table in TABLES.values()
    for column in table
    if column.kind == "date" and table.name not in ("employees", "sessions")
)

#: The day where nothing has happened yet: all lies ahead of it.
_BEFORE_ALL = pd.Timestamp(1900, 1, 1)


@dataclass(frozen=True, eq=False)
class DataQuality:
    """What the tables hold and lack, on a day; every frame in the order of its key.

    ``units``: ``unit_id, unit, people`` (planned for), of them with ``every``, ``some`` or ``none`` of the standards of
    their role assessed, in a role with ``no_standard``, and ``never`` assessed in anything; then by column of
    employees that may be blank, how many have it filled. ``assessments`` up to the day: ``age`` (whole
    years), ``stale, source, rows`` and ``newest`` (rows that count: the newest of person and competency).
    ``courses``: ``course_id, title, form, outcomes, ahead`` (sessions after the day) where one of the two is 0.
    ``roles``: ``role_id, title, tier, people`` (who hold it), ``next`` (who are to hold it), ``standards`` where people
    have no standards or standards no people. ``competencies``: ``competency_id, name, kind, roles, people`` (in roles
    with a standard for it) that standards want and no course teaches. ``left_out``: ``table, rows, reason`` of rows
    that were not counted (reasons are keys of the texts ``left_out``).

    Counts of few people say something about each of them: the page shows no count under five.
    """

    units: pd.DataFrame
    assessments: pd.DataFrame
    courses: pd.DataFrame
    roles: pd.DataFrame
    competencies: pd.DataFrame
    left_out: pd.DataFrame
    as_of: date | None
    settings: Settings


def data_quality(
    data: Dataset | Mapping[str, pd.DataFrame], as_of: date | None = None, settings: Settings | None = None
) -> DataQuality:
    """Count what the tables hold and lack.

    ``data`` is a Dataset, or frames by the names of their tables in which refused cells are missing, such as the tables
    of a DataError: what could be read is counted, rows without their key and further rows of the same key are not and
    stand in ``left_out``. ``settings`` go with frames; a Dataset has its own. ``as_of`` is the day of the data, without
    it the newest day on which something happened (an assessment, a course finished, a request), never the clock.

    >>> from karier_reco import load_example
    >>> quality = data_quality(load_example())
    >>> print(quality.units[["unit_id", "people", "every", "some", "none"]].to_string(index=False))
      unit_id  people  every  some  none
       DINKES       1      1     0     0
         KOTA       5      4     1     0
    PUSKESMAS       2      2     0     0
    """
    settings = settings or (data.settings if isinstance(data, Dataset) else Settings())
    tables, left_out = _tables(data.frames if isinstance(data, Dataset) else data, settings)
    newest = _newest_day(tables)
    day = pd.Timestamp(as_of) if as_of else (newest or _BEFORE_ALL)
    left_out["employees", "excluded"] = len(tables.employees) - len(tables.people)
    left_out["assessments", "after_as_of"] = int((tables.assessments["assessed_on"] > day).sum())
    counted = [(table, rows, reason) for (table, reason), rows in sorted(left_out.items()) if rows]
    return DataQuality(
        units=_units(tables, day),
        assessments=_assessments(tables, day),
        courses=_courses(tables, day),
        roles=_roles(tables),
        competencies=_competencies(tables),
        left_out=pd.DataFrame(counted, columns=["table", "rows", "reason"]).astype(
            {"table": "str", "rows": "int64", "reason": "str"}
        ),
        as_of=None if day is _BEFORE_ALL else day.date(),
        settings=tables.settings,
    )


def _tables(given: Mapping[str, pd.DataFrame], settings: Settings) -> tuple[Dataset, dict[tuple[str, str], int]]:
    """Return the tables in key order and final types, each key once, and how many rows of each were left out."""
    frames, left_out = {}, {}
    for name, table in TABLES.items():
        frame = _typed(given[name], name) if name in given else empty(name)
        must = frame[[key for key in table.key if table[key].filled]]
        keyless = (must.isna() | (must == "")).any(axis=1)
        frame = frame[~keyless].sort_values(list(table.names), kind="stable")
        frames[name] = frame.drop_duplicates(list(table.key), ignore_index=True)
        left_out[name, "no_key"] = int(keyless.sum())
        left_out[name, "same_key"] = len(frame) - len(frames[name])
    if "sessions" not in given:  # then each course is one session, on no day
        frames["sessions"] = _typed(frames["courses"][["course_id"]], "sessions")
    return Dataset(MappingProxyType(frames), settings, (), pd.DataFrame()), left_out


def _typed(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return a frame with every column of its table; missing text is empty, other missing cells stay missing."""
    columns: dict[str, Any] = {}
    for column in TABLES[name]:
        cells = frame[column.name] if column.name in frame else pd.Series(pd.NA, index=frame.index, dtype="object")
        if column.kind in ("id", "text", "code"):
            columns[column.name] = cells.astype("str").where(cells.notna(), "").astype("str")
        elif column.kind == "date":
            columns[column.name] = pd.to_datetime(cells).astype("datetime64[s]")
        elif column.kind == "flag":
            columns[column.name] = cells.astype("boolean")
        else:
            columns[column.name] = cells.astype("Float64")
    return pd.DataFrame(columns).reset_index(drop=True)


def _newest_day(data: Dataset) -> pd.Timestamp | None:
    days = [data[table][column].max() for table, column in _HAPPENED]
    return max((pd.Timestamp(day) for day in days if pd.notna(day)), default=None)


def _newest(data: Dataset, day: pd.Timestamp) -> pd.DataFrame:
    """Return the assessments that count: the newest of person and competency up to the day, with a level."""
    seen = data.assessments[data.assessments["level"].notna() & (data.assessments["assessed_on"] <= day)]
    return seen.drop_duplicates(["employee_id", "competency_id"], keep="last")  # in key order: the newest stands last


def _units(data: Dataset, day: pd.Timestamp) -> pd.DataFrame:
    people = data.people[["employee_id", "role_id", "unit_id"]]
    known = _newest(data, day)[["employee_id", "competency_id"]]
    wanted = people.merge(data.standards[["role_id", "competency_id"]], on="role_id", how="inner", sort=False)
    wanted["known"] = pd.MultiIndex.from_frame(wanted[["employee_id", "competency_id"]]).isin(
        pd.MultiIndex.from_frame(known)
    )
    sums = wanted.groupby("employee_id")["known"].agg(["sum", "size"]).reindex(people["employee_id"], fill_value=0)
    met, all_of = sums["sum"].to_numpy(), sums["size"].to_numpy()
    flags = {
        "people": np.ones(len(people), dtype=bool),
        "every": (met == all_of) & (all_of > 0),
        "some": (met > 0) & (met < all_of),
        "none": (met == 0) & (all_of > 0),
        "no_standard": all_of == 0,
        "never": ~people["employee_id"].isin(known["employee_id"]).to_numpy(),
        **{name: _filled(data.people[name]) for name in OPTIONAL},
    }
    counts = pd.DataFrame({name: flag.astype("int64") for name, flag in flags.items()})
    counts = counts.groupby(people["unit_id"].to_numpy()).sum()
    names = data.units.set_index("unit_id")["name"]
    unit_id = pd.Series(counts.index, dtype="str")
    counts.insert(0, "unit", unit_id.map(names).fillna(unit_id).astype("str").to_numpy())
    return counts.rename_axis("unit_id").reset_index().astype({"unit_id": "str", "unit": "str"})


def _filled(cells: pd.Series[Any]) -> np.ndarray[Any, np.dtype[np.bool_]]:
    return (cells.notna() & (cells != "")).to_numpy(dtype=bool)


def _assessments(data: Dataset, day: pd.Timestamp) -> pd.DataFrame:
    """Count assessments up to the day by age and source; older than the setting is stale."""
    by = ["age", "stale", "source"]
    seen = data.assessments[data.assessments["assessed_on"] <= day]
    most = data.settings.assessment_max_age_years
    age = pd.Series(0, index=seen.index)
    for years in range(1, most + 1):
        age += seen["assessed_on"] < day - pd.DateOffset(years=years)
    facts: dict[str, Any] = {
        "age": age,
        "stale": seen["assessed_on"] < day - pd.DateOffset(years=most),
        "rows": 1,
        "newest": seen.index.isin(_newest(data, day).index).astype("int64"),
    }
    return seen[["source"]].assign(**facts).groupby(by)[["rows", "newest"]].sum().reset_index()


def _courses(data: Dataset, day: pd.Timestamp) -> pd.DataFrame:
    """Return courses without outcomes or without sessions after the day; one without dates lies ahead."""
    courses = data.courses[["course_id", "title", "form"]].copy()
    taught = data.outcomes.loc[data.outcomes["source"] != "rejected", "course_id"]
    ahead = ~(data.sessions["starts_on"] <= day)
    courses["outcomes"] = courses["course_id"].map(taught.value_counts()).fillna(0).astype("int64")
    sessions = data.sessions.loc[ahead, "course_id"].value_counts()
    courses["ahead"] = courses["course_id"].map(sessions).fillna(0).astype("int64")
    return courses[(courses["outcomes"] == 0) | (courses["ahead"] == 0)].reset_index(drop=True)


def _roles(data: Dataset) -> pd.DataFrame:
    roles = data.roles[["role_id", "title", "tier"]].copy()
    counted = {
        "people": data.people["role_id"],
        "next": data.people["next_role_id"],
        "standards": data.standards["role_id"],
    }
    for name, ids in counted.items():
        roles[name] = roles["role_id"].map(ids.value_counts()).fillna(0).astype("int64")
    used = roles["people"] + roles["next"] > 0
    return roles[used != (roles["standards"] > 0)].reset_index(drop=True)


def _competencies(data: Dataset) -> pd.DataFrame:
    """Return competencies that standards want and no course teaches, with how many roles and people that is."""
    found = data.competencies[["competency_id", "name", "kind"]].copy()
    taught = data.outcomes.loc[data.outcomes["source"] != "rejected", "competency_id"]
    wanted = data.standards[["role_id", "competency_id"]]
    held = data.people[["employee_id", "role_id"]].merge(wanted, on="role_id", how="inner")["competency_id"]
    for name, ids in {"roles": wanted["competency_id"], "people": held}.items():
        found[name] = found["competency_id"].map(ids.value_counts()).fillna(0).astype("int64")
    return found[(found["roles"] > 0) & ~found["competency_id"].isin(taught)].reset_index(drop=True)
