"""Which budget lines a what-if changes, and the problem with their new amounts."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import scipy.sparse as sp

from karier_reco.errors import LimitsError
from karier_reco.optimiser import AllocationProblem
from karier_reco.whatif.amounts import Change

if TYPE_CHECKING:
    from karier_reco.plan import TrainingPlan

#: The line over all money that ``budget`` sets where the plan has none, named as `make_plan` names it.
TOTAL = "total"

Said = str | int


def new_amounts(
    plan: TrainingPlan, budget: Said | None, units: Mapping[str, Said], lines: Mapping[str, Said]
) -> dict[str, int]:
    """Return the new amounts of the lines that change: a line's own change counts before its unit's, before all.

    An amount for all is one for the lines over all money, any account and no unit; where there is none, `TOTAL` is one.
    """
    table = plan.budgets.set_index("budget_id")
    amounts = {str(line): int(amount) for line, amount in table["amount"].items()}
    changed: dict[str, int] = {}
    if budget is not None:
        changed = _of_all(budget, table, amounts)
    for unit, said in units.items():
        place = f"units[{unit}]"
        change, own = Change.of(said, place), list(table.index[table["unit_id"] == unit])
        _known("units", unit, {str(known) for known in table["unit_id"] if known})
        changed |= {line: change.applied(amounts[line], place) for line in own}
    for line, said in lines.items():
        place = f"lines[{line}]"
        change = Change.of(said, place)
        _known("lines", line, amounts.keys())
        changed[line] = change.applied(amounts[line], place)
    return changed


def _of_all(budget: Said, table: pd.DataFrame, amounts: Mapping[str, int]) -> dict[str, int]:
    change = Change.of(budget)
    overall = [str(line) for line in table.index[(table["account"] == "any") & (table["unit_id"] == "")]]
    if change.kind == "to" and not overall:
        return {TOTAL if TOTAL not in amounts else f"{TOTAL}'": change.applied(0)}
    if change.kind == "by" and not overall:
        raise LimitsError(
            f"budget: got {budget!r}; expected a line over all money, of which it is more or less. "
            "Give per cent, the new amount, or the change of a line.",
            argument="budget",
            value=budget,
        )
    return {line: change.applied(amounts[line]) for line in (amounts if change.kind == "share" else overall)}


def _known(argument: str, name: str, known: Collection[str]) -> None:
    if name not in known:
        near = difflib.get_close_matches(name, sorted(known), n=1)
        hint = f"Did you mean {near[0]!r}?" if near else f"There are {', '.join(sorted(known)) or 'none'}."
        raise LimitsError(
            f"{argument}: got {name!r}; expected one that has budget lines of the plan. {hint}",
            argument=argument,
            value=name,
        )


def with_amounts(plan: TrainingPlan, amounts: Mapping[str, int], seats: pd.DataFrame) -> AllocationProblem:
    """Return the plan's problem with other amounts; ``seats`` are its candidates in the order of the problem."""
    problem = plan.allocation.problem
    names = [str(name) for name in problem.names["lines"]]
    for line in amounts:
        if line not in names:
            problem, names = _with_total(plan, seats, line), [*names, line]
    budget = problem.budget.astype(np.int64)
    for line, amount in amounts.items():
        budget[names.index(line)] = amount
    return replace(problem, budget=budget)


def _with_total(plan: TrainingPlan, seats: pd.DataFrame, name: str) -> AllocationProblem:
    """Return the plan's problem with one more line, over fees, travel and opening costs of everybody."""
    problem = plan.allocation.problem
    charge = (seats["fee"] + seats["travel"]).to_numpy(np.int64)
    opening = plan.sessions.set_index("session_id")["opening_cost"].reindex(list(problem.names["sessions"]))
    paid = opening.fillna(0).to_numpy(np.int64)
    others = sp.csr_array((problem.n_sessions, problem.n_lines), dtype=np.int64)
    others = others if problem.opening_cost is None else problem.opening_cost
    return replace(
        problem,
        cost=sp.csr_array(sp.hstack([problem.seat_cost, sp.csr_array(charge[:, None])])),
        opening_cost=sp.csr_array(sp.hstack([others, sp.csr_array(paid[:, None])])),
        budget=np.append(problem.budget.astype(np.int64), 0),
        names={**problem.names, "lines": [*problem.names["lines"], name]},
    )
