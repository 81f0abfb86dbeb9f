"""The page: one file that an official reads and signs, without script and without network."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from karier_reco.explanation import line_names
from karier_reco.plan import TrainingPlan
from karier_reco.report.html import render
from karier_reco.report.views import (
    Totals,
    budget_rows,
    by_competency,
    by_form,
    by_limit,
    by_problem,
    by_quarter,
    share,
    totals_of,
    unit_names,
    waiting_rows,
)
from karier_reco.words import Words

#: Rows of the page's longest tables; the workbook has them all.
MOST_COMPETENCIES = 15
MOST_UNITS = 200
MOST_WAITING = 15


def page(plan: TrainingPlan, words: Words, figures: Mapping[str, tuple[str, str]] | None = None) -> str:
    """Return the page as HTML: sums and masked numbers, no names; ``figures`` as `charts.figures` returns them."""
    return render("plan.html.j2", words, plan=plan, figures=figures, **_content(plan, words))


def _content(plan: TrainingPlan, words: Words) -> dict[str, Any]:
    totals = totals_of(plan)
    limits = by_limit(plan, words)
    waiting = waiting_rows(plan, words).sort_values(["value", "employee_id"], ascending=[False, True], kind="stable")
    units = plan.units[plan.units["people"] > 0].sort_values(["unit", "unit_id"], kind="stable")
    deferred = plan.mandates[plan.mandates["status"].eq("deferred")]
    return {
        "totals": totals,
        "sentences": _summary(plan, words, totals, limits),
        "budgets": _records(budget_rows(plan, words)),
        "quarters": _records(by_quarter(plan)),
        "units": _records(units.head(MOST_UNITS)),
        "units_left": max(0, len(units) - MOST_UNITS),
        "unit_sums": units.drop(columns=["unit_id", "unit"]).sum().to_dict(),
        "forms": _records(by_form(plan, words)),
        "competencies": _records(by_competency(plan, words, MOST_COMPETENCIES)),
        "limits": _records(limits),
        "waiting": _records(waiting.head(MOST_WAITING)),
        "waiting_left": max(0, len(waiting) - MOST_WAITING),
        "deferred": _deferred(plan, words, deferred.head(MOST_WAITING)),
        "deferred_left": max(0, len(deferred) - MOST_WAITING),
        "remarks": _records(by_problem(plan)),
        "left_out": _records(plan.left_out),
        "certificate": certificate_rows(plan, words),
        "share": share,
    }


def _summary(plan: TrainingPlan, words: Words, totals: Totals, limits: pd.DataFrame) -> list[list[str]]:
    """Say the plan in sentences, by paragraph: people, money, quality, who waits."""
    whole, money = words.whole, totals.money
    counts = {name: whole(getattr(totals, name)) for name in ("people", "employees", "seats", "sessions", "jp")}
    sums = {name: words.rupiah(getattr(money, name)) for name in ("total", "fee", "travel", "opening")}
    people = [words("page.people", **counts), words("page.levels", levels=words.number(totals.levels))]
    spent = [words("page.money", **sums)]
    overall = plan.budgets[plan.budgets["account"].eq("any") & plan.budgets["unit_id"].eq("")]
    if len(overall):
        line = overall.sort_values(["amount", "budget_id"]).iloc[0]
        amount, left = words.rupiah(int(line["amount"])), words.rupiah(int(line["left"]))
        part = words.percent(share(money.total, float(line["amount"])), 1)
        spent.append(words("page.money_line", share=part, amount=amount, left=left))
    waits = [words("page.no_wait")]
    if totals.waiting:
        waits = [words("page.waits", waiting=whole(totals.waiting), alone=whole(totals.waiting_without_seat))]
    if len(limits):
        first = limits.iloc[0]
        waits.append(words("page.waits_most", limit=words.short(first["limit"]), people=whole(first["people"])))
    return [people, spent, [quality_sentence(plan, words)], waits]


def quality_sentence(plan: TrainingPlan, words: Words) -> str:
    """Say how close the plan is to the best, in plain words, and who vouches for it."""
    allocation = plan.allocation
    if allocation.bound is None or allocation.bound_by is None:
        return words("page.no_bound")
    by = words.code("bound_by", allocation.bound_by)
    if allocation.status == "optimal":
        return words("page.optimal", by=by)
    above = (allocation.bound - allocation.value) / allocation.value if allocation.value else 1.0
    return words("page.near", gap=_gap(above, words), by=by)


def _gap(gap: float, words: Words) -> str:
    """Write a gap rounded up, so that the page never claims more than was shown."""
    if gap == 0:
        return "0 %"
    digits = 2 if gap >= 1e-3 else 4
    up = -(-gap * 100 * 10**digits // 1) / 10**digits
    return f"{words.number(up, digits)} %"


def certificate_rows(plan: TrainingPlan, words: Words) -> list[tuple[str, str]]:
    """Return the certificate as pairs of words."""
    allocation, gap = plan.allocation, plan.allocation.optimality_gap
    unknown = words("unknown")
    rows = {
        "status": words.code("status", allocation.status),
        "value": words.number(allocation.value, 3),
        "bound": unknown if allocation.bound is None else words.number(allocation.bound, 3),
        "optimality_gap": unknown if gap is None else _gap(gap, words),
        "bound_by": unknown if allocation.bound_by is None else words.code("bound_by", allocation.bound_by),
        "stopped_by": words.code("stopped_by", allocation.stopped_by),
        "method": allocation.method,
        "as_of": words.day(plan.as_of),
    }
    return [(words(f"certificate.{name}"), text) for name, text in rows.items()]


def _deferred(plan: TrainingPlan, words: Words, mandates: pd.DataFrame) -> list[dict[str, Any]]:
    rows = mandates.merge(plan.courses[["course_id", "title"]], on="course_id", how="left")
    lines, units = line_names(plan.budgets, words), unit_names(plan)
    return _records(rows.assign(why=[words.limits(names, lines, units) for names in rows["limits"]]))


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]
