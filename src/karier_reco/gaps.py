"""Gaps: the level that a role requires minus the level assessed, and job-person match as a summary."""

from __future__ import annotations

from datetime import date
from typing import Literal

import numpy as np
import pandas as pd

from karier_reco.dataset import Dataset
from karier_reco.rules import rule
from karier_reco.settings import Settings

By = Literal["employee", "unit", "competency"]

COLUMNS = (
    "employee_id", "competency_id", "purpose", "role_id", "standard", "assessed", "level", "gap",
    "importance", "weight", "basis", "peers", "assessed_on", "stale",
)  # fmt: skip


def find_gaps(data: Dataset, as_of: date | None = None) -> pd.DataFrame:
    """Find what each person lacks against the role held and the role to be held next.

    One row per person, competency and purpose whose level is below the standard or unknown, in the order
    of ``employees`` and ``standards``: ``employee_id, competency_id, purpose`` (current, next), ``role_id,
    standard, assessed`` (missing: unknown), ``level`` (assessed, else assumed), ``gap`` (levels), ``importance,
    weight`` (worth of one level step: importance, criticality, priority and purpose multiplied), ``basis``
    (assessed, expected, unknown), ``peers`` (people behind an assumed level), ``assessed_on, stale``.

    The newest assessment up to ``as_of`` counts (without it: the newest). An unknown level is assumed, by
    the setting ``unassessed``, as the standard less the mean gap of assessed people of the role, else of
    the tier, rounded half up, at half weight; it stays listed as to be assessed even where no gap is expected.

    See ``PP 11/2017`` article 206 for the two roles.
    """
    rows = _requirements(data)
    newest = _newest(data, as_of)
    rows = rows.merge(newest, on=["employee_id", "competency_id"], how="left", sort=False)
    assessed = rows["assessed"].notna()
    rows["level"] = rows["assessed"]
    rows["peers"] = 0
    rows["basis"] = np.where(assessed, "assessed", "unknown")
    if data.settings.unassessed == "expected":
        _assume(rows)
    rows["gap"] = (rows["standard"] - rows["level"]).clip(lower=0)
    rows["weight"] = _weights(rows, data.settings)
    rows["stale"] = _stale(rows, newest, as_of, data.settings)
    found = rows[(rows["gap"] > 0).fillna(value=False) | ~assessed]
    return found[list(COLUMNS)].reset_index(drop=True)


def job_match(data: Dataset, by: By = "employee", as_of: date | None = None) -> pd.DataFrame:
    """Summarise how people match the roles that they hold.

    One row per ``by`` (its id first): ``required`` (competencies of the standard), ``assessed`` (how many of
    them), ``jpm_raw`` = 100 x sum(assessed) / sum(standard) over the assessed ones, ``jpm`` (capped at 100 for
    display), ``selection`` and ``mapping`` (the short names of both sets of bands), ``share_met`` = 100 x
    sum(min(assessed, standard)) / sum(standard). JPM hides a 1 behind a 5; ``share_met`` hides nothing.

    Bands: rules ``jpm_selection`` and ``jpm_mapping``.
    """
    rows = _requirements(data, purposes=("current",))
    rows = rows.merge(_newest(data, as_of), on=["employee_id", "competency_id"], how="left", sort=False)
    rows = rows.merge(data.people[["employee_id", "unit_id"]], on="employee_id", how="left", sort=False)
    known = rows["assessed"].notna()
    level = rows["assessed"].fillna(0).astype("int64")
    sums = pd.DataFrame(
        {
            f"{by}_id": rows[f"{by}_id"],
            "required": 1,
            "assessed": known.astype("int64"),
            "standard": rows["standard"].where(known, 0),
            "shown": level,
            "met": np.minimum(level, rows["standard"]),
        }
    )
    table = sums.groupby(f"{by}_id", sort=False).sum().reset_index()
    base = table["standard"].where(table["standard"] > 0)
    table["jpm_raw"] = 100 * table["shown"] / base
    table["jpm"] = table["jpm_raw"].clip(upper=100)
    table["selection"] = _bands(table["jpm"], "jpm_selection")
    table["mapping"] = _bands(table["jpm"], "jpm_mapping")
    table["share_met"] = 100 * table["met"] / base
    return table[[f"{by}_id", "required", "assessed", "jpm_raw", "jpm", "selection", "mapping", "share_met"]]


def _requirements(data: Dataset, purposes: tuple[str, ...] = ("current", "next")) -> pd.DataFrame:
    """Return one row per person, purpose and standard, in the caller's order."""
    roles = {"current": "role_id", "next": "next_role_id"}
    people = data.people
    held = pd.concat(
        [
            pd.DataFrame(
                {
                    "at": np.arange(len(people)),
                    "employee_id": people["employee_id"],
                    "role_id": people[roles[purpose]],
                    "purpose": purpose,
                }
            )
            for purpose in purposes
        ]
    )
    held = held[held["role_id"] != ""].sort_values("at", kind="stable")
    factors = data.roles[["role_id", "tier", "criticality"]]
    priority = data.competencies[["competency_id", "priority"]]
    standards = data.standards.rename(columns={"level": "standard"})
    standards = standards.merge(factors, on="role_id", how="left", sort=False)
    standards = standards.merge(priority, on="competency_id", how="left", sort=False)
    return held.merge(standards, on="role_id", how="inner", sort=False).reset_index(drop=True)


def _newest(data: Dataset, as_of: date | None) -> pd.DataFrame:
    seen = data.assessments
    if as_of is not None:
        seen = seen[seen["assessed_on"] <= pd.Timestamp(as_of)]
    seen = seen.sort_values("assessed_on", kind="stable").drop_duplicates(["employee_id", "competency_id"], keep="last")
    seen = seen.rename(columns={"level": "assessed"})
    seen["assessed"] = seen["assessed"].astype("Int64")
    return seen[["employee_id", "competency_id", "assessed_on", "assessed"]]


def _assume(rows: pd.DataFrame) -> None:
    """Give unknown levels the standard less the mean gap of assessed peers, the same for both purposes."""
    known = rows[(rows["basis"] == "assessed") & (rows["purpose"] == "current")]
    known = known.assign(short=(known["standard"] - known["level"]).clip(lower=0).astype("int64"))
    unknown = (rows["basis"] == "unknown").to_numpy()
    mean = np.full(len(rows), np.nan)
    peers = np.zeros(len(rows), dtype=np.int64)
    for group in ("role_id", "tier"):
        table = known.groupby([group, "competency_id"], sort=False)["short"].agg(["mean", "size"])
        at = pd.MultiIndex.from_frame(rows[[group, "competency_id"]])
        found = table.reindex(at)
        fresh = unknown & np.isnan(mean) & found["mean"].notna().to_numpy()
        mean[fresh] = found["mean"].to_numpy()[fresh]
        peers[fresh] = found["size"].to_numpy()[fresh].astype(np.int64)
    standard = rows["standard"].to_numpy()
    short = np.floor(np.round(np.where(np.isnan(mean), 0.0, mean), 9) + 0.5).astype(np.int64)
    assumed = pd.DataFrame({"level": np.maximum(standard - short, 0), "peers": peers}, dtype="Int64")
    # One person has one level in a competency: what the role held suggests stands for the next role as well.
    assumed.loc[np.isnan(mean)] = pd.NA
    first = assumed.groupby([rows["at"], rows["competency_id"]]).transform("first")
    expected = unknown & first["level"].notna()
    rows["level"] = rows["level"].where(~expected, first["level"])
    rows["peers"] = first["peers"].where(expected, 0).astype("int64")
    rows["basis"] = np.where(expected, "expected", rows["basis"])


def _weights(rows: pd.DataFrame, settings: Settings) -> pd.Series:
    importance = rows["importance"].map(dict(settings.importance_weight)).astype("float64")
    purpose = rows["purpose"].map(dict(settings.purpose_weight)).astype("float64")
    factor = np.where(rows["basis"] == "expected", settings.unassessed_weight, 1.0)
    return (importance * purpose * rows["criticality"] * rows["priority"] * factor).astype("float64")


def _stale(rows: pd.DataFrame, newest: pd.DataFrame, as_of: date | None, settings: Settings) -> pd.Series:
    today = newest["assessed_on"].max() if as_of is None else pd.Timestamp(as_of)
    return rows["assessed_on"] < today - pd.DateOffset(years=settings.assessment_max_age_years)


def _bands(jpm: pd.Series, name: str) -> pd.Series:
    bands = sorted(rule(name).value)
    place = np.searchsorted([low for low, *_ in bands], jpm.fillna(-1).round(9), side="right") - 1
    return pd.Series([bands[at][2] if at >= 0 else "" for at in place], index=jpm.index, dtype="str")
