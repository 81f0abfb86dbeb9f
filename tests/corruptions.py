"""Ways to corrupt the plan that was made by hand, each with the words in which the audit should say so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from karier_reco.dataset import Dataset
from karier_reco.plan import TrainingPlan
from karier_reco.tables import TABLES
from tests.cities import NIPS, VALUE, certificate, city, frames, limits, plan_by_hand, row_of

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
