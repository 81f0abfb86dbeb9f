"""Levels that are another column's, or another scale's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from karier_reco.checking.plausibility.sound import Sound
from karier_reco.tables import TABLES

FEW = 30  # rows below which chance makes patterns
MANY = 100  # rows from which a mean level is known to a tenth
PEOPLE_A_DAY = 60  # [assumed] twice what an assessment centre takes in a day
STANDARDS = 100  # [assumed] nine of everybody and a dozen technical ones are usual for a role

GROUP = 5  # people of one role assessed in one competency: five sane levels are equal in one group of ten or less
GROUPS = 10
CONSTANT = 0.9  # share of groups with one level only: near 0 where people were assessed, 1 where a standard was copied
LEVELS_ABOVE = 1.0  # assessed less standard, on average; sane cities lie between -1.5 and 0.5 (simulated in the tests)
NARROW = 3  # a scale that ends here or below, while the other table's goes to 4 or 5
BEYOND = 0.2  # share of people two levels above every standard: no agency asks of all so much less than they show


@dataclass(frozen=True)
class Pairs:
    """Assessments beside the standard of the same role and competency: their levels, and the number of their group."""

    assessed: NDArray[np.int64]
    standard: NDArray[np.int64]
    group: NDArray[np.int64]

    @classmethod
    def of(cls, employees: pd.DataFrame, standards: pd.DataFrame, assessments: pd.DataFrame) -> Self:
        roles, competencies = pd.Index(standards["role_id"].unique()), pd.Index(standards["competency_id"].unique())
        wanted = np.zeros((len(roles), len(competencies)), dtype=np.int64)
        places = roles.get_indexer(standards["role_id"]), competencies.get_indexer(standards["competency_id"])
        wanted[places] = standards["level"].to_numpy(dtype=np.int64)
        people = employees.drop_duplicates("employee_id")
        person = pd.Index(people["employee_id"]).get_indexer(assessments["employee_id"])
        role = roles.get_indexer(people["role_id"])[person]
        competency = competencies.get_indexer(assessments["competency_id"])
        known = (person >= 0) & (role >= 0) & (competency >= 0) & (wanted[role, competency] > 0)
        group = role * len(competencies) + competency
        assessed = assessments["level"].to_numpy(dtype=np.int64)
        return cls(assessed[known], wanted[role, competency][known], group[known])

    def levels_above(self) -> float:
        """Return by how many levels the assessed stand above their standard, on average."""
        return float((self.assessed - self.standard).mean()) if len(self.assessed) else 0.0

    def constant(self) -> tuple[int, int]:
        """Return how many groups of several people have one level only, and how many such groups there are."""
        groups = pd.Series(self.assessed).groupby(self.group).agg(["size", "min", "max"])
        groups = groups[groups["size"] >= GROUP]
        return int((groups["min"] == groups["max"]).sum()), len(groups)


def check_levels(sound: Sound) -> None:
    """Warn of levels that look swapped, copied, made up, or of another scale."""
    for table, column in (("standards", "level"), ("assessments", "level"), ("outcomes", "exit_level")):
        _check_bounds(sound, table, column)
    standards = sound("standards", "role_id", "competency_id", "level")
    assessments = sound("assessments", "employee_id", "competency_id", "level")
    if assessments is not None:
        _check_assessments(sound, assessments)
    if standards is not None:
        sizes = standards.groupby("role_id")["level"].transform("size")
        sound.remark("many_standards", "standards", "role_id", sizes > STANDARDS, most=str(int(sizes.max())))
        _check_outcomes(sound, int(standards["level"].max()))
        if assessments is not None:
            _check_pairs(sound, standards, assessments)


def _check_bounds(sound: Sound, table: str, column: str) -> None:
    """Explain levels that are out of bounds (each is an error of its own) where most of a column is."""
    if table not in sound.drafts or column in sound.drafts[table].lost:
        return
    draft = sound.drafts[table]
    read = draft.frame[column].notna()
    out = (read & draft.bad[column]).sum()
    if out >= GROUP and 2 * out > read.sum():
        levels = draft.frame[column][read]
        low, high = (str(int(bound or 0)) for bound in (TABLES[table][column].minimum, TABLES[table][column].maximum))
        value = f"{int(levels.min())}-{int(levels.max())}"
        counts = {"count": str(int(out)), "total": str(int(read.sum()))}
        sound.whole("levels_out_of_scale", table, column, value, minimum=low, maximum=high, **counts)


def _check_assessments(sound: Sound, assessments: pd.DataFrame) -> None:
    rows, people = len(assessments), assessments["employee_id"].nunique()
    if rows >= FEW and assessments["level"].nunique() == 1:
        sound.whole("one_level", "assessments", "level", str(int(assessments["level"].iloc[0])), count=str(rows))
    dated = sound("assessments", "assessed_on")
    if people >= PEOPLE_A_DAY and dated is not None and dated["assessed_on"].nunique() == 1:
        day = str(dated["assessed_on"].iloc[0].date())
        sound.whole("one_day", "assessments", "assessed_on", day, count=str(rows), people=str(people))
    by = sound("assessments", "source")
    if rows >= FEW and by is not None and (by["source"] == "self").all():
        sound.whole("self_only", "assessments", "source", "self", count=str(rows))


def _check_outcomes(sound: Sound, most: int) -> None:
    """Courses that begin where the highest standard ends close nothing."""
    outcomes = sound("outcomes", "entry_level")
    if outcomes is not None and len(outcomes) >= FEW:
        beyond = outcomes["entry_level"] >= most
        if 2 * beyond.sum() >= len(beyond):
            sound.remark("outcomes_beyond", "outcomes", "entry_level", beyond, most=str(most))


def _check_pairs(sound: Sound, standards: pd.DataFrame, assessments: pd.DataFrame) -> None:
    employees = sound("employees", "employee_id", "role_id")
    if employees is None:
        return
    pairs = Pairs.of(employees, standards, assessments)
    above, (constant, groups) = pairs.levels_above(), pairs.constant()
    if len(pairs.assessed) >= MANY and above >= LEVELS_ABOVE:
        sound.whole("assessed_above", "assessments", "level", f"{above:.1f}", count=str(len(pairs.assessed)))
    if groups >= GROUPS and constant >= CONSTANT * groups and np.unique(pairs.assessed).size > 1:
        sound.whole("assessed_like_standards", "assessments", "level", str(constant), total=str(groups))
    wanted, shown = standards["level"], assessments["level"]
    far = float((shown >= wanted.max() + 2).mean())
    if len(wanted) >= FEW and len(shown) >= MANY and wanted.max() <= NARROW and far >= BEYOND:
        _scales_differ(sound, ("standards", wanted), ("assessments", shown))
    if shown.max() <= NARROW and (pairs.standard > int(shown.max())).sum() >= FEW:
        _scales_differ(sound, ("assessments", shown), ("standards", wanted))


def _scales_differ(sound: Sound, low: tuple[str, pd.Series[int]], high: tuple[str, pd.Series[int]]) -> None:
    (table, levels), (other, others) = low, high
    facts = {"other": sound.drafts[other].source.name, "other_most": str(int(others.max()))}
    counts = {"count": str(int((others > levels.max()).sum())), "total": str(len(others))}
    sound.whole("scales_differ", table, "level", str(int(levels.max())), **facts, **counts)
