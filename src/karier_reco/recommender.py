"""The recommender: for each person the courses that close most, each judged by what it adds to those above."""

from __future__ import annotations

from datetime import date
from typing import Any, Self

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from numpy.typing import NDArray
from scipy import sparse
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from karier_reco.catalogue import step_reasons
from karier_reco.dataset import Dataset
from karier_reco.errors import SettingsError
from karier_reco.levels import (
    STEPS,
    Closed,
    People,
    Teaching,
    close,
    competencies,
    completion,
    people_of,
    teaching,
    unmet,
)
from karier_reco.settings import Settings
from karier_reco.texts import Language

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

DECIMALS = 9
"""Scores are rounded to these before ties are broken by id."""
PAIRS = 400_000
"""Pairs of person and course that one block scores at a time."""
FIRST = 128
"""Courses that retrieval takes for each person at first."""


class CourseRecommender(BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Rank courses for people by the level steps that they close.

    ``top``: courses a person. ``n_jobs``: threads, as in joblib; the answer is the same for every number.

    ``fit`` learns from history how many finish a course (``completion_``, by course); people and
    catalogue come from the data given to ``recommend``, so that both may be new.

    Retrieval multiplies sparse rows of level steps, a bound on every exact score, and takes more courses until
    no course left out can belong to the list: the list is exactly that of scoring every pair.
    """

    def __init__(self, top: int = 20, n_jobs: int | None = None) -> None:
        self.top = top
        self.n_jobs = n_jobs

    def fit(self, data: Dataset, y: None = None) -> Self:
        """Learn completion from history; raises SettingsError where ``top`` is not a whole number above 0."""
        if not isinstance(self.top, int | np.integer) or isinstance(self.top, bool) or self.top < 1:
            raise SettingsError(
                f"CourseRecommender, top: got {self.top!r}; expected a whole number, 1 or more. Give how many courses.",
                name="top",
                value=self.top,
            )
        self.completion_ = completion(data)
        return self

    def recommend(
        self, gaps: pd.DataFrame, data: Dataset, as_of: date | None = None, language: Language = "id"
    ) -> pd.DataFrame:
        """Rank courses for everybody in ``gaps`` (see ``find_gaps``).

        One row per person and course, people in the order of ``data.employees``, best first: ``employee_id,
        course_id, rank`` (from 1), ``score`` (closed weight over the person's total weighted gap, 0-1),
        ``marginal`` (what it adds to those above it, likewise), ``levels_closed`` (expected levels, unweighted),
        ``readiness`` (0-1), ``reason`` (in words). Courses that close nothing, that were passed within their validity
        or that lack a prerequisite are not there.
        """
        check_is_fitted(self, "completion_")
        people = people_of(gaps, data, as_of)
        courses = teaching(data, self.completion_)
        barred = _barred(people, courses, data)
        blocks = _blocks(people, courses)
        found = Parallel(n_jobs=self.n_jobs, prefer="threads")(
            delayed(_rank)(people, courses, barred[first:last], first, last, self.top, data.settings)
            for first, last in blocks
        )
        return _frame(found, people, courses, data, language)


def _barred(people: People, courses: Teaching, data: Dataset) -> sparse.csr_array:
    """Return (P, J), true where a course must not be offered."""
    lacking = sparse.csr_array(unmet(people, courses, data).T)
    return sparse.csr_array(lacking + people.recent)


def _blocks(people: People, courses: Teaching) -> list[tuple[int, int]]:
    size = max(1, PAIRS // max(1, min(len(courses.course_id), FIRST)))
    count = len(people.employee_id)
    return [(first, min(first + size, count)) for first in range(0, count, size)]


def _rank(
    people: People, courses: Teaching, barred: sparse.csr_array, first: int, last: int, top: int, settings: Settings
) -> dict[str, NDArray[Any]]:
    """Return the lists of the people first..last-1 as columns of numbers."""
    steps, taught = step_rows(people, courses, first, last)
    person = np.flatnonzero(people.total[first:last] > 0)
    parts = []
    width = min(FIRST, len(courses.course_id))
    while len(person):
        pool, rest = retrieve(steps[person], taught, width)
        part, sure = _greedy(people, courses, barred, first, person, pool, rest, top, settings)
        parts.append(part)
        person = person[~sure]
        width *= 4
    if not parts:
        return {
            name: np.empty(0) for name in ("person", "course", "rank", "score", "marginal", "levels", "ready", "slot")
        }
    joined = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    order = np.lexsort((joined["rank"], joined["person"]))
    return {name: column[order] for name, column in joined.items()}


def step_rows(people: People, courses: Teaching, first: int, last: int) -> tuple[sparse.csr_array, sparse.csr_array]:
    """Return people (n, F) by the worth of missing steps and steps (F, J) by the share a course closes of them."""
    features = people.n_competencies * STEPS
    a, b = people.need_start[first], people.need_start[last]
    row = np.repeat(np.arange(last - first), np.diff(people.need_start[first : last + 1]))
    need, step = np.nonzero(people.worth[a:b])
    column = people.need_competency[a:b][need] * STEPS + step
    steps = sparse.csr_array((people.worth[a:b][need, step], (row[need], column)), shape=(last - first, features))
    course, outcome = np.nonzero(courses.competency >= 0)
    lowest, highest = courses.entry[course, outcome] + 1, courses.exit[course, outcome]
    length = np.maximum(highest - lowest + 1, 0)
    at = np.repeat(np.arange(len(course)), length)
    step = lowest[at] + np.arange(len(at)) - np.repeat(np.cumsum(length) - length, length)
    column = courses.competency[course, outcome][at] * STEPS + step
    taught = sparse.csr_array(
        (courses.effect[course, outcome][at], (column, course[at])), shape=(features, len(courses.course_id))
    )
    return steps, taught


def retrieve(steps: sparse.csr_array, taught: sparse.csr_array, width: int) -> tuple[Ints, Floats]:
    """Return (n, width) courses by bound, -1 where none is left, and the bound on all that were not taken."""
    from sparse_dot_topn import sp_matmul_topn

    n, catalogue = steps.shape[0], taught.shape[1]
    bounds = sp_matmul_topn(
        sparse.csr_matrix(steps), sparse.csr_matrix(taught), top_n=min(width, catalogue), threshold=0.0, sort=True
    )
    counts = np.diff(bounds.indptr)
    pool = np.full((n, width), -1, dtype=np.int64)
    place = np.arange(len(bounds.indices)) - np.repeat(bounds.indptr[:-1], counts)
    pool[np.repeat(np.arange(n), counts), place] = bounds.indices
    least = np.full(n, np.inf)
    np.minimum.at(least, np.repeat(np.arange(n), counts), bounds.data)
    return pool, np.where(counts < min(width, catalogue), 0.0, least) if width < catalogue else np.zeros(n)


def _greedy(
    people: People,
    courses: Teaching,
    barred: sparse.csr_array,
    first: int,
    person: Ints,
    pool: Ints,
    rest: Floats,
    top: int,
    settings: Settings,
) -> tuple[dict[str, NDArray[Any]], NDArray[np.bool_]]:
    """Pick by marginal closure, then by score; a list is sure if nothing left out could have been picked."""
    n, width = pool.shape
    pool = np.sort(np.where(pool < 0, len(courses.course_id), pool), axis=1)  # ties go to the smaller id
    valid = pool < len(courses.course_id)
    course = np.where(valid, pool, 0)
    valid &= ~barred[person].toarray()[np.arange(n)[:, None], course]
    row, column = np.nonzero(valid)
    closed = close(people, courses, first + person[row], course[row, column], settings)
    share, worth, step = _padded(closed, (n, width), row, column)
    total = people.total[first + person]
    score = np.round((share * worth).sum(axis=2) / total[:, None], DECIMALS)
    ready = np.zeros((n, width))
    ready[row, column] = closed.ready
    left = np.ones((n, people.n_competencies * STEPS))
    open_ = score > 0
    sure = np.ones(n, dtype=bool)
    picks = []
    everybody = np.arange(n)
    for rank in range(1, top + 1):
        gain = np.minimum(share, left[everybody[:, None, None], step]) * worth
        marginal = np.round(gain.sum(axis=2) / total[:, None], DECIMALS)
        # Rows are compared by marginal first, then by score, then by id (the order of the pool).
        key = np.where(open_, marginal, -1.0)
        best = key.max(axis=1)
        tied = key == best[:, None]
        choice = np.where(tied, score, -1.0).argmax(axis=1)
        alive = open_[everybody, choice]
        sure &= (alive & (best > np.round(rest / total, DECIMALS))) | (rest <= 0)
        at = everybody[alive]
        picked = choice[alive]
        slot = gain[at, picked].argmax(axis=1)
        slot = np.where(gain[at, picked].max(axis=1) > 0, slot, (share * worth)[at, picked].argmax(axis=1))
        picks.append(
            {
                "person": first + person[at],
                "course": course[at, picked],
                "rank": np.full(len(at), rank),
                "score": score[at, picked],
                "marginal": marginal[at, picked],
                "levels": share[at, picked].sum(axis=1),
                "ready": ready[at, picked],
                "slot": step[at, picked, slot],
            }
        )
        taken = step[at, picked]
        np.subtract.at(left, (at[:, None], taken), share[at, picked])
        np.maximum(left, 0.0, out=left)
        open_[at, picked] = False
    keep = {name: np.concatenate([pick[name] for pick in picks]) for name in picks[0]}
    mine = np.isin(keep["person"], first + person[sure])
    return {name: column[mine] for name, column in keep.items()}, sure


def _padded(closed: Closed, shape: tuple[int, int], row: Ints, column: Ints) -> tuple[Floats, Floats, Ints]:
    slots = closed.step.shape[1]
    share = np.zeros((*shape, slots))
    worth = np.zeros((*shape, slots))
    step = np.zeros((*shape, slots), dtype=np.int64)
    share[row, column], worth[row, column], step[row, column] = closed.share, closed.worth, closed.step
    return share, worth, step


def _frame(
    found: list[dict[str, NDArray[Any]]], people: People, courses: Teaching, data: Dataset, language: Language
) -> pd.DataFrame:
    rows = {name: np.concatenate([block[name] for block in found]) for name in found[0]} if found else {}
    person = rows.get("person", np.empty(0)).astype(np.int64)
    course = rows.get("course", np.empty(0)).astype(np.int64)
    frame = pd.DataFrame(
        {
            "employee_id": pd.Series(people.employee_id[person], dtype="str"),
            "course_id": pd.Series(courses.course_id[course], dtype="str"),
            "rank": rows.get("rank", np.empty(0)).astype(np.int64),
            "score": rows.get("score", np.empty(0)).astype(np.float64),
            "marginal": rows.get("marginal", np.empty(0)).astype(np.float64),
            "levels_closed": rows.get("levels", np.empty(0)).astype(np.float64),
            "readiness": rows.get("ready", np.empty(0)).astype(np.float64),
        }
    )
    frame["reason"] = _reasons(rows.get("slot", np.empty(0)).astype(np.int64), frame, data, language)
    place = pd.Series(np.arange(len(data.employees)), index=data.employees["employee_id"])
    order = np.lexsort((frame["rank"], place.reindex(frame["employee_id"]).to_numpy()))
    return frame.iloc[order].reset_index(drop=True)


def _reasons(slot: Ints, frame: pd.DataFrame, data: Dataset, language: Language) -> pd.Series:
    """Say of each row which step it closes most, and where one above it has closed that step already."""
    competency = pd.Series(competencies(data)[slot // STEPS], index=frame.index, dtype="str")
    step = pd.Series(slot % STEPS, index=frame.index)
    adds = frame["marginal"] > 0
    first = step_reasons(competency[adds], step[adds], data, language)
    again = step_reasons(competency[~adds], step[~adds], data, language, "again")
    said: pd.Series[str] = pd.concat([first, again]).reindex(frame.index)
    return said
