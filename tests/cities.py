"""A small city made by hand, and a plan for it written down by hand: every figure can be checked with a pencil.

Ten people are planned for (an eleventh is excluded), in four units, one below another. Share of a step that a course
closes = completion x effectiveness; the pass rates with ``completion_people = 0`` are K-BUD1 1/2, K-CARE 1, K-OUT 1,
and 3/4 of all four rows for courses without history:

======== ==================== ======= ==========================
K-BUD1   T.1 from 0 to 2      0.35    1/2 x 0.7
K-BUD2   T.1 from 1 to 3      0.525   3/4 x 0.7, after K-BUD1
K-LEAD   M.1 from 1 to 3      0.525   3/4 x 0.7
K-LEADW  M.1 from 0 to 3      0.3     3/4 x 0.4
K-CARE   T.2 from 1 to 3      0.7     1 x 0.7
K-CAREE  T.2 from 0 to 3      0.6     3/4 x 0.8
K-OUT    nothing (rejected)
======== ==================== ======= ==========================

Values of people in the plan, JP up to the target of 20 for PNS at 0.01 each:

====  ================================================================  ======
001   S2 0.525 x 2, S8 0, JP 0.2                                        1.25
002   S1 0.35 x 2 + 0.1, S2 0.525 x 0.5 x 2, JP 0.2                     1.525
003   S1 0.35 x 1, S8 0                                                 0.35
004   S3 0.525 x 6, JP 0.2                                              3.35
005   S3 and S4 (0.525 + 0.3) x 6 + 1, JP 0.2                           6.15
006   S5 0.7 x 6 + 2                                                    6.2
007   S5 0.7 x 6 + 2                                                    6.2
009   S6 and S7 min(1, 0.7 + 0.6) x 6 + 2, JP 0.2                       8.2
====  ================================================================  ======
"""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from karier_reco.dataset import Dataset
from karier_reco.plan import TrainingPlan
from karier_reco.settings import Limits, Settings, as_plain

SEAT = ["employee_id", "session_id"]
YEAR, AS_OF = 2027, date(2026, 12, 31)
VALUE, BOUND = 33.225, 34.0

NIPS = {
    "001": "208701012110012001", "002": "208701022110011002", "003": "208701032110012003", "004": "208701042110011004",
    "005": "208701052110012005", "006": "208701062110011006", "007": "208701072110012007", "008": "208701082110011008",
    "009": "208701092110012009", "010": "208701102110011010", "011": "208701112110012011",
}  # fmt: skip
"""The last three digits of each NIP to the whole of it; the tables below say only the three."""

TEXTS = {
    "units": """
        unit_id,name,parent_id
        KOTA,Kota,
        DINKES,Dinas Kesehatan,KOTA
        PKM,Puskesmas,DINKES
        BKD,Badan Kepegawaian,KOTA
    """,
    "roles": """
        role_id,title,tier,criticality
        CLERK,Pengelola Anggaran,pelaksana,1
        HEAD,Kepala Seksi,pengawas,2
        NURSE,Perawat Terampil,jf_terampil,1
    """,
    "competencies": """
        competency_id,name,kind,priority
        M.1,Integritas,managerial,1
        T.1,Penganggaran,technical,1
        T.2,Asuhan keperawatan,technical,2
    """,
    "standards": """
        role_id,competency_id,level,importance
        CLERK,T.1,2,2
        CLERK,M.1,1,3
        HEAD,M.1,3,1
        HEAD,T.1,3,2
        NURSE,T.2,3,1
        NURSE,M.1,1,2
    """,
    "employees": """
        employee_id,name,role_id,unit_id,employment,next_role_id,grade,gender
        001,Ani,CLERK,BKD,PNS,HEAD,II/c,P
        002,Budi,CLERK,BKD,PNS,,II/c,L
        003,Citra,CLERK,DINKES,CPNS,,II/a,P
        004,Dedi,HEAD,BKD,PNS,,III/c,L
        005,Eka,HEAD,DINKES,PNS,,III/d,P
        006,Fajar,NURSE,PKM,PPPK,,VII,L
        007,Gita,NURSE,PKM,PPPK,,VII,P
        008,Hadi,NURSE,PKM,PNS,HEAD,II/d,L
        009,Intan,NURSE,DINKES,PNS,,II/d,P
        010,Joko,CLERK,DINKES,PPPK_PW,,V,L
        011,Kiki,CLERK,BKD,PNS,,II/b,P
    """,
    "assessments": """
        employee_id,competency_id,assessed_on,level,source
        001,T.1,2026-03-01,1,centre
        001,M.1,2026-03-01,1,centre
        002,T.1,2026-03-01,0,centre
        002,T.1,2027-02-01,2,centre
        002,M.1,2026-03-01,1,centre
        003,M.1,2026-03-01,0,centre
        004,M.1,2026-03-01,2,centre
        004,T.1,2026-03-01,3,centre
        005,M.1,2022-03-01,1,centre
        005,T.1,2026-03-01,1,supervisor
        006,T.2,2026-03-01,2,centre
        006,M.1,2026-03-01,1,centre
        007,T.2,2026-03-01,1,centre
        007,M.1,2026-03-01,1,centre
        008,T.2,2026-03-01,3,centre
        008,M.1,2026-03-01,1,centre
        009,T.2,2025-03-01,1,centre
        009,T.2,2026-03-01,2,centre
        010,M.1,2026-03-01,1,centre
        011,T.1,2026-03-01,2,centre
    """,
    "courses": """
        course_id,title,form,jp,provider,university
        K-BUD1,Dasar penganggaran,workshop,,BPSDM,
        K-BUD2,Penganggaran lanjutan,course,24,BPSDM,
        K-LEAD,Kepemimpinan,managerial,30,BPSDM,Universitas Maritim
        K-LEADW,Lokakarya kepemimpinan,workshop,,BPSDM,
        K-CARE,Asuhan keperawatan,course,20,Poltekkes,
        K-CAREE,Asuhan keperawatan daring,e-learning,,Poltekkes,
        K-OUT,Sosialisasi,outreach,,BKD,
    """,
    "outcomes": """
        course_id,competency_id,entry_level,exit_level,source,confidence
        K-BUD1,T.1,0,2,given,1
        K-BUD2,T.1,1,3,given,1
        K-LEAD,M.1,1,3,given,1
        K-LEADW,M.1,0,3,confirmed,1
        K-CARE,T.2,1,3,given,1
        K-CAREE,T.2,0,3,inferred,0.6
        K-OUT,T.1,0,1,rejected,0.2
    """,
    "sessions": """
        session_id,course_id,starts_on,ends_on,place,min_seats,max_seats,fee,travel,opening_cost,account
        S1,K-BUD1,2027-03-01,2027-03-02,Tanjungpinang,2,3,1000000,0,500000,in_house
        S2,K-BUD2,2027-04-05,2027-04-09,Batam,,2,2000000,1500000,0,fee
        S3,K-LEAD,2027-03-02,2027-03-15,Tanjungpinang,,2,3000000,500000,0,fee
        S4,K-LEADW,2027-06-07,2027-06-08,Tanjungpinang,,,800000,0,0,fee
        S5,K-CARE,2027-05-03,2027-05-07,Batam,1,2,1500000,1000000,0,fee
        S6,K-CARE,2027-09-06,2027-09-10,Batam,1,2,1500000,1000000,0,fee
        S7,K-CAREE,2027-05-04,2027-05-06,daring,,,0,0,0,fee
        S8,K-OUT,2027-03-15,2027-03-15,Tanjungpinang,,2,100000,0,0,fee
        S9,K-BUD1,2026-03-01,2026-03-02,Tanjungpinang,,3,1000000,0,0,in_house
        S10,K-LEADW,2027-07-05,2027-07-06,Tanjungpinang,,,800000,0,0,fee
        S11,K-LEAD,2027-10-04,2027-10-08,Batam,2,,0,200000,200000,fee
    """,
    "budgets": """
        budget_id,account,unit_id,amount,year
        FEE,fee,,16000000,
        FEE-DINKES,fee,DINKES,8400000,2027
        TRAVEL,travel,,7000000,2027
        IN-HOUSE,in_house,,3500000,2027
        ANY-BKD,any,BKD,12000000,
        OLD,any,,1,2026
    """,
    "history": """
        employee_id,course_id,finished_on,jp,passed
        001,K-BUD1,2026-05-05,10,true
        002,K-OUT,2026-06-01,4,true
        007,K-CARE,2020-01-10,20,true
        009,K-BUD1,2023-02-01,0,false
    """,
    "effectiveness": """
        course_id,competency_id,effectiveness,low,high,people
        K-LEADW,,0.4,0.2,0.6,12
        K-CAREE,T.2,0.8,0.7,0.9,40
    """,
    "prerequisites": """
        course_id,requires_id
        K-BUD2,K-BUD1
    """,
    "mandates": """
        mandate_id,course_id,tier,role_id,employee_id,importance,reason
        MD1,K-OUT,,CLERK,,1,Surat edaran
        MD2,K-CARE,jf_terampil,,,2,Akreditasi
        MD3,K-LEADW,,,005,3,Calon pejabat
    """,
    "requests": """
        employee_id,course_id,requested_by,requested_on,reason
        002,K-BUD1,supervisor,2026-10-01,Penyusun RKA
    """,
    "decisions": """
        decision_id,employee_id,session_id,decision,reason
        D1,004,S3,lock,Sudah terdaftar
        D2,007,S6,forbid,Cuti
        D3,,S1,hold,Janji kepala dinas
        D4,,S10,cancel,Pengajar berhalangan
    """,
}

GAPS = """
    employee_id,competency_id,purpose,role_id,standard,assessed,level,gap,importance,weight,basis,peers,assessed_on,stale
    001,T.1,current,CLERK,2,1,1,1,2,2,assessed,0,2026-03-01,false
    001,M.1,next,HEAD,3,1,1,2,1,3,assessed,0,2026-03-01,false
    001,T.1,next,HEAD,3,1,1,2,2,2,assessed,0,2026-03-01,false
    002,T.1,current,CLERK,2,0,0,2,2,2,assessed,0,2026-03-01,false
    003,T.1,current,CLERK,2,,0,2,2,1,expected,2,,false
    003,M.1,current,CLERK,1,0,0,1,3,1,assessed,0,2026-03-01,false
    004,M.1,current,HEAD,3,2,2,1,1,6,assessed,0,2026-03-01,false
    005,M.1,current,HEAD,3,1,1,2,1,6,assessed,0,2022-03-01,true
    005,T.1,current,HEAD,3,1,1,2,2,4,assessed,0,2026-03-01,false
    006,T.2,current,NURSE,3,2,2,1,1,6,assessed,0,2026-03-01,false
    007,T.2,current,NURSE,3,1,1,2,1,6,assessed,0,2026-03-01,false
    008,M.1,next,HEAD,3,1,1,2,1,3,assessed,0,2026-03-01,false
    008,T.1,next,HEAD,3,,2,1,2,1,expected,2,,false
    009,T.2,current,NURSE,3,2,2,1,1,6,assessed,0,2026-03-01,false
    009,M.1,current,NURSE,1,,1,0,2,1,expected,3,,false
    010,T.1,current,CLERK,2,,0,2,2,1,expected,2,,false
"""

SEATS = """
    employee_id,session_id,value,bonus,competency_id,step,closure,weight,granted
    001,S2,1.05,0,T.1,2,0.525,2,1
    001,S3,1.575,0,M.1,2,0.525,3,0
    001,S4,0.9,0,M.1,2,0.3,3,0
    001,S8,0,0,,,,,1
    002,S1,0.8,0.1,T.1,1,0.35,2,1
    002,S2,0.525,0,T.1,2,0.2625,2,1
    003,S1,0.35,0,T.1,1,0.35,1,1
    003,S4,0.3,0,M.1,1,0.3,1,0
    003,S8,0,0,,,,,1
    004,S3,3.15,0,M.1,3,0.525,6,1
    004,S4,1.8,0,M.1,3,0.3,6,0
    005,S2,2.1,0,T.1,2,0.525,4,0
    005,S3,3.15,0,M.1,2,0.525,6,1
    005,S4,2.8,1,M.1,2,0.3,6,1
    006,S5,6.2,2,T.2,3,0.7,6,1
    006,S6,6.2,2,T.2,3,0.7,6,0
    006,S7,3.6,0,T.2,3,0.6,6,0
    007,S5,6.2,2,T.2,2,0.7,6,1
    007,S7,3.6,0,T.2,2,0.6,6,0
    008,S11,1.575,0,M.1,2,0.525,3,0
    008,S3,1.575,0,M.1,2,0.525,3,0
    008,S4,0.9,0,M.1,2,0.3,3,0
    008,S5,2,2,,,,,0
    008,S6,2,2,,,,,0
    009,S5,6.2,2,T.2,3,0.7,6,0
    009,S6,6.2,2,T.2,3,0.7,6,1
    009,S7,3.6,0,T.2,3,0.6,6,1
    010,S1,0.35,0,T.1,1,0.35,1,0
    010,S8,0,0,,,,,0
"""
"""Every candidate with the one step it closes; each course of this city teaches one competency."""

SESSIONS = """
    session_id,seats,status,cost
    S1,2,open,2500000
    S2,2,open,7000000
    S3,2,open,7000000
    S4,1,open,800000
    S5,2,open,5000000
    S6,1,open,2500000
    S7,1,open,0
    S8,2,open,200000
    S10,0,cancelled,0
    S11,0,closed,0
"""

BUDGETS = """
    budget_id,account,unit_id,unit,amount,used,left
    FEE,fee,,,16000000,15500000,500000
    FEE-DINKES,fee,DINKES,Dinas Kesehatan,8400000,8400000,0
    TRAVEL,travel,,,7000000,7000000,0
    IN-HOUSE,in_house,,,3500000,2500000,1000000
    ANY-BKD,any,BKD,Badan Kepegawaian,12000000,11600000,400000
    total,any,,,25000000,25000000,0
"""

WAITING = """
    employee_id|session_id|value|levels_closed|limits
    001|S3|1.575|0.525|budget[FEE]; budget[TRAVEL]; budget[ANY-BKD]; budget[total]; budget[away/BKD/2027-W09]; CLASH
    003|S4|0.3|0.3|budget[FEE]; budget[FEE-DINKES]; budget[total]; sessions[…003]
    004|S4|1.8|0.3|budget[FEE]; budget[ANY-BKD]; budget[total]
    005|S2|2.1|0.525|budget[FEE]; budget[FEE-DINKES]; budget[TRAVEL]; budget[total]; seats[S2]; REQUIRES
    006|S7|1.8|0.3|jp[…006]
    007|S7|1.8|0.3|jp[…007]
    008|S11|1.575|0.525|budget[TRAVEL]; budget[total]; min_seats[S11]
    010|S1|0.35|0.35|budget[total]; budget[away/DINKES/2027-W09]
""".replace("CLASH", "budget[away/BKD/2027-W11]; seats[S3]; sessions[…001]; clash[…001, S8]").replace(
    "REQUIRES", "sessions[…005]; requires[…005, S2]"
)

UNITS = """
    unit_id,unit,people,with_gap,seated,seats,jp,levels_closed,cost,waiting
    KOTA,Kota,0,0,0,0,0,0,0,0
    DINKES,Dinas Kesehatan,4,4,3,6,83,2.175,7900000,3
    PKM,Puskesmas,3,3,2,2,40,1.4,5000000,3
    BKD,Badan Kepegawaian,3,3,3,5,92,1.6625,11600000,2
"""

MANDATES = """
    mandate_id,employee_id,course_id,importance,status,limits
    MD1,001,K-OUT,1,granted,
    MD1,002,K-OUT,1,finished,
    MD1,003,K-OUT,1,granted,
    MD1,010,K-OUT,1,deferred,budget[FEE-DINKES]; budget[total]; budget[away/DINKES/2027-W11]; seats[S8]
"""

LEFT_OUT = """
    table,rows,reason
    employees,1,excluded
    sessions,1,other_year
    sessions,1,cancelled
    budgets,1,other_year
    assessments,1,after_as_of
    outcomes,1,rejected
"""

WHOLE = {
    "standard", "gap", "importance", "peers", "seats", "cost", "amount", "used", "left", "people", "with_gap", "seated",
    "jp", "waiting", "rows", "granted",
}  # fmt: skip
MAY_BE_EMPTY = {"assessed", "level", "step"}
NUMBERS = {"weight", "value", "bonus", "closure", "levels_closed"}


def settings(**changes: Any) -> Settings:
    """The city's settings: one person is left out, readiness halves with every level, pass rates are unmixed."""
    given = {"synthetic": True, "kappa": 0.5, "completion_people": 0.0, "exclude": {"employee_id": (NIPS["011"],)}}
    return Settings(**(given | changes))


def limits(**changes: Any) -> Limits:
    """The city's limits, one of each kind."""
    given = {"budget": 25_000_000, "max_sessions": 2, "away_share": 0.67, "floors": {"gender": {"P": 20.0}}}
    return Limits(**(given | changes))


def frames() -> dict[str, pd.DataFrame]:
    """The tables of the city, every cell as text."""
    return {name: _text_frame(text) for name, text in TEXTS.items()}


@cache
def _city() -> Dataset:
    return Dataset.from_frames(frames(), settings())


def city(**tables: pd.DataFrame) -> Dataset:
    """The city as a data set; a table that is given takes the place of its own."""
    return Dataset.from_frames(frames() | tables, settings()) if tables else _city()


def plan_by_hand(data: Dataset | None = None, **parts: Any) -> TrainingPlan:
    """The plan of the city, no line of it made by the library; a part that is given takes the place of its own."""
    data = city() if data is None else data
    seats = _sheet(SEATS)
    candidates, closures = _candidates(seats, data), _closures(seats)
    people = data.people.merge(data["roles"], on="role_id").rename(columns={"title": "role"})
    people = people.merge(data["units"].rename(columns={"name": "unit"}), on="unit_id").sort_values("employee_id")
    sheets: dict[str, Any] = {
        "people": people[["employee_id", "name", "role_id", "role", "tier", "unit_id", "unit", "employment", "grade",
                          "gender"]].reset_index(drop=True),
        "courses": data["courses"][["course_id", "title", "form", "provider", "university"]],
        "competencies": data["competencies"][["competency_id", "name", "kind"]],
        "gaps": _sheet(GAPS),
        "candidates": candidates,
        "closures": closures,
        "granted": seats["granted"].to_numpy() == 1,
        "sessions": _sessions(data),
        "budgets": _sheet(BUDGETS).assign(price=0.0),
        "waiting": _sheet(WAITING).merge(candidates[[*SEAT, "course_id", "jp", "fee", "travel"]], on=SEAT),
        "units": _sheet(UNITS),
        "mandates": _sheet(MANDATES),
        "left_out": _sheet(LEFT_OUT),
        "problems": data.problems,
        "certificate": certificate(data),
        "allocation": None,
    }  # fmt: skip
    fixed = {"year": YEAR, "as_of": AS_OF, "settings": data.settings, "limits": limits()}
    return TrainingPlan(**(fixed | sheets | parts))


def certificate(data: Dataset, **changes: Any) -> dict[str, Any]:
    """What the plan says of itself."""
    given = {
        "value": VALUE, "bound": BOUND, "optimality_gap": (BOUND - VALUE) / BOUND, "bound_by": "highs",
        "status": "feasible", "stopped_by": "gap", "method": "exact", "prices": {},
        "settings": as_plain(data.settings), "limits": as_plain(limits()), "versions": {}, "hashes": dict(data.hashes),
        "year": YEAR, "as_of": "2026-12-31", "synthetic": True,
    }  # fmt: skip
    return given | changes


def _candidates(seats: pd.DataFrame, data: Dataset) -> pd.DataFrame:
    facts = data["sessions"][["session_id", "course_id", "starts_on", "ends_on", "fee", "travel", "account"]]
    rows = seats[[*SEAT, "value", "bonus", "closure"]].merge(facts, on="session_id", how="left")
    # Two days of workshop are 10 JP, three of e-learning 9, one of outreach 4; the other courses say their own.
    credited = {"S1": 10, "S2": 24, "S3": 30, "S4": 10, "S5": 20, "S6": 20, "S7": 9, "S8": 4, "S11": 30}
    rows["jp"] = [credited[session] for session in rows["session_id"]]
    rows["levels_closed"] = rows["closure"].fillna(0.0)
    rows["origin"], rows["score"], rows["reason"] = "recommended", 0.0, ""
    return rows[[*SEAT, "course_id", "value", "bonus", "levels_closed", "jp", "starts_on", "ends_on", "fee", "travel",
                 "account", "origin", "score", "reason"]]  # fmt: skip


def _closures(seats: pd.DataFrame) -> pd.DataFrame:
    rows = seats[seats["competency_id"] != ""].reset_index(drop=True)
    rows["value"] = rows["weight"] * rows["closure"]
    rows["step"] = rows["step"].astype("int64")
    return rows[[*SEAT, "competency_id", "step", "closure", "weight", "value"]]


def _sessions(data: Dataset) -> pd.DataFrame:
    facts = data["sessions"].merge(data["courses"][["course_id", "title", "form", "provider"]], on="course_id")
    rows = _sheet(SESSIONS).merge(facts, on="session_id", how="left")
    rows["jp"] = [10, 24, 30, 10, 20, 20, 9, 4, 10, 30]
    rows["price"] = 0.0
    return rows[["session_id", "course_id", "title", "form", "provider", "starts_on", "ends_on", "place", "jp",
                 "account", "min_seats", "max_seats", "fee", "travel", "opening_cost", "seats", "status", "cost",
                 "price"]]  # fmt: skip


def _text_frame(text: str) -> pd.DataFrame:
    lines = [
        [cell.strip() for cell in line.split("," if "|" not in line else "|")] for line in text.strip().splitlines()
    ]
    frame = pd.DataFrame(lines[1:], columns=lines[0], dtype="str")
    if "employee_id" in frame:
        frame["employee_id"] = frame["employee_id"].replace(NIPS)
    return frame


def _sheet(text: str) -> pd.DataFrame:
    frame = _text_frame(text)
    for column in frame.columns:
        cells = frame[column]
        if column == "assessed_on":
            frame[column] = pd.to_datetime(cells.where(cells != "", None)).astype("datetime64[s]")
        elif column == "stale":
            frame[column] = cells == "true"
        elif column in MAY_BE_EMPTY:
            frame[column] = pd.to_numeric(cells.where(cells != "", None)).astype("Int64")
        elif column in WHOLE:
            frame[column] = cells.astype("int64")
        elif column in NUMBERS:
            frame[column] = pd.to_numeric(cells.where(cells != "", None)).astype("float64")
    return frame


def row_of(frame: pd.DataFrame, **cells: str) -> int:
    """The position of the one row that has these cells; people by their three digits."""
    mask = np.ones(len(frame), dtype=bool)
    for column, cell in cells.items():
        mask &= (frame[column] == (NIPS[cell] if column == "employee_id" else cell)).to_numpy()
    (at,) = np.flatnonzero(mask)
    return int(at)
