"""The search of an assignment, level by level: plans near the bound are looked for first.

A level asks for plans worth at least its aim. The nearer the aim is to the bound, the more is fixed and the smaller
the tree; a level that finds nothing proves that no plan reaches its aim, so the bound falls to it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from karier_reco.errors import SolverError
from karier_reco.optimiser import exchange, knapsacks, tree
from karier_reco.optimiser.allocation import Prices
from karier_reco.optimiser.assignment import Assignment
from karier_reco.optimiser.clock import Clock
from karier_reco.optimiser.fixing import STEP_ROUNDING, round_down
from karier_reco.optimiser.incumbent import Incumbent

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

#: Cells of the table of one line, and of all lines together: larger budgets are counted in larger units.
MOST_CELLS, MOST_CELLS_TOGETHER = 4_000_000, 40_000_000
#: Cells filled in one unit of work, about a second, and in one call of the compiled search.
CELLS_PER_WORK, CELLS_PER_CALL = 1e9, 20_000_000
#: Rounds of prices between two plans made of the root's relaxation, and how often they are called for.
ROUNDS_PER_PLAN, ROOT_CALLS = 30, 40
#: By what the prices are to lower the root's bound: a share of it first, and this share of a level in the end.
FIRST_AIM, LAST_AIM = 1e-3, 0.1
#: Calls in a dive for a better plan.
DIVE_CALLS = 2
#: Where values have no step, the first level is this share below the bound.
FIRST_LEVEL = 1e-4
#: A bound above the best value by no more than this share is that value: a search asks for more than rounding.
CLOSE = 1e-9
#: The worth of no plan; every plan is worth at least 0.
NO_PLAN = -1.0
#: What vouches for a bound that comes from here.
SOURCE = "search"


class Levels:
    """Hold the arrays of the compiled search; plans and bounds go to ``best``."""

    def __init__(self, assignment: Assignment, prices: Prices, best: Incumbent, clock: Clock) -> None:
        self._step, self._best, self._clock = assignment.step, best, clock
        self._seats = np.lexsort((assignment.row, assignment.line))  # by seat of the model: the problem's seat
        self._model = _model(assignment, self._seats)
        self._node = _node(self._model, _row_prices(assignment, prices))
        self._tree = _tree(len(self._seats), self._step)
        self._plan = exchange.empty_plan(self._model)
        self._counted, self._mark, self._bound, self._relaxed = 0, 0, np.inf, np.inf

    def search(self, gap: float) -> bool:
        """Search until the gap is met or the clock stops it; return False if no plan keeps every limit."""
        if not tree.start(self._model, self._node, self._tree):
            return False
        self._mark = int(self._tree.at[tree.TRAIL])
        self._descend(gap)
        self._dive(gap)
        distance = self._step or FIRST_LEVEL * self._bound
        while self._open(gap):
            aim, before = self._bound - distance, self._counted
            if self._step:
                aim += self._step  # a plan worth less than the bound is worth a step less
            if not self._exhausts(aim):
                break
            if self._best.value is None and aim <= 0:
                return False
            if self._counted - before < 0.1 * self._counted:
                distance *= 2
        return True

    def _descend(self, gap: float) -> None:
        """Find prices and plans at the root.

        The prices are to bring the bound down by some distance; when they do not in a few rounds, by half of it.
        """
        self._lower(float(knapsacks.relax(self._model, self._node, self._node.price)))
        rounds = int(np.clip(CELLS_PER_CALL // max(int(self._node.work[0]), 1), 1, ROUNDS_PER_PLAN))
        distance, least = FIRST_AIM * self._bound, LAST_AIM * (self._step or FIRST_LEVEL * self._bound)
        for _ in range(ROOT_CALLS):
            self._need(self._relaxed - distance)
            self._lower(float(tree.descend(self._model, self._node, self._tree, rounds)))
            out_of_reach = self._relaxed > self._tree.number[tree.NEED]
            self._take_plans()
            if not self._open(gap) or distance < least:
                break
            if out_of_reach:
                distance /= 2

    def _dive(self, gap: float) -> None:
        """Look for plans half the way to the bound, as long as there is one after little work."""
        while self._open(gap) and self._best.value is not None and self._bound - self._best.value > self._step:
            value = self._best.value
            done = self._exhausts((self._bound + value) / 2, DIVE_CALLS)
            if not done and self._best.value == value:
                return

    def _exhausts(self, aim: float, calls: int | None = None) -> bool:
        """Look for plans worth the aim, and then for better ones; False if the clock or ``calls`` end it before that.

        When nothing is left the bound falls to what was looked for last.
        """
        self._need(aim)
        done, made = False, 0
        while not done and made != calls and not self._clock.expired():
            done = bool(tree.search(self._model, self._node, self._tree, CELLS_PER_CALL, tree.ROUNDS))
            self._take_plans()
            made += 1
        if done:
            self._lower(self._below(float(self._tree.number[tree.NEED])))
        self._tree.at[tree.DEPTH] = 0
        tree.take_back(self._model, self._node, self._tree, self._mark)
        return done

    def _open(self, gap: float) -> bool:
        """Say whether there is anything left to do."""
        return not self._best.within(gap) and not self._clock.expired()

    def _lower(self, bound: float) -> None:
        """Take a bound: no plan is worth more."""
        self._relaxed = bound
        value = self._best.value or 0.0
        bound = min(self._bound, round_down(bound, self._step))
        self._bound = bound if bound > value * (1 + CLOSE) else value
        self._best.lower_bound_to(self._bound, SOURCE)

    def _need(self, aim: float) -> None:
        """Ask the tree for plans worth the aim, and more than the best one."""
        number = self._tree.number
        number[tree.NEED] = aim - STEP_ROUNDING * self._step
        if self._best.value is not None:
            number[tree.WORTH] = self._best.value
            tree.ask_more(self._tree)
        number[tree.SLACK] = 0.05 * max(self._step, self._relaxed - float(number[tree.NEED]))

    def _take_plans(self) -> None:
        """Offer the tree's plan and one made of the relaxation's seats."""
        number, best = self._tree.number, self._best
        if number[tree.WORTH] > (NO_PLAN if best.value is None else best.value):
            self._offer(self._tree.plan)
        if exchange.build(self._model, self._plan, self._node.chosen, self._node.mean):
            exchange.improve(self._model, self._plan)
            if best.value is None or self._model.gain @ self._plan.granted > best.value:
                self._offer(self._plan.granted)
        self._count()
        if best.value is not None and best.value > number[tree.WORTH]:
            number[tree.WORTH] = best.value
            tree.ask_more(self._tree)

    def _offer(self, plan: Floats) -> None:
        granted = np.zeros(len(plan), dtype=np.bool_)
        granted[self._seats] = plan == 1
        if not self._best.offer(granted):
            raise SolverError(
                f"search: got a plan of {int(granted.sum())} seats that breaks a limit; expected one that keeps all. "
                "Report the problem that leads to it.",
                solver=SOURCE,
                detail="plan",
            )

    def _count(self) -> None:
        """Tell the clock what was done since the last time."""
        done = int(self._node.work[0])
        self._clock.step((done - self._counted) / CELLS_PER_WORK)
        self._counted = done

    def _below(self, need: float) -> float:
        """Return what no plan is above if none is worth ``need``."""
        return float(np.floor(need / self._step)) * self._step if self._step else need


def _model(a: Assignment, seats: Ints) -> knapsacks.Model:
    line, row, weight = a.line[seats], a.row[seats], a.weight[seats]
    first = np.searchsorted(line, np.arange(len(a.budget) + 1))
    cells = min(MOST_CELLS, MOST_CELLS_TOGETHER // len(a.budget))
    rooms = np.maximum(cells // (np.diff(first) + 1) - 1, 1)
    unit = a.budget // rooms + 1
    by_row = np.argsort(row, kind="stable")
    starts = np.searchsorted(row[by_row], np.arange(len(a.low) + 1))
    pairs = np.unique(row * len(a.budget) + line)
    apart = np.bincount(pairs // len(a.budget), minlength=len(a.low)) == np.diff(starts)
    gain = a.formulation.gain[seats]
    return knapsacks.Model(
        gain, weight, weight // unit[line], line, row, first, a.budget, unit, starts, by_row, a.low, a.high, apart
    )


def _row_prices(a: Assignment, prices: Prices) -> Floats:
    """Return what makes the relaxation's prices whole: the worth of the last seat that a row lets somebody have."""
    problem = a.formulation.problem
    net = a.formulation.gain - problem.seat_cost @ prices.budget - prices.max_seats[problem.session]
    order = np.lexsort((-net, a.row))
    starts = np.searchsorted(a.row[order], np.arange(len(a.low) + 1))
    best = net[order]

    def last(count: Ints) -> Floats:
        there = (count > 0) & (count <= np.diff(starts))
        return np.where(there, best[np.where(there, starts[:-1] + count - 1, 0)], 0.0)

    high, low = last(a.high), last(a.low)
    return np.where((high > 0) | (a.low == a.high), high, np.minimum(low, 0.0))


def _node(model: knapsacks.Model, price: Floats) -> knapsacks.Node:
    n, rows = len(model.gain), len(model.low)
    rooms = model.budget // model.unit + 1
    return knapsacks.Node(
        fixed=np.full(n, knapsacks.FREE, np.int8),
        left=model.budget.copy(),
        ones=np.zeros(rows, np.int64),
        free=np.diff(model.starts),
        price=price,
        net=np.zeros(n),
        chosen=np.zeros(n),
        loss=np.zeros(n),
        mean=np.zeros(n),
        table=np.zeros(int(((np.diff(model.first) + 1) * rooms).max())),
        after=np.zeros(int(rooms.max())),
        items=np.zeros(n, np.int64),
        work=np.zeros(1, np.int64),
    )


def _tree(n: int, step: float) -> tree.Tree:
    return tree.Tree(
        trail=np.zeros(n, np.int64),
        seat=np.zeros(n, np.int64),
        mark=np.zeros(n, np.int64),
        other=np.zeros(n, np.int8),
        at=np.zeros(3, np.int64),
        number=np.array([0.0, NO_PLAN, step, 0.0, 1.0]),
        plan=np.zeros(n),
    )
