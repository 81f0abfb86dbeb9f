"""Compiled: what a growing plan has left of every limit, and seats granted by it, best first.

What a seat adds only falls while others are granted, so an old score is an upper limit: the best entry of a heap is
scored anew and taken if it is still the best (lazy greedy). A session that needs several people to open, or pays to
open, is scored and opened with a whole team.
"""

from __future__ import annotations

import heapq
from typing import Any, NamedTuple

import numpy as np

from karier_reco.optimiser.kernels import compiled, has_helper


class Rules(NamedTuple):
    """All limits of a problem; ``members`` are the seats of the sessions that only a team can open."""

    people: Any  # kernels.People of everybody
    costs: Any  # kernels.Costs of everybody
    person: Any  # (E,)
    least: Any  # (S,) int64, at least 1
    team: Any  # (S,) bool
    open_start: Any  # (S + 1,) int64
    open_line: Any
    open_cost: Any
    member_start: Any  # (S + 1,) int64
    member: Any


class Left(NamedTuple):
    """What a plan has left of each limit, and the plan."""

    lines: Any  # (B,) int64
    seats: Any  # (S,) int64
    filled: Any  # (S,) int64
    sessions: Any  # (P,) int64
    hours: Any  # (P,) int64
    target: Any  # (P,) float64
    closed: Any  # (K,) float64
    granted: Any  # (E,) bool


class Guide(NamedTuple):
    """How seats are scored: what they add less what they pay (priced), or by what they pay."""

    priced: bool
    price: Any  # (B,)
    toll: Any  # (S,)
    link: Any  # (E,) or empty
    opening: Any  # (S,)
    trifle: float


@compiled
def move(rules: Any, left: Any, e: int, sign: int) -> None:
    """Take what a seat uses, or give it back."""
    people, costs = rules.people, rules.costs
    i, s = rules.person[e], people.session[e]
    left.granted[e] = sign > 0
    if left.filled[s] == (0 if sign > 0 else 1):
        for k in range(rules.open_start[s], rules.open_start[s + 1]):
            left.lines[rules.open_line[k]] -= sign * rules.open_cost[k]
    if costs.amount.shape[0] > 0:
        for a in range(costs.amount.shape[1]):
            if costs.line[i, a] >= 0:
                left.lines[costs.line[i, a]] -= sign * costs.amount[s, a]
    else:
        for k in range(costs.starts[e], costs.starts[e + 1]):
            left.lines[costs.lines[k]] -= sign * costs.amounts[k]
    left.filled[s] += sign
    left.seats[s] -= sign
    left.sessions[i] -= sign
    left.hours[i] -= sign * people.hours[s]
    left.target[i] -= sign * people.hours[s]
    for k in range(people.need_start[e], people.need_start[e + 1]):
        left.closed[people.cap_start[i] + people.need[k]] += sign * people.closes[k]


@compiled
def takes(rules: Any, e: int, b: int) -> int:
    """Return what a seat takes from a line."""
    costs, total = rules.costs, 0
    if costs.amount.shape[0] > 0:
        i, s = rules.person[e], rules.people.session[e]
        for a in range(costs.amount.shape[1]):
            if costs.line[i, a] == b:
                total += costs.amount[s, a]
    else:
        for k in range(costs.starts[e], costs.starts[e + 1]):
            if costs.lines[k] == b:
                total += costs.amounts[k]
    return total


@compiled
def affords(rules: Any, left: Any, e: int) -> Any:
    """Say whether the lines have what a seat takes, with its session's opening if it is the first."""
    costs = rules.costs
    i, s = rules.person[e], rules.people.session[e]
    if left.filled[s] == 0:
        for k in range(rules.open_start[s], rules.open_start[s + 1]):
            if rules.open_cost[k] + takes(rules, e, rules.open_line[k]) > left.lines[rules.open_line[k]]:
                return False
    if costs.amount.shape[0] > 0:
        for a in range(costs.amount.shape[1]):
            b = costs.line[i, a]
            if b < 0 or costs.amount[s, a] == 0:
                continue
            amount = np.int64(costs.amount[s, a])
            for other in range(costs.amount.shape[1]):
                if other != a and costs.line[i, other] == b:
                    amount += costs.amount[s, other]
            if amount > left.lines[b]:
                return False
    else:
        for k in range(costs.starts[e], costs.starts[e + 1]):
            if costs.amounts[k] > left.lines[costs.lines[k]]:
                return False
    return True


@compiled
def joins(rules: Any, left: Any, e: int) -> Any:
    """Say whether a seat could be granted now if only its session had enough people."""
    people = rules.people
    i, s = rules.person[e], people.session[e]
    if left.granted[e] or left.seats[s] < 1 or left.sessions[i] < 1 or left.hours[i] < people.hours[s]:
        return False
    first = people.starts[i]
    for k in range(people.clash_start[e], people.clash_start[e + 1]):
        if left.granted[first + people.clash[k]]:
            return False
    if not affords(rules, left, e):
        return False
    return has_what_it_asks(rules, left, e)


@compiled
def has_what_it_asks(rules: Any, left: Any, e: int) -> bool:
    """Say whether every row that asks for another seat beside this one has it."""
    people = rules.people
    own = left.granted[people.starts[rules.person[e]] :]
    there = True
    for row in range(people.ask_start[e], people.ask_start[e + 1]):
        there &= has_helper(people, row, own)
    return there


@compiled
def fits(rules: Any, left: Any, e: int) -> Any:
    """Say whether a seat could be granted now."""
    s = rules.people.session[e]
    return (left.filled[s] > 0 or rules.least[s] <= 1) and joins(rules, left, e)


@compiled
def adds(rules: Any, left: Any, e: int) -> float:
    """Return by how much granting a seat now would raise the plan's value."""
    people = rules.people
    i, s = rules.person[e], people.session[e]
    gain: float = people.gain[e] + 0.0
    for k in range(people.need_start[e], people.need_start[e + 1]):
        need = people.cap_start[i] + people.need[k]
        room = people.cap[need] - left.closed[need]
        if room > 0:
            gain += min(room, people.closes[k])
    if people.per_hour > 0 and people.target[i] > 0 and left.target[i] > 0:
        gain += people.per_hour * min(left.target[i], people.hours[s])
    return gain


@compiled
def pays(rules: Any, guide: Any, e: int) -> float:
    """Return what a seat pays at the guide's prices."""
    costs = rules.costs
    i, s = rules.person[e], rules.people.session[e]
    paid: float = guide.toll[s]
    if guide.link.size:
        paid += guide.link[e]
    if costs.amount.shape[0] > 0:
        for a in range(costs.amount.shape[1]):
            if costs.line[i, a] >= 0:
                paid += guide.price[costs.line[i, a]] * costs.amount[s, a]
    else:
        for k in range(costs.starts[e], costs.starts[e + 1]):
            paid += guide.price[costs.lines[k]] * costs.amounts[k]
    return paid


@compiled
def score(rules: Any, left: Any, guide: Any, e: int) -> float:
    """Return how good a seat is as things stand."""
    value: float = adds(rules, left, e)
    paid: float = pays(rules, guide, e)
    return value - paid if guide.priced else value / paid


@compiled
def scores(rules: Any, left: Any, guide: Any, seats: Any, out: Any) -> None:
    """Write the scores of seats."""
    for n in range(seats.size):
        out[n] = score(rules, left, guide, seats[n])


@compiled
def take(rules: Any, left: Any, seats: Any) -> None:
    """Grant seats, whether they fit or not."""
    for n in range(seats.size):
        move(rules, left, seats[n], 1)


@compiled
def take_over(rules: Any, left: Any, seats: Any) -> None:
    """Grant seats in their order as far as they fit, but for the least number of people."""
    for n in range(seats.size):
        if joins(rules, left, seats[n]):
            move(rules, left, seats[n], 1)


@compiled
def promising(rules: Any, left: Any, guide: Any, low: float, every: int, out: Any) -> int:
    """Write the seats of one person in ``every`` that fit now, add something and score at least ``low``.

    Return how many there are; what has no room in ``out`` is not written.
    """
    people, count = rules.people, 0
    for i in range(0, people.most.size, every):
        if left.sessions[i] < 1:
            continue
        for e in range(people.starts[i], people.starts[i + 1]):
            s = people.session[e]
            if left.granted[e] or left.seats[s] < 1 or (rules.team[s] and left.filled[s] == 0):
                continue
            # Looked at here and not by a call: a crowd has a hundred million seats, and nearly all end at this line.
            dear = False
            for a in range(rules.costs.amount.shape[1]):
                b = rules.costs.line[i, a]
                dear |= b >= 0 and rules.costs.amount[s, a] > left.lines[b]
            if dear or not fits(rules, left, e) or adds(rules, left, e) <= guide.trifle:
                continue
            if score(rules, left, guide, e) >= low:
                if count < out.size:
                    out[count] = e
                count += 1
    return count


@compiled
def team(rules: Any, left: Any, guide: Any, s: int, wanted: int) -> Any:
    """Return the best seats that could open a session together, ``wanted`` the first of them; none if too few."""
    begin, end = rules.member_start[s], rules.member_start[s + 1]
    seats, values, count = np.empty(end - begin, np.int64), np.empty(end - begin), 0
    most = left.seats[s]
    if left.filled[s] > 0 or most < rules.least[s]:
        return seats[:0]
    for k in range(begin, end):
        e = rules.member[k]
        if joins(rules, left, e):
            seats[count], values[count] = e, -score(rules, left, guide, e)
            if e == wanted:
                values[count] = -np.inf
            count += 1
    if count < rules.least[s]:
        return seats[:0]
    order = np.argsort(values[:count], kind="mergesort")
    return seats[order[: min(count, most)]]


@compiled
def team_score(rules: Any, left: Any, guide: Any, s: int) -> float:
    """Return what a session scores per person, minus infinity if it cannot be opened or adds nothing."""
    seats = team(rules, left, guide, s, -1)
    total, paid, net = 0.0, guide.opening[s], -guide.opening[s]
    for n in range(seats.size):
        gain, price = adds(rules, left, seats[n]), pays(rules, guide, seats[n])
        total += gain
        paid += price
        if n < rules.least[s] or gain > price:
            net += gain - price
    if total <= guide.trifle:
        return -np.inf
    value: float = net / seats.size if guide.priced else total / paid
    return value


@compiled
def open_session(rules: Any, left: Any, guide: Any, s: int, wanted: int) -> bool:
    """Open a session with its team, or leave everything as it was."""
    seats = team(rules, left, guide, s, wanted)
    joined, has_wanted = 0, wanted < 0
    for n in range(seats.size):
        e = seats[n]
        if joins(rules, left, e) and (joined < rules.least[s] or adds(rules, left, e) > guide.trifle):
            move(rules, left, e, 1)
            seats[joined] = e
            joined += 1
            has_wanted |= e == wanted
    if joined >= rules.least[s] and has_wanted:
        return True
    for n in range(joined - 1, -1, -1):
        move(rules, left, seats[n], -1)
    return False


@compiled
def fill(rules: Any, left: Any, guide: Any, seats: Any) -> bool:
    """Go through seats and through all closed sessions once, best first; say whether anything was granted."""
    heap = [(-score(rules, left, guide, e), np.int64(e)) for e in seats]
    for s in range(left.filled.size):
        if rules.team[s] and left.filled[s] == 0:
            value = team_score(rules, left, guide, s)
            if value > -np.inf:
                heap.append((-value, np.int64(-1 - s)))
    heapq.heapify(heap)
    granted = False
    while len(heap):
        old, key = heapq.heappop(heap)
        if key < 0:
            now = team_score(rules, left, guide, -1 - key)
            if now == -np.inf:
                continue
        else:
            if not fits(rules, left, key) or adds(rules, left, key) <= guide.trifle:
                continue
            now = score(rules, left, guide, key)
        if len(heap) and -now > max(old, heap[0][0]):
            heapq.heappush(heap, (-now, key))
        elif key >= 0:
            move(rules, left, key, 1)
            granted = True
        elif open_session(rules, left, guide, -1 - key, -1):
            granted = True
            for k in range(rules.member_start[-1 - key], rules.member_start[-key]):
                e = rules.member[k]
                if fits(rules, left, e):
                    heapq.heappush(heap, (-score(rules, left, guide, e), np.int64(e)))
    return granted


@compiled
def drop_unsupported(rules: Any, left: Any) -> None:
    """Take back seats in sessions with too few people, and those that lost the seat they ask for."""
    people = rules.people
    again = True
    while again:
        again = False
        for e in range(left.granted.size):
            if left.granted[e]:
                s = people.session[e]
                if left.filled[s] < rules.least[s] or not has_what_it_asks(rules, left, e):
                    move(rules, left, e, -1)
                    again = True


@compiled
def meet_musts(rules: Any, left: Any, guide: Any, first: Any, last: Any, options: Any) -> None:
    """Grant one seat of every must where one can be had; ``options[first[n]:last[n]]`` are the seats of must n."""
    for n in range(first.size):
        seats = options[first[n] : last[n]]
        met = False
        for e in seats:
            met |= left.granted[e]
        if met:
            continue
        values = np.empty(seats.size)
        for k in range(seats.size):
            values[k] = -score(rules, left, guide, seats[k])
        for k in np.argsort(values, kind="mergesort"):
            e = seats[k]
            grant_what_it_asks(rules, left, e)
            if fits(rules, left, e):
                move(rules, left, e, 1)
                break
            s = rules.people.session[e]
            if (
                rules.team[s]
                and left.filled[s] == 0
                and joins(rules, left, e)
                and open_session(rules, left, guide, s, e)
            ):
                break


@compiled
def grant_what_it_asks(rules: Any, left: Any, e: int) -> None:
    """Grant what a seat asks for, where one seat more for each row is enough."""
    people = rules.people
    first = people.starts[rules.person[e]]
    for row in range(people.ask_start[e], people.ask_start[e + 1]):
        met = has_helper(people, row, left.granted[first:])
        for k in range(people.help_start[row], people.help_start[row + 1]):
            if not met and fits(rules, left, first + people.help[k]):
                move(rules, left, first + people.help[k], 1)
                met = True
