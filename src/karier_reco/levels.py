"""Level steps: which steps a course closes for a person, and how much of each to expect.

Recommender and value both build on ``close``. One seat of person i in course j closes of competency c's
step t the share ``E = completion_j * r_ij * e_jc * d_ijct``:

- reach ``d`` is 1 for the lowest ``step`` of the steps t with max(level, entry) < t <= min(exit, standard);
- readiness ``r`` = prod over the course's outcomes of kappa ** max(0, entry - assessed level); what was not
  assessed counts as ready, and a prerequisite that is not finished gives 0;
- ``e`` is the effectiveness of the course in the competency, else of its form.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from karier_reco.dataset import Dataset
from karier_reco.rules import forms
from karier_reco.settings import Settings

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

STEPS = 6
"""Columns kept for the steps of a competency: 1 to 5, and an unused 0 that spares a subtraction."""
DENSE = 2**22
"""Cells of the dense table of people and steps that one block may hold."""
NONE = 9
"""A level above all steps: of a competency in which the person needs nothing."""


@dataclass(frozen=True, eq=False)
class Teaching:
    """What courses teach, padded to the longest: ``competency`` (J, O), -1 where there is no more.

    ``effect`` is completion times effectiveness, the share of a step closed for somebody who is ready.
    """

    course_id: NDArray[np.object_]
    competency: Ints
    entry: Ints
    exit: Ints
    effect: Floats


@dataclass(frozen=True, eq=False)
class People:
    """What people need and know, people in order of id, the rows of one person together.

    ``worth`` (N, STEPS) is the weight of each missing step of need row N; ``total`` (P,) its sum by person.
    ``finished`` (P, J) marks passed courses, ``recent`` those still valid.
    """

    employee_id: NDArray[np.object_]
    need_start: Ints
    need_competency: Ints
    need_level: Ints
    worth: Floats
    total: Floats
    known_start: Ints
    known_competency: Ints
    known_level: Ints
    finished: sparse.csr_array
    recent: sparse.csr_array
    n_competencies: int


@dataclass(frozen=True, eq=False)
class Closed:
    """The steps that pairs of person and course close: (N, K) each; ``share`` 0 where there is none.

    ``step`` numbers competency and step together: competency * STEPS + step.
    """

    step: Ints
    share: Floats
    worth: Floats
    ready: Floats


def completion(data: Dataset) -> pd.Series:
    """Return each course's pass rate, shrunk to that of the whole history; 1 where there is no history.

    ``(passed + m * rate) / (people + m)`` with m the setting ``completion_people``.
    """
    courses = pd.Index(data.courses["course_id"], name="course_id")
    if data.history.empty:
        return pd.Series(1.0, index=courses, name="completion")
    passed = data.history.groupby("course_id")["passed"].agg(["sum", "size"]).reindex(courses, fill_value=0)
    m = data.settings.completion_people
    rate = float(data.history["passed"].mean())
    people = passed["size"] + m
    shrunk = (passed["sum"] + m * rate) / people.where(people > 0, 1.0)
    return shrunk.where(people > 0, rate).rename("completion")


def teaching(data: Dataset, completed: pd.Series | None = None) -> Teaching:
    """Return what the catalogue teaches, courses and their outcomes in order of id; rejected outcomes are not."""
    course_id = np.sort(data.courses["course_id"].to_numpy(dtype=object))
    competency_id = competencies(data)
    rows = data.outcomes[data.outcomes["source"] != "rejected"].sort_values(["course_id", "competency_id"])
    course = np.searchsorted(course_id, rows["course_id"].to_numpy(dtype=object))
    place = rows.groupby("course_id", sort=False).cumcount().to_numpy()
    shape = (len(course_id), int(place.max()) + 1 if len(rows) else 1)
    effect = (
        _effectiveness(data, rows)
        * (completion(data) if completed is None else completed).reindex(rows["course_id"]).fillna(1.0).to_numpy()
    )

    def padded(values: Any, fill: float, dtype: Any) -> NDArray[Any]:
        table = np.full(shape, fill, dtype=dtype)
        table[course, place] = values
        return table

    return Teaching(
        course_id=course_id,
        competency=padded(np.searchsorted(competency_id, rows["competency_id"].to_numpy(dtype=object)), -1, np.int64),
        entry=padded(rows["entry_level"], NONE, np.int64),
        exit=padded(rows["exit_level"], 0, np.int64),
        effect=padded(effect, 0.0, np.float64),
    )


def competencies(data: Dataset) -> NDArray[np.object_]:
    """Return the ids that number competencies, in order."""
    return np.sort(data.competencies["competency_id"].to_numpy(dtype=object))


def people_of(gaps: pd.DataFrame, data: Dataset, as_of: date | None = None) -> People:
    """Return what people need (``gaps``), know (assessments to ``as_of``) and have finished (history)."""
    employee_id = np.sort(data.people["employee_id"].to_numpy(dtype=object))
    competency_id = competencies(data)
    need_start, need_competency, need_level, worth = _needs(gaps, employee_id, competency_id)
    total = np.zeros(len(employee_id))
    np.add.at(total, np.repeat(np.arange(len(employee_id)), np.diff(need_start)), worth.sum(axis=1))
    seen = data.assessments
    history = data.history[data.history["passed"]]
    if as_of is not None:
        seen = seen[seen["assessed_on"] <= pd.Timestamp(as_of)]
        history = history[history["finished_on"] <= pd.Timestamp(as_of)]
    seen = seen.sort_values("assessed_on", kind="stable").drop_duplicates(["employee_id", "competency_id"], keep="last")
    known_start, known_competency, order = _rows(seen, employee_id, competency_id)
    today = history["finished_on"].max() if as_of is None else pd.Timestamp(as_of)
    valid = history["finished_on"] > today - pd.DateOffset(years=data.settings.course_valid_years)
    return People(
        employee_id=employee_id,
        need_start=need_start,
        need_competency=need_competency,
        need_level=need_level,
        worth=worth,
        total=total,
        known_start=known_start,
        known_competency=known_competency,
        known_level=seen["level"].to_numpy()[order].astype(np.int64),
        finished=_courses_of(history, employee_id, data),
        recent=_courses_of(history[valid], employee_id, data),
        n_competencies=len(competency_id),
    )


def close(people: People, courses: Teaching, person: Ints, course: Ints, settings: Settings) -> Closed:
    """Return the steps that each pair (``person[n]``, ``course[n]``) closes; ``person`` must be ascending.

    Prerequisites are not looked at: ``unmet`` says who lacks one.
    """
    block = max(1, DENSE // (STEPS * max(1, people.n_competencies)))
    cuts = np.searchsorted(person, np.arange(0, len(people.employee_id) + block, block))
    parts = [
        _close(people, courses, person[a:b], course[a:b], settings) for a, b in itertools.pairwise(cuts) if a < b
    ] or [_close(people, courses, person, course, settings)]
    return Closed(**{f.name: np.concatenate([getattr(part, f.name) for part in parts]) for f in fields(Closed)})


def _close(people: People, courses: Teaching, person: Ints, course: Ints, settings: Settings) -> Closed:
    first, last = (int(person[0]), int(person[-1]) + 1) if len(person) else (0, 0)
    base, worth, known = _dense(people, first, last)
    row = (person - first)[:, None]
    competency, entry, exit_ = courses.competency[course], courses.entry[course], courses.exit[course]
    taught = competency >= 0
    at = np.where(taught, competency, 0)
    level = known[row, at]
    short = np.where(taught & (level >= 0), np.maximum(entry - level, 0), 0).sum(axis=1)
    ready = settings.kappa ** short.astype(np.float64)
    lowest = np.maximum(base[row, at], entry) + 1
    reach = np.arange(settings.step)
    step = (lowest[:, :, None] + reach).reshape(len(person), at.shape[1] * settings.step)
    fits = (step <= np.repeat(exit_, settings.step, axis=1)) & (step < STEPS)
    step = np.where(fits, step, 0) + np.repeat(at, settings.step, axis=1) * STEPS
    weight = np.where(fits, worth[row, step], 0.0)
    share = np.repeat(courses.effect[course], settings.step, axis=1) * ready[:, None]
    return Closed(step=step, share=np.where(weight > 0, share, 0.0), worth=weight, ready=ready)


def unmet(people: People, courses: Teaching, data: Dataset) -> sparse.csr_array:
    """Return (J, P), true where the person lacks a prerequisite of the course."""
    number = {name: at for at, name in enumerate(courses.course_id)}
    finished = people.finished.tocsc()
    rows = []
    columns = []
    for course, requires in data.prerequisites[["course_id", "requires_id"]].itertuples(index=False):
        has = finished[:, [number[requires]]].toarray()[:, 0]
        lacking = np.flatnonzero(~has)
        rows.append(np.full(len(lacking), number[course]))
        columns.append(lacking)
    shape = (len(courses.course_id), len(people.employee_id))
    if not rows:
        return sparse.csr_array(shape, dtype=bool)
    entries = (np.ones(sum(map(len, rows)), dtype=bool), (np.concatenate(rows), np.concatenate(columns)))
    return sparse.coo_array(entries, shape=shape).tocsr()


def _effectiveness(data: Dataset, rows: pd.DataFrame) -> Floats:
    """Return e for each outcome: of the course in the competency, else of the course, else of its form."""
    learnt = data.effectiveness.set_index(["course_id", "competency_id"])["effectiveness"]
    exact = learnt.reindex(pd.MultiIndex.from_frame(rows[["course_id", "competency_id"]])).to_numpy(dtype=np.float64)
    overall = learnt.reindex(pd.MultiIndex.from_arrays([rows["course_id"], [""] * len(rows)])).to_numpy(
        dtype=np.float64
    )
    form = data.courses.set_index("course_id")["form"].reindex(rows["course_id"])
    prior = form.map({code: f.effectiveness for code, f in forms().items()}).astype("float64").to_numpy()
    return np.where(np.isnan(exact), np.where(np.isnan(overall), prior, overall), exact)


def _rows(
    table: pd.DataFrame, employee_id: NDArray[np.object_], competency_id: NDArray[np.object_]
) -> tuple[Ints, Ints, Ints]:
    """Return offsets by person, the competency of each row and the order of the rows kept."""
    person = pd.Index(employee_id).get_indexer(pd.Index(table["employee_id"].astype(object)))
    competency = pd.Index(competency_id).get_indexer(pd.Index(table["competency_id"].astype(object)))
    order = np.lexsort((competency, person))
    order = order[person[order] >= 0]
    start = np.searchsorted(person[order], np.arange(len(employee_id) + 1))
    return start, competency[order].astype(np.int64), order


def _needs(
    gaps: pd.DataFrame, employee_id: NDArray[np.object_], competency_id: NDArray[np.object_]
) -> tuple[Ints, Ints, Ints, Floats]:
    """Merge the purposes: one need row per person and competency; a step is worth its worthiest purpose."""
    rows = gaps[(gaps["gap"] > 0).fillna(value=False)]
    start, competency, order = _rows(rows, employee_id, competency_id)
    person = np.repeat(np.arange(len(employee_id)), np.diff(start))
    level = rows["level"].to_numpy(dtype=np.int64)[order]
    top = rows["standard"].to_numpy(dtype=np.int64)[order]
    weight = rows["weight"].to_numpy(dtype=np.float64)[order]
    new = np.ones(len(order), dtype=bool)
    new[1:] = (np.diff(person) != 0) | (np.diff(competency) != 0)
    group = np.cumsum(new) - 1
    worth = np.zeros((int(new.sum()), STEPS))
    for step in range(1, STEPS):
        missing = (level < step) & (step <= top)
        np.maximum.at(worth[:, step], group[missing], weight[missing])
    merged_start = np.searchsorted(person[new], np.arange(len(employee_id) + 1))
    return merged_start, competency[new], level[new], worth


def _courses_of(history: pd.DataFrame, employee_id: NDArray[np.object_], data: Dataset) -> sparse.csr_array:
    course_id = np.sort(data.courses["course_id"].to_numpy(dtype=object))
    person = pd.Index(employee_id).get_indexer(pd.Index(history["employee_id"].astype(object)))
    course = pd.Index(course_id).get_indexer(pd.Index(history["course_id"].astype(object)))
    kept = person >= 0
    entries = (np.ones(int(kept.sum()), dtype=bool), (person[kept], course[kept]))
    shape = (len(employee_id), len(course_id))
    return sparse.coo_array(entries, shape=shape).tocsr()


def _dense(people: People, first: int, last: int) -> tuple[Ints, Floats, Ints]:
    """Return level needed from, worth of steps and known level of a run of people, dense by competency."""
    size = last - first
    base = np.full((size, people.n_competencies), NONE, dtype=np.int64)
    worth = np.zeros((size, people.n_competencies, STEPS))
    known = np.full((size, people.n_competencies), -1, dtype=np.int64)
    a, b = people.need_start[first], people.need_start[last]
    row = np.repeat(np.arange(size), np.diff(people.need_start[first : last + 1]))
    base[row, people.need_competency[a:b]] = people.need_level[a:b]
    worth[row, people.need_competency[a:b]] = people.worth[a:b]
    a, b = people.known_start[first], people.known_start[last]
    row = np.repeat(np.arange(size), np.diff(people.known_start[first : last + 1]))
    known[row, people.known_competency[a:b]] = people.known_level[a:b]
    return base, worth.reshape(size, people.n_competencies * STEPS), known
