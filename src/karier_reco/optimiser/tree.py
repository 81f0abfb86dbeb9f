"""A search of all plans of knapsacks with priced people: bound, fix, branch. Compiled.

A plan that is looked for is worth at least ``need``. What cannot be in such a plan is fixed:

* the bound less what the other choice for a seat loses is an upper limit of every plan that makes that choice;
* lines are apart from each other in the bound, so the losses of seats of different lines add up: a person who may have
  one seat and gets this one does not get the others.

So every plan worth at least ``need`` is found or excluded, and when nothing is left there is none.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from karier_reco.optimiser.kernels import compiled
from karier_reco.optimiser.knapsacks import FREE, inner, relax, weigh

#: Rounds of prices at a node; the share of a new point in the average; the pace of the prices' steps.
ROUNDS = 20
SHARE = 0.15
SLOWEST, QUICKEST = 1e-3, 2.0
#: A node whose seats were fixed to such a share is bounded anew before it is branched on.
MANY = 0.1
#: The average from which on a seat is first granted, not first refused.
LIKELY = 0.3

TRAIL, DEPTH, SPREAD = 0, 1, 2
NEED, WORTH, STEP, SLACK, PACE = 0, 1, 2, 3, 4


class Tree(NamedTuple):
    """Hold the way from the root to the node that is looked at, and the best plan found."""

    trail: Any  # (n,) int64: seats in the order in which they were fixed
    seat: Any  # (n,) int64: by depth, the seat that was branched on
    mark: Any  # (n,) int64: by depth, the length of the trail before
    other: Any  # (n,) int8: by depth, the choice that is not tried yet, -1 for none
    at: Any  # (3,) int64: length of the trail, depth, length of the trail that is seen through
    number: Any  # (5,) float64: what a plan must be worth, the best plan's worth, step of values, slack, pace
    plan: Any  # (n,) float64: the best plan


@inner
def refuse(model: Any, node: Any, tree: Any, e: int) -> None:
    """Fix a free seat to 0."""
    node.fixed[e] = 0
    node.free[model.person[e]] -= 1
    tree.trail[tree.at[TRAIL]] = e
    tree.at[TRAIL] += 1


@inner
def grant(model: Any, node: Any, tree: Any, e: int) -> None:
    """Fix a free seat to 1."""
    node.fixed[e] = 1
    node.free[model.person[e]] -= 1
    node.ones[model.person[e]] += 1
    node.left[model.line[e]] -= model.weight[e]
    tree.trail[tree.at[TRAIL]] = e
    tree.at[TRAIL] += 1


@compiled
def take_back(model: Any, node: Any, tree: Any, mark: int) -> None:
    """Free the seats that were fixed after the trail was ``mark`` long."""
    while tree.at[TRAIL] > mark:
        tree.at[TRAIL] -= 1
        e = tree.trail[tree.at[TRAIL]]
        p = model.person[e]
        node.free[p] += 1
        if node.fixed[e] == 1:
            node.ones[p] -= 1
            node.left[model.line[e]] += model.weight[e]
        node.fixed[e] = FREE
    tree.at[SPREAD] = mark


@inner
def settle(model: Any, node: Any, tree: Any, p: int) -> None:
    """Refuse a person who has the most seats the others, grant all to one who needs every seat there is."""
    full = node.ones[p] == model.high[p]
    for a in range(model.starts[p], model.starts[p + 1]):
        e = model.seats[a]
        if node.fixed[e] == FREE and full:
            refuse(model, node, tree, e)
        elif node.fixed[e] == FREE:
            grant(model, node, tree, e)


@inner
def spread(model: Any, node: Any, tree: Any) -> bool:
    """Fix what follows from what was fixed; False if no plan is left."""
    while tree.at[SPREAD] < tree.at[TRAIL]:
        e = tree.trail[tree.at[SPREAD]]
        tree.at[SPREAD] += 1
        p, k = model.person[e], model.line[e]
        if node.ones[p] > model.high[p] or node.ones[p] + node.free[p] < model.low[p] or node.left[k] < 0:
            return False
        full, asked = node.ones[p] == model.high[p], node.ones[p] + node.free[p] == model.low[p]
        if node.free[p] and (full or asked):
            settle(model, node, tree, p)
        if node.fixed[e] == 1:
            for f in range(model.first[k], model.first[k + 1]):
                if node.fixed[f] == FREE and model.weight[f] > node.left[k]:
                    refuse(model, node, tree, f)
    return True


@compiled
def start(model: Any, node: Any, tree: Any) -> bool:
    """Refuse the seats that no line has room for, and see through what follows; False if there is no plan."""
    for e in range(len(model.gain)):
        if model.weight[e] > model.budget[model.line[e]]:
            refuse(model, node, tree, e)
    for p in range(len(model.low)):
        if node.ones[p] + node.free[p] < model.low[p]:
            return False
        if node.ones[p] == model.high[p] or node.ones[p] + node.free[p] == model.low[p]:
            settle(model, node, tree, p)
    return bool(spread(model, node, tree))


@inner
def take(model: Any, tree: Any, plan: Any) -> bool:
    """Keep a plan that has what everybody asks for, if it is worth what is needed."""
    worth = 0.0
    for e in range(len(model.gain)):
        worth += model.gain[e] * plan[e]
    if worth < tree.number[NEED] or worth <= tree.number[WORTH]:
        return False
    for p in range(len(model.low)):
        count = 0
        for a in range(model.starts[p], model.starts[p + 1]):
            count += plan[model.seats[a]] == 1
        if not model.low[p] <= count <= model.high[p]:
            return False
    for k in range(len(model.budget)):
        used = 0
        for e in range(model.first[k], model.first[k + 1]):
            used += model.weight[e] * (plan[e] == 1)
        if used > model.budget[k]:
            return False
    tree.plan[:] = plan
    tree.number[WORTH] = worth
    ask_more(tree)
    return True


@compiled
def ask_more(tree: Any) -> None:
    """Look for plans that are worth more than the best one: by a whole step where values have steps."""
    worth, step = tree.number[WORTH], tree.number[STEP]
    more = step * (1 - 1e-6) if step > 0 else 1e-10 * abs(worth)
    tree.number[NEED] = max(tree.number[NEED], worth + more)


@inner
def excess(model: Any, seats: Any, price: Any, over: Any) -> float:
    """Write by person how much ``seats`` are above the most or below the least; return the sum of squares."""
    total = 0.0
    for p in range(len(model.low)):
        count = 0.0
        for a in range(model.starts[p], model.starts[p + 1]):
            count += seats[model.seats[a]]
        over[p] = 0.0
        if count > model.high[p] or (count >= model.low[p] and price[p] > 0):
            over[p] = count - model.high[p]
        elif count < model.low[p] or price[p] < 0:
            over[p] = count - model.low[p]
        total += over[p] * over[p]
    return total


@compiled
def descend(model: Any, node: Any, tree: Any, rounds: int) -> Any:
    """Change the prices, so many rounds, until the bound is below what is needed; return the bound they prove.

    The volume method: the best prices move along the excess of an average of the relaxation's plans.
    """
    best = relax(model, node, node.price)
    take(model, tree, node.chosen)
    node.mean[:] = node.chosen
    price = node.price.copy()
    over, here = np.zeros(len(price)), np.zeros(len(price))
    pace, idle = tree.number[PACE], 0
    for _ in range(rounds):
        if best < tree.number[NEED] or pace < SLOWEST:
            break
        square = excess(model, node.mean, node.price, over)
        if square < 1e-12:
            break
        step = pace * (best - tree.number[NEED] + tree.number[SLACK]) / square
        for p in range(len(price)):
            price[p] = node.price[p] + step * over[p]
            if model.low[p] < model.high[p] and price[p] * node.price[p] < 0:
                price[p] = 0.0
        bound = relax(model, node, price)
        take(model, tree, node.chosen)
        for e in range(len(node.mean)):
            node.mean[e] += SHARE * (node.chosen[e] - node.mean[e])
        if bound < best:
            idle = 0 if bound < best - 1e-4 * (best - tree.number[NEED]) else idle
            best = bound
            node.price[:] = price
            excess(model, node.chosen, price, here)
            along = 0.0
            for p in range(len(price)):
                along += here[p] * over[p]
            pace = min(QUICKEST, 1.1 * pace) if along > 0 else pace
        else:
            idle += 1
        if idle == 10:
            pace, idle = 0.66 * pace, 0
    tree.number[PACE] = max(pace, 0.05)
    return best


@inner
def fix(model: Any, node: Any, tree: Any, bound: float) -> bool:
    """Fix every seat of which one choice leaves less than is needed; False if both do."""
    spare = bound - tree.number[NEED]
    for p in range(len(model.low)):
        single = model.apart[p] and model.high[p] - node.ones[p] == 1
        others = 0.0  # what all chosen seats of the person lose together
        for a in range(model.starts[p], model.starts[p + 1]):
            e = model.seats[a]
            if single and node.fixed[e] == FREE and node.chosen[e] == 1:
                others += node.loss[e]
        for a in range(model.starts[p], model.starts[p + 1]):
            e = model.seats[a]
            if node.fixed[e] != FREE:
                continue
            granted = others - node.loss[e] if node.chosen[e] == 1 and single else 0.0
            if node.chosen[e] == 0:
                granted = others + node.loss[e]
            refused = node.loss[e] if node.chosen[e] == 1 else 0.0
            if granted > spare and refused > spare:
                return False
            if granted > spare:
                refuse(model, node, tree, e)
            elif refused > spare:
                grant(model, node, tree, e)
    return True


@inner
def free_seats(node: Any) -> Any:
    """Count the free seats."""
    free = 0
    for p in range(len(node.free)):
        free += node.free[p]
    return free


@inner
def visit(model: Any, node: Any, tree: Any, rounds: int) -> Any:
    """Bound a node and fix its seats; return how many are free, 0 if nothing is left of it."""
    while True:
        bound = descend(model, node, tree, rounds)
        if bound < tree.number[NEED]:
            return 0
        bound = relax(model, node, node.price)
        weigh(model, node)
        before = free_seats(node)
        if not fix(model, node, tree, bound) or not spread(model, node, tree):
            return 0
        after = free_seats(node)
        if after == 0:
            relax(model, node, node.price)  # which has no choice left
            take(model, tree, node.chosen)
            return 0
        if before - after < MANY * before:
            return after


@inner
def branch(model: Any, node: Any, tree: Any) -> None:
    """Decide the seat of the largest share of a line among those that the average cuts in two."""
    best, most = -1, -1.0
    for e in range(len(model.gain)):
        if node.fixed[e] == FREE:
            cut = min(node.mean[e], 1 - node.mean[e]) * model.weight[e] / max(model.budget[model.line[e]], 1)
            if cut > most:
                best, most = e, cut
    depth = tree.at[DEPTH]
    tree.seat[depth], tree.mark[depth] = best, tree.at[TRAIL]
    tree.at[DEPTH] += 1
    if node.mean[best] >= LIKELY:
        tree.other[depth] = 0
        grant(model, node, tree, best)
    else:
        tree.other[depth] = 1
        refuse(model, node, tree, best)


@inner
def turn_back(model: Any, node: Any, tree: Any) -> bool:
    """Go to the next node that is not looked at yet; False if there is none."""
    while tree.at[DEPTH] > 0:
        depth = tree.at[DEPTH] - 1
        take_back(model, node, tree, tree.mark[depth])
        other = tree.other[depth]
        if other < 0:
            tree.at[DEPTH] -= 1
            continue
        tree.other[depth] = -1
        if other == 1:
            grant(model, node, tree, tree.seat[depth])
        else:
            refuse(model, node, tree, tree.seat[depth])
        if spread(model, node, tree):
            return True
    return False


@compiled
def search(model: Any, node: Any, tree: Any, work: int, rounds: int) -> bool:
    """Look at nodes until so much work is done; True when no plan worth what is needed is left to be found.

    A call goes on where the last one stopped.
    """
    stop = node.work[0] + work
    while node.work[0] < stop:
        if visit(model, node, tree, rounds):
            branch(model, node, tree)
            if spread(model, node, tree):
                continue
        if not turn_back(model, node, tree):
            return True
    return False
