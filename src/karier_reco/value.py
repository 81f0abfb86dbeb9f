"""The value of seats: every session that a person could attend, what it closes and what it costs."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from karier_reco.catalogue import PAIR, attended, mandated, on_offer, step_reasons, still_valid
from karier_reco.dataset import Dataset
from karier_reco.levels import STEPS, close, competencies, people_of, teaching
from karier_reco.texts import Language, text

CANDIDATES = (
    "employee_id", "session_id", "course_id", "value", "bonus", "levels_closed", "jp", "starts_on", "ends_on",
    "fee", "travel", "account", "origin", "score", "reason",
)  # fmt: skip
SEAT = ["employee_id", "session_id"]
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
    pairs = _pairs(recommended, data, as_of)
    steps, total = _steps(pairs, gaps, data, as_of)
    by_pair = steps.groupby("pair")[["value", "closure"]].sum().reindex(pairs.index, fill_value=0.0)
    pairs["score"] = np.divide(by_pair["value"].to_numpy(), total, out=np.zeros(len(pairs)), where=total > 0)
    pairs["bonus"] = _bonus(pairs, data)
    pairs["value"] = by_pair["value"] + pairs["bonus"]
    pairs["levels_closed"] = by_pair["closure"]
    pairs["reason"] = _reasons(pairs, steps, data, language)
    pairs["pair"] = pairs.index
    candidates = pairs.merge(on_offer(data, year, as_of)[list(OFFER)], on="course_id", how="inner", sort=False)
    candidates = _decided(candidates, data, language)
    candidates = candidates.sort_values(SEAT, kind="stable").reset_index(drop=True)
    closures = candidates[[*SEAT, "pair"]].merge(steps, on="pair", how="inner", sort=False)
    closures = closures.sort_values([*SEAT, "competency_id", "step"], kind="stable")
    return candidates[list(CANDIDATES)], closures[list(CLOSURES)].reset_index(drop=True)


def _pairs(recommended: pd.DataFrame, data: Dataset, as_of: date | None) -> pd.DataFrame:
    """Return each person and course once, in order of ids, with where it comes from: a mandate before the rest."""
    required = mandated(data)
    finished = pd.MultiIndex.from_frame(still_valid(data, as_of))
    required = required[~pd.MultiIndex.from_frame(required[PAIR]).isin(finished)]
    locked = data.decisions[data.decisions["decision"] == "lock"]
    locked = locked.merge(data.sessions[["session_id", "course_id"]], on="session_id", how="left", sort=False)
    sources = {"mandate": required, "recommended": recommended, "lock": locked}
    columns = [rows[PAIR].assign(origin=origin) for origin, rows in sources.items()]
    pairs = pd.concat(columns, ignore_index=True).drop_duplicates(PAIR)
    pairs = pairs[pairs["employee_id"].isin(data.people["employee_id"])]
    return pairs.sort_values(PAIR, kind="stable").reset_index(drop=True)


def _steps(
    pairs: pd.DataFrame, gaps: pd.DataFrame, data: Dataset, as_of: date | None
) -> tuple[pd.DataFrame, NDArray[np.float64]]:
    """Return the steps that each pair closes, and (N,) the total weighted gap of each pair's person."""
    people, courses = people_of(gaps, data, as_of), teaching(data)
    person = np.searchsorted(people.employee_id, pairs["employee_id"].to_numpy(dtype=object))
    course = np.searchsorted(courses.course_id, pairs["course_id"].to_numpy(dtype=object))
    closed = close(people, courses, person, course, data.settings)
    pair, slot = np.nonzero(closed.share * closed.worth > 0)
    step = closed.step[pair, slot]
    steps = pd.DataFrame(
        {
            "pair": pair,
            "competency_id": pd.Series(competencies(data)[step // STEPS], dtype="str"),
            "step": step % STEPS,
            "closure": closed.share[pair, slot],
            "weight": closed.worth[pair, slot],
        }
    )
    steps["value"] = steps["weight"] * steps["closure"]
    return steps, people.total[person]


def _reasons(pairs: pd.DataFrame, steps: pd.DataFrame, data: Dataset, language: Language) -> pd.Series:
    """Say of each pair the mandate that it fulfils, else the step that it closes most of."""
    order = steps.sort_values(["pair", "value", "competency_id", "step"], ascending=[True, False, True, True])
    best = order.drop_duplicates("pair").set_index("pair")
    reasons = step_reasons(best["competency_id"], best["step"], data, language).reindex(pairs.index).fillna("")
    required = mandated(data).sort_values(["importance", "mandate_id"], kind="stable").drop_duplicates(PAIR)
    grounds = required.set_index(PAIR)["reason"].reindex(pd.MultiIndex.from_frame(pairs[PAIR]))
    said = [
        reason if pd.isna(ground) else text("reason.mandate", language, reason=ground)
        for reason, ground in zip(reasons, grounds, strict=True)
    ]
    return pd.Series(said, index=pairs.index, dtype="str")


def _bonus(pairs: pd.DataFrame, data: Dataset) -> pd.Series:
    """Return what mandates and requests add to the value of a pair."""
    at = pd.MultiIndex.from_frame(pairs[PAIR])
    required = mandated(data)
    worth = required["importance"].map(dict(data.settings.mandate_value)).astype("float64")
    most = worth.groupby([required["employee_id"], required["course_id"]]).max()
    bonus = most.reindex(at).fillna(0.0).to_numpy() if len(most) else np.zeros(len(pairs))
    asked = at.isin(pd.MultiIndex.from_frame(data.requests[PAIR]))
    return pd.Series(bonus + data.settings.request_value * asked, index=pairs.index)


def _decided(candidates: pd.DataFrame, data: Dataset, language: Language) -> pd.DataFrame:
    """Mark locked seats; leave out forbidden ones, those that only another seat's lock suggests, and repeats."""
    locks = data.decisions[data.decisions["decision"] == "lock"].sort_values("decision_id", kind="stable")
    first = locks.drop_duplicates(SEAT).set_index(SEAT)["reason"]
    grounds = first.reindex(pd.MultiIndex.from_frame(candidates[SEAT]))
    locked = grounds.notna().to_numpy()
    reasons = [text("reason.lock", language, reason=ground) for ground in grounds[locked]]
    candidates.loc[locked, "reason"] = reasons
    lent = (candidates["origin"] == "lock").to_numpy() & ~locked
    candidates.loc[locked, "origin"] = "lock"
    forbidden = pd.MultiIndex.from_frame(data.decisions.loc[data.decisions["decision"] == "forbid", SEAT])
    again = pd.MultiIndex.from_frame(candidates[PAIR]).isin(pd.MultiIndex.from_frame(attended(data)))
    out = pd.MultiIndex.from_frame(candidates[SEAT]).isin(forbidden) | again | lent
    return candidates[locked | ~out]
