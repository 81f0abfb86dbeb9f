"""The bound that prices prove: D of ``docs/explanation/allocation.md``, block of people by block of people.

One function prices one block. Blocks are fixed and their sums are taken in order, so the number of workers changes
nothing, memory is bounded, and a block can be priced wherever joblib sends it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from karier_reco.optimiser import kernels
from karier_reco.optimiser.allocation import Prices
from karier_reco.optimiser.blocks import Block, cut
from karier_reco.optimiser.problem import AllocationProblem, Bools, Floats
from karier_reco.optimiser.worth import Worth, weigh

#: One unit of work, about a second of one core: so many seats priced, or so many sets looked at.
SEATS_PER_WORK = 4e7
LOOKS_PER_WORK = 2e6

Indices = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Pricing:
    """What prices lead to: ``bound`` is D(prices).

    ``used`` (B,) is what everybody's best set takes from the lines, ``filled`` (S,) how many sit where, ``taken`` (E,)
    the seats, ``worth`` (P,) what each set is worth after prices: minus infinity for a person without an allowed set,
    and so is the bound. ``surplus`` (S,) is what opening a session is worth at these prices.
    For ``bounded`` people an upper limit stands for their best set; ``looks`` is how many sets were looked at.
    """

    bound: float
    used: Indices
    filled: Indices
    taken: Bools
    worth: NDArray[np.float64]
    surplus: NDArray[np.float64]
    bounded: int
    looks: int

    @property
    def work(self) -> float:
        """Return the units of work that it took."""
        return self.taken.size / SEATS_PER_WORK + self.looks / LOOKS_PER_WORK


class BlockPricing(NamedTuple):
    """What one block adds to a `Pricing`: of its people worth (n,) and seats (m,), of all (B,) and (S,)."""

    worth: NDArray[np.float64]
    taken: Bools
    used: Indices
    filled: Indices
    bounded: int
    looks: int


class Demand(NamedTuple):
    """What all seats together would use: of the lines (B,), by how many seats that pay (B,), and by session (S,)."""

    used: Indices
    payers: Indices
    filled: Indices
    mean_value: float


class Pricer:
    """Price a problem again and again; ``n_jobs`` threads share the blocks and change nothing.

    Of a sample of people every limit that they share counts as the ``share`` that they are of all.
    """

    def __init__(
        self, problem: AllocationProblem, worth: Worth | None = None, n_jobs: int = 1, share: float = 1.0
    ) -> None:
        self.problem, self.n_jobs, self.share = problem, n_jobs, share
        self._blocks = list(cut(problem, weigh(problem) if worth is None else worth))

    def price(self, prices: Prices, nodes: int = kernels.MOST_NODES) -> Pricing:
        """Compute D(prices), at least the value of every plan."""
        problem = self.problem
        surplus = self._opening_surplus(prices)
        total = self.share * float(prices.budget @ problem.budget.astype(np.float64))
        if problem.floor is not None:
            total -= self.share * float(prices.floor @ problem.floor)
        taken, worth = np.empty(problem.n_seats, dtype=np.bool_), np.empty(problem.n_people)
        used, filled = np.zeros(problem.n_lines, np.int64), np.zeros(problem.n_sessions, np.int64)
        bounded, looks = 0, 0
        at = self._at(prices)

        def one(block: Block) -> BlockPricing:
            return price_block(block, *at(block), nodes)

        for block, answer in zip(self._blocks, self._each(one), strict=True):
            worth[block.who], taken[block.seats] = answer.worth, answer.taken
            used += answer.used
            filled += answer.filled
            bounded += answer.bounded
            looks += answer.looks
            total += float(answer.worth.sum())
        held = np.zeros(problem.n_sessions, dtype=np.bool_) if problem.hold is None else problem.hold
        total += float(np.where(held, surplus, np.maximum(surplus, 0.0)).sum())
        return Pricing(total, used, filled, taken, worth, surplus, bounded, looks)

    def regrets(self, prices: Prices, taken: Bools) -> NDArray[np.float64]:
        """Return (E,) about how much it costs at the prices to decide otherwise about a seat than ``taken`` does."""
        regret = np.empty(self.problem.n_seats)
        for block, net, weight in self.nets(prices):
            kernels.regrets(block.people, net, weight, taken[block.seats], regret[block.seats])
        return regret

    def nets(self, prices: Prices) -> Iterator[tuple[Block, Floats, Floats]]:
        """Give each block, (m,) what is left of its seats' worth after prices, and (n,) the weights of its people."""
        at = self._at(prices)
        for block in self._blocks:
            weight, money, toll, link = at(block)
            net = np.empty(block.people.session.size)
            kernels.charge(block.people, block.costs, weight, money, toll, link, net)
            yield block, net, weight

    def weights(self, prices: Prices) -> Floats:
        """Return (P,) by what the prices of floors multiply what each person's seats are worth."""
        weight = np.ones(self.problem.n_people)
        if self.problem.groups is not None:
            weight += self.problem.groups.astype(np.float64) @ prices.floor
        return weight

    def paid(self, prices: Prices) -> Floats:
        """Return (E,) what each seat pays at the prices."""
        toll = (prices.max_seats - prices.min_seats)[self.problem.session]
        return np.asarray(self.problem.seat_cost.astype(np.float64) @ prices.budget + toll + prices.link)

    def _opening_surplus(self, prices: Prices) -> NDArray[np.float64]:
        """Return (S,) what opening each session is worth at the prices: in D those above 0 are open."""
        problem = self.problem
        surplus = problem.max_seats.astype(np.float64) * prices.max_seats
        if problem.min_seats is not None:
            surplus -= problem.min_seats.astype(np.float64) * prices.min_seats
        if problem.opening_cost is not None:
            surplus -= problem.opening_cost.astype(np.float64) @ prices.budget
        surplus *= self.share
        if prices.link.any():
            surplus += np.bincount(problem.session, weights=prices.link, minlength=problem.n_sessions)
        return surplus

    def _at(self, prices: Prices) -> Callable[[Block], tuple[Floats, Floats, Floats, Floats]]:
        """Return what says of a block its weights and prices, as `price_block` takes them."""
        toll, weight, linked = prices.max_seats - prices.min_seats, self.weights(prices), bool(prices.link.any())

        def at(block: Block) -> tuple[Floats, Floats, Floats, Floats]:
            link = prices.link[block.seats] if linked else np.empty(0)
            return weight[block.who], prices.budget, toll, link

        return at

    def demand(self) -> Demand:
        """Count what all seats together would use."""
        problem = self.problem
        used, payers = np.zeros(problem.n_lines, np.int64), np.zeros(problem.n_lines, np.int64)
        filled, total = np.zeros(problem.n_sessions, np.int64), 0.0
        for block in self._blocks:
            total += kernels.demand(block.people, block.costs, used, payers, filled)
        return Demand(used, payers, filled, total / problem.n_seats if problem.n_seats else 0.0)

    def _each(self, one: Any) -> Iterator[BlockPricing]:
        if self.n_jobs == 1 or len(self._blocks) == 1:
            return map(one, self._blocks)
        from joblib import Parallel, delayed

        workers = Parallel(n_jobs=self.n_jobs, prefer="threads", return_as="generator")
        answers: Iterator[BlockPricing] = workers(delayed(one)(block) for block in self._blocks)
        return answers


def price_block(
    block: Block, weight: Floats, money: Floats, toll: Floats, link: Floats, nodes: int = kernels.MOST_NODES
) -> BlockPricing:
    """Price the people of one block.

    ``weight`` (n,) multiplies what each person's seats are worth, ``money`` (B,) and ``toll`` (S,) are the prices of
    lines and sessions, ``link`` (m,) those of links, or empty.
    """
    people, costs = block.people, block.costs
    net, taken = np.empty(people.session.size), np.empty(people.session.size, dtype=np.bool_)
    worth, used, filled = np.empty(people.most.size), np.zeros(money.size, np.int64), np.zeros(toll.size, np.int64)
    kernels.charge(people, costs, weight, money, toll, link, net)
    bounded, looks = kernels.best_sets(people, net, weight, nodes, worth, taken)
    kernels.use(people, costs, taken, used, filled)
    return BlockPricing(worth, taken, used, filled, bounded, looks)
