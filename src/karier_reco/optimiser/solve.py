"""Find a plan and prove how close to the best it is."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import fields
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from karier_reco.errors import LimitsError, SolverError
from karier_reco.optimiser.allocation import Allocation, Prices
from karier_reco.optimiser.arrays import flags, refuse
from karier_reco.optimiser.clock import Clock, Progress
from karier_reco.optimiser.conflict import find_conflict
from karier_reco.optimiser.incumbent import Incumbent
from karier_reco.optimiser.known_answers import check_known_answers
from karier_reco.optimiser.problem import AllocationProblem

METHODS = ("auto", "exact", "prices")

#: A plan is optimal when value and bound differ by no more than this share.
OPTIMAL = 1e-9

#: A bound below the value of a plan by more than this share is no rounding: it is wrong.
WRONG = 1e-6
#: Method auto searches exactly up to so many seats.
EXACT = 20_000

log = logging.getLogger("karier_reco.optimiser")


def solve(
    problem: AllocationProblem,
    method: str = "auto",
    optimality_gap: float = 1e-4,
    time_limit: float | None = 60.0,
    work_limit: float | None = None,
    seed: int = 0,
    n_jobs: int = 1,
    start: Allocation | ArrayLike | None = None,
    on_progress: Callable[[Progress], object] | None = None,
) -> Allocation:
    """Find the plan of the highest value and a bound on what any plan can be worth.

    Parameters
    ----------
    problem
        Seats, values and limits.
    method
        "prices": prices on every shared limit, a plan repaired out of them, neighbourhoods decided anew; its bound is
        one that anyone can recompute. "exact": the same, then a search to a proof if there is time.
        "auto": exact up to 20,000 seats, else prices; the answer's ``method`` says which.
    optimality_gap
        Stop when (bound - value) / bound is at most this; 0 asks for a proof.
    time_limit
        Seconds, None for no limit. Kept by our own clock.
    work_limit
        Units of work that are the same on every machine: the repeatable stop. None for no limit. See
        ``docs/explanation/allocation.md``.
    seed
        Seed of the solver's random choices.
    n_jobs
        Threads that price people; they change nothing but the time.
    start
        An `Allocation` or an (E,) mask to start from, feasible or not. A feasible one is never lowered. The prices of
        an allocation are where the search for better ones begins.
    on_progress
        Called with a `Progress`: seconds, value, bound. Returning False stops.

    Returns
    -------
    The best plan found, why the run stopped and what is proved. Ctrl-C returns it too.

    Raises
    ------
    LimitsError
        An argument is not what it must be.
    SolverError
        The solver gave a wrong answer or none.

    Examples
    --------
    Two people, one seat that costs 3 of 5; the person who gains more gets it:

    >>> import scipy.sparse as sp
    >>> problem = AllocationProblem([0, 1], [0, 0], [1.5, 2.0], sp.csr_array([[3], [3]]), [5], [1])
    >>> allocation = solve(problem)
    >>> allocation.granted.tolist(), allocation.value, allocation.status
    ([False, True], 2.0, 'optimal')
    """
    _check(method, optimality_gap, time_limit, work_limit, seed, n_jobs)
    if method == "auto":
        method = "exact" if problem.n_seats <= EXACT else "prices"
        log.info("method auto: %s, for %d seats; exact up to %d", method, problem.n_seats, EXACT)
    clock = Clock(time_limit, work_limit, on_progress)
    first, known = _start_mask(problem, start), _start_prices(problem, start)
    check_known_answers()
    with clock.interruptible():
        return _solve(problem, method, optimality_gap, seed, n_jobs, first, known, clock)


def _solve(
    problem: AllocationProblem,
    method: str,
    gap: float,
    seed: int,
    n_jobs: int,
    first: NDArray[np.bool_] | None,
    known: Prices | None,
    clock: Clock,
) -> Allocation:
    from karier_reco.optimiser.run import LINEAR, Run  # numba, behind it, takes half a second

    run = Run(problem, gap, clock, seed, n_jobs)
    run.begin(first)
    alone = method == "prices"
    feasible = run.by_prices(alone, known) if alone or problem.n_seats > LINEAR else run.by_relaxation()
    if feasible and not run.best.within(gap) and (not alone or run.best.value is None):
        feasible = run.exactly()
    if not feasible:
        return _infeasible(problem, run.prices, method, find_conflict(problem, clock, seed), clock)
    run.finish()
    return _finished(run.best, run.prices, method, gap, clock)


def _finished(best: Incumbent, prices: Prices, method: str, gap: float, clock: Clock) -> Allocation:
    problem = best.problem
    granted = np.zeros(problem.n_seats, dtype=np.bool_) if best.granted is None else best.granted
    if best.value is not None and best.bound is not None and best.bound < best.value:
        _stop_if_wrong(best.bound, best.value, str(best.bound_by))
        best.bound = best.value  # by rounding only: both are sums of the same numbers in another order
    if best.value is None:
        status, stopped_by = "unknown", clock.reason or "time"
    elif best.within(OPTIMAL):
        status, stopped_by = "optimal", "proof"
    else:
        status, stopped_by = "feasible", "gap" if best.within(gap) else clock.reason or "gap"
    log.info("%s: value %s, bound %s by %s, %.1f s", status, best.value, best.bound, best.bound_by, clock.seconds())
    opened = np.bincount(problem.session[granted], minlength=problem.n_sessions) > 0
    value = 0.0 if best.value is None else best.value
    return Allocation(
        problem, granted, opened, value, best.bound, prices, status, stopped_by, best.bound_by, (), method
    )


def _stop_if_wrong(bound: float, value: float, source: str) -> None:
    if bound < value * (1 - WRONG):
        raise SolverError(
            f"bound by {source}: got {bound}; expected at least {value}, the value of a plan that keeps every limit. "
            "Report the problem that leads to it.",
            solver=source,
            detail="bound",
        )


def _infeasible(
    problem: AllocationProblem, prices: Prices, method: str, conflict: tuple[str, ...], clock: Clock
) -> Allocation:
    nobody, nothing = np.zeros(problem.n_seats, dtype=np.bool_), np.zeros(problem.n_sessions, dtype=np.bool_)
    log.info("infeasible: %s, %.1f s", ", ".join(conflict), clock.seconds())
    return Allocation(problem, nobody, nothing, 0.0, None, prices, "infeasible", "proof", None, conflict, method)


def _start_mask(problem: AllocationProblem, start: Allocation | ArrayLike | None) -> NDArray[np.bool_] | None:
    if start is None:
        return None
    return flags("start", start.seats if isinstance(start, Allocation) else start, (problem.n_seats,))


def _start_prices(problem: AllocationProblem, start: Allocation | ArrayLike | None) -> Prices | None:
    """Return the prices of an allocation to start from, None where there are none or they are of another problem."""
    if not isinstance(start, Allocation) or start.prices is None:
        return None
    sizes = [len(getattr(start.prices, name.name)) for name in fields(Prices)]
    fits = sizes == [problem.n_lines, problem.n_sessions, problem.n_sessions, problem.n_groups, problem.n_seats]
    return start.prices if fits else None


def _check(method: str, gap: Any, time_limit: Any, work_limit: Any, seed: Any, n_jobs: Any) -> None:
    if method not in METHODS:
        raise LimitsError(
            f"method: got {method!r}; expected one of {', '.join(METHODS)}. Choose one of these.",
            argument="method",
            value=method,
        )
    _at_least("optimality_gap", gap, 0)
    if time_limit is not None:
        _at_least("time_limit", time_limit, 0)
    if work_limit is not None:
        _at_least("work_limit", work_limit, 0)
    for name, given in (("seed", seed), ("n_jobs", n_jobs)):
        if not isinstance(given, (int, np.integer)):
            refuse(name, None, repr(given), "a whole number", "Give one.")
    _at_least("seed", seed, 0)


def _at_least(name: str, given: Any, low: float) -> None:
    if not isinstance(given, (int, float, np.number)) or not given >= low:
        refuse(name, None, repr(given), f"a number of at least {low}", "Give one.")
