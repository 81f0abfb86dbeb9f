"""The audit lets a true plan pass and catches every corrupted one, naming the rule."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest

from karier_reco.auditing import CHECKS, audit
from karier_reco.auditing.facts import Facts
from karier_reco.dataset import Dataset
from karier_reco.errors import VerificationError
from karier_reco.pipeline import make_plan
from karier_reco.plan import TrainingPlan
from karier_reco.settings import as_plain
from karier_reco.tables import TABLES
from tests.cities import NIPS, VALUE, YEAR, certificate, city, frames, limits, plan_by_hand, row_of, settings

Pair = tuple[TrainingPlan, Dataset]
Change = Callable[[TrainingPlan, Dataset], Pair]

# ------------------------------------------------------------------------------------------------ ways to corrupt


def mask(*granted: tuple[str, str], revoked: tuple[tuple[str, str], ...] = ()) -> Change:
    """Grant and revoke seats without telling anybody."""

    def change(plan: TrainingPlan, data: Dataset) -> Pair:
        seats = plan.granted.copy()
        for given, pairs in ((True, granted), (False, revoked)):
            for person, session in pairs:
                seats[row_of(plan.candidates, employee_id=person, session_id=session)] = given
        return replace(plan, granted=seats), data

    return change


def cell(sheet: str, column: str, value: Any, **key: str) -> Change:
    """Write another value into one cell of a sheet."""

    def change(plan: TrainingPlan, data: Dataset) -> Pair:
        frame = getattr(plan, sheet).copy()
        frame.loc[row_of(frame, **key), column] = NIPS.get(value, value) if column == "employee_id" else value
        return replace(plan, **{sheet: frame}), data

    return change


def without(sheet: str, **key: str) -> Change:
    """Take one row out of a sheet."""

    def change(plan: TrainingPlan, data: Dataset) -> Pair:
        frame = getattr(plan, sheet)
        return replace(plan, **{sheet: frame.drop(index=row_of(frame, **key)).reset_index(drop=True)}), data

    return change


def extra(sheet: str, like: dict[str, str], **cells: Any) -> Change:
    """Put one more row into a sheet, like another but for some cells."""

    def change(plan: TrainingPlan, data: Dataset) -> Pair:
        frame = getattr(plan, sheet)
        row = frame.iloc[[row_of(frame, **like)]].assign(**cells).astype(frame.dtypes.to_dict())
        parts: dict[str, Any] = {sheet: pd.concat([frame, row], ignore_index=True)}
        if sheet == "candidates":
            parts["granted"] = np.append(plan.granted, True)
        return replace(plan, **parts), data

    return change


def limit(**changes: Any) -> Change:
    """Hold the plan to other limits than it was made for."""
    return lambda plan, data: (replace(plan, limits=limits(**changes)), data)


def certified(**changes: Any) -> Change:
    """Let the certificate say something else."""
    return lambda plan, data: (replace(plan, certificate=certificate(data, **changes)), data)


def tables(name: str, column: str = "", value: str = "", drop: bool = False, add: str = "", **key: str) -> Change:
    """Hold the plan to other tables than it was made from: a cell changed, a row dropped or added."""

    def change(plan: TrainingPlan, data: Dataset) -> Pair:
        given = frames()
        frame = given.get(name, pd.DataFrame(columns=[column.name for column in _columns(name)], dtype="str"))
        if drop:
            frame = frame.drop(index=row_of(frame, **key))
        elif add:
            cells = [NIPS.get(part, part) for part in add.split(",")]
            frame = pd.concat([frame, pd.DataFrame([cells], columns=frame.columns)], ignore_index=True)
        else:
            frame.loc[row_of(frame, **key), column] = value
        return plan, city(**{name: frame})

    return change


def moved(session_id: str, starts_on: str, ends_on: str) -> Change:
    """Hold the plan to tables in which a session is on other days."""

    def change(plan: TrainingPlan, data: Dataset) -> Pair:
        sessions = frames()["sessions"]
        sessions.loc[row_of(sessions, session_id=session_id), ["starts_on", "ends_on"]] = [starts_on, ends_on]
        return plan, city(sessions=sessions)

    return change


def both(*changes: Change) -> Change:
    """Do one change after the other."""

    def change(plan: TrainingPlan, data: Dataset) -> Pair:
        for one in changes:
            plan, data = one(plan, data)
        return plan, data

    return change


def _columns(name: str) -> Any:
    return [column for column in TABLES[name] if column.name not in ("fee", "travel")]


def _mask(make: Callable[[Any], Any]) -> Change:
    return lambda plan, data: (replace(plan, granted=make(plan.granted)), data)


def _person_moved(plan: TrainingPlan, data: Dataset) -> Pair:
    candidates = plan.candidates.copy()
    candidates.loc[row_of(candidates, employee_id="002", session_id="S1"), "employee_id"] = "208712312110011999"
    return replace(plan, candidates=candidates), data


def _other_settings(plan: TrainingPlan, data: Dataset) -> Pair:
    return replace(plan, settings=replace(data.settings, kappa=0.6)), data


NEVER = pd.Timestamp("2027-04-06")

# ------------------------------------------------------------------------------------------------ kinds of corruption

CASES: dict[str, tuple[Change, str]] = {
    # seats
    "one seat over": (mask(("010", "S8")), "enrolments, S8: got 3 seats; expected at most 2"),
    "below the minimum class": (mask(revoked=(("003", "S1"),)), "enrolments, S1: got 1 seats; expected at least 2"),
    "unknown person": (_person_moved, "candidates, …999: got an employee_id that is not in employees"),
    "excluded person": (
        cell("candidates", "employee_id", "011", employee_id="002", session_id="S1"),
        "candidates, …011: got an employee that the settings exclude",
    ),
    "unknown session": (
        cell("candidates", "session_id", "S99", employee_id="002", session_id="S1"),
        "candidates, S99: got a session_id that is not in sessions",
    ),
    "wrong course": (
        cell("candidates", "course_id", "K-BUD2", employee_id="010", session_id="S1"),
        "candidates, S1: got course K-BUD2; expected K-BUD1",
    ),
    "duplicate seat": (
        extra("candidates", {"employee_id": "009", "session_id": "S7"}),
        "candidates, …009 in S7: got 2 rows; expected one",
    ),
    "forged fee": (
        cell("candidates", "fee", 1, employee_id="001", session_id="S2"),
        "candidates, …001 in S2, fee: got 1; expected 2000000",
    ),
    "forged travel": (
        cell("candidates", "travel", 1_499_999, employee_id="001", session_id="S2"),
        "candidates, …001 in S2, travel: got 1499999; expected 1500000",
    ),
    "forged account": (
        cell("candidates", "account", "scholarship", employee_id="001", session_id="S2"),
        "candidates, …001 in S2, account: got scholarship; expected fee",
    ),
    "forged jp of the form": (
        cell("candidates", "jp", 11, employee_id="002", session_id="S1"),
        "candidates, …002 in S1, jp: got 11; expected 10",
    ),
    "forged start": (
        cell("candidates", "starts_on", NEVER, employee_id="001", session_id="S2"),
        "candidates, …001 in S2, starts_on: got 2027-04-06; expected 2027-04-05",
    ),
    "forged end": (
        cell("candidates", "ends_on", NEVER, employee_id="001", session_id="S2"),
        "candidates, …001 in S2, ends_on: got 2027-04-06; expected 2027-04-09",
    ),
    "wrong year": (
        moved("S4", "2028-06-07", "2028-06-08"),
        "enrolments, S4: got a start on 2028-06-07; expected a day of 2027",
    ),
    "already begun": (
        lambda plan, data: (replace(plan, as_of=pd.Timestamp("2027-03-01").date()), data),
        "enrolments, S1: got a start on 2027-03-01; expected a day of 2027 after 2027-03-01",
    ),
    "cancelled session": (
        tables("decisions", add="D9,,S4,cancel,Batal"),
        "enrolments, S4: got 1 seats in a session that was cancelled",
    ),
    "held session empty": (
        mask(revoked=(("002", "S1"), ("003", "S1"))),
        "enrolments, S1: got no seat in a session that is held",
    ),
    "lock not granted": (mask(revoked=(("004", "S3"),)), "enrolments, …004 in S3: got no seat; expected the one"),
    "forbidden seat": (
        tables("decisions", add="D9,009,S6,forbid,Cuti"),
        "enrolments, …009 in S6: got a seat; expected none, it is forbidden",
    ),
    "course twice": (mask(("009", "S5")), "enrolments, …009: got 2 sessions of course K-CARE; expected at most one"),
    "clash": (
        moved("S8", "2027-03-02", "2027-03-02"),
        "enrolments, …003: got S1 and S8 on the same days; expected no overlap",
    ),
    "course still valid": (
        tables("history", add="005,K-LEAD,2024-06-01,30,true"),
        "enrolments, …005 in S3: got K-LEAD again; expected none passed in the 3 years before",
    ),
    "course attended this year": (
        tables("attendance", add="005,S10,attended"),
        "enrolments, …005 in S4: got K-LEADW again; expected none attended this year",
    ),
    "missing prerequisite": (mask(("005", "S2")), "enrolments, …005 in S2: got no K-BUD1; expected it passed"),
    "prerequisite only failed": (
        tables("history", "passed", "false", employee_id="001", course_id="K-BUD1"),
        "enrolments, …001 in S2: got no K-BUD1; expected it passed",
    ),
    "prerequisite ends too late": (
        moved("S1", "2027-04-04", "2027-04-05"),
        "enrolments, …002 in S2: got no K-BUD1; expected it passed, or a seat in it that ends before",
    ),
    "prerequisite passed on its first day": (
        tables("history", "finished_on", "2027-04-05", employee_id="001", course_id="K-BUD1"),
        "enrolments, …001 in S2: got no K-BUD1; expected it passed",
    ),
    "too many sessions": (limit(max_sessions=1), "enrolments, …005: got 2 seats; expected at most 1"),
    "too many jp": (mask(("006", "S7")), "enrolments, …006: got 29 JP; expected at most 24 for PPPK"),
    "too many jp by another limit": (
        limit(max_jp={"PPPK": 19}),
        "enrolments, …006: got 20 JP; expected at most 19 for PPPK",
    ),
    "too many away": (limit(away_share=0.34), "enrolments, BKD in 2027-W09: got 2 people away; expected at most 1"),
    "mask shifted": (_mask(lambda granted: np.roll(granted, 1)), "sessions, S5, seats: got 2; expected 1"),
    "mask too short": (
        _mask(lambda granted: granted[:-1]),
        "granted: got bool (28,); expected True or False for each",
    ),
    "mask of numbers": (_mask(lambda granted: granted.astype("int64")), "granted: got int64 (29,); expected True"),
    # money
    "one rupiah over a line": (
        tables("budgets", "amount", "6999999", budget_id="TRAVEL"),
        "budget[TRAVEL]: got 7000000 rupiah; expected at most 6999999",
    ),
    "one rupiah over the line of a unit above": (
        tables("budgets", "amount", "8399999", budget_id="FEE-DINKES"),
        "budget[FEE-DINKES]: got 8400000 rupiah; expected at most 8399999",
    ),
    "one rupiah of opening over": (
        tables("budgets", "amount", "2499999", budget_id="IN-HOUSE"),
        "budget[IN-HOUSE]: got 2500000 rupiah; expected at most 2499999",
    ),
    "one rupiah over all money": (
        limit(budget=24_999_999),
        "budget[total]: got 25000000 rupiah; expected at most 24999999",
    ),
    "charge without a line": (
        both(tables("budgets", drop=True, budget_id="TRAVEL"), limit(budget=None)),
        "enrolments, …006 in S5: got 1000000 rupiah that no budget line limits",
    ),
    "opening without a line": (
        both(tables("budgets", drop=True, budget_id="IN-HOUSE"), limit(budget=None)),
        "enrolments, S1: got an opening cost of 500000 rupiah that no line limits",
    ),
    "use of a line forged": (
        cell("budgets", "used", 15_499_999, budget_id="FEE"),
        "budgets, FEE, used: got 15499999; expected 15500000",
    ),
    "rest of a line forged": (
        cell("budgets", "left", 500_001, budget_id="FEE"),
        "budgets, FEE, left: got 500001; expected 500000",
    ),
    "total forged": (
        cell("budgets", "used", 1, budget_id="total"),
        "budgets, total, used: got 1; expected 25000000",
    ),
    "line hidden": (without("budgets", budget_id="IN-HOUSE"), "budgets, IN-HOUSE: got no row; expected 2500000 rupiah"),
    "line of another year": (
        extra("budgets", {"budget_id": "total"}, budget_id="OLD"),
        "budgets, OLD: got a row; expected none, it is no line of 2027",
    ),
    "line twice": (extra("budgets", {"budget_id": "FEE"}), "budgets: got 1 lines twice"),
    # gaps and closures
    "gap hidden": (
        without("gaps", employee_id="004", competency_id="M.1"),
        "gaps, …004, M.1 (current): got no row; expected a gap to 3",
    ),
    "gap made up": (
        extra("gaps", {"employee_id": "004", "competency_id": "M.1"}, competency_id="T.1"),
        "gaps, …004, T.1 (current): got a row; expected none",
    ),
    "gap twice": (
        extra("gaps", {"employee_id": "004", "competency_id": "M.1"}),
        "gaps: got 1 rows twice; expected each key once",
    ),
    "assessment of next year used": (
        cell("gaps", "level", 1, employee_id="002", competency_id="T.1"),
        "gaps, …002, T.1 (current), level: got 1; expected 0",
    ),
    "older assessment used": (
        cell("gaps", "assessed", 1, employee_id="009", competency_id="T.2"),
        "gaps, …009, T.2 (current), assessed: got 1; expected 2",
    ),
    "unknown level taken for none": (
        cell("gaps", "gap", 3, employee_id="008", competency_id="T.1"),
        "gaps, …008, T.1 (next), gap: got 3; expected 1",
    ),
    "assumed gap at full weight": (
        cell("gaps", "weight", 2.0, employee_id="003", competency_id="T.1"),
        "gaps, …003, T.1 (current), weight: got 2.0; expected 1.0",
    ),
    "stale assessment not flagged": (
        cell("gaps", "stale", False, employee_id="005", competency_id="M.1"),
        "gaps, …005, M.1 (current), stale: got False; expected True",
    ),
    "closure of a step not taught": (
        tables("outcomes", "exit_level", "2", course_id="K-LEAD", competency_id="M.1"),
        "closures, …004 in S3, M.1 step 3: got a closure; expected none",
    ),
    "closure of an outcome that was rejected": (
        tables("outcomes", "source", "rejected", course_id="K-LEADW", competency_id="M.1"),
        "closures, …003 in S4, M.1 step 1: got a closure; expected none",
    ),
    "closure outside the gap": (
        cell("closures", "step", 3, employee_id="002", session_id="S2"),
        "closures, …002 in S2, T.1 step 3: got a closure; expected none, the step is not taught, not missing or out of",
    ),
    "closure forged": (
        cell("closures", "closure", 0.9, employee_id="002", session_id="S2"),
        "closures, …002 in S2, T.1 step 2, closure: got 0.9; expected 0.2625",
    ),
    "weight of a step forged": (
        cell("closures", "weight", 6.5, employee_id="006", session_id="S5"),
        "closures, …006 in S5, T.2 step 3, weight: got 6.5; expected 6",
    ),
    "value of a closure forged": (
        cell("closures", "value", 4.3, employee_id="006", session_id="S5"),
        "closures, …006 in S5, T.2 step 3, value: got 4.3; expected 4.2",
    ),
    "closure hidden": (
        without("closures", employee_id="003", session_id="S1"),
        "closures, …003 in S1, T.1 step 1: got no row; expected a closure of 0.35",
    ),
    "closure twice": (
        extra("closures", {"employee_id": "003", "session_id": "S1"}),
        "closures, …003 in S1: got 1 steps twice",
    ),
    "closure of nobody's seat": (
        extra("closures", {"employee_id": "003", "session_id": "S1"}, session_id="S5"),
        "closures, …003 in S5: got rows; expected none, it is no candidate",
    ),
    "levels of a candidate forged": (
        cell("candidates", "levels_closed", 1.0, employee_id="006", session_id="S5"),
        "candidates, …006 in S5, levels_closed: got 1; expected 0.7, the sum of its closures",
    ),
    "bonus forged": (
        cell("candidates", "bonus", 1.0, employee_id="005", session_id="S3"),
        "candidates, …005 in S3, bonus: got 1; expected 0, from mandates and requests",
    ),
    # value
    "value forged": (certified(value=VALUE + 1e-6), "certificate, value: got 33.225001; expected 33.225"),
    "a step paid twice": (
        # 009 closes 0.7 + 0.6 of one step worth 6: uncapped that is 7.8, not 6.
        certified(value=VALUE + 1.8),
        "certificate, value: got 35.025; expected 33.225",
    ),
    "floor missed": (
        # Women: 1.25 + 0.35 + 6.15 + 6.2 + 8.2 = 22.15.
        limit(floors={"gender": {"P": 22.16}}),
        "enrolments, gender P: got a value of 22.15; expected at least 22.16",
    ),
    # sheets
    "person renamed": (cell("people", "name", "Anu", employee_id="001"), "people, …001, name: got Anu; expected Ani"),
    "person moved": (
        cell("people", "unit_id", "PKM", employee_id="001"),
        "people, …001, unit_id: got PKM; expected BKD",
    ),
    "person hidden": (without("people", employee_id="010"), "people, …010: got no row; expected one"),
    "person twice": (extra("people", {"employee_id": "010"}), "people: got 1 rows twice"),
    "title forged": (
        cell("courses", "title", "Umroh", course_id="K-LEAD"),
        "courses, K-LEAD, title: got Umroh; expected Kepemimpinan",
    ),
    "competency hidden": (without("competencies", competency_id="T.2"), "competencies, T.2: got no row"),
    "seats of a session forged": (
        cell("sessions", "seats", 1, session_id="S2"),
        "sessions, S2, seats: got 1; expected 2",
    ),
    "session said to be closed": (
        cell("sessions", "status", "closed", session_id="S7"),
        "sessions, S7, status: got closed; expected open",
    ),
    "cost of a session without its opening": (
        cell("sessions", "cost", 2_000_000, session_id="S1"),
        "sessions, S1, cost: got 2000000; expected 2500000",
    ),
    "session hidden": (
        without("sessions", session_id="S6"),
        "sessions, cost: got 22500000 rupiah in all; expected 25000000",
    ),
    "session of another year": (
        extra("sessions", {"session_id": "S10"}, session_id="S9"),
        "sessions, S9: got a row; expected none",
    ),
    "cost of a unit forged": (
        cell("units", "cost", 11_600_001, unit_id="BKD"),
        "units, BKD, cost: got 11600001; expected 11600000",
    ),
    "levels of a unit uncapped": (
        # 009 alone would be 1.3 levels of one step.
        cell("units", "levels_closed", 2.475, unit_id="DINKES"),
        "units, DINKES, levels_closed: got 2.475; expected 2.175",
    ),
    "people of a unit forged": (
        cell("units", "people", 5, unit_id="DINKES"),
        "units, DINKES, people: got 5; expected 4",
    ),
    "unit hidden": (
        without("units", unit_id="PKM"),
        "units, cost: got 19500000 rupiah in all; expected 24500000",
    ),
    "left out not counted": (
        cell("left_out", "rows", 2, table="employees"),
        "left_out, employees, excluded: got 2 rows; expected 1",
    ),
    # mandates
    "deferred mandate hidden": (
        without("mandates", employee_id="010"),
        "mandates, MD1 …010: got no row; expected granted, finished or deferred",
    ),
    "deferred mandate called finished": (
        both(
            cell("mandates", "status", "finished", employee_id="010"), cell("mandates", "limits", "", employee_id="010")
        ),
        "mandates, MD1 …010, status: got finished; expected deferred",
    ),
    "deferred without a limit": (
        cell("mandates", "limits", "", employee_id="010"),
        "mandates, MD1 …010, limits: got no seats[S8]; expected every limit that the seat would break",
    ),
    "deferred by a session that is on offer": (
        cell("mandates", "limits", "no_session[K-OUT]", employee_id="010"),
        "mandates, MD1 …010, limits: got no_session[K-OUT]; expected only limits that the seat would break",
    ),
    "mandate that has run out": (
        tables("history", "finished_on", "2023-06-01", employee_id="002", course_id="K-OUT"),
        "mandates, MD1 …002, status: got finished; expected deferred",
    ),
    "mandate twice": (extra("mandates", {"employee_id": "010"}), "mandates: got 1 rows twice"),
    "mandate of another course": (
        cell("mandates", "course_id", "K-LEAD", employee_id="001"),
        "mandates, MD1 …001: got course K-LEAD, importance 1; expected K-OUT, 1",
    ),
    "mandate of somebody else": (
        cell("mandates", "employee_id", "006", employee_id="001"),
        "mandates, MD1 …006: got a row; expected none, the mandate is not for that person",
    ),
    # waiting
    "waiting twice": (extra("waiting", {"employee_id": "010"}), "waiting, …010: got 2 rows; expected one"),
    "waiting for a seat that is granted": (
        cell("waiting", "session_id", "S2", employee_id="001"),
        "waiting, …001 in S2: got a seat that is granted",
    ),
    "waiting for a seat that is no candidate": (
        cell("waiting", "session_id", "S6", employee_id="001"),
        "waiting, …001 in S6: got a seat that is no candidate",
    ),
    "waiting for a seat that closes nothing": (
        cell("waiting", "session_id", "S5", employee_id="008"),
        "waiting, …008 in S5: got a seat that closes nothing more",
    ),
    "waiting for less than the best": (
        both(
            cell("waiting", "session_id", "S4", employee_id="001"),
            cell("waiting", "value", 0.9, employee_id="001"),
        ),
        "waiting, …001: got a seat that adds 0.9; expected S3, which adds 1.575",
    ),
    "waiting person hidden": (
        without("waiting", employee_id="003"),
        "waiting, …003: got no row; expected one, S4 would close more",
    ),
    "worth of waiting forged": (
        # 006 has 0.7 of the step already: 0.3 x 6 are left, not the 0.6 x 6 of the candidate.
        cell("waiting", "value", 3.6, employee_id="006"),
        "waiting, …006 in S7, value: got 3.6; expected 1.8",
    ),
    "cost of waiting forged": (
        cell("waiting", "fee", 0, employee_id="010"),
        "waiting, …010 in S1, fee: got 0; expected 1000000",
    ),
    "limit made up": (
        cell("waiting", "limits", "budget[IN-HOUSE]; budget[total]; budget[away/DINKES/2027-W09]", employee_id="010"),
        "waiting, …010 in S1, limits: got budget[IN-HOUSE]; expected only limits that the seat would break",
    ),
    "limit hidden": (
        cell("waiting", "limits", "budget[total]", employee_id="010"),
        "waiting, …010 in S1, limits: got no budget[away/DINKES/2027-W09]; expected every limit",
    ),
    "waiting for a seat that fits": (
        # With 900,000 more in all and two more people of DINKES away, nothing keeps 010 out of S1.
        limit(budget=26_000_000, away_share=0.8),
        "waiting, …010 in S1, limits: got 'budget[total]; budget[away/DINKES/2027-W09]'; expected the seat granted",
    ),
    # certificate
    "bound below the value": (
        certified(bound=33.0, optimality_gap=-0.225 / 33.0),
        "certificate, bound: got 33; expected at least the value, 33.225",
    ),
    "optimality gap forged": (
        certified(optimality_gap=0.0),
        "certificate, optimality_gap: got 0.0; expected 0.0227941176471",
    ),
    "optimality gap without a bound": (
        certified(bound=None),
        "certificate, optimality_gap: got 0.02279411764705878 without a bound; expected none",
    ),
    "other tables": (
        tables("requests", "reason", "Lain", employee_id="002", course_id="K-BUD1"),
        "certificate, hashes, requests: got ",
    ),
    "other settings in the certificate": (
        certified(settings={}),
        "certificate, settings, kappa: got None; expected 0.5",
    ),
    "other settings": (_other_settings, "plan, settings, kappa: got 0.6; expected 0.5"),
    "other limits": (limit(max_sessions=4), "certificate, limits, max_sessions: got 2; expected 4"),
    "made-up data not said to be": (certified(synthetic=False), "certificate, synthetic: got False; expected True"),
}


@cache
def case(name: str) -> Pair:
    """The corrupted plan of one case, and the tables it is held to."""
    data = city()
    return CASES[name][0](plan_by_hand(data), data)


# ---------------------------------------------------------------------------------------------------------- tests


def test_a_true_plan_passes() -> None:
    """The plan made by hand holds every rule; the report counts what was looked at.

    29 candidates, 13 granted, in eight sessions; 25,000,000 rupiah (see ``cities.BUDGETS``); 16 gaps; 8 wait.
    """
    data = city()
    report = audit(plan_by_hand(data), data)
    assert report.checks == tuple(check.__name__ for check in CHECKS)
    assert report.counts == {
        "candidates": 29, "enrolments": 13, "sessions": 8, "rupiah": 25_000_000, "gaps": 16, "waiting": 8,
    }  # fmt: skip
    assert report.summary().startswith(f"{len(CHECKS)} checks hold: 29 candidates, 13 enrolments")


@pytest.mark.parametrize("name", CASES)
def test_a_corrupted_plan_is_caught(name: str) -> None:
    """Every kind of corruption is reported by the rule that it breaks, and no message shows a whole NIP."""
    with pytest.raises(VerificationError) as caught:
        audit(*case(name))
    broken = caught.value.broken
    assert [line for line in broken if line.startswith(CASES[name][1])], "\n".join(broken)
    assert not [line for line in broken if re.search(r"\d{18}", line)]


def test_every_check_catches_something() -> None:
    """A check that no corruption sets off would be a check that cannot fail."""
    silent = {check.__name__ for check in CHECKS}
    for name in [name for name in CASES if name not in ("mask too short", "mask of numbers")]:
        facts = Facts(*case(name))
        silent -= {check.__name__ for check in CHECKS if check.__name__ in silent and any(check(facts))}
    assert not silent


def test_all_broken_rules_come_at_once() -> None:
    """Two faults in one plan are both in ``broken``, and the message says whose bug it is."""
    change = both(mask(("010", "S8")), cell("budgets", "used", 1, budget_id="FEE"))
    data = city()
    plan, data = change(plan_by_hand(data), data)
    with pytest.raises(VerificationError, match="this is our bug: please report it") as caught:
        audit(plan, data)
    assert {line.split(":")[0] for line in caught.value.broken} >= {"enrolments, S8", "budgets, FEE, used"}


def test_long_lists_are_cut_in_the_message_only() -> None:
    """The message shows 20 broken rules and how many more there are; ``broken`` has all."""
    data = city()
    plan = plan_by_hand(data)
    with pytest.raises(VerificationError) as caught:
        audit(replace(plan, gaps=plan.gaps.iloc[:0], people=plan.people.iloc[:0]), data)
    assert len(caught.value.broken) > 20
    assert f"… {len(caught.value.broken) - 20} more in error.broken" in str(caught.value)


@pytest.mark.parametrize(
    ("person", "session", "value", "more"),
    [
        ("003", "S1", 0.7, 0.35),  # all that it brings is one closure of 0.35, far from the step's worth
        ("009", "S6", 12.4, 8.0),  # bonus 2 to 4, closure 4.2 to 8.4; with 3.6 of S7 that is 12, twice the step's 6
        ("009", "S6", 3.1, -1.3),  # bonus 2 to 1, closure 4.2 to 2.1; with 3.6 of S7 that is 5.7, below the step's 6
    ],
)
def test_a_changed_value_scales_what_the_seat_brings(person: str, session: str, value: float, more: float) -> None:
    """Whoever changes a seat's value scales its bonus and closures, and a step's worth with the largest of them."""
    data = city()
    plan, _ = cell("candidates", "value", value, employee_id=person, session_id=session)(plan_by_hand(data), data)
    told = certificate(data, value=VALUE + more, bound=50.0, optimality_gap=(50.0 - VALUE - more) / 50.0)
    audit(replace(plan, certificate=told), data)


def test_own_candidates_without_closures_add() -> None:
    """Candidates of somebody's own have values alone: what 13 seats are worth is their sum, and JP.

    1.05 + 0.8 + 0.525 + 0.35 + 3.15 + 3.15 + 2.8 + 6.2 + 6.2 + 6.2 + 3.6 = 34.025, and 0.2 for five people of PNS.
    """
    data = city()
    plan = plan_by_hand(data)
    plan = replace(plan, closures=plan.closures.iloc[:0], candidates=plan.candidates.assign(bonus=0.0))
    assert not check("closures_again", plan, data)
    assert not check("levels_of_candidates", plan, data)
    assert not check("value_again", replace(plan, certificate=certificate(data, value=35.025)), data)


def test_a_lock_stands_above_validity() -> None:
    """004 is locked in S3; that 004 passed the course last year does not matter then, though it would for 005."""
    data = city()
    plan = plan_by_hand(data)
    with pytest.raises(VerificationError) as caught:
        audit(*tables("history", add="004,K-LEAD,2026-06-01,30,true")(plan, data))
    assert not [line for line in caught.value.broken if "again" in line]


def check(name: str, plan: TrainingPlan, data: Dataset) -> list[str]:
    """What one check says of a plan."""
    (one,) = (one for one in CHECKS if one.__name__ == name)
    return list(one(Facts(plan, data)))


def test_limits_hold_to_the_last() -> None:
    """What is used up to the last JP, day or rupiah is not over.

    006 and 007 have 20 JP each, and 29 with S7; 005 in S3 starts on 2027-03-02, three years after 2024-03-02; the
    women's value is 22.15, and all money 25,000,000 (the city's own limit).
    """
    data = city()
    plan = plan_by_hand(data)
    assert not check("max_jp", replace(plan, limits=limits(max_jp={"PPPK": 20})), data)
    assert check("waiting_limits", replace(plan, limits=limits(max_jp={"PPPK": 28})), data) == []
    fits = check("waiting_limits", replace(plan, limits=limits(max_jp={"PPPK": 29})), data)
    assert [line for line in fits if "…006 in S7, limits: got 'jp[…006]'; expected the seat granted" in line]
    assert not check("floors_kept", replace(plan, limits=limits(floors={"gender": {"P": 22.15}})), data)
    valid = tables("history", add="005,K-LEAD,2024-03-02,30,true")
    assert not check("no_repeat", *valid(plan, data))
    assert check("no_repeat", *tables("history", add="005,K-LEAD,2024-03-03,30,true")(plan, data))


def test_what_was_passed_after_the_plans_day_is_not_known() -> None:
    """A pass on 31 December, the plan's own day, keeps a course from being repeated; one on 1 January was not known."""
    data = city()
    plan = plan_by_hand(data)
    assert check("no_repeat", *tables("history", add="005,K-LEAD,2026-12-31,30,true")(plan, data))
    assert not check("no_repeat", *tables("history", add="005,K-LEAD,2027-01-01,30,true")(plan, data))


def test_a_plan_without_a_limit_on_all_money_passes() -> None:
    """Without ``budget`` there is no line ``total``, and every charge of the city still counts on some line."""
    data = city()
    plan = plan_by_hand(data)
    budgets = plan.budgets[plan.budgets["budget_id"] != "total"]
    named = [[name for name in text.split("; ") if name != "budget[total]"] for text in plan.waiting["limits"]]
    free = limits(budget=None)
    audit(
        replace(
            plan,
            limits=free,
            budgets=budgets,
            waiting=plan.waiting.assign(limits=["; ".join(names) for names in named]),
            mandates=plan.mandates.assign(
                limits=plan.mandates["limits"].str.replace("budget[total]; ", "", regex=False)
            ),
            certificate=certificate(data, limits=as_plain(free)),
        ),
        data,
    )


def test_a_line_may_be_called_total() -> None:
    """Where an agency has a line ``total`` of its own, the line over all money is called ``total'``."""
    data = city()
    renamed = frames()["budgets"].replace({"budget_id": {"FEE": "total"}})
    plan, data = plan_by_hand(data), city(budgets=renamed)
    assert [line for line in check("budgets_sheet", plan, data) if line.startswith("budgets, total': got no row")]
    sheet = plan.budgets.replace({"budget_id": {"total": "total'"}}).replace({"budget_id": {"FEE": "total"}})
    assert not check("budgets_sheet", replace(plan, budgets=sheet), data)


def test_locks_and_holds_of_another_year_do_not_count() -> None:
    """S9 was last year's session: that it is held, and a seat of it locked, asks nothing of this plan."""
    data = city()
    plan = plan_by_hand(data)
    for add, name in (("D9,,S9,hold,Janji", "held_open"), ("D9,010,S9,lock,Janji", "locks_granted")):
        assert not check(name, *tables("decisions", add=add)(plan, data))


def test_sessions_without_a_date() -> None:
    """Without a sessions table each course is one session without a date.

    What must come first may then be arranged (002), or was passed (001); 005 has neither. Validity is counted from
    the first day of the year: what was passed on 2024-01-01 has run out, a day later it has not.
    """
    dated = plan_by_hand(city())
    rows = [("001", "K-BUD2"), ("002", "K-BUD1"), ("002", "K-BUD2"), ("005", "K-BUD2")]
    candidates = pd.DataFrame(
        {
            "employee_id": [NIPS[person] for person, _ in rows],
            "session_id": [course for _, course in rows],
            "course_id": [course for _, course in rows],
            "jp": [24, 10, 24, 24],
            "starts_on": pd.Series([pd.NaT] * 4, dtype="datetime64[s]"),
            "ends_on": pd.Series([pd.NaT] * 4, dtype="datetime64[s]"),
            "fee": 0,
            "travel": 0,
            "account": "fee",
            **dict.fromkeys(("value", "bonus", "levels_closed"), 0.0),
        }
    )
    plan = replace(dated, candidates=candidates, granted=np.ones(4, dtype=bool))

    def tables_with(passed_on: str) -> Dataset:
        given = {name: frame for name, frame in frames().items() if name not in ("sessions", "decisions")}
        passed = ["002", "K-BUD2", passed_on, "24", "true"]
        given["history"].loc[len(given["history"])] = [NIPS[passed[0]], *passed[1:]]
        given["courses"] = given["courses"].replace({"jp": {"": "10"}}).assign(fee="0")
        return Dataset.from_frames(given, settings())

    data = tables_with("2024-01-01")
    assert not check("plan_year", plan, data)
    assert not check("no_overlap", plan, data)
    assert not check("seat_facts", plan, data)
    assert check("prerequisites_met", plan, data) == [
        "enrolments, …005 in K-BUD2: got no K-BUD1; expected it passed, or a seat in it that ends before"
    ]
    assert not check("no_repeat", plan, data)
    assert check("no_repeat", plan, tables_with("2024-01-02"))


def test_a_bound_of_nothing_leaves_no_gap() -> None:
    """Where nothing can be gained the optimality gap is 0; below 1 it is a share all the same."""
    data = city()
    plan = plan_by_hand(data)
    for value, bound, gap in ((0.0, 0.0, 0.0), (0.25, 0.5, 0.5)):
        told = certificate(data, value=value, bound=bound, optimality_gap=gap)
        assert not check("bound_holds", replace(plan, certificate=told), data)


def other_data(**changes: Any) -> Dataset:
    """The city with other settings."""
    return Dataset.from_frames(frames(), settings(**changes))


def test_pass_rates_are_mixed_with_that_of_the_catalogue() -> None:
    """With ``completion_people = 2`` K-BUD1's rate is (1 + 2 x 3/4) / (2 + 2) = 0.625, times 0.7 = 0.4375."""
    plan = plan_by_hand(city())
    words = "closures, …003 in S1, T.1 step 1, closure: got 0.35; expected "
    assert words + "0.4375" in check("closures_again", plan, other_data(completion_people=2.0))
    history = frames()["history"].iloc[:0]
    assert words + "0.7" in check("closures_again", plan, city(history=history))


def test_steps_out_of_reach_are_not_expected() -> None:
    """003 needs M.1 to 1 only, K-LEAD starts at 1: no closure. With kappa 0 whoever is not ready closes nothing,
    with or without a row that says so.
    """
    data = city()
    plan, _ = extra("candidates", {"employee_id": "003", "session_id": "S8"}, session_id="S3")(plan_by_hand(data), data)
    assert not check("closures_again", plan, data)
    data = other_data(kappa=0.0)
    plan, _ = without("closures", employee_id="002", session_id="S2")(plan_by_hand(city()), data)
    assert not check("closures_again", plan, data)


def test_two_steps_may_be_set_within_reach() -> None:
    """With ``step = 2`` 001 in S3 is taken from 1 to 3 in M.1: the second step is missed where it is not listed."""
    broken = check("closures_again", plan_by_hand(city()), other_data(step=2))
    assert "closures, …001 in S3, M.1 step 3: got no row; expected a closure of 0.525" in broken
    assert not [line for line in broken if "M.1 step 4" in line]


def test_the_weight_of_a_step_is_that_of_the_gap() -> None:
    """A gap written down at half its weight makes the closures' weight wrong too."""
    data = city()
    plan, _ = cell("gaps", "weight", 0.5, employee_id="003", competency_id="T.1")(plan_by_hand(data), data)
    assert "closures, …003 in S1, T.1 step 1, weight: got 1; expected 0.5" in check("closures_again", plan, data)


def test_unknown_levels_may_be_left_unknown() -> None:
    """With ``unassessed = none`` nothing is assumed of 003 in T.1: no level, no gap, no peers, full weight of 2."""
    broken = check("gaps_again", plan_by_hand(city()), other_data(unassessed="none"))
    assert [line.removeprefix("gaps, …003, T.1 (current), ") for line in broken if "…003" in line] == [
        "level: got 0; expected None",
        "gap: got 2; expected None",
        "weight: got 1.0; expected 2.0",
        "basis: got expected; expected unknown",
        "peers: got 2; expected 0",
    ]


def test_an_assessment_of_the_very_day_is_not_stale() -> None:
    """Three years before 31 December 2026 is 31 December 2023: that day still counts as fresh."""
    plan = plan_by_hand(city())
    key = {"employee_id": "005", "competency_id": "M.1"}
    for day, stale in (("2023-12-31", False), ("2023-12-30", True)):
        _, data = tables("assessments", "assessed_on", day, **key)(plan, city())
        flags = [line for line in check("gaps_again", plan, data) if "stale" in line]
        assert flags == ([] if stale else ["gaps, …005, M.1 (current), stale: got True; expected False"])


def test_jp_count_up_to_the_target() -> None:
    """With a target of 100 every JP of PNS counts: 28 + 34 + 30 + 40 + 29 = 161, 1.61 instead of 5 x 0.2."""
    data = city()
    plan = replace(plan_by_hand(data), limits=limits(target_jp={"PNS": 100}))
    assert check("value_again", plan, data) == [
        "certificate, value: got 33.225; expected 33.835, what the enrolments are worth"
    ]


def test_an_assessment_of_the_plans_day_counts() -> None:
    """005 is assessed again on 31 December 2026, the plan's own day: level 2 is known then."""
    data = city()
    again = tables("assessments", add="005,M.1,2026-12-31,2,centre")(plan_by_hand(data), data)
    assert "gaps, …005, M.1 (current), level: got 1; expected 2" in check("gaps_again", *again)


def test_a_mandate_without_a_session_is_deferred_for_that() -> None:
    """004 must have K-BUD2 but is no candidate for it: the only reason there is that no session is on offer."""
    data = city()
    must = tables("mandates", add="MD4,K-BUD2,,,004,1,Surat edaran")
    for limits_named, broken in (
        ("no_session[K-BUD2]", []),
        (
            "seats[S2]",
            ["mandates, MD4 …004, limits: got 'seats[S2]'; expected no_session[K-BUD2], there is no candidate"],
        ),
    ):
        row = {"mandate_id": "MD4", "course_id": "K-BUD2", "employee_id": NIPS["004"], "limits": limits_named}
        listed = extra("mandates", {"employee_id": "010"}, **row)
        assert check("mandates_sheet", *both(must, listed)(plan_by_hand(data), data)) == broken


def test_a_plan_of_the_whole_flow_passes() -> None:
    """What ``make_plan`` draws up for the city holds every rule, and no longer does with one seat taken out."""
    data = city()
    plan = make_plan(data, YEAR, limits=limits(floors={}))
    assert audit(plan, data).counts["enrolments"] == plan.granted.sum()
    fewer = plan.granted.copy()
    fewer[np.flatnonzero(fewer)[0]] = False
    with pytest.raises(VerificationError, match="certificate, value: got"):
        audit(replace(plan, granted=fewer), data)
