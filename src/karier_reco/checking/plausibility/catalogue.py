"""Courses whose JP do not fit, and courses that stand twice."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pandas as pd
from rapidfuzz import fuzz, process, utils

from karier_reco.checking.found import shown, shown_label
from karier_reco.checking.plausibility.sound import Sound
from karier_reco.rules import forms

JP_A_DAY = 12  # nine hours; the longest national course, with its homework, comes to little more than ten
ALIKE = 95.0  # of 100: one letter in twenty wrong; fewer would join courses of a series
TYPO = 4  # letters: shorter words that differ count courses of a series (II, B, 2)
MOST = 2_000  # courses of one provider and form; above, only equal titles are found: pairs grow with the square


def check_catalogue(sound: Sound) -> None:
    """Warn of JP that form and days do not give, and of courses of one provider under one title."""
    _check_jp(sound)
    _check_titles(sound)


def _check_jp(sound: Sound) -> None:
    courses = sound("courses", "course_id", "form", "jp")
    sessions = sound("sessions", "session_id", "course_id", "starts_on", "ends_on")
    if courses is None or sessions is None:
        return
    courses = courses[courses["jp"].notna()].drop_duplicates("course_id")
    courses["at"] = courses.index
    held = sessions[sessions["starts_on"] <= sessions["ends_on"]].merge(courses, on="course_id")
    rules = [_rule(*row) for row in zip(held["form"], held["jp"], held["starts_on"], held["ends_on"], strict=True)]
    held["rule"] = rules
    wrong = held[held["rule"] != ""].sort_values(["course_id", "session_id"])
    if len(wrong):
        hits = pd.Series(np.isin(np.arange(len(sound.drafts["courses"].frame)), wrong["at"]))
        first = wrong.iloc[0]
        days = str((first["ends_on"] - first["starts_on"]).days + 1)
        facts = {"form": first["form"], "session": shown(first["session_id"]), "days": days, "jp": first["rule"]}
        sound.remark("jp_unlikely", "courses", "jp", hits, **facts)


def _rule(form: str, jp: int, starts_on: pd.Timestamp, ends_on: pd.Timestamp) -> str:
    """Return the JP that form and days allow where the course has others; nothing where it fits.

    Days in a hall give exactly their JP; what people do in their own time gives its JP at most.
    """
    by_form = forms()[form].jp(starts_on, ends_on)
    if by_form is None:
        most = JP_A_DAY * ((ends_on - starts_on).days + 1)
        return f"≤ {most}" if jp > most else ""
    if forms()[form].unit == "day" and forms()[form].blocks_dates:
        return f"= {by_form}" if jp != by_form else ""
    return f"≤ {by_form}" if jp > by_form else ""


def _check_titles(sound: Sound) -> None:
    courses = sound("courses", "course_id", "title", "provider", "form")
    if courses is None:
        return
    titles = {title: utils.default_process(title) for title in courses["title"].unique()}
    courses["plain"] = courses["title"].map(titles)
    by = [courses["provider"].map(utils.default_process), courses["form"]]
    ids = courses["course_id"].to_dict()
    pairs = [
        min((ids[one], one, other), (ids[other], other, one))
        for _, group in courses[courses["plain"] != ""].groupby(by)
        for one, other in _alike(group["plain"])
    ]
    if pairs:
        hits = pd.Series(courses.index.isin([row for _, *both in pairs for row in both]), index=courses.index)
        _, _, other = min(pairs)
        sound.remark(
            "courses_alike", "courses", "title", hits, other=shown_label(sound.drafts["courses"].source.rows[other])
        )


def _alike(titles: pd.Series[str]) -> Iterator[tuple[int, int]]:
    """Yield the labels of titles that are equal, or equal but for a letter."""
    for same in titles.groupby(titles).groups.values():
        yield from pairwise(same)
    different = titles.drop_duplicates().sort_values()
    if not 1 < len(different) <= MOST:
        return
    texts = different.to_list()
    scores = process.cdist(texts, texts, scorer=fuzz.ratio, score_cutoff=ALIKE, dtype=np.uint8)
    for i, j in zip(*np.nonzero(np.triu(scores, 1)), strict=True):
        if _typo(texts[i], texts[j]):
            yield int(different.index[i]), int(different.index[j])


def _typo(one: str, other: str) -> bool:
    """Return whether titles differ in the letters of long words only: numbers and short words count a series."""
    words = set(one.split()) ^ set(other.split())
    return all(len(word) >= TYPO and word.isalpha() for word in words)
