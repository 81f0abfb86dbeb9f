"""Compiled loops over the people of a block: what seats are worth at prices, and each person's best allowed set.

Imported late: numba takes half a second. It keeps compiled code beside the source, or in ``NUMBA_CACHE_DIR``; where
neither can be written it compiles anew in every process, and the log says so. Nothing is written to a home.
"""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import Any, NamedTuple

import numba
import numpy as np

log = logging.getLogger("karier_reco.optimiser")

#: Whether compiled code can be kept: numba itself would turn to a folder in the user's home.
MAY_KEEP = bool(os.environ.get("NUMBA_CACHE_DIR")) or os.access(Path(__file__).parent, os.W_OK)
if not MAY_KEEP:
    log.info("compiled code is not kept: %s cannot be written and NUMBA_CACHE_DIR is not set", Path(__file__).parent)

#: Sets of one person that are looked at; beyond it the person counts with an upper limit of their best set.
MOST_NODES = 3_000
#: Entries of the largest stack of a search: people with so many seats that it would be deeper are bounded from above.
MOST_ENTRIES = 4_000_000


def compiled(function: Any) -> Any:
    """Compile a function when it is first called, free of Python's lock; keep it on disk where numba may."""
    return numba.njit(cache=MAY_KEEP, nogil=True)(function)


class People(NamedTuple):
    """What limits each person of a block; n people, m seats.

    Seats of person i are ``starts[i]`` to ``starts[i + 1] - 1``. Needs, prerequisites and clashes are in sparse form
    by seat; ``clash`` has the seats of the same person, counted from their first, that cannot go with a seat.
    """

    starts: Any  # (n + 1,) int64
    session: Any  # (m,) whole numbers
    gain: Any  # (m,) what a seat adds whatever else is granted
    hours: Any  # (S,) int64
    most: Any  # (n,) int64, sessions
    longest: Any  # (n,) int64, hours
    target: Any  # (n,) float64, hours that count
    per_hour: float
    need_start: Any  # (m + 1,) int64
    need: Any  # int64, counted from the person's first
    closes: Any  # float64, by how much
    cap_start: Any  # (n + 1,) int64
    cap: Any  # float64
    clash_start: Any  # (m + 1,) int64
    clash: Any  # int64
    must: Any  # (m,) int64: the person's musts counted from 1, 0 for none
    musts: Any  # (n,) int64, how many
    ask_start: Any  # (m + 1,) int64: rows that ask for another seat
    help_start: Any  # (rows + 1,) int64
    help: Any  # int64: seats that fulfil a row, counted from the person's first
    kept: Any  # (m,) bool: a must or another seat may ask for it, whatever it is worth
    simple: Any  # (n,) bool: nothing but a limit of sessions, so the best few seats are the best set


class Costs(NamedTuple):
    """What the seats of a block take from the budget lines: a row of costs per seat, or costs by session and account.

    Of the two the one that is not used is empty.
    """

    starts: Any  # (m + 1,)
    lines: Any
    amounts: Any
    amount: Any  # (S, A)
    line: Any  # (n, A), -1 for none


@compiled
def charge(people: Any, costs: Any, weight: Any, price: Any, toll: Any, link: Any, net: Any) -> None:
    """Write what each seat is worth to its person after the prices of its lines, its session and its link."""
    by_session = costs.amount.shape[0] > 0
    for i in range(people.starts.size - 1):
        for e in range(people.starts[i], people.starts[i + 1]):
            s = people.session[e]
            worth = weight[i] * people.gain[e] - toll[s]
            if by_session:
                for a in range(costs.amount.shape[1]):
                    if costs.line[i, a] >= 0:
                        worth -= price[costs.line[i, a]] * costs.amount[s, a]
            else:
                for k in range(costs.starts[e], costs.starts[e + 1]):
                    worth -= price[costs.lines[k]] * costs.amounts[k]
            net[e] = worth
    for e in range(link.size):
        net[e] -= link[e]


@compiled
def use(people: Any, costs: Any, taken: Any, used: Any, filled: Any) -> None:
    """Add what the taken seats use of the budget lines, and count them by session."""
    by_session = costs.amount.shape[0] > 0
    for i in range(people.starts.size - 1):
        for e in range(people.starts[i], people.starts[i + 1]):
            if not taken[e]:
                continue
            s = people.session[e]
            filled[s] += 1
            if by_session:
                for a in range(costs.amount.shape[1]):
                    if costs.line[i, a] >= 0:
                        used[costs.line[i, a]] += costs.amount[s, a]
            else:
                for k in range(costs.starts[e], costs.starts[e + 1]):
                    used[costs.lines[k]] += costs.amounts[k]


@compiled
def demand(people: Any, costs: Any, used: Any, payers: Any, filled: Any) -> Any:
    """Add what all seats together would use: of the lines, in seats that pay, and by session; return their gains."""
    by_session, total = costs.amount.shape[0] > 0, 0.0
    for i in range(people.starts.size - 1):
        for e in range(people.starts[i], people.starts[i + 1]):
            s = people.session[e]
            filled[s] += 1
            total += people.gain[e]
            if by_session:
                for a in range(costs.amount.shape[1]):
                    if costs.line[i, a] >= 0 and costs.amount[s, a] > 0:
                        used[costs.line[i, a]] += costs.amount[s, a]
                        payers[costs.line[i, a]] += 1
            else:
                for k in range(costs.starts[e], costs.starts[e + 1]):
                    if costs.amounts[k] > 0:
                        used[costs.lines[k]] += costs.amounts[k]
                        payers[costs.lines[k]] += 1
    total += people.closes.sum()
    return total


@compiled
def best_sets(people: Any, net: Any, weight: Any, nodes: int, worth: Any, taken: Any) -> Any:
    """Write what each person's best allowed set is worth and its seats.

    Return for how many people a limit stands for it, and how many sets were looked at.
    """
    longest = 0
    for i in range(people.most.size):
        longest = max(longest, people.starts[i + 1] - people.starts[i])
    order = np.empty(longest, np.int64)
    add = np.empty(longest)
    bounded, looks = 0, 0
    for i in range(people.most.size):
        first, last = people.starts[i], people.starts[i + 1]
        for e in range(first, last):
            taken[e] = False
        if people.simple[i]:
            # The same as `best_few`, written out: of a crowd nearly all are simple, and a call costs more than this.
            most, count, total = people.most[i], 0, 0.0
            for e in range(first, last):
                value = net[e]
                if value <= 0 or (count == most and (most == 0 or value <= add[count - 1])):
                    continue
                at = count if count < most else most - 1
                count = at + 1
                while at > 0 and add[at - 1] < value:
                    add[at], order[at] = add[at - 1], order[at - 1]
                    at -= 1
                add[at], order[at] = value, e
            for n in range(count):
                total += add[n]
                taken[order[n]] = True
            worth[i] = total
            continue
        if people.musts[i] == 0:
            count = best_few(people, net, weight[i], i, order, add)
            worth[i] = 0.0
            for n in range(count):
                worth[i] += add[n]
            if goes(people, i, order, count):
                for n in range(count):
                    taken[order[n]] = True
                continue
        worth[i], exact, tried = search(people, net, weight[i], i, nodes, taken)
        bounded += not exact
        looks += tried
    return bounded, looks


@compiled
def best_few(people: Any, net: Any, weight: float, i: int, order: Any, add: Any) -> int:
    """Write the best seats a person may have by number alone, each as if it were the only one; return how many."""
    most, count = people.most[i], 0
    for e in range(people.starts[i], people.starts[i + 1]):
        alone = adds_first(people, net, weight, i, e)
        if alone <= 0 or most == 0 or (count == most and alone <= add[count - 1]):
            continue
        at = count if count < most else most - 1
        count = at + 1
        while at > 0 and add[at - 1] < alone:
            add[at], order[at] = add[at - 1], order[at - 1]
            at -= 1
        add[at], order[at] = alone, e
    return count


@compiled
def adds_first(people: Any, net: Any, weight: float, i: int, e: int) -> Any:
    """Return what a seat is worth to a person who has no other."""
    alone = net[e]
    for k in range(people.need_start[e], people.need_start[e + 1]):
        alone += weight * min(people.closes[k], people.cap[people.cap_start[i] + people.need[k]])
    if people.per_hour > 0:
        alone += weight * people.per_hour * min(people.target[i], people.hours[people.session[e]])
    return alone


@compiled
def goes(people: Any, i: int, seats: Any, count: int) -> Any:
    """Say whether the seats are an allowed set in which none takes from what another adds: then nothing is better."""
    first, hours = people.starts[i], 0
    for n in range(count):
        e = seats[n]
        hours += people.hours[people.session[e]]
        if people.ask_start[e] < people.ask_start[e + 1] or shares_need(people, seats, n):
            return False
        for k in range(people.clash_start[e], people.clash_start[e + 1]):
            for other in range(n):
                if seats[other] == first + people.clash[k]:
                    return False
    over_target = people.per_hour > 0 and people.target[i] > 0 and hours > people.target[i]
    return hours <= people.longest[i] and (count <= 1 or not over_target)


@compiled
def shares_need(people: Any, seats: Any, n: int) -> bool:
    """Say whether seat number ``n`` closes a need that an earlier one closes too."""
    for k in range(people.need_start[seats[n]], people.need_start[seats[n] + 1]):
        for other in range(n):
            for j in range(people.need_start[seats[other]], people.need_start[seats[other] + 1]):
                if people.need[j] == people.need[k]:
                    return True
    return False


@compiled
def search(people: Any, net: Any, weight: float, i: int, nodes: int, taken: Any) -> Any:
    """Find a person's best set depth first, most promising seats first.

    Return its worth, whether it is exact, and the sets looked at.

    What a seat adds never grows with the set, so what the best few of the seats left would add now bounds what can
    still come, and a seat that adds nothing now is left out, unless a must or another seat may ask for it.
    """
    first, last = people.starts[i], people.starts[i + 1]
    n = last - first
    deepest = min(people.most[i], n)
    deepest = min(deepest, max(1, MOST_ENTRIES // max(n, 1)))
    order = np.empty((deepest + 1, n), np.int64)
    add = np.empty((deepest + 1, n))
    count, at = np.zeros(deepest + 1, np.int64), np.zeros(deepest + 1, np.int64)
    value, hours = np.zeros(deepest + 1), np.zeros(deepest + 1, np.int64)
    room = people.cap[people.cap_start[i] : people.cap_start[i + 1]] * weight
    closed = np.zeros(room.size)
    chosen = np.zeros(n, np.bool_)
    picked = np.zeros(deepest + 1, np.int64)
    best, above, tried = -np.inf, -np.inf, 0
    if people.musts[i] == 0:
        best = 0.0
    root = np.arange(n)
    count[0] = extend(people, net, weight, i, root, n, 0, room, closed, 0.0, order[0], add[0])
    depth = 0
    while depth >= 0:
        left = people.most[i] - depth
        here, end = at[depth], count[depth]
        reach = value[depth]
        for m in range(here, min(end, here + left)):
            if add[depth, m] <= 0:
                break
            reach += add[depth, m]
        stop = here == end or left <= 0 or reach <= best
        if not stop and (tried >= nodes or depth == deepest):
            above = max(above, reach)
            stop = True
        if stop:
            depth -= 1
            if depth >= 0:
                e = picked[depth]
                chosen[e] = False
                close(people, weight, first + e, closed, -1.0)
            continue
        tried += 1
        at[depth] += 1
        e = order[depth, here]
        chosen[e] = True
        picked[depth] = e
        close(people, weight, first + e, closed, 1.0)
        value[depth + 1] = value[depth] + add[depth, here]
        hours[depth + 1] = hours[depth] + people.hours[people.session[first + e]]
        if value[depth + 1] > best and allowed(people, i, chosen):
            best = value[depth + 1]
            for m in range(n):
                taken[first + m] = chosen[m]
        depth += 1
        at[depth] = 0
        rest = order[depth - 1, here + 1 : end]
        count[depth] = extend(
            people, net, weight, i, rest, rest.size, hours[depth], room, closed, 0.0, order[depth], add[depth]
        )
        count[depth] = drop_clashes(people, first, e, order[depth], add[depth], count[depth])
    return max(best, above), above <= best, tried


@compiled
def extend(
    people: Any,
    net: Any,
    weight: float,
    i: int,
    rest: Any,
    size: int,
    hours: int,
    room: Any,
    closed: Any,
    least: float,
    order: Any,
    add: Any,
) -> int:
    """Write the seats of ``rest`` that still fit and add more than ``least`` now, best first; return how many."""
    first, count = people.starts[i], 0
    for m in range(size):
        e = first + rest[m]
        if hours + people.hours[people.session[e]] > people.longest[i]:
            continue
        more = net[e]
        for k in range(people.need_start[e], people.need_start[e + 1]):
            left = room[people.need[k]] - closed[people.need[k]]
            if left > 0:
                more += min(left, weight * people.closes[k])
        if people.per_hour > 0 and hours < people.target[i]:
            more += weight * people.per_hour * min(people.target[i] - hours, people.hours[people.session[e]])
        if more <= least and not people.kept[e]:
            continue
        place = count
        while place > 0 and (add[place - 1] < more or (add[place - 1] == more and order[place - 1] > rest[m])):
            add[place], order[place] = add[place - 1], order[place - 1]
            place -= 1
        add[place], order[place] = more, rest[m]
        count += 1
    return count


@compiled
def drop_clashes(people: Any, first: int, e: int, order: Any, add: Any, count: int) -> int:
    """Take out the seats that cannot go with seat ``e``; return how many are left."""
    begin, end = people.clash_start[first + e], people.clash_start[first + e + 1]
    if begin == end:
        return count
    kept = 0
    for m in range(count):
        fine = True
        for k in range(begin, end):
            if people.clash[k] == order[m]:
                fine = False
                break
        if fine:
            order[kept], add[kept] = order[m], add[m]
            kept += 1
    return kept


@compiled
def close(people: Any, weight: float, e: int, closed: Any, sign: float) -> None:
    """Add what a seat closes of its needs, or take it back."""
    for k in range(people.need_start[e], people.need_start[e + 1]):
        closed[people.need[k]] += sign * weight * people.closes[k]


@compiled
def has_helper(people: Any, row: int, chosen: Any) -> bool:
    """Say whether one of the seats that a row asks for is among the person's chosen ones."""
    there = False
    for k in range(people.help_start[row], people.help_start[row + 1]):
        there |= chosen[people.help[k]]
    return there


@compiled
def allowed(people: Any, i: int, chosen: Any) -> bool:
    """Say whether a set has what its seats and the person's musts ask for."""
    first = people.starts[i]
    if people.musts[i] > 0:
        met = np.zeros(people.musts[i], np.bool_)
        for m in range(chosen.size):
            if chosen[m] and people.must[first + m] > 0:
                met[people.must[first + m] - 1] = True
        if not met.all():
            return False
    for m in range(chosen.size):
        if not chosen[m]:
            continue
        for row in range(people.ask_start[first + m], people.ask_start[first + m + 1]):
            if not has_helper(people, row, chosen):
                return False
    return True


@compiled
def regrets(people: Any, net: Any, weight: Any, taken: Any, out: Any) -> None:
    """Write about how much it costs to decide otherwise about each seat: to leave out a taken one, to take another."""
    for i in range(people.most.size):
        first, last = people.starts[i], people.starts[i + 1]
        weakest, next_best, count = np.inf, 0.0, 0
        for e in range(first, last):
            out[e] = adds_first(people, net, weight[i], i, e)
            if taken[e]:
                count += 1
                weakest = min(weakest, out[e])
            else:
                next_best = max(next_best, out[e])
        entry = weakest if count and count >= people.most[i] else 0.0
        for e in range(first, last):
            out[e] = max(0.0, out[e] - next_best if taken[e] else entry - out[e])
