"""The best plan along a curve of budgets: each point starts from the one before, plans and prices serve all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from time import monotonic
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from karier_reco.errors import SolverError
from karier_reco.optimiser.allocation import Allocation
from karier_reco.optimiser.arrays import numbers, refuse, whole_numbers
from karier_reco.optimiser.problem import AllocationProblem
from karier_reco.optimiser.solve import OPTIMAL, solve
from karier_reco.optimiser.verify import verify

#: The shares of the budgets that a curve has unless it is told otherwise.
SHARES = (0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.3, 1.4, 1.5)
#: The shortest time, in seconds, that a point is given.
SHORTEST = 0.5

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class BudgetCurve:
    """Hold the plans of one problem under budgets that rise from point to point.

    ``lines`` (L,) are those that change, ``budget`` (N, B) is what each point has of every line, ``allocations`` has
    its plan. Neither value nor bound falls from one point to the next.
    """

    problem: AllocationProblem
    lines: Ints
    budget: Ints
    allocations: tuple[Allocation, ...]

    @property
    def amount(self) -> Ints:
        """Return (N,) the sum of the lines that change; where lines overlap it counts the same money more than once."""
        return np.asarray(self.budget[:, self.lines].sum(axis=1))

    @property
    def value(self) -> Floats:
        """Return (N,) what the plans are worth."""
        return np.array([allocation.value for allocation in self.allocations])

    @property
    def bound(self) -> tuple[float | None, ...]:
        """Return the bounds: no plan of that budget is worth more; None where nothing is known."""
        return tuple(allocation.bound for allocation in self.allocations)

    @property
    def price(self) -> tuple[float | None, ...]:
        """Return by how much one more unit of ``amount``, spread as the budgets are, raises each bound: by prices."""
        base = self.problem.budget[self.lines].astype(np.float64)
        spread = base / max(base.sum(), 1.0) if len(base) > 1 else np.ones(len(base))
        prices = [allocation.prices for allocation in self.allocations]
        return tuple(None if p is None else float(p.budget[self.lines] @ spread) for p in prices)

    @property
    def slope(self) -> tuple[float | None, ...]:
        """Return by how much the value rises per unit of ``amount`` to the next point: measured; None at the last."""
        steps = zip(np.diff(self.value).tolist(), np.diff(self.amount).tolist(), strict=True)
        return (*(rise / step if step else None for rise, step in steps), None)

    def rows(self) -> list[dict[str, Any]]:
        """Return a record for each point, for a table."""
        return [
            {
                "amount": int(amount),
                "value": allocation.value,
                "bound": allocation.bound,
                "optimality_gap": allocation.optimality_gap,
                "price": price,
                "slope": slope,
                "status": allocation.status,
            }
            for amount, allocation, price, slope in zip(
                self.amount, self.allocations, self.price, self.slope, strict=True
            )
        ]

    def __len__(self) -> int:
        return len(self.allocations)

    def __repr__(self) -> str:
        return f"BudgetCurve({len(self)} points, value {self.value.min():.6g} to {self.value.max():.6g})"


def budget_curve(
    problem: AllocationProblem,
    shares: ArrayLike = SHARES,
    budgets: ArrayLike | None = None,
    lines: Sequence[int] | None = None,
    *,
    effort: float | None = 2.0,
    optimality_gap: float = 1e-3,
    time_limit: float | None = 60.0,
    work_limit: float | None = None,
    **options: Any,
) -> BudgetCurve:
    """Solve a problem along a curve of budgets, each plan verified.

    The point nearest to the present budget is solved first, then outwards, each from the plan and the prices of its
    neighbour. In the end all points serve each other: a plan of a smaller budget fits a larger one, the bound of a
    larger one holds for a smaller, and prices prove a bound for every budget, not only for that which they were found
    for. So the bounds by prices together are the certified curve: it rises ever more slowly.

    Parameters
    ----------
    problem
        The problem; its budget is the base.
    shares
        (N,) rising: the share of the base that each point has of the lines that change, to the nearest whole unit.
    budgets
        (N,) rising, whole units, instead of shares: what each point has of the one line that changes.
    lines
        The lines that change; None for all.
    effort
        All points after the first may together take this many times what the first took, of time or, with a limit of
        work, of work; but half a second each. None: each may take what the first may.
    optimality_gap, time_limit, work_limit, options
        As in `solve`, for each point; with ``start`` the first begins. Where ``on_progress`` or Ctrl-C stops a point,
        the curve ends with the points that were reached.

    Raises
    ------
    LimitsError
        An argument is not what it must be.
    SolverError
        The solver gave a wrong answer or none.
    VerificationError
        A point does not hold; this would be our bug.

    Examples
    --------
    Seats that cost 1 and are worth 3, 2 and 1: each further unit of the budget is worth less.

    >>> import scipy.sparse as sp
    >>> cost = sp.csr_array([[1], [1], [1]])
    >>> problem = AllocationProblem([0, 1, 2], [0, 0, 0], [3.0, 2.0, 1.0], cost, [2], [3])
    >>> curve = budget_curve(problem, budgets=[1, 2, 3])
    >>> curve.value.tolist(), curve.bound, curve.slope
    ([3.0, 5.0, 6.0], (3.0, 5.0, 6.0), (2.0, 1.0, None))
    """
    chosen = _lines(problem, lines)
    budget = _budgets(problem, chosen, shares, budgets)
    if effort is not None:
        effort = float(numbers("effort", np.atleast_1d(effort), (1,))[0])
    limits = {"optimality_gap": optimality_gap, "time_limit": time_limit, "work_limit": work_limit}
    points = [replace(problem, budget=row) for row in budget]
    base = np.abs(budget - problem.budget).sum(axis=1)
    found = _walk(points, int(base.argmin()), effort, limits, options)
    reached = sorted(found)
    plans = _shared([found[at] for at in reached], optimality_gap)
    for plan in plans:
        verify(plan.problem, plan)
    return BudgetCurve(problem, chosen, budget[reached], tuple(plans))


def _walk(
    points: list[AllocationProblem], middle: int, effort: float | None, limits: dict[str, Any], options: dict[str, Any]
) -> dict[int, Allocation]:
    """Solve the middle point, then upwards, then downwards; return what was reached."""
    began = monotonic()
    found = {middle: solve(points[middle], **limits, **options)}
    solved = monotonic()
    verify(points[middle], found[middle])
    checked = monotonic() - solved
    end = solved + (effort or 0.0) * (solved - began)
    time_limit = limits["time_limit"]
    upwards, downwards = range(middle + 1, len(points)), range(middle - 1, -1, -1)
    steps = [*((at, at - 1) for at in upwards), *((at, at + 1) for at in downwards)]
    for done, (at, neighbour) in enumerate(steps):
        if any(plan.stopped_by == "interrupt" for plan in found.values()):
            break
        own = dict(limits)
        if effort is not None and limits["work_limit"] is not None:
            own["work_limit"] = effort * limits["work_limit"] / len(steps)
        elif effort is not None:
            # What a point leaves of its time is for those after it; each is verified once more in the end.
            left = (end - monotonic()) / (len(steps) - done) - checked
            own["time_limit"] = max(left, SHORTEST) if time_limit is None else min(max(left, SHORTEST), time_limit)
        found[at] = solve(points[at], **own, **{**options, "start": found[neighbour]})
    return found


def _shared(found: list[Allocation], gap: float) -> list[Allocation]:
    """Return the points, in the order of rising budgets, each with the best plan and bound that any of them has."""
    plans = _bounded_by_prices(found)
    for at in range(len(plans) - 2, -1, -1):
        larger, own = plans[at + 1], plans[at]
        if larger.bound is not None and own.status != "infeasible" and (own.bound is None or larger.bound < own.bound):
            prices = larger.prices if larger.bound_by == "prices" else own.prices
            plans[at] = replace(own, bound=larger.bound, bound_by=larger.bound_by, prices=prices)
    for at in range(1, len(plans)):
        smaller, own = plans[at - 1], plans[at]
        if not _has_plan(smaller) or (_has_plan(own) and own.value >= smaller.value):
            continue
        if own.status == "infeasible":
            raise SolverError(
                f"solve: got 'infeasible' with the budget {own.problem.budget.tolist()}; expected a plan, for there is "
                f"one with {smaller.problem.budget.tolist()}. Report the problem that leads to it.",
                solver=own.method,
                detail="infeasible",
            )
        taken = {name: getattr(smaller, name) for name in ("granted", "opened", "value")}
        plans[at] = replace(own, status="feasible", **taken)
    return [_stated(plan, gap) for plan in plans]


def _bounded_by_prices(found: list[Allocation]) -> list[Allocation]:
    """Return the points, each with the prices of any point that prove the lowest bound for its budget.

    At fixed prices the bound changes by price times change of the budget and by nothing else.
    """
    from karier_reco.optimiser.pricing import Pricer

    priced = [allocation.prices for allocation in found if allocation.prices is not None]
    if not priced:
        return list(found)
    base = found[0].problem
    pricer = Pricer(base)
    proved = np.array([pricer.price(prices).bound for prices in priced])
    change = np.array([(plan.problem.budget - base.budget).astype(np.float64) for plan in found])
    bounds = proved[:, None] + np.array([prices.budget for prices in priced]) @ change.T
    plans = []
    for plan, best, bound in zip(found, bounds.argmin(axis=0).tolist(), bounds.min(axis=0).tolist(), strict=True):
        lower = plan.status != "infeasible" and np.isfinite(bound) and (plan.bound is None or bound < plan.bound)
        plans.append(replace(plan, bound=max(bound, 0.0), bound_by="prices", prices=priced[best]) if lower else plan)
    return plans


def _has_plan(allocation: Allocation) -> bool:
    return allocation.status in ("feasible", "optimal")


def _stated(plan: Allocation, gap: float) -> Allocation:
    """Return the point with status and reason as its plan and bound now say."""
    if plan.bound is None or not _has_plan(plan):
        return plan
    # A bound lower than the value by rounding only; `verify` refuses any other.
    bound = plan.value if abs(plan.bound - plan.value) <= OPTIMAL * plan.value else plan.bound
    status = "optimal" if bound - plan.value <= OPTIMAL * bound else "feasible"
    reason = "gap" if bound - plan.value <= gap * bound else plan.stopped_by
    return replace(plan, bound=bound, status=status, stopped_by="proof" if status == "optimal" else reason)


def _lines(problem: AllocationProblem, lines: Sequence[int] | None) -> Ints:
    if lines is None:
        return np.arange(problem.n_lines)
    chosen = whole_numbers("lines", lines, (None,), 0, problem.n_lines - 1)
    if len(np.unique(chosen)) < len(chosen):
        refuse("lines", None, chosen.tolist(), "every line once", "Leave the repeated one out.")
    return chosen.astype(np.int64)


def _budgets(problem: AllocationProblem, lines: Ints, shares: ArrayLike, budgets: ArrayLike | None) -> Ints:
    """Return (N, B) the budget of each point."""
    given: NDArray[Any]
    if budgets is None:
        name, given = "shares", numbers("shares", shares, (None,))
        own = problem.budget[lines].astype(np.float64)
        scaled = np.rint(given[:, None] * own).astype(np.int64)
        changed = np.where(given[:, None] == 1, problem.budget[lines].astype(np.int64), scaled)
    else:
        name, given = "budgets", whole_numbers("budgets", budgets, (None,))
        if len(lines) != 1:
            refuse("lines", None, f"{len(lines)} lines", "one line with budgets", "Name it, or give shares.")
        changed = given[:, None].astype(np.int64)
    if not len(given):
        refuse(name, None, "no entry", "at least one", "Name a point of the curve.")
    back = np.flatnonzero(np.diff(given) <= 0)
    if back.size:
        at = int(back[0]) + 1
        refuse(name, at, given[at], f"more than {given[at - 1].item()}, the entry before", "Let them rise.")
    budget = np.tile(problem.budget.astype(np.int64), (len(given), 1))
    budget[:, lines] = changed
    return budget
