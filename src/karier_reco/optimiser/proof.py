"""What prices prove: the bound D(prices) on the value of every allocation, recomputed from the prices alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from karier_reco.optimiser.arrays import people_blocks, whole
from karier_reco.optimiser.problem import AllocationProblem
from karier_reco.optimiser.search import Search
from karier_reco.optimiser.sets import Block, Rules, SomePrices
from karier_reco.optimiser.uses import TOLERANCE

#: Sets of one person that are tried before an upper bound stands for their best; more only where a claim needs it.
NODE_LIMITS = (300, 20_000, 1_000_000)


@dataclass(frozen=True)
class Proof:
    """The bound that prices prove.

    ``scale`` is the size of its terms, ``loose_people`` those bounded from above. ``rounded`` is the bound, rounded
    down to a number that values of plans are multiples of, where there is one: no plan is worth more than this either.
    """

    bound: float
    scale: float
    loose_people: int
    rounded: float


def prove(problem: AllocationProblem, prices: SomePrices, claimed: float | None = None) -> Proof:
    """Compute D(prices): no allocation of the problem is worth more, whatever the prices, if they are >= 0.

    D = sum(budget prices x budget) - sum(floor prices x floor) + for every session what opening it is worth, if
    that is above 0 or it is held + for every person the most that an allowed set of their seats is worth at these
    prices. The last is found for a block of people at a time, of most by their best seats alone, of some by trying
    all sets, of the rest by enumeration with pruning. Where that takes long, an upper bound stands for it, unless
    ``claimed`` is lower than what it gives: then the search goes on. Minus infinity if a person has no allowed set.

    Where values are multiples of a whole number g and neither needs nor hours add to them, a plan's value is one too:
    it is at most the largest multiple of g up to D, with an allowance of 1e-9 of the size of D's terms.
    """
    rules, step = Rules(problem), _step(problem)
    best, negligible, loose = np.zeros(problem.n_people), 0.0, list[int]()
    linked = np.zeros(problem.n_sessions)
    for people, seats in people_blocks(problem.starts):
        block = Block(problem, prices, rules, people, seats)
        linked += block.linked
        best[people], others = block.best()
        negligible += block.negligible
        for person in others:
            best[people.start + person], exact = Search(block, person).best(NODE_LIMITS[0])
            loose += [] if exact else [people.start + person]
    fixed, scale = _shared(problem, prices, linked)

    for limit in (*NODE_LIMITS[1:], None):
        bound = fixed + negligible + float(best.sum())
        size = scale + float(np.abs(best[np.isfinite(best)]).sum())
        rounded = min(bound, step * np.floor((bound + TOLERANCE * max(1.0, size)) / step)) if step else bound
        if limit is None or not loose or claimed is None or rounded <= claimed + TOLERANCE * max(1.0, scale):
            break
        todo, loose = loose, []
        for person in todo:
            seats = slice(int(problem.starts[person]), int(problem.starts[person + 1]))
            block = Block(problem, prices, rules, slice(person, person + 1), seats)
            best[person], exact = Search(block, 0).best(limit)
            loose += [] if exact else [person]
    return Proof(bound, size, len(loose), float(rounded))


def _shared(problem: AllocationProblem, prices: SomePrices, linked: NDArray[np.float64]) -> tuple[float, float]:
    """Return the terms of D that no person has, and the sum of their sizes."""
    most = whole(problem.max_seats)
    least = np.zeros_like(most) if problem.min_seats is None else whole(problem.min_seats)
    money = np.asarray(prices.budget, dtype=np.float64)
    opening = prices.max_seats * most - prices.min_seats * least + linked
    if problem.opening_cost is not None:
        opening = opening - problem.opening_cost.astype(np.float64) @ money
    held = np.zeros(problem.n_sessions, dtype=bool) if problem.hold is None else problem.hold
    opening = np.where(held, opening, np.maximum(opening, 0.0))
    floors = 0.0 if problem.floor is None else float(prices.floor @ problem.floor)
    budgets = float(money @ whole(problem.budget))
    return budgets - floors + float(opening.sum()), budgets + floors + float(np.abs(opening).sum())


def _step(problem: AllocationProblem) -> int:
    """Return a whole number of which every plan's value is a multiple; 0 where none is known."""
    paid_hours = problem.hour_value > 0 and problem.hours is not None and problem.target_hours is not None
    if problem.n_needs or paid_hours:
        return 0
    step = 0
    for _, seats in people_blocks(problem.starts):
        value = problem.value[seats]
        if value.max(initial=0) > 2**53 or (value % 1 != 0).any():
            return 0
        step = int(np.gcd(step, np.gcd.reduce(value.astype(np.int64))))
    return step
