"""A new plan that changes as little as it can: seats that an earlier plan granted are preferred, at a price."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from karier_reco.optimiser.allocation import Allocation
from karier_reco.optimiser.arrays import flags, numbers
from karier_reco.optimiser.feasibility import broken_rows
from karier_reco.optimiser.problem import AllocationProblem
from karier_reco.optimiser.solve import OPTIMAL, solve
from karier_reco.optimiser.verify import verify

Bools = NDArray[np.bool_]

#: Bonuses that are tried, in units of that which can lose no more than is allowed.
FACTORS = (1, 4)


@dataclass(frozen=True, eq=False)
class Replan:
    """Hold two new plans for one problem: ``best`` for its value, ``kept`` with less change from ``before``.

    ``before`` (E,) are the seats of the earlier plan. ``kept`` is worth at least what ``best`` is, less the share that
    was allowed.
    """

    problem: AllocationProblem
    before: Bools
    best: Allocation
    kept: Allocation

    def moved(self, allocation: Allocation) -> int:
        """Return how many people have other seats in a plan than they had before."""
        return len(np.unique(self.problem.person[allocation.seats != self.before]))

    def __repr__(self) -> str:
        best, kept = self.best, self.kept
        return (
            f"Replan(best: value {best.value:.6g}, {self.moved(best)} people move; "
            f"kept: value {kept.value:.6g}, {self.moved(kept)} people move)"
        )


def replan(problem: AllocationProblem, before: Allocation | ArrayLike, share: float = 1e-3, **options: Any) -> Replan:
    """Plan anew with as few changed seats as can be had for a share of the value.

    The problem is solved for its value; then from what is left of ``before`` when it breaks no limit, with a bonus on
    each of its seats: so small that all those together that the first plan does not grant are worth ``share`` of its
    value, so that no more is lost to get them back; and with four times that bonus, for as a rule far less is lost. A
    plan is taken only if it keeps every limit, floors without the bonus, and loses no more than it may. What is decided
    stays: locked seats are musts.

    Parameters
    ----------
    problem
        What may be granted now.
    before
        The earlier plan, an `Allocation` or an (E,) mask over the seats of the problem; feasible or not.
    share
        The share of the value that may be given up.
    options
        As in `solve`, for each of the three.

    Raises
    ------
    LimitsError
        An argument is not what it must be.

    Examples
    --------
    One chair, two people to whom it is worth nearly the same; the one who had it keeps it:

    >>> import scipy.sparse as sp
    >>> problem = AllocationProblem([0, 1], [0, 0], [2.0, 2.001], sp.csr_array([[1], [1]]), [1], [1])
    >>> replan(problem, [True, False])
    Replan(best: value 2.001, 2 people move; kept: value 2, 0 people move)
    """
    share = float(numbers("share", np.atleast_1d(share), (1,))[0])
    seats = flags("before", before.seats if isinstance(before, Allocation) else before, (problem.n_seats,))
    best = solve(problem, **{**options, "start": before})
    if best.status not in ("feasible", "optimal"):
        return Replan(problem, seats, best, best)
    verify(problem, best)
    kept, missing = best, int((seats & ~best.granted).sum())
    for factor in FACTORS if missing else ():
        liked = replace(problem, value=problem.value + factor * share * best.value / missing * seats)
        # The bonuses are a share of the value: only a closer gap than that can tell them apart.
        gap = min(float(options.get("optimality_gap", 1e-4)), 0.01 * share)
        start = replace(best, problem=liked, granted=_mended(liked, seats, best))
        found = solve(liked, **{**options, "optimality_gap": gap, "start": start}).granted
        enough = not broken_rows(problem, found) and problem.worth(found) >= (1 - share) * best.value
        if enough and (found & seats).sum() > (kept.granted & seats).sum():
            kept = _of_the_problem(best, found)
    verify(problem, kept)
    return Replan(problem, seats, best, kept)


def _mended(problem: AllocationProblem, seats: Bools, best: Allocation) -> Bools:
    """Return what is left of the seats when they break no limit, at the prices known, and all that fits beside them."""
    from karier_reco.optimiser.repair import Repair

    repair = Repair(problem, prices=best.prices)
    return repair.build(repair.best_first(seats))


def _of_the_problem(best: Allocation, granted: Bools) -> Allocation:
    """Return a plan found with a bonus as one of the problem without it: its own value, and the bound known."""
    problem, value = best.problem, best.problem.worth(granted)
    optimal = best.bound is not None and best.bound - value <= OPTIMAL * best.bound
    bound = max(value, best.bound) if optimal and best.bound is not None else best.bound
    facts: dict[str, Any] = {
        "value": value,
        "bound": bound,
        "status": "optimal" if optimal else "feasible",
        "stopped_by": "proof" if optimal else "gap" if best.stopped_by == "proof" else best.stopped_by,
    }
    opened = np.bincount(problem.session[granted], minlength=problem.n_sessions) > 0
    return replace(best, granted=granted, opened=opened, **facts)
