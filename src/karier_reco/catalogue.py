"""What is on offer to whom: sessions of a year with their JP, mandates that apply, courses still valid."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from karier_reco.dataset import Dataset
from karier_reco.rules import forms
from karier_reco.texts import Language, text

PAIR = ["employee_id", "course_id"]


def mandated(data: Dataset) -> pd.DataFrame:
    """Return one row per person and mandate that applies to them: everybody whom all given fields fit."""
    people = data.people.merge(data.roles[["role_id", "tier"]], on="role_id", how="left", sort=False)
    found = []
    for mandate in data.mandates.to_dict("records"):
        fits = pd.Series(True, index=people.index)
        for column in ("tier", "role_id", "employee_id"):
            if mandate[column]:
                fits &= people[column] == mandate[column]
        facts = {name: mandate[name] for name in ("course_id", "mandate_id", "importance", "reason")}
        found.append(people.loc[fits, ["employee_id"]].assign(**facts))
    columns = ["employee_id", "course_id", "mandate_id", "importance", "reason"]
    return pd.concat(found, ignore_index=True)[columns] if found else pd.DataFrame(columns=columns, dtype="str")


def still_valid(data: Dataset, as_of: date | None) -> pd.DataFrame:
    """Return person and course of what was passed so lately that it is not offered again."""
    history = data.history[data.history["passed"]]
    if as_of is not None:
        history = history[history["finished_on"] <= pd.Timestamp(as_of)]
    today = history["finished_on"].max() if as_of is None else pd.Timestamp(as_of)
    return history.loc[history["finished_on"] > today - pd.DateOffset(years=data.settings.course_valid_years), PAIR]


def attended(data: Dataset) -> pd.DataFrame:
    """Return person and course of what was attended, or is registered for, this year."""
    had = data.attendance[data.attendance["status"] != "absent"]
    return had.merge(data.sessions[["session_id", "course_id"]], on="session_id", how="left", sort=False)[PAIR]


def on_offer(data: Dataset, year: int | None, as_of: date | None, *, cancelled: bool = False) -> pd.DataFrame:
    """Return the sessions of a year (without it: all) with ``form`` and the ``jp`` that they credit.

    Those over or begun at ``as_of`` are left out, and those that a decision cancels, unless ``cancelled``.
    """
    sessions = data.sessions.merge(data.courses[["course_id", "form", "jp"]], on="course_id", how="left", sort=False)
    off = data.decisions.loc[data.decisions["decision"] == "cancel", "session_id"]
    keep = ~sessions["session_id"].isin(off) | cancelled
    undated = sessions["starts_on"].isna()
    if year is not None:
        keep &= undated | (sessions["starts_on"].dt.year == year)
    if as_of is not None:
        keep &= undated | (sessions["starts_on"] > pd.Timestamp(as_of))
    sessions = sessions[keep].copy()
    sessions["jp"] = _jp(sessions)
    return sessions.reset_index(drop=True)


def _jp(sessions: pd.DataFrame) -> NDArray[np.int64]:
    """Return the course's own JP, else what its form credits for the session's days."""
    known = forms()
    own = sessions["jp"].to_numpy(dtype=np.float64, na_value=np.nan)
    return np.array(
        [
            int(jp) if not np.isnan(jp) else (0 if pd.isna(starts) else known[form].jp(starts.date(), ends.date()) or 0)
            for jp, form, starts, ends in zip(
                own, sessions["form"], sessions["starts_on"], sessions["ends_on"], strict=True
            )
        ],
        dtype=np.int64,
    )


def step_reasons(
    competency_id: pd.Series, step: pd.Series, data: Dataset, language: Language, kind: str = "first"
) -> pd.Series:
    """Say of each row which competency rises from which level to which; ``kind`` is a text of ``reason``."""
    names = dict(zip(data.competencies["competency_id"], data.competencies["name"], strict=True))
    said: dict[tuple[str, int], str] = {}
    for competency, after in {*zip(competency_id, step, strict=True)}:
        values = {"competency": names[competency], "before": int(after) - 1, "after": int(after)}
        said[competency, after] = text(f"reason.{kind}", language, **values)
    texts = [said[key] for key in zip(competency_id, step, strict=True)]
    return pd.Series(texts, index=competency_id.index, dtype="str")


def limit_name(name: str) -> str:
    """Return a row's name in the words of the law: what the optimiser calls hours are JP.

    >>> limit_name("hours[…005]")
    'jp[…005]'
    """
    return "jp" + name.removeprefix("hours") if name.startswith("hours[") else name
