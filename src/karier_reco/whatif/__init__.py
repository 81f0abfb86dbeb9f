"""What-if: a written plan under another budget, what changes for whom, and what the next rupiah is worth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from karier_reco.errors import InfeasibleError, SolverError
from karier_reco.optimiser import Allocation, AllocationProblem, verify
from karier_reco.optimiser.change import Replan, replan
from karier_reco.optimiser.curve import BudgetCurve, budget_curve
from karier_reco.optimiser.solve import solve
from karier_reco.texts import Language
from karier_reco.whatif import effects
from karier_reco.whatif.lines import Said, new_amounts, with_amounts
from karier_reco.whatif.mandates import refuse_conflict, with_mandates_first
from karier_reco.whatif.summary import summary

if TYPE_CHECKING:
    from karier_reco.plan import TrainingPlan

__all__ = ["WhatIf", "what_if"]


@dataclass(frozen=True, eq=False)
class WhatIf:
    """Hold a plan and what would stand in its place.

    ==============  ==========================================================================================
    plan            the plan that was asked about
    allocation      what would be granted, over ``plan.candidates`` in the order of the problem; the plan's own where
                    nothing was changed
    changes         ``budget_id, before, after``: the lines that change, in rupiah
    replan          the `Replan` behind it, where change was to be kept small; else None
    curve           the `BudgetCurve` along the shares that were asked for; else None
    ==============  ==========================================================================================
    """

    plan: TrainingPlan
    allocation: Allocation
    changes: pd.DataFrame
    replan: Replan | None = None
    curve: BudgetCurve | None = None

    @property
    def figures(self) -> pd.DataFrame:
        """Return ``figure, before, after, change``: value, bound, levels, people, seats, JP, and what that costs."""
        return effects.figures(self.plan, effects.seats_of(self.plan), self.allocation)

    @property
    def units(self) -> pd.DataFrame:
        """Return by unit the change of ``seats, levels, value`` and how many people ``gain`` and ``lose``."""
        return effects.by_unit(self.plan, effects.seats_of(self.plan), self.allocation)

    @property
    def next_rupiah(self) -> pd.DataFrame:
        """Return what the next rupiah is worth by line, ``price`` and ``per_million``, the most valuable first."""
        return effects.next_rupiah(self.plan, self.allocation)

    @property
    def interval(self) -> tuple[float | None, float | None]:
        """Return the least and the most by which the value of the best plan changes; None where no bound is known."""
        before, after = self.plan.allocation, self.allocation
        least = None if before.bound is None else after.value - before.bound
        return least, None if after.bound is None else after.bound - before.value

    def summary(self, language: Language = "id") -> str:
        """Return what changes, for whom, and what the next rupiah is worth, as text."""
        return summary(self, language)

    def __repr__(self) -> str:
        before, after = self.plan.allocation.value, self.allocation.value
        return f"WhatIf({len(self.changes)} lines change: value {before:.6g} to {after:.6g})"


def what_if(
    plan: TrainingPlan,
    budget: Said | None = None,
    *,
    units: Mapping[str, Said] | None = None,
    lines: Mapping[str, Said] | None = None,
    keep: bool = False,
    shares: Sequence[float] = (),
    **options: Any,
) -> WhatIf:
    """Plan again under other budgets, from the plan alone.

    A change is text as people write it: "+10%" and "-5%" of what there is, "+50000000" and "-Rp50.000.000" rupiah more
    or less, 900000000 to so much. ``budget`` in per cent changes every line; in rupiah those over all money, and an
    amount sets one, `total`, where there is none. ``units`` and ``lines`` give the change of a unit's lines and of
    single ones by their ids; a line's own change counts before its unit's, and that before the one of all.

    Mandates of importance 1 come first, as many as fit the new budgets; locked seats stay. ``keep`` prefers the seats
    that the plan has: as few change as can be had for 0.1 % of the value (`replan`). ``shares`` asks for a curve too:
    the budgets of the lines named, else of all, times each share (`budget_curve`); along it those mandates come first
    that fit its first point, or the first at which the locks fit, so that its points compare. Without any change
    nothing is solved, and the plan's own prices are shown.

    ``options`` go to `solve`: ``method, optimality_gap`` (0.001 here), ``time_limit, work_limit, seed, n_jobs``. The
    new allocation is verified.

    Raises
    ------
    LimitsError
        A change cannot be read, names a line or unit that there is not, or leaves less than nothing.
    InfeasibleError
        The limits contradict each other under the new budgets; ``conflict`` names them.
    SolverError
        No plan was found in time.

    Examples
    --------
    Rp3,200,000 more for classes of our own pay for a second one, worth 2.8, and it takes the place of a seat of 2.1:

    >>> import karier_reco as kr
    >>> plan = kr.make_plan(kr.load_example(), year=2027)
    >>> kr.what_if(plan, lines={"SWAKELOLA": "+3200000"})
    WhatIf(1 lines change: value 22.35 to 23.05)
    """
    seats = effects.seats_of(plan)
    options = {"optimality_gap": 1e-3, **options}
    amounts = new_amounts(plan, budget, units or {}, lines or {})
    known = plan.budgets.set_index("budget_id")["amount"]
    rows = [(line, int(known.get(line, 0)), amount) for line, amount in amounts.items()]
    changes = pd.DataFrame(rows, columns=["budget_id", "before", "after"]).astype({"budget_id": "str"})
    allocation, again = plan.allocation, None
    if amounts or keep:
        problem = with_mandates_first(with_amounts(plan, amounts, seats), plan, seats, options)
        allocation, again = _solved(problem, plan, keep, options)
        refuse_conflict(allocation, problem, seats)
        if allocation.status == "unknown":
            raise SolverError(
                f"solve: got no plan, stopped by {allocation.stopped_by!r}; expected one within its limits. "
                "Give more time.",
                solver=allocation.method,
                detail=allocation.stopped_by,
            )
        verify(problem, allocation)
    curve = None
    if len(shares):
        named = list(amounts) if units or lines else list(known.index)
        curve = _curve(plan, seats, [line for line in named if line in known.index], shares, options)
    return WhatIf(plan, allocation, changes, again, curve)


def _solved(
    problem: AllocationProblem, plan: TrainingPlan, keep: bool, options: dict[str, Any]
) -> tuple[Allocation, Replan | None]:
    if not keep:
        return solve(problem, start=plan.allocation, **options), None
    again = replan(problem, plan.allocation, **options)
    return again.kept, again


def _curve(
    plan: TrainingPlan, seats: pd.DataFrame, lines: list[str], shares: Sequence[float], options: dict[str, Any]
) -> BudgetCurve:
    """Return the curve with the mandates that fit the first point at which the locks and holds do."""
    present = plan.allocation.problem
    names = [str(name) for name in present.names["lines"]]
    chosen = [names.index(line) for line in lines]
    for share in shares:
        amounts = {line: round(float(share) * int(present.budget[names.index(line)])) for line in lines}
        try:
            problem = with_mandates_first(with_amounts(plan, amounts, seats), plan, seats, options)
        except InfeasibleError:
            if share == shares[-1]:
                raise
            continue
        break
    problem = replace(problem, budget=present.budget)
    # The plan's seats without its prices: those that a relaxation ended with lie in a corner that no descent leaves.
    return budget_curve(problem, shares, lines=chosen, **{**options, "start": plan.allocation.seats})
