"""The audit lets a true plan pass and catches every corrupted one, naming the rule."""

from __future__ import annotations

import re
from dataclasses import replace
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
from tests.cities import NIPS, VALUE, YEAR, certificate, city, frames, limits, plan_by_hand, settings
from tests.corruptions import CASES, both, case, cell, extra, mask, tables, without


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

    006 and 007 have 20 JP each, and 29 with S7; a minimum class of 1 is reached by one, 008 in S11; 005 in S3
    starts on 2027-03-02, three years after 2024-03-02; the women's value is 22.15, and all money 25,000,000 (the
    city's own limit).
    """
    data = city()
    plan = plan_by_hand(data)
    assert not check("max_jp", replace(plan, limits=limits(max_jp={"PPPK": 20})), data)
    assert check("waiting_limits", replace(plan, limits=limits(max_jp={"PPPK": 28})), data) == []
    fits = check("waiting_limits", replace(plan, limits=limits(max_jp={"PPPK": 29})), data)
    assert [line for line in fits if "…006 in S7, limits: got 'jp[…006]'; expected the seat granted" in line]
    small = check("waiting_limits", *tables("sessions", "min_seats", "1", session_id="S11")(plan, data))
    assert small == ["waiting, …008 in S11, limits: got min_seats[S11]; expected only limits that the seat would break"]
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
