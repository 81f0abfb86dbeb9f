"""A tiny plan, worked out by hand, and one whose every text is hostile.

Three people, three sessions. Seat values (step weight x closure 0.7 or 0.5):

====  ====  ==============================  =====  =========
seat  who   session                         value  granted
====  ====  ==============================  =====  =========
0     …005  S1, one seat, Rp1.500.000       1.4    yes
1     …005  S2, e-learning, free            0.5    yes
2     …007  S1                              0.7    S1 is full
3     …007  S3, in house, Rp2.000.000       2.1    yes; opening cost Rp750.000
4     …012  S1                              0.7    S1 is full: waits
====  ====  ==============================  =====  =========

Value 1.4 + 0.5 + 2.1 = 4.0. At a price of 0.7 for the seat of S1 the bound is 0.7 + (0.7 + 0.5) + 2.1 = 4.0: optimal.
Money: fees 1.000.000 + 2.000.000, travel 500.000, opening 750.000: together Rp4.250.000.
"""

# ruff: noqa: E501  # a row of a table stands on one line

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import scipy.sparse as sp

from karier_reco.errors import Problem
from karier_reco.optimiser.allocation import Allocation, Prices
from karier_reco.optimiser.problem import AllocationProblem
from karier_reco.plan import TrainingPlan
from karier_reco.settings import Limits, Settings, as_plain

P1, P2, P3 = "208703122110011005", "208805012110012007", "209011302110011012"
TOTAL, FEE, TRAVEL, OPENING = 4_250_000, 3_000_000, 500_000, 750_000


def frame(columns: str, *rows: tuple[object, ...], dates: str = "", optional: str = "") -> pd.DataFrame:
    """Return a frame with text as str, dates as datetime64[s], optional integers as Int64."""
    made = pd.DataFrame(list(rows), columns=columns.split())
    for name in dates.split():
        made[name] = pd.Series(np.array([d or "NaT" for d in made[name]], dtype="datetime64[s]"))
    for name in optional.split():
        made[name] = made[name].astype("Int64")
    texts = [name for name in made if made[name].dtype == object]
    return made.astype(dict.fromkeys(texts, "str"))


def tiny_problem() -> AllocationProblem:
    """Return the problem of the table above; lines total, fee, travel, in_house, fee/dinkes."""
    cost = [[1_500_000, 1_000_000, 500_000, 0, 1_000_000], [0] * 5, [1_500_000, 1_000_000, 500_000, 0, 0]]
    cost += [[2_000_000, 0, 0, 2_000_000, 0], [1_500_000, 1_000_000, 500_000, 0, 0]]
    gains = [[1.4, 0, 0, 0, 0], [0, 0.5, 0, 0, 0], [0, 0, 0.7, 0, 0], [0, 0, 0, 2.1, 0], [0, 0, 0, 0, 0.7]]
    return AllocationProblem(
        person=np.array([0, 0, 1, 1, 2]),
        session=np.array([0, 1, 0, 2, 0]),
        value=np.zeros(5),
        cost=sp.csr_array(np.array(cost, dtype=np.int64)),
        budget=np.array([5_000_000, 3_000_000, 1_000_000, 3_000_000, 1_500_000]),
        max_seats=np.array([1, 3, 2]),
        hours=np.array([10, 6, 24]),
        min_seats=np.array([0, 0, 1]),
        opening_cost=sp.csr_array(np.array([[0] * 5, [0] * 5, [750_000, 0, 0, 750_000, 0]], dtype=np.int64)),
        max_sessions=np.array([3, 3, 3]),
        max_hours=np.array([999, 999, 24]),
        exclusive=[np.array([0, 2])],
        requires=[(2, np.array([1]))],
        requires_met=np.ones((5, 1), dtype=bool),
        need_gain=sp.csr_array(np.array(gains)),
        need_cap=np.array([2.0, 1.0, 1.0, 3.0, 1.0]),
        names={
            "lines": ["total", "fee", "travel", "in_house", "fee/dinkes"],
            "sessions": ["S1", "S2", "S3"],
            "people": ["…005", "…007", "…012"],
        },
    )


def tiny_allocation() -> Allocation:
    """Return the best allocation with the prices that prove it."""
    prices = Prices(np.zeros(5), np.array([0.7, 0, 0]), np.zeros(3), np.zeros(0), np.zeros(5))
    return Allocation(
        problem=tiny_problem(),
        granted=np.array([True, True, False, True, False]),
        opened=np.array([True, True, True]),
        value=4.0,
        bound=4.0,
        prices=prices,
        status="optimal",
        stopped_by="proof",
        bound_by="prices",
    )


def tiny_plan() -> TrainingPlan:
    """Return the plan of the table above."""
    settings, limits = Settings(agency="Kota Contoh", synthetic=True), Limits(budget=5_000_000)
    return TrainingPlan(
        year=2027,
        as_of=date(2026, 12, 31),
        settings=settings,
        limits=limits,
        people=frame(
            "employee_id name role_id role tier unit_id unit employment grade gender",
            (P1, "Ani Rahma", "AN", "Analis Kepegawaian", "jf_ahli_muda", "dinkes", "Dinas Kesehatan", "PNS", "III/c", "L"),
            (P2, "Budi Santoso", "PW", "Kepala Seksi", "pengawas", "bkpsdm", "BKPSDM", "PNS", "III/d", "P"),
            (P3, "Citra Dewi", "AN", "Analis Kepegawaian", "jf_ahli_muda", "bkpsdm", "BKPSDM", "PPPK", "IX", "L"),
        ),
        courses=frame(
            "course_id title form provider university",
            ("C1", "Lokakarya Pelayanan Publik", "workshop", "LAN", ""),
            ("C2", "Dasar Analisis Data", "e-learning", "LAN", ""),
            ("C3", "Penyusunan Anggaran", "course", "BKPSDM", ""),
        ),
        competencies=frame(
            "competency_id name kind",
            ("M.5", "Pelayanan Publik", "managerial"),
            ("T.1", "Analisis Data", "technical"),
            ("T.2", "Pengelolaan Anggaran", "technical"),
        ),
        gaps=frame(
            "employee_id competency_id purpose role_id standard assessed level gap importance weight basis peers assessed_on stale",
            (P1, "M.5", "current", "AN", 3, 2, 2, 1, 1, 2.0, "assessed", 0, "2026-03-01", False),
            (P1, "T.1", "current", "AN", 2, 1, 1, 1, 2, 1.0, "assessed", 0, "2026-03-01", False),
            (P2, "M.5", "current", "PW", 2, 1, 1, 1, 2, 1.0, "assessed", 0, "2022-03-01", True),
            (P2, "T.2", "current", "PW", 3, 1, 1, 2, 1, 3.0, "assessed", 0, "2026-03-01", False),
            (P3, "M.5", "current", "AN", 3, pd.NA, 2, 1, 1, 1.0, "expected", 1, "", False),
            dates="assessed_on",
            optional="assessed level gap",
        ),
        candidates=frame(
            "employee_id session_id course_id value bonus levels_closed jp starts_on ends_on fee travel account origin score reason",
            (P1, "S1", "C1", 1.4, 0.0, 0.7, 10, "2027-03-01", "2027-03-02", 1_000_000, 500_000, "fee", "recommended", 0.467, "Pelayanan Publik: naik dari level 2 ke 3"),
            (P1, "S2", "C2", 0.5, 0.0, 0.5, 6, "2027-05-03", "2027-05-04", 0, 0, "fee", "recommended", 0.167, "Analisis Data: naik dari level 1 ke 2"),
            (P2, "S1", "C1", 0.7, 0.0, 0.7, 10, "2027-03-01", "2027-03-02", 1_000_000, 500_000, "fee", "recommended", 0.175, "Pelayanan Publik: naik dari level 1 ke 2"),
            (P2, "S3", "C3", 2.1, 0.0, 0.7, 24, "2027-08-02", "2027-08-04", 2_000_000, 0, "in_house", "mandate", 0.525, "Wajib: pejabat baru"),
            (P3, "S1", "C1", 0.7, 0.0, 0.7, 10, "2027-03-01", "2027-03-02", 1_000_000, 500_000, "fee", "recommended", 0.7, "Pelayanan Publik: naik dari level 2 ke 3"),
            dates="starts_on ends_on",
        ),
        closures=frame(
            "employee_id session_id competency_id step closure weight value",
            (P1, "S1", "M.5", 3, 0.7, 2.0, 1.4),
            (P1, "S2", "T.1", 2, 0.5, 1.0, 0.5),
            (P2, "S1", "M.5", 2, 0.7, 1.0, 0.7),
            (P2, "S3", "T.2", 2, 0.7, 3.0, 2.1),
            (P3, "S1", "M.5", 3, 0.7, 1.0, 0.7),
        ),
        granted=np.array([True, True, False, True, False]),
        sessions=frame(
            "session_id course_id title form provider starts_on ends_on place jp account min_seats max_seats fee travel opening_cost seats status cost price",
            ("S1", "C1", "Lokakarya Pelayanan Publik", "workshop", "LAN", "2027-03-01", "2027-03-02", "Batam", 10, "fee", pd.NA, 1, 1_000_000, 500_000, 0, 1, "open", 1_500_000, 0.7),
            ("S2", "C2", "Dasar Analisis Data", "e-learning", "LAN", "2027-05-03", "2027-05-04", "daring", 6, "fee", pd.NA, 3, 0, 0, 0, 1, "open", 0, 0.0),
            ("S3", "C3", "Penyusunan Anggaran", "course", "BKPSDM", "2027-08-02", "2027-08-04", "Tanjungpinang", 24, "in_house", 1, 2, 2_000_000, 0, 750_000, 1, "open", 2_750_000, 0.0),
            dates="starts_on ends_on",
            optional="min_seats max_seats",
        ),
        budgets=frame(
            "budget_id account unit_id unit amount used left price",
            ("fee", "fee", "", "", 3_000_000, 1_000_000, 2_000_000, 0.0),
            ("fee/dinkes", "fee", "dinkes", "Dinas Kesehatan", 1_500_000, 1_000_000, 500_000, 0.0),
            ("in_house", "in_house", "", "", 3_000_000, 2_750_000, 250_000, 2e-7),
            ("total", "any", "", "", 5_000_000, 4_250_000, 750_000, 0.0),
            ("travel", "travel", "", "", 1_000_000, 500_000, 500_000, 0.0),
        ),
        waiting=frame(
            "employee_id session_id course_id value levels_closed jp fee travel limits",
            (P2, "S1", "C1", 0.7, 0.7, 10, 1_000_000, 500_000, "budget[total]; seats[S1]; clash[…007, S3]"),
            (P3, "S1", "C1", 0.7, 0.7, 10, 1_000_000, 500_000, "budget[total]; seats[S1]"),
        ),
        units=frame(
            "unit_id unit people with_gap seated seats jp levels_closed cost waiting",
            ("bkpsdm", "BKPSDM", 2, 2, 1, 1, 24, 0.7, 2_000_000, 2),
            ("dinkes", "Dinas Kesehatan", 1, 1, 1, 2, 16, 1.2, 1_500_000, 0),
        ),
        mandates=frame(
            "mandate_id employee_id course_id importance status limits",
            ("M1", P2, "C3", 1, "granted", ""),
            ("M2", P3, "C3", 1, "deferred", "jp[…012]; budget[in_house]"),
        ),
        left_out=frame("table rows reason", ("budgets", 2, "other_year")),
        problems=(
            Problem("warning", "nip_gender", "employees", "employees.csv row 4, gender", 4, "gender", "P", "employees.csv row 4, gender: tertulis P"),
        ),
        certificate={
            "value": 4.0,
            "bound": 4.0,
            "optimality_gap": 0.0,
            "bound_by": "prices",
            "status": "optimal",
            "stopped_by": "proof",
            "method": "exact",
            "bound_covers": "candidates",
            "year": 2027,
            "as_of": "2026-12-31",
            "prices": {"seats[S1]": 0.7},
            "settings": as_plain(settings),
            "limits": as_plain(limits),
            "versions": {"karier_reco": "0.1.0", "numpy": "2.4.6"},
            "hashes": {"employees": "ab" * 32, "courses": "cd" * 32},
            "synthetic": True,
        },
        allocation=tiny_allocation(),
    )  # fmt: skip


HOSTILE = "=cmd|' /C calc'!A0<script>alert(1)</script>\u202e\x00\x07\",\r\n{{7*7}}{0}&quot; _x0041_ "
"""Formula, DDE, HTML, template, format string, quotes, line ends, null byte, bell, right-to-left override."""


def assert_harmless(html: str) -> None:
    """Hold a page to it that the hostile text stands there as text: escaped, visible, not run."""
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert(1)" in html
    assert "{{7*7}}" in html
    assert not set("\u202e\x00\x07") & set(html)
    assert HOSTILE not in html


def hostile_plan(text: str = HOSTILE) -> TrainingPlan:
    """Return the tiny plan with a hostile text before every text that is no code: names, titles, ids, reasons, limits."""
    plan = tiny_plan()
    codes = "tier employment gender form kind purpose basis account origin status table limits"
    spared = set(codes.split())

    def spoilt(given: pd.DataFrame) -> pd.DataFrame:
        texts = [name for name in given if given[name].dtype == "str" and name not in spared]
        # an empty id says "all units"
        return given.assign(**{n: given[n].map(lambda t: text + t if t else t).astype("str") for n in texts})

    tables = "people courses competencies gaps candidates closures sessions budgets waiting units mandates left_out"
    problem = tiny_problem()
    names = {key: [text + name for name in given] for key, given in problem.names.items()}
    names["people"] = list(problem.names["people"])
    return replace(
        plan,
        **{name: spoilt(getattr(plan, name)) for name in tables.split()},
        settings=replace(plan.settings, agency=text),
        problems=tuple(replace(p, value=text, text=text, place=text, column=text) for p in plan.problems),
        allocation=replace(plan.allocation, problem=_renamed(problem, names)),
    )


def _renamed(problem: AllocationProblem, names: dict[str, list[str]]) -> AllocationProblem:
    given = {name: getattr(problem, name) for name in AllocationProblem.__dataclass_fields__}
    return AllocationProblem(**{**given, "names": names})
