"""The value of seats: every session that a person could attend, what it closes and what it costs."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from karier_reco.catalogue import PAIR, mandated, on_offer, still_valid
from karier_reco.dataset import Dataset
from karier_reco.levels import STEPS, close, competencies, people_of, teaching
from karier_reco.texts import Language, text

CANDIDATES = (
    "employee_id", "session_id", "course_id", "value", "bonus", "levels_closed", "jp", "starts_on", "ends_on",
    "fee", "travel", "account", "origin", "score", "reason",
)  # fmt: skip
OFFER = ("session_id", "course_id", "jp", "starts_on", "ends_on", "fee", "travel", "account")
CLOSURES = ("employee_id", "session_id", "competency_id", "step", "closure", "weight", "value")


def appraise(
    recommended: pd.DataFrame,
    gaps: pd.DataFrame,
    data: Dataset,
    year: int | None = None,
    as_of: date | None = None,
    language: Language = "id",
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Say what every possible seat is worth.

    Returns ``candidates``, one row per person and session in order of their ids: ``employee_id, session_id,
    course_id, value`` (if it is the person's only seat), ``bonus`` (the part of value that mandates and requests add),
    ``levels_closed`` (expected levels, unweighted), ``jp, starts_on, ends_on, fee, travel`` (rupiah), ``account,
    origin`` (recommended, mandate, lock), ``score, reason``; and ``closures``, what value is made of: ``employee_id,
    session_id, competency_id, step`` (1-5), ``closure`` (expected share of the step, 0-1), ``weight`` (worth of the
    whole step), ``value`` (their product).

    Sessions of ``year`` (without it: all) whose date is not over at ``as_of``; none that a decision cancels or forbids.
    A mandate or a lock makes a candidate where the recommender had none.
    """
    pairs = _pairs(recommended, data, as_of, language)
    sessions = on_offer(data, year, as_of)[list(OFFER)]
    people, courses = people_of(gaps, data, as_of), teaching(data)
    person = np.searchsorted(people.employee_id, pairs["employee_id"].to_numpy(dtype=object))
    course = np.searchsorted(courses.course_id, pairs["course_id"].to_numpy(dtype=object))
    closed = close(people, courses, person, course, data.settings)
    pair, slot = np.nonzero(closed.share * closed.worth > 0)
    steps = pd.DataFrame(
        {
            "pair": pair,
            "competency_id": competencies(data)[closed.step[pair, slot] // STEPS],
            "step": closed.step[pair, slot] % STEPS,
            "closure": closed.share[pair, slot],
            "weight": closed.worth[pair, slot],
        }
    )
    steps["competency_id"] = steps["competency_id"].astype("str")
    steps["value"] = steps["weight"] * steps["closure"]
    pairs["pair"] = np.arange(len(pairs))
    by_pair = steps.groupby("pair")[["value", "closure"]].sum().reindex(pairs["pair"], fill_value=0.0)
    total = people.total[person]
    pairs["score"] = np.divide(by_pair["value"].to_numpy(), total, out=np.zeros(len(pairs)), where=total > 0)
    pairs["bonus"] = _bonus(pairs, data)
    pairs["value"] = by_pair["value"].to_numpy() + pairs["bonus"].to_numpy()
    pairs["levels_closed"] = by_pair["closure"].to_numpy()
    candidates = pairs.merge(sessions, on="course_id", how="inner", sort=False)
    candidates = _allowed(candidates, data)
    candidates = candidates.sort_values(["employee_id", "session_id"], kind="stable").reset_index(drop=True)
    closures = candidates[["employee_id", "session_id", "pair"]].merge(steps, on="pair", how="inner", sort=False)
    closures = closures.sort_values(["employee_id", "session_id", "competency_id", "step"], kind="stable")
    return candidates[list(CANDIDATES)], closures[list(CLOSURES)].reset_index(drop=True)


def _pairs(recommended: pd.DataFrame, data: Dataset, as_of: date | None, language: Language) -> pd.DataFrame:
    """Return each person and course once, locks before mandates before recommendations, in order of ids."""
    required = mandated(data)
    finished = still_valid(data, as_of)
    required = required[~pd.MultiIndex.from_frame(required[PAIR]).isin(pd.MultiIndex.from_frame(finished))]
    required = required.sort_values(["importance", "mandate_id"], kind="stable").drop_duplicates(PAIR)
    required = required.assign(
        origin="mandate", reason=[text("reason.mandate", language, reason=reason) for reason in required["reason"]]
    )
    locked = data.decisions[data.decisions["decision"] == "lock"].sort_values("decision_id", kind="stable")
    locked = locked.merge(data.sessions[["session_id", "course_id"]], on="session_id")
    locked = locked.assign(
        origin="lock", reason=[text("reason.lock", language, reason=reason) for reason in locked["reason"]]
    )
    offered = recommended.assign(origin="recommended")
    columns = [*PAIR, "origin", "reason"]
    pairs = pd.concat([locked[columns], required[columns], offered[columns]], ignore_index=True).drop_duplicates(PAIR)
    pairs = pairs[pairs["employee_id"].isin(data.people["employee_id"])]
    return pairs.sort_values(PAIR, kind="stable").reset_index(drop=True)


def _bonus(pairs: pd.DataFrame, data: Dataset) -> pd.Series:
    """Return what mandates and requests add to the value of a pair."""
    at = pd.MultiIndex.from_frame(pairs[PAIR])
    required = mandated(data)
    worth = required["importance"].map(dict(data.settings.mandate_value)).astype("float64")
    most = worth.groupby([required["employee_id"], required["course_id"]]).max()
    bonus = most.reindex(at).fillna(0.0).to_numpy() if len(most) else np.zeros(len(pairs))
    asked = at.isin(pd.MultiIndex.from_frame(data.requests[PAIR]))
    return pd.Series(bonus + data.settings.request_value * asked, index=pairs.index)


def _allowed(candidates: pd.DataFrame, data: Dataset) -> pd.DataFrame:
    """Leave out seats that a decision forbids, or that the person has had this year already."""
    seat = ["employee_id", "session_id"]
    decided = data.decisions
    forbidden = pd.MultiIndex.from_frame(decided.loc[decided["decision"] == "forbid", seat])
    locked = pd.MultiIndex.from_frame(decided.loc[decided["decision"] == "lock", seat])
    had = data.attendance[data.attendance["status"] != "absent"].merge(
        data.sessions[["session_id", "course_id"]], on="session_id"
    )
    at = pd.MultiIndex.from_frame(candidates[seat])
    again = pd.MultiIndex.from_frame(candidates[PAIR]).isin(pd.MultiIndex.from_frame(had[PAIR]))
    return candidates[at.isin(locked) | (~at.isin(forbidden) & ~again)]
