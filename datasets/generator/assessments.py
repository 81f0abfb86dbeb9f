"""Assessed levels: most people were assessed in something, nobody in everything, some long ago."""

from __future__ import annotations

import numpy as np
import pandas as pd

from generator.content import Content
from generator.draws import Days, Ints, columns, stream

CORE_SOURCES = ["centre", "supervisor"]
TECHNICAL_SOURCES = ["supervisor", "self", "course"]


def assessments(content: Content, people: pd.DataFrame, standards: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Return assessments of competencies of the role held and, less often, of the next role."""
    rng = stream(seed, "assessments")
    numbers = content.numbers["assessments"]
    cells = _cells(people, standards)
    person = cells["person"].to_numpy(np.int64)
    core = ~cells["competency_id"].str.startswith("T.").to_numpy(bool)
    later = cells["later"].to_numpy(bool)

    been_to_centre = rng.random(len(people)) < numbers["core_people"]
    chance = np.where(core, been_to_centre[person] * (1 - numbers["core_missing"]), numbers["technical_share"])
    seen = rng.random(len(cells)) < np.where(later, numbers["next_share"], chance)

    ability = rng.normal(0, 0.45, len(people))
    mean, spread = numbers["shortfall"]
    short = np.rint(rng.normal(mean, spread, len(cells)) - ability[person]).astype(np.int64)
    standard = cells["level"].to_numpy(np.int64)
    level = np.clip(standard - np.clip(short, -1, 3), 0, 5)

    years = [int(year) for year in numbers["years"]]
    shares = list(numbers["years"].values())
    centre_day = _days(rng, years, shares, len(people))
    day = np.where(core & ~later, centre_day[person], _days(rng, years, shares, len(cells)))
    source = np.where(
        core,
        columns(CORE_SOURCES, rng.choice(2, size=len(cells), p=[0.85, 0.15])),
        columns(TECHNICAL_SOURCES, rng.choice(3, size=len(cells), p=[0.5, 0.35, 0.15])),
    )
    table: pd.DataFrame = cells[["employee_id", "competency_id"]].assign(assessed_on=day, level=level, source=source)
    table = table.loc[seen]
    older = table.loc[rng.random(len(table)) < numbers["older_share"]].copy()
    older["assessed_on"] -= pd.to_timedelta(rng.integers(300, 800, len(older)), unit="D")
    older["level"] = np.maximum(0, older["level"] - rng.integers(0, 2, len(older)))
    return pd.DataFrame(pd.concat([table, older], ignore_index=True))


def _cells(people: pd.DataFrame, standards: pd.DataFrame) -> pd.DataFrame:
    """Return one row a person and competency of the role held, and of the next role where it is another."""
    who = people[["employee_id", "role_id", "next_role_id"]].assign(person=np.arange(len(people)))
    held = who.merge(standards, on="role_id").assign(later=False)
    following = who[who["next_role_id"] != ""].drop(columns="role_id").rename(columns={"next_role_id": "role_id"})
    after = following.merge(standards, on="role_id").assign(later=True)
    cells = pd.concat([held, after], ignore_index=True)
    cells = cells.drop_duplicates(["employee_id", "competency_id"])
    cells = cells.sort_values(["person", "competency_id"], kind="stable")
    return cells.reset_index(drop=True)


def _days(rng: np.random.Generator, years: list[int], shares: list[float], count: int) -> Days:
    year = np.array(years)[rng.choice(len(years), size=count, p=shares)]
    offset: Ints = rng.integers(31, 300, count)
    return np.asarray((year - 1970).astype("datetime64[Y]").astype("datetime64[D]") + offset, dtype="datetime64[D]")
