"""What else people could have: for each person the sets of seats that are nearly as good as the best at some prices."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from karier_reco.optimiser.allocation import Prices
from karier_reco.optimiser.kernels import allowed, close, compiled, drop_clashes, extend
from karier_reco.optimiser.pricing import Pricer, Pricing
from karier_reco.optimiser.problem import AllocationProblem, Bools

#: Sets kept per person, the seats in one, and how many seats all of them may hold together.
SETS, SEATS, ROOM = 60, 8, 20_000_000
#: Sets of one person that are looked at.
NODES = 3_000

Indices = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Alternatives:
    """Sets of seats, those of one person together, the one that the person has first.

    ``starts`` (P + 1,) says whose they are, ``seats`` (N, E) what is in them, ``value`` (N,) what they are worth, and
    ``net`` (N,) what is left of it after prices.
    """

    starts: Indices
    seats: sp.csr_array
    value: Floats
    net: Floats

    def plan(self, chosen: Indices) -> Bools:
        """Return (E,) bool: the seats of the chosen sets."""
        granted = np.zeros(self.seats.shape[1], dtype=np.bool_)
        granted[self.seats[chosen].indices] = True
        return granted


def alternatives(pricer: Pricer, prices: Prices, pricing: Pricing, granted: Bools, slack: float) -> Alternatives:
    """Return for each person the set in ``granted``, then those within ``slack`` of the best at the prices.

    ``pricing`` is what ``prices`` lead to. Of a person with very many, the best of those looked at are kept.
    """
    problem = pricer.problem
    had = np.flatnonzero(granted)
    owner, row, seat = [np.arange(problem.n_people)], [problem.person[had].astype(np.int64)], [had]
    count = problem.n_people
    for person, place, of_place in _near(pricer, prices, pricing, slack):
        owner.append(person)
        row.append(count + place)
        seat.append(of_place)
        count += person.size
    owners = np.concatenate(owner)
    order = np.argsort(owners, kind="stable")
    at = np.empty(count, dtype=np.int64)
    at[order] = np.arange(count)
    rows, seats = at[np.concatenate(row)], np.concatenate(seat)
    inside = sp.csr_array((np.ones(rows.size, dtype=np.int64), (rows, seats)), shape=(count, problem.n_seats))
    whose = owners[order]
    value = worth_of_sets(problem, inside, whose)
    net = pricer.weights(prices)[whose] * value - inside @ pricer.paid(prices)
    return Alternatives(np.searchsorted(whose, np.arange(problem.n_people + 1)), inside, value, net)


def worth_of_sets(problem: AllocationProblem, inside: sp.csr_array, owner: Indices) -> Floats:
    """Return (N,) what sets of seats are worth; ``inside`` (N, E) says what is in them, ``owner`` (N,) whose they are.

    >>> problem = AllocationProblem([0, 0], [0, 1], [1.0, 2.0], sp.csr_array((2, 0), dtype=int), [], [1, 1])
    >>> worth_of_sets(problem, sp.csr_array([[1, 0], [1, 1]]), np.array([0, 0])).tolist()
    [1.0, 3.0]
    """
    worth = np.asarray(inside @ problem.value.astype(np.float64))
    if problem.need_gain is not None and problem.need_cap is not None:
        closed = sp.csr_array(inside @ problem.need_gain.astype(np.float64))
        closed.data = np.minimum(closed.data, problem.need_cap[closed.indices])
        worth = worth + closed.sum(axis=1)
    if problem.hours is not None and problem.target_hours is not None:
        hours = inside @ problem.hours[problem.session].astype(np.int64)
        worth = worth + problem.hour_value * np.minimum(problem.target_hours[owner], hours)
    return worth


def _near(pricer: Pricer, prices: Prices, pricing: Pricing, slack: float) -> Iterator[tuple[Indices, Indices, Indices]]:
    """Give for each block (n,) whose the sets are, and (m,) which of these n and which seat belong together."""
    problem = pricer.problem
    most = SEATS if problem.max_sessions is None else min(SEATS, int(problem.max_sessions.max(initial=0)))
    keep = int(np.clip(ROOM // max(1, problem.n_people * most), 2, SETS))
    for block, net, weight in pricer.nets(prices):
        size = block.people.most.size
        found, sets = np.zeros(size, np.int64), np.full((size, keep, most), -1, np.int32)
        near_sets(block.people, net, weight, pricing.worth[block.who], slack, NODES, found, sets)
        person, which = np.nonzero(np.arange(keep) < found[:, None])
        seats = sets[person, which]
        place, column = np.nonzero(seats >= 0)
        yield block.first + person, place, block.begin + block.people.starts[person[place]] + seats[place, column]


@compiled
def near_sets(people: Any, net: Any, weight: Any, best: Any, slack: float, nodes: int, found: Any, sets: Any) -> None:
    """Write each person's allowed sets that are worth at least the best less ``slack``, best first.

    Depth first, as `kernels.search`, but seats that lose no more than ``slack`` are looked at too.
    """
    keep, deepest = sets.shape[1], sets.shape[2]
    worth = np.empty(keep)
    for i in range(people.most.size):
        first, n = people.starts[i], people.starts[i + 1] - people.starts[i]
        most = min(people.most[i], min(n, deepest))
        order, add = np.empty((most + 1, n), np.int64), np.empty((most + 1, n))
        count, at = np.zeros(most + 1, np.int64), np.zeros(most + 1, np.int64)
        value, hours = np.zeros(most + 1), np.zeros(most + 1, np.int64)
        room = people.cap[people.cap_start[i] : people.cap_start[i + 1]] * weight[i]
        closed, chosen, picked = np.zeros(room.size), np.zeros(n, np.bool_), np.zeros(most + 1, np.int64)
        if people.musts[i] == 0 and best[i] <= slack:
            worth[0], found[i] = 0.0, 1
        count[0] = extend(people, net, weight[i], i, np.arange(n), n, 0, room, closed, -slack, order[0], add[0])
        depth, tried = 0, 0
        while depth >= 0:
            here, end = at[depth], count[depth]
            reach, most_more = value[depth], min(end, here + most - depth)
            for m in range(here, most_more):
                reach += max(add[depth, m], 0.0)
            low = best[i] - slack
            if found[i] == keep:
                low = max(low, worth[keep - 1])
            if here == most_more or reach < low or tried >= nodes:
                depth -= 1
                if depth >= 0:
                    chosen[picked[depth]] = False
                    close(people, weight[i], first + picked[depth], closed, -1.0)
                continue
            tried += 1
            at[depth] += 1
            e = order[depth, here]
            chosen[e], picked[depth] = True, e
            close(people, weight[i], first + e, closed, 1.0)
            value[depth + 1] = value[depth] + add[depth, here]
            hours[depth + 1] = hours[depth] + people.hours[people.session[first + e]]
            depth += 1
            if value[depth] >= low and allowed(people, i, chosen):
                found[i] = keep_best(worth, sets[i], found[i], value[depth], picked, depth)
            rest, at[depth] = order[depth - 1, here + 1 : end], 0
            count[depth] = extend(
                people,
                net,
                weight[i],
                i,
                rest,
                rest.size,
                hours[depth],
                room,
                closed,
                -slack,
                order[depth],
                add[depth],
            )
            count[depth] = drop_clashes(people, first, e, order[depth], add[depth], count[depth])


@compiled
def keep_best(worth: Any, sets: Any, count: int, value: float, picked: Any, size: int) -> int:
    """Put a set where it belongs among the best so far; return how many there are."""
    if count == worth.size and value <= worth[count - 1]:
        return count
    at = min(count, worth.size - 1)
    count = at + 1
    while at > 0 and worth[at - 1] < value:
        worth[at] = worth[at - 1]
        sets[at] = sets[at - 1]
        at -= 1
    worth[at] = value
    sets[at] = -1
    sets[at, :size] = picked[:size]
    return count
