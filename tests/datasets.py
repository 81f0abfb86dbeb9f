"""Small valid sets of tables, made at random from ``TABLES``; the same seed gives the same frames."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from hypothesis import strategies as st

from karier_reco.rules import codes, forms
from karier_reco.tables import TABLES, Column

YEAR = 2027
ROWS = {
    "units": (1, 4),
    "roles": (1, 4),
    "competencies": (1, 5),
    "employees": (3, 12),
    "standards": (1, 12),
    "assessments": (0, 25),
    "courses": (1, 8),
    "outcomes": (1, 12),
    "sessions": (1, 10),
    "budgets": (1, 4),
}
DAYS = {
    "assessed_on": ("2022-01-01", "2026-12-31"),
    "finished_on": ("2022-01-01", "2026-12-31"),
    "requested_on": ("2026-01-01", "2026-12-31"),
    "birth_date": ("1970-01-01", "1999-12-31"),
    "appointed_on": ("2019-01-01", "2024-12-31"),
    "starts_on": (f"{YEAR}-01-01", f"{YEAR}-11-30"),
    "ends_on": (f"{YEAR}-01-01", f"{YEAR}-11-30"),
}
WHOLE = {"jp": 40, "amount": 60_000_000, "people": 50, "min_seats": 2, "max_seats": 6}
WORDS = ("data", "kerja sama", "pelayanan, publik", 'kata "asing"', "dua\nbaris", "anggaran; kas", "=1+1")


def random_frames(seed: int, *, everything: bool = False) -> dict[str, pd.DataFrame]:
    """Return a valid set of frames; optional tables and columns are there at random, or all with ``everything``."""
    rng = np.random.default_rng(seed)
    present = [name for name, table in TABLES.items() if table.needed or everything or rng.random() < 0.6]
    frames: dict[str, pd.DataFrame] = {}
    for name in [*ROWS, *(name for name in TABLES if name not in ROWS)]:
        if name in present:
            frames[name] = _table(name, frames, rng)
    _make_consistent(frames, rng)
    if not everything:
        for name, frame in frames.items():
            spare = [c.name for c in TABLES[name] if not c.needed and c.name not in _wanted(name)]
            absent = [column for column in spare if rng.random() < 0.2]
            frames[name] = frame.drop(columns=absent)
    return {name: frames[name] for name in TABLES if name in frames}


def frames() -> st.SearchStrategy[dict[str, pd.DataFrame]]:
    """Return a strategy of valid sets of frames."""
    return st.integers(0, 2**32 - 1).map(random_frames)


def _wanted(name: str) -> tuple[str, ...]:
    always = {"courses": ("jp", "fee"), "mandates": ("tier", "role_id", "employee_id"), "decisions": ("employee_id",)}
    return (*TABLES[name].key, *always.get(name, ()))


def _table(name: str, frames: dict[str, pd.DataFrame], rng: np.random.Generator) -> pd.DataFrame:
    table = TABLES[name]
    low, high = ROWS.get(name, (0, 6))
    rows = int(rng.integers(low, high + 1))
    frame = pd.DataFrame({column.name: _column(name, column, rows, frames, rng) for column in table})
    return frame.drop_duplicates(list(table.key)).reset_index(drop=True)


def _column(name: str, column: Column, rows: int, frames: dict[str, pd.DataFrame], rng: np.random.Generator) -> Any:
    own = f"{name}.{column.name}"
    if column.references not in (None, own):
        target, key = str(column.references).split(".")
        if target == "sessions" and target not in frames:
            target, key = "courses", "course_id"
        known = list(frames[target][key]) if target in frames else []
        values = [known[int(i)] for i in rng.integers(0, len(known), rows)] if known else [""] * rows
    elif column.kind == "id":
        values = [f"{name[0].upper()}{i + 1:02}" for i in range(rows)]
    elif column.kind == "code":
        values = list(rng.choice(codes(column.codes or ()), rows))
    elif column.kind == "text":
        values = list(rng.choice(WORDS, rows))
    elif column.kind == "date":
        first, last = (np.datetime64(day, "D") for day in DAYS[column.name])
        values = list(first + rng.integers(0, (last - first).astype(int), rows))
        return pd.Series(np.array(values, dtype="datetime64[s]"))
    elif column.kind == "flag":
        return pd.Series(rng.random(rows) < 0.8)
    elif column.kind == "number":
        low, high = float(column.minimum or 0), min(float(column.maximum or 1), 2.0 if column.default else 100.0)
        return pd.Series(np.round(rng.uniform(low, high, rows), 3))
    elif column.name == "year":
        return pd.Series(rng.choice([YEAR, YEAR - 1], rows))
    else:
        low = int(column.minimum or 0)
        high = WHOLE.get(column.name, 3_000_000 if column.kind == "money" else int(column.maximum or 5))
        return pd.Series(rng.integers(low, high + 1, rows))
    empty = rng.random(rows) < (0 if column.filled or column.name in TABLES[name].key else 0.4)
    return pd.Series(["" if blank else str(value) for blank, value in zip(empty, values, strict=True)], dtype="str")


def _make_consistent(frames: dict[str, pd.DataFrame], rng: np.random.Generator) -> None:
    """Bring the cells of each row in line with each other; circles are cut by letting ids only refer upwards."""
    units = frames["units"]
    units["parent_id"] = units["parent_id"].where(units["parent_id"] < units["unit_id"], "")
    courses = frames["courses"]
    by_course = courses["form"].map({code: form.unit for code, form in forms().items()}) == "jp"
    if "sessions" in frames:
        courses["jp"] = courses["jp"].astype("Int64").mask(~by_course & (rng.random(len(courses)) < 0.5))
        sessions = frames["sessions"]
        sessions["ends_on"] = sessions["starts_on"] + pd.to_timedelta(rng.integers(0, 5, len(sessions)), unit="D")
        sessions["max_seats"] = sessions[["min_seats", "max_seats"]].max(axis=1)
    if "outcomes" in frames:
        outcomes = frames["outcomes"]
        outcomes["entry_level"] = np.minimum(outcomes["entry_level"], outcomes["exit_level"] - 1)
    if "effectiveness" in frames:
        shares = ["low", "effectiveness", "high"]
        frames["effectiveness"][shares] = np.sort(frames["effectiveness"][shares].to_numpy(), axis=1)
    if "prerequisites" in frames:
        table = frames["prerequisites"]
        frames["prerequisites"] = table[table["requires_id"] < table["course_id"]].reset_index(drop=True)
    if "mandates" in frames:
        table = frames["mandates"]
        nobody = (table[["tier", "role_id", "employee_id"]] == "").all(axis=1)
        table["tier"] = table["tier"].mask(nobody, "pelaksana")
    if "decisions" in frames:
        table = frames["decisions"]
        on_session = table["decision"].isin(["hold", "cancel"])
        someone = table["employee_id"].mask(table["employee_id"] == "", frames["employees"]["employee_id"].iloc[0])
        table["employee_id"] = someone.mask(on_session, "")
        # Of decisions that contradict each other the first stands.
        firm = table["decision"].isin(["lock", "hold"])
        off = set(table["session_id"][table["decision"] == "cancel"]) - set(table["session_id"][firm])
        table = table[(table["decision"] != "cancel") | table["session_id"].isin(off)]
        seat = ["employee_id", "session_id"]
        locked = pd.MultiIndex.from_frame(table.loc[table["decision"] == "lock", seat])
        twice = (table["decision"] == "forbid") & pd.MultiIndex.from_frame(table[seat]).isin(locked)
        frames["decisions"] = table[~twice].reset_index(drop=True)
