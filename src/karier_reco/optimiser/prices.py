"""Good prices: the lowest bound D that a quasi-Newton descent over all prices finds.

D is convex and made of straight pieces, but a sum over thousands of people is so finely broken that L-BFGS-B treats it
as smooth. Only the sessions that open or not are few and coarse: their share max(0, surplus) is rounded off at first,
less and less, and in the end not at all. Every price on the way gives a bound that holds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from karier_reco.optimiser.allocation import Prices
from karier_reco.optimiser.clock import Clock
from karier_reco.optimiser.part import sample
from karier_reco.optimiser.pricing import Demand, Pricer, Pricing
from karier_reco.optimiser.problem import AllocationProblem

#: How far the corner of a session's share is rounded off, in mean values of a seat, one descent after the other.
ROUNDING = (1.0, 0.25, 0.06)
#: Descents without rounding, each from the best point of the last, as long as one brings this share of the bound.
RESTARTS, WORTH_A_RESTART = 4, 1e-6
#: Evaluations of one descent, and how many earlier steps it remembers.
EVALUATIONS, MEMORY = 80, 20
#: A descent ends when a step brings no more than this share, in a sample than that.
FTOL, SAMPLE_FTOL = 1e-9, 1e-4
#: Evaluations of the first descent, after which there is a first plan.
FIRST = 20
#: A session that costs to open is reckoned as so many seats when the unit of its line's price is chosen.
TEAM = 10
#: Samples of one person in so many come before a crowd that is larger than ``CROWD``; none of fewer than ``SAMPLED``.
SAMPLES, CROWD, SAMPLED = (100, 10), 20_000, 4_000

Floats = NDArray[np.float64]


class _StopError(Exception):
    """Leave a descent that the clock has stopped."""


@dataclass(frozen=True, eq=False)
class Descent:
    """What a descent found: the prices of the lowest bound, what they lead to, and (S,) how open each session was."""

    prices: Prices
    pricing: Pricing
    openness: Floats


def descend(
    pricer: Pricer,
    clock: Clock,
    start: Prices | None = None,
    on_bound: Callable[[Pricing, Prices], bool] | None = None,
    on_stage: Callable[[Descent], bool] | None = None,
    restarts: int = RESTARTS,
    evaluations: int = EVALUATIONS,
) -> Descent:
    """Lower D from ``start``, or from prices of 0 and those of samples of a crowd.

    ``on_bound`` gets every better bound, ``on_stage`` what each descent ended with; True stops. ``restarts`` is the
    largest number of descents without rounding, and each has at most so many ``evaluations``.
    """
    if start is None and pricer.problem.n_people > CROWD:
        for every in SAMPLES:
            if pricer.problem.n_people >= SAMPLED * every:
                part = Pricer(sample(pricer.problem, every), n_jobs=pricer.n_jobs, share=1.0 / every)
                found = _Search(part, clock, start, None, None).run().prices
                start = Prices(
                    found.budget, found.max_seats, found.min_seats, found.floor, np.zeros(pricer.problem.n_seats)
                )
    return _Search(pricer, clock, start, on_bound, on_stage, restarts, evaluations).run()


class _Search:
    """One descent: the prices that can be above 0, each in a unit in which they are alike."""

    def __init__(
        self,
        pricer: Pricer,
        clock: Clock,
        start: Prices | None,
        on_bound: Callable[[Pricing, Prices], bool] | None,
        on_stage: Callable[[Descent], bool] | None,
        restarts: int = RESTARTS,
        evaluations: int = EVALUATIONS,
    ) -> None:
        problem = pricer.problem
        self._pricer, self._problem, self._clock, self._share = pricer, problem, clock, pricer.share
        self._on_bound, self._on_stage, self._restarts, self._evaluations = on_bound, on_stage, restarts, evaluations
        self._opening = None if problem.opening_cost is None else problem.opening_cost.astype(np.float64).T
        demand = pricer.demand()
        self._value = demand.mean_value or 1.0
        self._limits, self._units, self._active = _limits_and_units(problem, demand, self._share, self._value)
        gated = problem.gated if problem.hold is None else problem.gated & ~problem.hold
        self._links = np.flatnonzero(gated[problem.session]) if gated.any() else np.zeros(0, dtype=np.int64)
        self._best: list[tuple[Floats, Pricing]] = []  # the lowest, once there is one
        self._openness = np.ones(problem.n_sessions)
        self._start = np.zeros(sum(len(a) for a in self._active) + self._links.size)
        self._known = start is not None and (bool(start.link.any()) or not self._links.size)
        if start is not None:
            self._start = self._variables(start)

    def run(self) -> Descent:
        """Descend with less and less rounding, then again from the best point while that helps."""
        from scipy.optimize import Bounds, minimize
        from threadpoolctl import threadpool_limits

        point, limits = self._start, Bounds(0.0, np.inf)
        with threadpool_limits(1, user_api="blas"):
            for rounded, evaluations in self._stages():
                before, done = self._lowest, False
                evaluate = partial(self._evaluate, rounded=rounded)
                most = {"maxiter": evaluations, "maxfun": evaluations}
                options: Any = {"maxcor": MEMORY, "ftol": FTOL if self._share == 1.0 else SAMPLE_FTOL, "gtol": 0} | most
                try:
                    evaluate(point)
                    if point.size:
                        found = minimize(evaluate, point, jac=True, method="L-BFGS-B", bounds=limits, options=options)
                        point = found.x if rounded else self._best[0][0]
                except _StopError:
                    done = True
                done |= self._on_stage is not None and self._on_stage(self._found())
                small = before - self._lowest < WORTH_A_RESTART * abs(self._lowest)
                if done or not point.size or (small and not rounded and evaluations != FIRST):
                    break
        return self._found()

    def _stages(self) -> list[tuple[float, int]]:
        """Give rounding and evaluations of each descent; the first is short, for a first plan."""
        if self._share < 1.0:
            return [(rounded, self._evaluations) for rounded in (ROUNDING if self._links.size else (0.0,))]
        if self._known:
            return [(0.0, self._evaluations // 2), *[(0.0, self._evaluations)] * self._restarts]
        if not self._links.size:
            return [(0.0, FIRST), *[(0.0, 3 * self._evaluations)] * self._restarts]
        return [
            (ROUNDING[0], FIRST),
            *[(rounded, self._evaluations) for rounded in ROUNDING],
            *[(0.0, self._evaluations)] * self._restarts,
        ]

    @property
    def _lowest(self) -> float:
        return self._best[0][1].bound if self._best else np.inf

    def _found(self) -> Descent:
        point, pricing = self._best[0]
        return Descent(self._prices(point), pricing, self._openness)

    def _evaluate(self, point: Floats, rounded: float) -> tuple[float, Floats]:
        """Return D, rounded off, and its slope in units of the mean value of a seat."""
        if self._best and self._clock.expired():
            raise _StopError
        prices = self._prices(point)
        pricing = self._pricer.price(prices)
        self._clock.step(pricing.work + 4e-9 * MEMORY * point.size)
        bound, problem = pricing.bound, self._problem
        if bound < self._lowest or not self._best:
            self._best = [(point.copy(), pricing)]
            if self._on_bound is not None and self._on_bound(pricing, prices):
                raise _StopError
        opened = np.ones(problem.n_sessions)
        free = problem.gated if problem.hold is None else problem.gated & ~problem.hold
        opened[free] = pricing.surplus[free] > 0
        if rounded:
            over = pricing.surplus[free] / (rounded * self._value)
            opened[free] = 1 / (1 + np.exp(-np.clip(over, -50, 50)))
            bound += rounded * self._value * float(np.log1p(np.exp(-np.abs(over))).sum())
            self._openness = opened
        slope = self._slope(pricing, opened)
        return bound / self._value, slope

    def _slope(self, pricing: Pricing, opened: Floats) -> Floats:
        lines, sessions, least, floors = self._limits
        spent = pricing.used.astype(np.float64)
        if self._opening is not None:
            spent = spent + self._share * (self._opening @ opened)
        parts = [lines - spent, sessions * opened - pricing.filled, pricing.filled - least * opened]
        worth = self._worth_of_groups(pricing)
        slopes = [
            part[active] * unit[active]
            for part, active, unit in zip([*parts, worth - floors], self._active, self._units, strict=True)
        ]
        seats = self._links
        return np.concatenate([*slopes, opened[self._problem.session[seats]] - pricing.taken[seats]])

    def _worth_of_groups(self, pricing: Pricing) -> Floats:
        problem = self._problem
        if problem.groups is None:
            return np.zeros(0)
        return np.asarray(problem.groups.T.astype(np.float64) @ problem.worth_by_person(pricing.taken))

    def _prices(self, point: Floats) -> Prices:
        parts, at = [], 0
        for active, unit in zip(self._active, self._units, strict=True):
            price = np.zeros(unit.size)
            price[active] = point[at : at + len(active)] * unit[active] * self._value
            parts.append(price)
            at += len(active)
        link = np.zeros(self._problem.n_seats)
        link[self._links] = point[at:] * self._value
        parts[3] /= self._value  # a floor's price multiplies value: it has no unit
        return Prices(parts[0], parts[1], parts[2], parts[3], link)

    def _variables(self, prices: Prices) -> Floats:
        given = (prices.budget, prices.max_seats, prices.min_seats, prices.floor * self._value)
        parts = [
            price[active] / (unit[active] * self._value)
            for price, active, unit in zip(given, self._active, self._units, strict=True)
        ]
        return np.concatenate([*parts, prices.link[self._links] / self._value])


def _limits_and_units(
    problem: AllocationProblem, demand: Demand, share: float, value: float
) -> tuple[tuple[Floats, ...], tuple[Floats, ...], tuple[NDArray[np.int64], ...]]:
    """Return limits, units and the rows that can bind, of lines, most seats, least seats and floors.

    A price stands in its unit times the mean value: divided by what one seat takes of the limit and by the root of how
    many seats the limit has room for, it moves the bound as much as any other.
    """
    money = share * problem.budget.astype(np.float64)
    wanted_money, payers = demand.used.astype(np.float64), np.maximum(demand.payers, 1)
    if problem.opening_cost is not None:
        opening = share * np.asarray(problem.opening_cost.astype(np.float64).sum(axis=0)).ravel()
        openers = np.bincount(problem.opening_cost.indices, minlength=problem.n_lines)
        wanted_money, payers = wanted_money + opening, payers + TEAM * openers
    per_seat = np.maximum(wanted_money / payers, 1e-300)
    most = share * problem.max_seats.astype(np.float64)
    least = np.zeros(problem.n_sessions) if problem.min_seats is None else share * problem.min_seats.astype(np.float64)
    floor = np.zeros(0) if problem.floor is None else share * problem.floor.astype(np.float64)
    units = (
        1 / (per_seat * np.sqrt(np.maximum(money / per_seat, 1.0))),
        1 / np.sqrt(np.maximum(most, 1.0)),
        1 / np.sqrt(np.maximum(least, 1.0)),
        1 / np.sqrt(np.maximum(floor / value, 1.0)),
    )
    asked = (least > share) & problem.gated
    if problem.hold is not None:
        asked |= problem.hold
    active = (
        np.flatnonzero(wanted_money > money),
        np.flatnonzero((demand.filled > most) | (problem.gated & (demand.filled > 0))),
        np.flatnonzero(asked),
        np.arange(floor.size),
    )
    return (money, most, least, floor), units, active
