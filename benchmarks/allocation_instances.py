"""Seeded instances of allocation problems: additive, full, city and nation.

additive  20 candidates each, at most 3 sessions; budget per unit a third of what everybody's best three would cost;
          seats for half of demand; values gamma(2), costs lognormal(1, 0.8), both per seat.
full      as additive, and: 40 % of the sessions are in-house with at least 8-14 of 15-40 seats, cost nothing per seat
          and something to open; two accounts per unit; hour limits, a target of 20 hours; two sessions of a course
          exclude each other.
city      3,600 people: half of the sessions in-house, the rest with fee and travel on some forty overlapping lines,
          at most 3 sessions and an hour limit, overlapping sessions exclude each other, value by capped needs.
nation    6,000,000 people: sessions of 20 different courses each, at most 3; fee and travel by session, charged to a
          line each of the person's agency, a third of what everybody's best three would cost; seats for half of
          demand, i.e. of everybody's best three. Built in blocks, in small types; budgets and seats grow with people.
"""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

from karier_reco.optimiser.problem import AllocationProblem, SessionCost

CANDIDATES = 20

#: People of a nation that are drawn at once.
BLOCK = 200_000


def _seats(rng: np.random.Generator, people: int, sessions: int, each: int) -> tuple[np.ndarray, np.ndarray]:
    """Draw ``each`` different sessions per person, popular ones more often."""
    weight = rng.gamma(2.0, size=sessions)
    key = rng.exponential(size=(people, sessions)) / weight
    session = np.sort(np.argpartition(key, each, axis=1)[:, :each], axis=1)
    return np.repeat(np.arange(people), each), session.ravel()


def _best_three(value: np.ndarray, cost: np.ndarray) -> np.ndarray:
    """Return what each person's three most valuable seats cost."""
    best = np.argsort(-value.reshape(-1, CANDIDATES), axis=1)[:, :3]
    return np.take_along_axis(cost.reshape(-1, CANDIDATES), best, axis=1).sum(axis=1)


def additive(people: int = 5000, sessions: int = 300, units: int = 40, seed: int = 1) -> AllocationProblem:
    """Build an instance with nothing but budgets, seats and at most three sessions."""
    rng = np.random.default_rng(seed)
    person, session = _seats(rng, people, sessions, CANDIDATES)
    value = rng.gamma(2.0, size=person.size)
    cost = np.rint(1e6 * rng.lognormal(1.0, 0.8, size=person.size)).astype(np.int64)
    unit = rng.integers(units, size=people)
    budget = np.bincount(unit, weights=_best_three(value, cost) / 3, minlength=units).astype(np.int64)
    seats = np.maximum(1, np.bincount(session, minlength=sessions) * 3 // (2 * CANDIDATES))
    matrix = sp.csr_array((cost, (np.arange(person.size), unit[person])), shape=(person.size, units))
    return AllocationProblem(person, session, value, matrix, budget, seats, max_sessions=3)


def full(people: int = 5000, sessions: int = 600, units: int = 40, seed: int = 1) -> AllocationProblem:
    """Build an instance with sessions that open or not, two accounts per unit, hours and exclusive sessions."""
    rng = np.random.default_rng(seed)
    person, session = _seats(rng, people, sessions, CANDIDATES)
    inhouse = rng.random(sessions) < 0.4
    value = rng.gamma(2.0, size=person.size)
    fee = np.where(inhouse[session], 0, np.rint(1e6 * rng.lognormal(1.0, 0.8, size=person.size))).astype(np.int64)
    travel = np.where(inhouse[session], 0, np.rint(3e5 * rng.lognormal(1.0, 0.8, size=person.size))).astype(np.int64)
    unit = rng.integers(units, size=people)
    opening = np.where(inhouse, np.rint(1e7 * rng.lognormal(1.0, 0.5, size=sessions)), 0).astype(np.int64)
    seat = np.arange(person.size)
    cost = sp.csr_array(
        (np.concatenate([fee, travel]), (np.tile(seat, 2), np.concatenate([unit[person], units + unit[person]]))),
        shape=(seat.size, 2 * units + 1),
    )
    cost.eliminate_zeros()
    budget = np.concatenate(
        [np.bincount(unit, weights=_best_three(value, c) / 3, minlength=units) for c in (fee, travel)]
    )
    return AllocationProblem(
        person,
        session,
        value,
        cost,
        np.append(budget, opening.sum() / 3).astype(np.int64),
        np.where(
            inhouse,
            rng.integers(15, 41, sessions),
            np.maximum(1, np.bincount(session, minlength=sessions) * 3 // (2 * CANDIDATES)),
        ),
        hours=rng.integers(4, 25, sessions),
        min_seats=np.where(inhouse, rng.integers(8, 15, sessions), 0),
        opening_cost=sp.csr_array(
            (opening, (np.arange(sessions), np.full(sessions, 2 * units))), shape=(sessions, 2 * units + 1)
        ),
        max_sessions=3,
        max_hours=rng.integers(30, 61, people),
        target_hours=20,
        hour_value=0.02,
        exclusive=[np.arange(s, min(s + 2, sessions)) for s in range(0, sessions, 2)],
    )


def city(people: int = 3600, sessions: int = 450, units: int = 35, seed: int = 1) -> AllocationProblem:
    """Build an instance with the size and the limits of a city, valued by what each seat closes."""
    rng = np.random.default_rng(seed)
    person, session = _seats(rng, people, sessions, CANDIDATES)
    course = rng.integers(sessions * 2 // 3, size=sessions)
    inhouse = rng.random(sessions) < 0.5
    opening = np.where(inhouse, rng.integers(15, 61, sessions), 0) * 1_000_000
    fee = np.where(inhouse, 0, rng.integers(0, 13, sessions) * 500_000)
    travel = np.where(inhouse, 0, rng.integers(0, 9, sessions) * 500_000)
    unit = rng.integers(units, size=people)
    # Lines: fee per unit, then travel, in-house and one over all money.
    lines = [
        unit[person],
        np.full(person.size, units),
        np.full(person.size, units + 2),
        np.full(person.size, units + 2),
    ]
    seat = np.tile(np.arange(person.size), 4)
    amount = np.concatenate([fee[session], travel[session], fee[session], travel[session]])
    cost = sp.csr_array(sp.coo_array((amount, (seat, np.concatenate(lines))), shape=(person.size, units + 3)))
    cost.eliminate_zeros()
    paid = np.tile(np.arange(sessions), 2)
    opening_cost = sp.csr_array(
        (np.tile(opening, 2), (paid, np.repeat([units + 1, units + 2], sessions))), shape=(sessions, units + 3)
    )
    opening_cost.eliminate_zeros()
    total = 450_000 * people
    per_unit = np.bincount(unit, minlength=units) * 250_000
    starts = rng.integers(0, 330, sessions)
    ends = starts + rng.integers(1, 12, sessions)
    days = [np.flatnonzero((starts <= day) & (day <= ends)) for day in range(345)]
    same_course = [np.flatnonzero(course == c) for c in np.unique(course)]
    gain, cap = _needs(rng, person, course[session], people, int(course.max()) + 1)
    return AllocationProblem(
        person,
        session,
        0.05 * rng.random(person.size),
        cost,
        np.concatenate([per_unit, [total // 5, total * 6 // 10, total]]).astype(np.int64),
        np.where(inhouse, rng.integers(25, 41, sessions), rng.integers(2, 31, sessions)),
        hours=rng.integers(1, 11, sessions) * 8,
        min_seats=np.where(inhouse, rng.integers(12, 21, sessions), 1),
        opening_cost=opening_cost,
        max_sessions=3,
        max_hours=120,
        target_hours=20,
        hour_value=0.005,
        exclusive=[group for group in days + same_course if group.size > 1],
        need_gain=gain,
        need_cap=cap,
    )


def _needs(
    rng: np.random.Generator, person: np.ndarray, course: np.ndarray, people: int, courses: int
) -> tuple[sp.csr_array, np.ndarray]:
    """Build needs: a course teaches three of forty competencies, two steps each; a person has a need per step."""
    competencies, steps = 40, 2
    teaches = np.argsort(rng.random((courses, competencies)), axis=1)[:, :3]
    effect = rng.uniform(0.3, 0.7, size=(courses, 3))
    weight = rng.integers(0, 4, size=(people, competencies, steps)).astype(float)
    seat = np.repeat(np.arange(person.size), 3 * steps)
    competency = np.repeat(teaches[course].ravel(), steps)
    step = np.tile(np.arange(steps), person.size * 3)
    worth = weight[person[seat], competency, step]
    number = (person[seat] * competencies + competency) * steps + step
    kept = worth > 0
    keys, need = np.unique(number[kept], return_inverse=True)
    gain = (
        worth * np.repeat(effect[course].ravel(), steps) * np.repeat(rng.uniform(0.3, 1.0, person.size), 3 * steps)
    )[kept]
    matrix = sp.csr_array((gain, (seat[kept], need)), shape=(person.size, keys.size))
    return matrix, weight.ravel()[keys]


def nation(
    people: int = 6_000_000, courses: int = 5_000, sessions: int = 20_000, agencies: int = 600, seed: int = 1
) -> AllocationProblem:
    """Build an instance with the size of a nation: nothing but money, seats and at most three sessions.

    Whole thousands of rupiah. ``sessions`` is a multiple of ``courses``; line a pays the fees of agency a, line
    ``agencies + a`` its travel.
    """
    rng = np.random.default_rng(seed)
    popular = np.repeat(np.arange(courses), 1 + np.rint(10 * rng.gamma(2.0, size=courses)).astype(int))
    amount = np.rint(1e3 * rng.lognormal(1.0, 0.8, size=(sessions, 2))).astype(np.int32)
    agency = rng.integers(agencies, size=people, dtype=np.int16)
    session = np.empty(people * CANDIDATES, dtype=np.int16 if sessions <= 2**15 else np.int32)
    value = np.empty(people * CANDIDATES, dtype=np.float32)
    budget, demand = np.zeros((2, agencies)), np.zeros(sessions)
    for first in range(0, people, BLOCK):
        last = min(first + BLOCK, people)
        seats = slice(first * CANDIDATES, last * CANDIDATES)
        course = _different(rng, popular, last - first)
        drawn = course * (sessions // courses) + rng.integers(sessions // courses, size=course.shape)
        worth = rng.standard_gamma(2.0, size=drawn.shape, dtype=np.float32)
        session[seats], value[seats] = drawn.ravel(), worth.ravel()
        best = np.take_along_axis(drawn, np.argpartition(-worth, 3, axis=1)[:, :3], axis=1)
        demand += np.bincount(best.ravel(), minlength=sessions)
        for account in range(2):
            wanted = amount[best, account].sum(axis=1)
            budget[account] += np.bincount(agency[first:last], weights=wanted, minlength=agencies)
    return AllocationProblem(
        np.repeat(np.arange(people, dtype=np.int32), CANDIDATES),
        session,
        value,
        SessionCost(amount, np.column_stack([agency, agency + np.int16(agencies)])),
        (budget.ravel() / 3).astype(np.int64),
        np.maximum(1, demand // 2).astype(np.int32),
        max_sessions=3,
    )


def _different(rng: np.random.Generator, popular: np.ndarray, people: int) -> np.ndarray:
    """Draw a row of different courses per person, sorted; a row with one twice is drawn anew."""
    course = np.empty((people, CANDIDATES), dtype=popular.dtype)
    again = np.arange(people)
    while again.size:
        drawn = np.sort(popular[rng.integers(popular.size, size=(again.size, CANDIDATES))], axis=1)
        course[again] = drawn
        again = again[(drawn[:, 1:] == drawn[:, :-1]).any(axis=1)]
    return course
