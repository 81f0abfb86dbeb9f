"""One knapsack per line: people's limits are priced, the lines stay whole. Compiled.

For any prices y of the limits of people the value of a plan is at most ``sum_p (high_p y_p if y_p > 0 else low_p y_p)``
plus, line by line, the most that seats worth ``gain - y`` can bring together without taking more than the line has.
That is never above the linear relaxation, whose knapsacks may cut seats in two.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numba

from karier_reco.optimiser.kernels import MAY_KEEP, compiled

#: What a seat adds below this is rounding.
NOTHING = 1e-12
FREE = -1


def inner(function: Any) -> Any:
    """Compile what only compiled code may call: being callable from Python is half the time that compilation takes."""
    options: dict[str, Any] = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}
    return numba.njit(cache=MAY_KEEP, nogil=True, **options)(function)


class Model(NamedTuple):
    """Hold n seats of P people in m lines: each takes from one line and counts for one person. Seats sorted by line.

    ``weight`` is what a seat takes; ``small`` the same in units of ``unit``, rounded down, so that no knapsack is
    larger than its table. ``apart``: the person has no two seats in one line.
    """

    gain: Any  # (n,) float64
    weight: Any  # (n,) int64
    small: Any  # (n,) int64
    line: Any  # (n,) int64
    person: Any  # (n,) int64
    first: Any  # (m + 1,) the seats of line k are first[k] to first[k + 1] - 1
    budget: Any  # (m,) int64
    unit: Any  # (m,) int64
    starts: Any  # (P + 1,) the seats of person p are seats[starts[p] : starts[p + 1]]
    seats: Any  # (n,) int64
    low: Any  # (P,) int64, fewest seats
    high: Any  # (P,) int64, most seats
    apart: Any  # (P,) bool


class Node(NamedTuple):
    """Hold what is decided so far, and the relaxation of what is not."""

    fixed: Any  # (n,) int8: 0, 1 or FREE
    left: Any  # (m,) int64: what the lines have left beside the seats fixed to 1
    ones: Any  # (P,) int64: seats fixed to 1
    free: Any  # (P,) int64: seats that are free
    price: Any  # (P,) float64: y
    net: Any  # (n,) float64: gain - y
    chosen: Any  # (n,) float64: 1 for the relaxation's seats, else 0
    loss: Any  # (n,) float64: what the other choice for a free seat costs at least
    mean: Any  # (n,) float64: a moving average of the chosen seats
    table: Any  # float64: values of a knapsack by items and room
    after: Any  # float64: values of the items that come later, by room
    items: Any  # (n,) int64
    work: Any  # (1,) int64: cells of tables that were filled


@inner
def collect(model: Any, node: Any, k: int) -> tuple[int, int]:
    """List the free seats of line ``k`` that add something; return how many and what they take."""
    count, taken = 0, 0
    for e in range(model.first[k], model.first[k + 1]):
        node.chosen[e] = 1.0 if node.fixed[e] == 1 else 0.0
        if node.fixed[e] == FREE and node.net[e] > NOTHING:
            node.items[count] = e
            count += 1
            taken += model.small[e]
    return count, taken


@inner
def fill(model: Any, node: Any, count: int, room: int) -> float:
    """Fill the table of the listed seats, choose the best of them, return what they bring."""
    table, width = node.table, room + 1
    for c in range(width):
        table[c] = 0.0
    for t in range(count):
        e = node.items[t]
        takes, net = model.small[e], node.net[e]
        old, new = t * width, (t + 1) * width
        for c in range(min(takes, width)):
            table[new + c] = table[old + c]
        for c in range(takes, width):
            table[new + c] = max(table[old + c], table[old + c - takes] + net)
    c = room
    for t in range(count - 1, -1, -1):
        if table[(t + 1) * width + c] != table[t * width + c]:
            e = node.items[t]
            node.chosen[e] = 1.0
            c -= model.small[e]
    node.work[0] += (count + 1) * width
    return float(table[count * width + room])


@compiled
def relax(model: Any, node: Any, price: Any) -> float:
    """Return the bound at these prices; the seats that reach it are ``chosen``."""
    bound = 0.0
    for p in range(len(model.low)):
        bound += price[p] * (model.high[p] if price[p] > 0 else model.low[p])
    for e in range(len(model.gain)):
        node.net[e] = model.gain[e] - price[model.person[e]]
        if node.fixed[e] == 1:
            bound += node.net[e]
    node.work[0] += len(model.gain)
    for k in range(len(model.budget)):
        count, taken = collect(model, node, k)
        room = node.left[k] // model.unit[k]
        if taken <= room:
            for t in range(count):
                node.chosen[node.items[t]] = 1.0
                bound += node.net[node.items[t]]
        else:
            bound += fill(model, node, count, room)
    return bound


@compiled
def weigh(model: Any, node: Any) -> None:
    """Compute, for the ``net`` there is, by how much the bound falls at least when a free seat is chosen otherwise."""
    for k in range(len(model.budget)):
        count, taken = collect(model, node, k)
        room = node.left[k] // model.unit[k]
        crowded = False
        for e in range(model.first[k], model.first[k + 1]):
            node.loss[e] = -node.net[e]
            crowded |= node.fixed[e] == FREE and taken + model.small[e] > room
        for t in range(count):
            node.loss[node.items[t]] = node.net[node.items[t]]
        if not crowded:
            for t in range(count):
                node.chosen[node.items[t]] = 1.0
            continue
        best, width = fill(model, node, count, room), room + 1
        for e in range(model.first[k], model.first[k + 1]):
            if node.fixed[e] == FREE and node.net[e] <= NOTHING:
                node.loss[e] = best - node.table[count * width + room - model.small[e]] - node.net[e]
        _weigh_items(model, node, count, room, best)


@inner
def _weigh_items(model: Any, node: Any, count: int, room: int, best: float) -> None:
    """Join what the seats before and those after each listed seat bring without it."""
    table, after, width = node.table, node.after, room + 1
    for c in range(width):
        after[c] = 0.0
    for t in range(count - 1, -1, -1):
        e = node.items[t]
        takes, net = model.small[e], node.net[e]
        given = 0 if node.chosen[e] == 1 else takes
        most = -1.0
        for c in range(width - given):
            most = max(most, table[t * width + c] + after[room - given - c])
        node.loss[e] = best - most - (0.0 if node.chosen[e] == 1 else net)
        for c in range(room, takes - 1, -1):
            after[c] = max(after[c], after[c - takes] + net)
    node.work[0] += 2 * count * width
