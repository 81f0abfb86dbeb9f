"""What a changed allocation means beside the plan's own: in all, and by unit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from karier_reco.optimiser import Allocation, AllocationProblem
from karier_reco.optimiser.feasibility import spent_by
from karier_reco.whatif.mandates import mandate_of

if TYPE_CHECKING:
    from karier_reco.plan import TrainingPlan

SEAT = ["employee_id", "session_id"]
STEP = ["employee_id", "competency_id", "step"]
#: What is gained or lost below this is rounding.
DUST = 1e-9
MILLION = 1_000_000

Bools = NDArray[np.bool_]


def seats_of(plan: TrainingPlan) -> pd.DataFrame:
    """Return the candidates in the order of the problem's seats."""
    order = plan.allocation.order
    rows = plan.candidates if order is None else plan.candidates.iloc[order]
    return rows.reset_index(drop=True)


def figures(plan: TrainingPlan, seats: pd.DataFrame, after: Allocation) -> pd.DataFrame:
    """Return ``figure, before, after`` and ``change``; a bound that is not known is missing."""
    one = _figures(plan, seats, plan.allocation)
    other = _figures(plan, seats, after)
    table = pd.DataFrame({"figure": list(one), "before": list(one.values()), "after": list(other.values())})
    table[["before", "after"]] = table[["before", "after"]].astype("float64")
    return table.assign(change=table["after"] - table["before"])


def _figures(plan: TrainingPlan, seats: pd.DataFrame, allocation: Allocation) -> dict[str, Any]:
    granted = seats[allocation.seats]
    mandate = mandate_of(plan, seats)[allocation.seats]
    names = np.array(allocation.problem.names["sessions"], dtype=object)
    opening = plan.sessions.set_index("session_id")["opening_cost"].reindex(names[allocation.opened])
    return {
        "value": allocation.value,
        "bound": np.nan if allocation.bound is None else allocation.bound,
        "levels": float(_levels(plan, granted).sum()),
        "people": granted["employee_id"].nunique(),
        "seats": len(granted),
        "jp": int(granted["jp"].sum()),
        "sessions": int(allocation.opened.sum()),
        "mandates": len(np.unique(mandate[mandate >= 0])),
        "cost": int(granted["fee"].sum() + granted["travel"].sum() + opening.fillna(0).sum()),
    }


def _levels(plan: TrainingPlan, granted: pd.DataFrame) -> pd.Series:
    """Return the levels that seats close by person; what two seats close of one step counts once."""
    taken = pd.MultiIndex.from_frame(plan.closures[SEAT]).isin(pd.MultiIndex.from_frame(granted[SEAT]))
    steps = plan.closures[taken].groupby(STEP)["closure"].sum().clip(upper=1.0)
    return steps.groupby("employee_id").sum()


def by_unit(plan: TrainingPlan, seats: pd.DataFrame, after: Allocation) -> pd.DataFrame:
    """Return a row for each unit: ``unit_id, unit``, the change of ``seats, levels, value``, who ``gain`` and ``lose``.

    Somebody gains whose plan is worth more than before. Units in which nothing changes are left out; those that gain
    most value come first.
    """
    unit = plan.people.set_index("employee_id")["unit_id"]
    table = pd.DataFrame({"employee_id": unit.index, "unit_id": unit.to_numpy()}).set_index("employee_id")
    one, other = plan.allocation, after
    value = _by_person(other.problem, seats, other.seats).sub(_by_person(one.problem, seats, one.seats), fill_value=0)
    count = (
        seats["employee_id"][other.seats]
        .value_counts()
        .sub(seats["employee_id"][one.seats].value_counts(), fill_value=0)
    )
    levels = _levels(plan, seats[other.seats]).sub(_levels(plan, seats[one.seats]), fill_value=0)
    for name, change in (("seats", count), ("levels", levels), ("value", value)):
        table[name] = change.reindex(table.index).fillna(0.0)
    table["gain"], table["lose"] = table["value"] > DUST, table["value"] < -DUST
    table["moved"] = table["gain"] | table["lose"] | (table["levels"].abs() > DUST) | (table["seats"] != 0)
    sums = table.groupby("unit_id").sum()
    sums = sums[sums["moved"] > 0].astype({"seats": "int64", "gain": "int64", "lose": "int64"})
    names = plan.units.set_index("unit_id")["unit"].reindex(sums.index)
    sums.insert(0, "unit", names.to_numpy())
    sums = sums.reset_index().drop(columns="moved")
    order = np.lexsort((sums["unit_id"].to_numpy(object).astype(str), -sums["value"].round(9)))
    return sums.iloc[order].reset_index(drop=True)


def _by_person(problem: AllocationProblem, seats: pd.DataFrame, granted: Bools) -> pd.Series:
    ids = seats["employee_id"].to_numpy(dtype=object)
    first = np.unique(problem.person, return_index=True)
    return pd.Series(problem.worth_by_person(granted)[first[0]], index=ids[first[1]])


def next_rupiah(plan: TrainingPlan, allocation: Allocation) -> pd.DataFrame:
    """Return what one more rupiah is worth by line, the most valuable first.

    Columns ``budget_id, account, unit_id, unit, amount, used, left, price`` (value per rupiah) and ``per_million``.
    A price is by how much one more rupiah on this line alone raises the bound: an estimate, for small changes. Without
    prices it is missing.
    """
    problem = allocation.problem
    table = pd.DataFrame({"budget_id": pd.Series(list(problem.names["lines"]), dtype="str")})
    known = plan.budgets.set_index("budget_id")
    for name, otherwise in (("account", "any"), ("unit_id", ""), ("unit", "")):
        table[name] = known[name].reindex(table["budget_id"]).fillna(otherwise).to_numpy()
    table["amount"] = problem.budget.astype(np.int64)
    table["used"] = spent_by(problem, allocation.seats)
    table["left"] = table["amount"] - table["used"]
    table["price"] = np.nan if allocation.prices is None else allocation.prices.budget
    table["per_million"] = MILLION * table["price"]
    counted = table["budget_id"].isin(known.index) | (table.index >= plan.allocation.problem.n_lines)
    table = table[counted]
    order = np.lexsort((table["budget_id"].to_numpy(object).astype(str), -table["price"]))
    return table.iloc[order].reset_index(drop=True)
