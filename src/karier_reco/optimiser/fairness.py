"""What floors for groups cost: the best plan with them beside the best plan without them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from karier_reco.errors import InfeasibleError, SolverError
from karier_reco.optimiser.allocation import Allocation, Prices
from karier_reco.optimiser.arrays import refuse
from karier_reco.optimiser.problem import AllocationProblem, Floats
from karier_reco.optimiser.solve import solve
from karier_reco.optimiser.verify import verify


@dataclass(frozen=True, eq=False)
class PriceOfFairness:
    """Hold two plans of one problem, ``fair`` with its floors and ``free`` without, and what the floors cost.

    The cost is that of the best plans: ``cost`` is the difference of the plans found, an estimate; the true one lies in
    ``interval``, by the bounds of both.
    """

    fair: Allocation
    free: Allocation

    @property
    def cost(self) -> float:
        """Return the value without the floors less the value with them."""
        return self.free.value - self.fair.value

    @property
    def interval(self) -> tuple[float, float | None]:
        """Return the least and the most that the floors can cost; None where no bound is known."""
        least = 0.0 if self.fair.bound is None else max(self.free.value - self.fair.bound, 0.0)
        return least, None if self.free.bound is None else self.free.bound - self.fair.value

    @property
    def share(self) -> float:
        """Return the cost as a share of the value without the floors."""
        return self.cost / self.free.value if self.free.value > 0 else 0.0

    def groups(self) -> list[dict[str, Any]]:
        """Return a record for each group: its floor, its value without and with the floors, the price of the floor.

        The price is by how much the bound falls when the floor is raised by one unit of value: an estimate, for small
        changes.
        """
        problem, prices = self.fair.problem, self.fair.prices
        free, fair = _worth_of_groups(problem, self.free), _worth_of_groups(problem, self.fair)
        floor = np.zeros(0) if problem.floor is None else problem.floor
        price = np.zeros(problem.n_groups) if prices is None else prices.floor
        names = problem.names.get("groups", range(problem.n_groups))
        rows = zip(names, floor.tolist(), free.tolist(), fair.tolist(), price.tolist(), strict=True)
        return [dict(zip(("group", "floor", "free", "fair", "price"), row, strict=True)) for row in rows]

    def __repr__(self) -> str:
        least, most = self.interval
        known = f"at least {least:.6g}" if most is None else f"{least:.6g} to {most:.6g}"
        return f"PriceOfFairness({self.cost:.6g}, {known}, {100 * self.share:.3g} % of the value)"


def price_of_fairness(problem: AllocationProblem, **options: Any) -> PriceOfFairness:
    """Solve a problem with its floors and without them, and compare.

    ``options`` go to `solve`, for each of the two. The plan with the floors is where the search without them starts, so
    their cost is never below 0. Both plans are verified.

    Raises
    ------
    LimitsError
        The problem has no groups with floors.
    InfeasibleError
        No plan keeps the floors; ``conflict`` names limits that cannot hold together.
    SolverError
        No plan with the floors was found in time.

    Examples
    --------
    One seat; the first person would gain 3 and the second 1, of whom a floor asks for 1:

    >>> import scipy.sparse as sp
    >>> groups = sp.csr_array([[False], [True]])
    >>> problem = AllocationProblem(
    ...     [0, 1], [0, 0], [3.0, 1.0], sp.csr_array([[1], [1]]), [1], [1], groups=groups, floor=[1.0])
    >>> measured = price_of_fairness(problem)
    >>> measured.cost, measured.interval
    (2.0, (2.0, 2.0))
    """
    if not problem.n_groups:
        refuse("groups", None, "no group", "at least one with a floor", "Give the problem groups and floors.")
    fair = solve(problem, **options)
    if fair.status == "infeasible":
        raise InfeasibleError(
            f"floor: got {', '.join(fair.conflict)}; expected limits that can hold together. Lower a floor.",
            conflict=fair.conflict,
        )
    if fair.status == "unknown":
        raise SolverError(
            f"solve: got no plan that keeps the floors, stopped by {fair.stopped_by!r}; expected one within its "
            "limits. Give more time, or lower floors.",
            solver=fair.method,
            detail=fair.stopped_by,
        )
    freed = _freed(problem)
    start = replace(fair, problem=freed, prices=None if fair.prices is None else _without_floors(fair.prices))
    free = solve(freed, **{**options, "start": start})
    if free.bound is not None and (fair.bound is None or free.bound < fair.bound):
        # What bounds every plan bounds those with floors too.
        fair = replace(fair, bound=max(free.bound, fair.value), bound_by=free.bound_by, prices=_with_floors(free, fair))
    for allocation in (fair, free):
        verify(allocation.problem, allocation)
    return PriceOfFairness(fair, free)


def _freed(problem: AllocationProblem) -> AllocationProblem:
    names = {key: texts for key, texts in problem.names.items() if key != "groups"}
    return replace(problem, groups=None, floor=None, names=names)


def _without_floors(prices: Prices) -> Prices:
    return replace(prices, floor=np.zeros(0))


def _with_floors(free: Allocation, fair: Allocation) -> Prices | None:
    """Return the prices of the plan without floors for the problem with them: floors cost nothing."""
    if free.prices is None or free.bound_by != "prices":
        return fair.prices
    return replace(free.prices, floor=np.zeros(fair.problem.n_groups))


def _worth_of_groups(problem: AllocationProblem, allocation: Allocation) -> Floats:
    if problem.groups is None:
        return np.zeros(0)
    return np.asarray(problem.groups.T.astype(np.float64) @ problem.worth_by_person(allocation.granted))
