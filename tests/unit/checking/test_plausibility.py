"""What no rule forbids and hardly any agency means: each kind planted in a sane agency, each with a near miss."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import karier_reco as kr
from karier_reco.checking import problem_text
from karier_reco.checking.plausibility.levels import CONSTANT, LEVELS_ABOVE, Pairs
from karier_reco.dataset import Dataset
from karier_reco.errors import DataError, Problem
from karier_reco.settings import Settings
from tests.cities import city

ROOT = Path(__file__).parents[3]
PEOPLE, ROLES, COMPETENCIES = 240, 8, 6
Frames = dict[str, pd.DataFrame]


def sane(seed: int = 0) -> Frames:
    """An agency of 240 people in 8 roles, assessed in 6 competencies about half a level below their standards."""
    rng = np.random.default_rng(seed)
    people, roles, competencies = (
        [f"{letter}{number:03}" for number in range(count)]
        for letter, count in (("E", PEOPLE), ("R", ROLES), ("K", COMPETENCIES))
    )
    person, competency = np.divmod(np.arange(PEOPLE * COMPETENCIES), COMPETENCIES)
    wanted = rng.integers(2, 6, (ROLES, COMPETENCIES))
    wanted[0] = 5  # else another seed might not have the levels that the faults below take away
    role = np.arange(PEOPLE) % ROLES
    shown = wanted[role[person], competency] + rng.choice([-2, -1, 0, 1], len(person), p=[0.2, 0.3, 0.35, 0.15])
    starts = pd.to_datetime([f"2027-{month:02}-{day:02}" for month in range(1, 13) for day in (11, 19)])
    titles = ["Anggaran", "Arsip", "Data dasar", "Data lanjutan", "Layanan I", "Layanan II", "Audit", "Hukum"]
    forms = ["course", "guidance", "course", "course", "seminar", "workshop", "e-learning", "structural"]
    jp = [24, 16, 24, 20, 8, 10, 5, 24]
    return {
        "employees": pd.DataFrame(
            {
                "employee_id": people,
                "role_id": [roles[k] for k in role],
                "unit_id": [f"U{k % 4}" for k in range(PEOPLE)],
                "employment": "PNS",
            }
        ),
        "units": pd.DataFrame({"unit_id": ["U0", "U1", "U2", "U3"], "name": "x", "parent_id": ["", "U0", "U0", "U2"]}),
        "roles": pd.DataFrame({"role_id": roles, "title": "x", "tier": "pelaksana"}),
        "competencies": pd.DataFrame({"competency_id": competencies, "name": "x", "kind": "technical"}),
        "standards": pd.DataFrame(
            {
                "role_id": np.repeat(roles, COMPETENCIES),
                "competency_id": competencies * ROLES,
                "level": wanted.ravel(),
            }
        ),
        "assessments": pd.DataFrame(
            {
                "employee_id": [people[k] for k in person],
                "competency_id": [competencies[k] for k in competency],
                "assessed_on": np.where(person % 2, "2026-03-02", "2026-03-09"),
                "level": shown.clip(0, 5),
                "source": np.where(person % 5, "supervisor", "self"),
            }
        ),
        "courses": pd.DataFrame(
            {"course_id": [f"C{k}" for k in range(8)], "title": titles, "form": forms, "jp": jp, "provider": "LAN"}
        ),
        "outcomes": pd.DataFrame(
            {
                "course_id": np.repeat([f"C{k}" for k in range(8)], COMPETENCIES),
                "competency_id": competencies * 8,
                "entry_level": np.arange(48) % 4,
                "exit_level": np.arange(48) % 4 + 1,
                "source": "given",
            }
        ),
        "sessions": pd.DataFrame(
            {
                "session_id": [f"S{k:02}" for k in range(24)],
                "course_id": [f"C{k % 8}" for k in range(24)],
                "starts_on": starts,
                "ends_on": starts + pd.to_timedelta([1 if k % 8 < 7 else 2 for k in range(24)], unit="D"),
                "place": "Batam",
                "min_seats": 10,
                "fee": 1_000_000,
                "travel": 500_000,
                "opening_cost": 12_000_000,
            }
        ),
        "budgets": pd.DataFrame(
            {
                "budget_id": ["FEE", "FEE-U2", "TRAVEL"],
                "account": ["fee", "fee", "travel"],
                "unit_id": ["", "U2", ""],
                "amount": [200_000_000, 50_000_000, 60_000_000],
                "year": 2027,
            }
        ),
    }


def problems(frames: Frames, **settings: Any) -> tuple[Problem, ...]:
    try:
        return Dataset.from_frames(frames, Settings(**settings)).problems
    except DataError as error:
        return error.problems


@pytest.mark.parametrize("seed", range(3))
def test_a_sane_agency_has_no_warning(seed: int) -> None:
    """Else the faults below would prove nothing."""
    assert problems(sane(seed)) == ()


@pytest.mark.parametrize(
    "data",
    [lambda: kr.load(ROOT / "datasets/tanjungpinang"), lambda: kr.load_example(), city],
    ids=["demo", "example", "by hand"],
)
def test_the_sets_that_we_ship_have_no_warning(data: Callable[[], Dataset]) -> None:
    """The demo city, the example and the city made by hand are sane."""
    assert data().problems == ()


# ------------------------------------------------------------------------------------------------ planted faults


def each(table: str, column: str, change: Callable[[pd.Series], Any]) -> Callable[[Frames], None]:
    """Change a whole column."""

    def plant(frames: Frames) -> None:
        frames[table][column] = change(frames[table][column])

    return plant


def rows(table: str, column: str, value: Any, count: int = 1) -> Callable[[Frames], None]:
    """Write a value into the first rows."""

    def plant(frames: Frames) -> None:
        frames[table] = frames[table].astype({column: object})
        frames[table].loc[: count - 1, column] = value

    return plant


def levels_of_standard(frames: Frames) -> None:
    """The assessed column holds the standard, and the standards what somebody showed."""
    wanted = frames["standards"].merge(frames["employees"], on="role_id")[["employee_id", "competency_id", "level"]]
    shown = (
        frames["assessments"].merge(frames["employees"], on="employee_id").drop_duplicates(["role_id", "competency_id"])
    )
    lower = frames["standards"].drop(columns="level").merge(shown[["role_id", "competency_id", "level"]])
    frames["assessments"] = frames["assessments"].drop(columns="level").merge(wanted)
    frames["standards"] = lower.assign(level=lower["level"].clip(lower=1))


def narrow_standards(frames: Frames) -> None:
    frames["standards"]["level"] = frames["standards"]["level"].clip(upper=2)
    frames["outcomes"] = frames["outcomes"].head(0)


def narrow_assessments(frames: Frames) -> None:
    frames["assessments"]["level"] = (frames["assessments"]["level"] * 3 / 5).astype(int)


def a_hundred_standards(count: int) -> Callable[[Frames], None]:
    def plant(frames: Frames) -> None:
        more = [f"X{k}" for k in range(count - COMPETENCIES)]
        kinds = pd.DataFrame({"competency_id": more, "name": "x", "kind": "technical"})
        wanted = pd.DataFrame({"role_id": "R000", "competency_id": more, "level": 3})
        frames["competencies"] = pd.concat([frames["competencies"], kinds], ignore_index=True)
        frames["standards"] = pd.concat([frames["standards"], wanted], ignore_index=True)

    return plant


def another_course(**cells: Any) -> Callable[[Frames], None]:
    def plant(frames: Frames) -> None:
        row = {"course_id": "C9", "form": "course", "jp": 24, "provider": "LAN"} | cells
        frames["courses"] = pd.concat([frames["courses"], pd.DataFrame([row])], ignore_index=True)

    return plant


def course(number: int, **cells: Any) -> Callable[[Frames], None]:
    def plant(frames: Frames) -> None:
        frames["courses"].loc[number, list(cells)] = list(cells.values())

    return plant


def without_lines(*names: str) -> Callable[[Frames], None]:
    def plant(frames: Frames) -> None:
        frames["budgets"] = frames["budgets"][~frames["budgets"]["budget_id"].isin(names)]

    return plant


def all_of(*plants: Callable[[Frames], None]) -> Callable[[Frames], None]:
    def plant(frames: Frames) -> None:
        for one in plants:
            one(frames)

    return plant


def starts(days: list[str]) -> Callable[[Frames], None]:
    def plant(frames: Frames) -> None:
        frames["sessions"] = frames["sessions"].head(len(days))
        frames["sessions"]["starts_on"] = frames["sessions"]["ends_on"] = pd.to_datetime(days)
        frames["courses"]["jp"] = [12, 12, 12, 12, 4, 5, 3, 12]

    return plant


SATURDAYS = [
    f"2027-{month:02}-{day:02}" for month, day in zip(range(1, 11), (2, 6, 6, 3, 1, 5, 3, 7, 4, 2), strict=True)
]

PLANTED = [
    (
        each("assessments", "level", lambda level: level * 20 + 3),
        "levels_out_of_scale",
        "assessments, level: got values 3-103",
    ),
    (each("standards", "level", lambda level: level + 4), "levels_out_of_scale", "standards, level: got values 6-9"),
    (
        all_of(
            each("standards", "level", lambda level: level.mod(3) + 1),
            each("assessments", "level", lambda level: 5 - level.mod(2)),
        ),
        "assessed_above",
        "assessments, level: got levels that stand 2",
    ),
    (levels_of_standard, "assessed_like_standards", "assessments, level: got one level for everybody in 48 of 48"),
    (narrow_standards, "scales_differ", "standards, level: got levels up to 2, while "),
    (narrow_assessments, "scales_differ", "assessments, level: got levels up to 3, while "),
    (
        all_of(
            each("standards", "level", lambda level: level.clip(upper=3)),
            each("assessments", "level", lambda level: level.clip(upper=3)),
            each("outcomes", "entry_level", lambda level: level % 2 + 3),
            each("outcomes", "exit_level", lambda level: 5),
        ),
        "outcomes_beyond",
        "outcomes[0], entry_level: got '3', and 48 of 48 outcomes begin at the highest standard (3)",
    ),
    (each("assessments", "level", lambda level: 3), "one_level", "assessments, level: got level 3 in all 1440"),
    (
        each("assessments", "assessed_on", lambda day: "2026-05-04"),
        "one_day",
        "got 2026-05-04 in all 1440 assessments of 240",
    ),
    (each("assessments", "source", lambda source: "self"), "self_only", "assessments, source: got self in all 1440"),
    (
        a_hundred_standards(101),
        "many_standards",
        "standards[0], role_id: got 'R000', of a role with up to 101 standards",
    ),
    (
        each("sessions", "fee", lambda fee: fee // 1_000),
        "money_small",
        "sessions[0], fee: got '1000', one of 24 amounts (of 24)",
    ),
    (
        each("sessions", "travel", lambda travel: travel // 1_000),
        "money_small",
        "sessions[0], travel: got '500', one of 24",
    ),
    (
        each("sessions", "opening_cost", lambda cost: cost // 1_000),
        "money_small",
        "opening_cost: got '12000', one of 24",
    ),
    (
        each("budgets", "amount", lambda amount: amount // 1_000),
        "money_small",
        "budgets[0], amount: got '200000', one of 3",
    ),
    (
        each("budgets", "amount", lambda amount: amount // 1_000),
        "line_below_seat",
        "'200000', one of 3 lines that cannot",
    ),
    (
        each("budgets", "amount", lambda amount: amount // 200),
        "budget_few_seats",
        "got 1550000 rupiah in all, which pays 1 seats",
    ),
    (without_lines("FEE"), "unit_without_line", "no line on account fee for 2 units with 120 employees ('U0', 'U1')"),
    (without_lines("TRAVEL"), "unit_without_line", "no line on account travel for 4 units with 240 employees"),
    (
        starts([f"2027-05-{day:02}" for day in (3, 4, 5, 6, 7, 10, 11, 12, 13, 14)]),
        "one_month",
        "got 2027-05 for all 10",
    ),
    (starts(SATURDAYS), "weekends_only", "got 10 sessions that all begin on a Saturday or Sunday"),
    (
        each("budgets", "year", lambda year: 2026),
        "outside_budget_year",
        "sessions[0], starts_on: got '2027-01-11', one of 24",
    ),
    (course(0, jp=40), "jp_unlikely", "courses[0], jp: got '40' JP, one of 1 courses; expected ≤ 24 by form course"),
    (
        course(4, jp=4),
        "jp_unlikely",
        "courses[4], jp: got '4' JP, one of 1 courses; expected = 8 by form seminar and session",
    ),
    (course(6, jp=7), "jp_unlikely", "courses[6], jp: got '7' JP, one of 1 courses; expected ≤ 6 by form e-learning"),
    (another_course(title="ANGGARAN"), "courses_alike", "courses[0], title: got 'Anggaran', one of 2 courses whose"),
    (
        all_of(another_course(title="Pengelolaan keuangan daerah"), course(0, title="Pengelolaan keuangan daaerah")),
        "courses_alike",
        "but row 8 is very much like it",
    ),
    (
        rows("sessions", "min_seats", 241, 2),
        "class_above_people",
        "sessions[0], min_seats: got '241', one of 2 sessions",
    ),
]


@pytest.mark.parametrize(("plant", "kind", "says"), PLANTED)
def test_a_fault_of_the_whole_is_a_warning(plant: Callable[[Frames], None], kind: str, says: str) -> None:
    """Each fault is said once, in its column, with counts and what to do; both languages are complete."""
    frames = sane()
    plant(frames)
    seen = [problem for problem in problems(frames) if problem.kind == kind]
    assert len(seen) == 1, [str(problem) for problem in problems(frames)]
    assert seen[0].severity == "warning"
    assert says in seen[0].text
    assert problem_text(seen[0], "id") != seen[0].text


NEAR_MISSES = {
    "a few levels off the scale are errors alone": rows("assessments", "level", 80, 100),
    "people above their standards": each("assessments", "level", lambda level: (level + 1).clip(upper=5)),
    "people above the highest standard": each("standards", "level", lambda level: level.clip(upper=3)),
    "standards up to 4": each("standards", "level", lambda level: level.clip(upper=4)),
    "courses for experts, but not most": each("outcomes", "exit_level", lambda level: 5),
    "one level for nine in ten": each("assessments", "level", lambda level: level.where(level.index % 10 == 0, 3)),
    "a hundred standards": a_hundred_standards(100),
    "eleven fees of 5,000 among twenty-four": rows("sessions", "fee", 5_000, 11),
    "no fee at all": each("sessions", "fee", lambda fee: 0),
    "a closed line": rows("budgets", "amount", 0),
    "a line that cannot pay a seat": each("budgets", "amount", lambda amount: amount.where(amount != 50_000_000, 1)),
    "a poor year": each("budgets", "amount", lambda amount: amount // 20),
    "units under a line of the unit above": all_of(without_lines("FEE"), each("budgets", "unit_id", lambda unit: "U0")),
    "a line for any account": all_of(without_lines("FEE", "FEE-U2"), each("budgets", "account", lambda account: "any")),
    "nine sessions in May": starts([f"2027-05-{day:02}" for day in (3, 4, 5, 6, 7, 10, 11, 12, 13)]),
    "one working day among the Saturdays": starts([*SATURDAYS, "2027-11-08"]),
    "lines for any year": each("budgets", "year", lambda year: ""),
    "twelve JP a day": course(0, jp=24),
    "JP from the form": all_of(course(4, jp=8), course(5, jp=10)),
    "less than the most of e-learning": course(6, jp=1),
    "a series": another_course(title="Layanan III", form="seminar", jp=8),
    "the same title elsewhere": another_course(title="Anggaran", provider="BPSDM"),
    "the same title in another form": another_course(title="Anggaran", form="guidance"),
    "a class of everybody": rows("sessions", "min_seats", 240),
}


@pytest.mark.parametrize("plant", NEAR_MISSES.values(), ids=NEAR_MISSES)
def test_a_near_miss_stays_silent(plant: Callable[[Frames], None]) -> None:
    """What an agency may mean is no finding; errors of single cells are not said a second time."""
    frames = sane()
    plant(frames)
    assert [str(problem) for problem in problems(frames) if problem.kind != "out_of_bounds"] == []


def test_an_error_does_not_hide_what_the_rest_of_its_column_looks_like() -> None:
    """One fee that cannot be read, and all others in thousands: both are said, so that one export mends both."""
    frames = sane()
    frames["sessions"]["fee"] = frames["sessions"]["fee"].floordiv(1_000).astype(object)
    frames["sessions"].loc[5, "fee"] = "gratis"
    assert [problem.kind for problem in problems(frames)] == ["money_small", "not_integer"]


def test_what_may_stand_in_a_row_with_an_error_is_not_called_absent() -> None:
    """The only line of a unit cannot be read: whether the unit has a line is not known, so nothing is said of it."""
    frames = sane()
    frames["budgets"]["amount"] = frames["budgets"]["amount"].astype(object)
    frames["budgets"].loc[0, "amount"] = "banyak"
    assert [problem.kind for problem in problems(frames)] == ["not_integer"]


def test_the_example_is_that_of_the_smallest_key_in_any_order() -> None:
    """Rows turned round: the same session is named, at the place where it stands now."""
    frames = sane()
    frames["sessions"]["min_seats"] = 300
    turned = frames | {"sessions": frames["sessions"][::-1]}
    assert [problem.text for problem in problems(frames)] == [problem.text for problem in problems(turned)]


def test_exclusions_that_concern_nobody_are_named() -> None:
    """A role misspelt would leave its people in the plan; a person is shown by three characters only."""
    frames = sane()
    nip = "198703122010011005"
    exclude = {"role_id": ("R000", "R00O"), "employee_id": (nip,), "unit_id": ("U1",)}
    seen = problems(frames, exclude=exclude)
    assert [(problem.kind, problem.column) for problem in seen] == [
        ("exclude_nobody", "employee_id"),
        ("exclude_nobody", "role_id"),
    ]
    assert "got '…005' in settings.exclude, which nobody has" in seen[0].text
    assert "got 'R00O' in settings.exclude" in seen[1].text
    assert nip not in repr(seen)


def test_excluded_people_fill_no_class() -> None:
    """30 of 240 are excluded with their role: a class of 211 cannot open, one of 210 can."""
    frames = sane()
    frames["sessions"]["min_seats"] = [210, 211] * 12
    seen = problems(frames, exclude={"role_id": ("R000",)})
    assert [(problem.kind, problem.row) for problem in seen] == [("class_above_people", 1)]
    assert "one of 12 sessions" in seen[0].text
    assert "at most 210" in seen[0].text


# ------------------------------------------------------------------------------------------------ the statistic


def simulated(rng: np.random.Generator) -> tuple[float, float]:
    """Draw a sane city and return its two statistics.

    40 to 400 people in 3 to 12 roles and 5 to 15 competencies; how far people stand from their standards on average
    (-1.5 to 0.5 levels) and how much they differ (0.5 to 1.2) is drawn too, and so is the share of careless
    assessors (up to a fifth), who give everybody the standard.
    """
    people, roles, competencies = rng.integers(40, 400), rng.integers(3, 13), rng.integers(5, 16)
    wanted = rng.integers(1, 6, (roles, competencies))
    role = rng.integers(0, roles, people)
    drift, spread, careless = rng.uniform(-1.5, 0.5), rng.uniform(0.5, 1.2), rng.uniform(0, 0.2)
    shown = np.rint(wanted[role] + rng.normal(drift, spread, (people, competencies))).clip(0, 5)
    group = role[:, None] * competencies + np.arange(competencies)
    shown = np.where((rng.random(roles * competencies) < careless)[group], wanted[role], shown)
    pairs = Pairs(shown.astype(np.int64).ravel(), wanted[role].ravel(), group.ravel())
    constant, groups = pairs.constant()
    return pairs.levels_above(), constant / max(groups, 1)


def test_no_sane_city_looks_swapped(full: bool) -> None:
    """No false alarm in 300 simulated cities (3,000 with --full): by the rule of three fewer than 1 in 100 (1,000)."""
    rng = np.random.default_rng(20270101)
    drawn = [simulated(rng) for _ in range(3_000 if full else 300)]
    assert max(above for above, _ in drawn) < LEVELS_ABOVE
    assert max(constant for _, constant in drawn) < CONSTANT


def test_the_statistic_by_hand() -> None:
    """Two groups of five: one all at 3 against a standard of 2, one at 1 to 5 against 4. (5 x 1 - 5) / 10 = 0."""
    pairs = Pairs(np.array([3] * 5 + [1, 2, 3, 4, 5]), np.array([2] * 5 + [4] * 5), np.repeat([0, 1], 5))
    assert pairs.levels_above() == 0.0
    assert pairs.constant() == (1, 2)


def test_standards_and_people_meet_by_their_ids() -> None:
    """Of four assessments one is of a competency without a standard, one of a person whose role has none."""
    employees = pd.DataFrame({"employee_id": ["E1", "E2", "E3"], "role_id": ["A", "B", "A"]})
    standards = pd.DataFrame({"role_id": ["A"], "competency_id": ["K1"], "level": [3]})
    assessments = pd.DataFrame(
        {"employee_id": ["E1", "E2", "E3", "E1"], "competency_id": ["K1", "K1", "K1", "K2"], "level": [1, 2, 4, 5]}
    )
    pairs = Pairs.of(employees, standards, assessments)
    assert pairs.assessed.tolist() == [1, 4]
    assert pairs.standard.tolist() == [3, 3]
