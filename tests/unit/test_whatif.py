"""What another budget does to a plan: held to plans made anew from changed tables, and to the example's own page."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

import karier_reco as kr
from karier_reco.texts import text
from karier_reco.whatif.amounts import Change
from karier_reco.whatif.mandates import with_mandates_first
from karier_reco.words import Words
from tests import cities

Budgets = dict[str, int]
EXACT: dict[str, Any] = {"optimality_gap": 0.0}


@pytest.fixture(scope="module")
def data() -> kr.Dataset:
    """The example that ships with the package."""
    return kr.load_example()


@pytest.fixture(scope="module")
def plan(data: kr.Dataset) -> kr.TrainingPlan:
    """Its best plan for 2027, worth 22.35 (data/example/README.md)."""
    return kr.make_plan(data, year=2027)


def with_budgets(data: kr.Dataset, changed: Budgets, *left_out: str) -> kr.Dataset:
    """The tables with other amounts of some lines, or without them."""
    budgets = data.budgets[~data.budgets["budget_id"].isin(left_out)].reset_index(drop=True)
    amount = budgets["budget_id"].map(changed).fillna(budgets["amount"]).astype(budgets["amount"].dtype)
    return data.with_tables(budgets=budgets.assign(amount=amount))


CHANGES: list[tuple[dict[str, Any], Budgets]] = [
    ({"lines": {"SWAKELOLA": "+3200000"}}, {"SWAKELOLA": 9_200_000}),
    ({"lines": {"SWAKELOLA": 9_200_000, "SEMUA": "+3700000"}}, {"SWAKELOLA": 9_200_000, "SEMUA": 23_700_000}),
    ({"lines": {"SEMUA": "-300001"}}, {"SEMUA": 19_699_999}),
    ({"lines": {"SWAKELOLA": 0}}, {"SWAKELOLA": 0}),
    ({"budget": 15_000_000}, {"SEMUA": 15_000_000}),
    ({"budget": "-Rp5.000.000"}, {"SEMUA": 15_000_000}),
    ({"units": {"DINKES": "+50%"}}, {"KURSUS-DINKES": 4_500_000, "PERJALANAN-DINKES": 1_500_000}),
    ({"lines": {"KURSUS": 6_999_999}}, {"KURSUS": 6_999_999}),
    (
        {"budget": "+50%", "lines": {"KURSUS": 7_000_000}, "units": {"DINKES": "+0%"}},
        {"BEASISWA": 22_500_000, "KURSUS": 7_000_000, "PERJALANAN": 6_000_000, "SEMUA": 30_000_000,
         "SWAKELOLA": 9_000_000},
    ),
]  # fmt: skip


@pytest.mark.parametrize(("asked", "changed"), CHANGES)
def test_it_is_the_plan_of_the_changed_tables(
    plan: kr.TrainingPlan, data: kr.Dataset, asked: dict[str, Any], changed: Budgets
) -> None:
    """From the plan alone, the same value and bound as ``make_plan`` finds from tables with the new amounts.

    With Rp6,999,999 for courses the mandate (5,000,000) and the lock (2,000,000) do not both fit: the lock stays, the
    mandate is deferred, in both.
    """
    what = kr.what_if(plan, **asked, **EXACT)
    anew = kr.make_plan(with_budgets(data, changed), year=2027, **EXACT)
    assert what.allocation.value == pytest.approx(anew.allocation.value, abs=1e-9)
    assert what.allocation.status == "optimal"
    granted = int(what.figures.set_index("figure").loc["mandates", "after"])
    assert granted == int((anew.mandates["status"] == "granted").sum())
    assert dict(what.changes[["budget_id", "after"]].to_numpy().tolist()).items() >= changed.items()


def test_values_by_hand(plan: kr.TrainingPlan) -> None:
    """Both in-house classes cost 9.2 million and need 23.7 in all: the workshop's 2.8 comes on top of 22.35.

    With a rupiah less than the plan costs, the cheapest value goes, the seminar of 008, 0.7. Without in-house money the
    budget class goes, 3.5, and with it 12 of the 20 JP of 002, 0.12.
    """
    both = kr.what_if(plan, lines={"SWAKELOLA": 9_200_000, "SEMUA": 23_700_000}, **EXACT)
    less = kr.what_if(plan, lines={"SEMUA": "-300001"}, **EXACT)
    none = kr.what_if(plan, lines={"SWAKELOLA": "0"}, **EXACT)
    assert [round(what.allocation.value, 9) for what in (both, less, none)] == [25.15, 21.65, 18.73]
    assert less.units.to_dict("records") == [
        {"unit_id": "DINKES", "unit": "Dinas Kesehatan", "seats": -1, "levels": pytest.approx(-0.7),
         "value": pytest.approx(-0.7), "gain": 0, "lose": 1},
    ]  # fmt: skip
    (unit,) = both.units.to_dict("records")
    assert (unit["unit_id"], unit["seats"], unit["gain"], unit["lose"]) == ("KOTA", 3, 3, 0)
    figures = none.figures.set_index("figure")["change"]
    assert figures["value"] == pytest.approx(-3.62)
    assert (figures["seats"], figures["sessions"], figures["cost"]) == (-2, -1, -5_200_000)
    assert none.interval == (pytest.approx(-3.62), pytest.approx(-3.62))


def test_what_changes_by_unit_adds_up(plan: kr.TrainingPlan) -> None:
    """The units' changes of value, levels and seats are those of the whole plan."""
    what = kr.what_if(plan, budget="+60%", lines={"KURSUS": "-10%"}, **EXACT)
    whole = what.figures.set_index("figure")["change"]
    assert whole["seats"] != 0
    for name in ("value", "levels", "seats"):
        assert what.units[name].sum() == pytest.approx(whole[name])


def test_a_total_is_added_as_make_plan_adds_it(data: kr.Dataset) -> None:
    """Where no line is over all money, an amount makes one, named total; a second what-if changes that of a plan."""
    free = with_budgets(data, {}, "SEMUA")
    plan = kr.make_plan(free, year=2027)
    anew = kr.make_plan(free, year=2027, budget=15_000_000, **EXACT)
    what = kr.what_if(plan, 15_000_000, **EXACT)
    assert what.allocation.value == pytest.approx(anew.allocation.value)
    assert what.changes.to_dict("records") == [{"budget_id": "total", "before": 0, "after": 15_000_000}]
    assert "total" in what.next_rupiah["budget_id"].tolist()
    assert kr.what_if(anew, "+20%", **EXACT).changes["after"].tolist()[-1] == 18_000_000
    with pytest.raises(kr.LimitsError, match=r"budget: got '\+5'; expected a line over all money"):
        kr.what_if(plan, "+5")


def test_locks_that_do_not_fit_are_named(plan: kr.TrainingPlan) -> None:
    """007 is locked into a seat with a fee of 2,000,000: with less there is no plan, and nobody's NIP is shown."""
    with pytest.raises(kr.InfeasibleError) as refused:
        kr.what_if(plan, lines={"KURSUS": 1_999_999})
    assert set(refused.value.conflict) == {"budget[KURSUS]", "lock[…007, S-DATA-1]"}


def test_a_deferred_mandate_comes_first_when_there_is_money(data: kr.Dataset) -> None:
    """Without the money the mandate of 004 was deferred; with the old amount it is granted, and the plan is the old."""
    poor = kr.make_plan(with_budgets(data, {"KURSUS": 6_999_999}), year=2027, **EXACT)
    assert poor.mandates["status"].tolist() == ["deferred"]
    what = kr.what_if(poor, lines={"KURSUS": 10_500_000}, **EXACT)
    assert what.allocation.value == pytest.approx(22.35)
    assert what.figures.set_index("figure").loc["mandates"].tolist() == [0, 1, 1]


def test_without_a_change_nothing_is_solved(plan: kr.TrainingPlan, monkeypatch: pytest.MonkeyPatch) -> None:
    """The plan's own prices, most valuable first, and its own seats."""
    monkeypatch.setattr("karier_reco.whatif.solve", None)
    what = kr.what_if(plan)
    assert what.allocation is plan.allocation
    assert (what.changes.empty, what.units.empty, what.curve, what.replan) == (True, True, None, None)
    worth = what.next_rupiah
    assert worth["price"].is_monotonic_decreasing
    assert worth.set_index("budget_id")["left"].to_dict() == plan.budgets.set_index("budget_id")["left"].to_dict()
    assert worth["per_million"].tolist() == (1e6 * worth["price"]).tolist()


def test_rows_in_any_order(data: kr.Dataset, plan: kr.TrainingPlan) -> None:
    """A plan over candidates in another order than the problem's has the same what-ifs."""
    gaps = plan.gaps
    turned = plan.candidates.iloc[::-1].reset_index(drop=True)
    allocation = kr.allocate(turned, data, closures=plan.closures, year=2027)
    assert allocation.order is not None
    other = kr.draw_up(allocation, turned, plan.closures, gaps, data, kr.Limits(), 2027, plan.as_of)
    one, two = (kr.what_if(each, lines={"SWAKELOLA": 0}, **EXACT) for each in (plan, other))
    pd.testing.assert_frame_equal(one.figures, two.figures)
    pd.testing.assert_frame_equal(one.units, two.units)


def test_keep_moves_fewer_people_for_next_to_nothing(plan: kr.TrainingPlan) -> None:
    """At the same budgets nobody moves; both plans are there to compare, and the figures are of the kept one."""
    what = kr.what_if(plan, keep=True, **EXACT)
    again = what.replan
    assert again is not None
    assert again.moved(again.kept) == 0
    assert what.allocation is again.kept
    less = kr.what_if(plan, 15_000_000, keep=True, **EXACT).replan
    assert less is not None
    assert less.moved(less.kept) <= less.moved(less.best)
    assert less.kept.value >= 0.999 * less.best.value


def test_a_curve_has_one_set_of_mandates(plan: kr.TrainingPlan) -> None:
    """At 60 % of the line KURSUS (6,300,000) mandate and lock do not both fit: along the whole curve it is no must.

    So its points compare: the value never falls. From 70 % on (7,350,000) the mandate is a must at every point.
    """
    for first, musts in ((0.6, 1), (0.7, 2)):
        what = kr.what_if(plan, lines={"KURSUS": "+0%"}, shares=[first, 1.0, 1.4], **EXACT)
        curve = what.curve
        assert curve is not None
        assert curve.problem.must is not None
        assert len(np.unique(curve.problem.must[curve.problem.must >= 0])) == musts
        assert (np.diff(curve.value) >= 0).all()
        assert curve.budget[1].tolist() == plan.allocation.problem.budget.tolist()
        assert curve.amount.tolist() == [round(first * 10_500_000), 10_500_000, 14_700_000]
    assert curve.value[1] == pytest.approx(22.35)


def test_a_curve_of_all_lines(plan: kr.TrainingPlan) -> None:
    """Without a line or a unit all lines in rupiah change together; with a unit its own alone."""
    every = kr.what_if(plan, shares=[1.0, 1.2], **EXACT).curve
    own = kr.what_if(plan, units={"DINKES": "+10%"}, shares=[1.0, 1.2], **EXACT).curve
    assert every is not None
    assert own is not None
    assert (len(every.lines), len(own.lines)) == (7, 2)


def test_a_floor_and_its_cost_by_hand(data: kr.Dataset) -> None:
    """Those on probation are to gain 6, not 5: 004 takes the seat of 005 in S-DATA-2.

    It is worth 1.4 to 004 and 2.1 to 005, who is left with 16 of 20 JP and loses 0.04 besides: 2.1 + 0.04 - 1.4.
    """
    limits = kr.Limits(floors={"employment": {"CPNS": 6}})
    fair = kr.make_plan(data, year=2027, limits=limits)
    measured = kr.price_of_fairness(fair.allocation.problem, **EXACT)
    assert measured.cost == pytest.approx(0.74)
    assert measured.interval == (pytest.approx(0.74), pytest.approx(0.74))
    (group,) = measured.groups()
    assert (group["group"], group["floor"]) == ("employment=CPNS", 6.0)
    assert (group["free"], group["fair"]) == (pytest.approx(5.0), pytest.approx(6.4))
    assert kr.what_if(fair, "+1%", **EXACT).allocation.problem.floor.tolist() == [6.0]


def test_people_away_are_no_money() -> None:
    """Lines that count people of a unit away in a week are neither changed nor listed."""
    plan = kr.make_plan(cities.city(), year=2027, limits=kr.Limits(away_share=0.5))
    names = plan.allocation.problem.names["lines"]
    away = [at for at, name in enumerate(names) if str(name).startswith("away/")]
    assert away
    what = kr.what_if(plan, "+10%")
    before, after = plan.allocation.problem.budget, what.allocation.problem.budget
    assert (before[away] == after[away]).all()
    assert not what.next_rupiah["budget_id"].str.startswith("away/").any()


def test_held_sessions_stay_among_what_mandates_need(plan: kr.TrainingPlan) -> None:
    """A session that is held must run whichever mandates fit: its seats are looked at together with theirs."""
    problem = plan.allocation.problem
    hold = np.array([name == "S-ANGGARAN" for name in problem.names["sessions"]])
    held = replace(problem, hold=hold)
    found = with_mandates_first(held, plan, plan.candidates, {})
    assert found.must is not None
    assert len(np.unique(found.must[found.must >= 0])) == 2
    poor = replace(held, budget=np.where(np.array(problem.names["lines"]) == "SWAKELOLA", 0, problem.budget))
    with pytest.raises(kr.InfeasibleError) as refused:
        with_mandates_first(poor, plan, plan.candidates, {})
    assert set(refused.value.conflict) == {"budget[SWAKELOLA]", "hold[S-ANGGARAN]"}


def test_a_masked_plan_serves_as_well(plan: kr.TrainingPlan, tmp_path: Any) -> None:
    """The folder of a masked plan gives the same figures, and no text of them has a NIP."""
    masked = kr.read_plan(kr.write_plan(plan, tmp_path / "plan", masked=True))
    one, two = (kr.what_if(each, 15_000_000, **EXACT) for each in (plan, masked))
    pd.testing.assert_frame_equal(one.figures, two.figures)
    assert one.summary("id") == two.summary("id")
    assert not [nip for nip in plan.people["employee_id"] if nip in one.summary("id")]


@pytest.mark.parametrize("language", ["id", "en"])
def test_the_summary_says_the_figures(plan: kr.TrainingPlan, language: Any) -> None:
    """Each part with its figures as the language writes them; few people are not counted."""
    what = kr.what_if(plan, 15_000_000, keep=True, shares=[0.9, 1.0], **EXACT)
    words, said = Words(language), what.summary(language)
    for amount in (20_000_000, 15_000_000, 14_700_000):
        assert words.rupiah(amount) in said
    for number in (22.35, 20.21, 2.14):
        assert words.number(number, 2) in said
    assert "<5" in said
    assert words.number(100.0) + " %" in said
    assert text("whatif.infeasible", language) in said  # at 90 % the lock of 007 costs more travel than there is
    assert text("whatif.keep", language) in said


def test_long_lists_and_names_are_cut(data: kr.Dataset) -> None:
    """Of 16 lines that change twelve are shown and four counted; a name of 90 letters ends in an ellipsis."""
    more = pd.DataFrame(
        [{"budget_id": f"B{at}", "account": "any", "amount": 90_000_000, "unit_id": ""} for at in range(9)]
    )
    budgets = pd.concat([data.budgets, more], ignore_index=True).astype(data.budgets.dtypes.to_dict())
    units = data.units.assign(name=data.units["name"].replace("Dinas Kesehatan", "D" * 90))
    plan = kr.make_plan(data.with_tables(budgets=budgets, units=units), year=2027)
    said = kr.what_if(plan, "+10%").summary("en")
    assert "… and 4 other lines" in said
    assert "D" * 61 not in said
    assert "D…" in said


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"budget": "10%"}, "budget: got '10%'; expected a change"),
        ({"budget": "banyak"}, "budget: got 'banyak'"),
        ({"budget": "-200%"}, "budget: got -15000000 after the change; expected at least 0"),
        ({"lines": {"SWAKELOA": "+1%"}}, r"lines: got 'SWAKELOA'; .* Did you mean 'SWAKELOLA'\?"),
        ({"lines": {"X9": "+1%"}}, "lines: got 'X9'; .* There are BEASISWA, KURSUS"),
        ({"lines": {"KURSUS": "x"}}, r"lines\[KURSUS\]: got 'x'"),
        ({"units": {"PUSKESMAS": "+1%"}}, "units: got 'PUSKESMAS'; .* There are DINKES"),
        ({"units": {"DINKES": "-3000001"}}, r"units\[DINKES\]: got -1 after the change"),
    ],
)
def test_what_does_not_fit_is_refused(plan: kr.TrainingPlan, arguments: dict[str, Any], message: str) -> None:
    """Each with its place, its value and what to write instead."""
    with pytest.raises(kr.LimitsError, match=message):
        kr.what_if(plan, **arguments)


@pytest.mark.parametrize(
    ("said", "before", "after"),
    [
        ("+10%", 1_000, 1_100), ("-2,5 %", 1_000, 975), ("-2.5%", 1_000, 975), ("−100%", 7, 0), ("+0,1%", 999, 1_000),
        ("900", 5, 900), ("Rp1.652.038.542", 0, 1_652_038_542), ("1,000,000", 0, 1_000_000), (0, 5, 0),
        ("+50", 5, 55), ("- Rp5", 5, 0), ("+1.000", 0, 1_000),
    ],
)  # fmt: skip
def test_changes_as_people_write_them(said: str | int, before: int, after: int) -> None:
    """By per cent, by rupiah or to rupiah; 2.5 % is two and a half, 1.000 rupiah is a thousand; half to even."""
    assert Change.of(said).applied(before) == after


@pytest.mark.parametrize("said", ["", "%", "+%", "5%", "1.5", "1,5", "+1.5", "Rp", "++5", "1e6", "10 %"])
def test_what_is_no_change(said: str) -> None:
    """A share without a sign could be meant either way, and rupiah have no parts."""
    with pytest.raises(kr.LimitsError, match="expected a change"):
        Change.of(said)
