"""Small random problems of allocation with every kind of limit, and ways to change one without changing its sense.

A problem is made of its arguments, a dict for ``AllocationProblem(**arguments)``, so that a test can alter one of
them and build the problem anew.
"""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import scipy.sparse as sp
from hypothesis import strategies as st

from karier_reco.optimiser.problem import AllocationProblem, SessionCost

Arguments = dict[str, Any]


def random_problem(rng: np.random.Generator, **size: int) -> AllocationProblem:
    """A problem of up to 6 people, 6 sessions, 12 seats and 3 lines; any of its limits may be there or not."""
    return AllocationProblem(**random_arguments(rng, **size))


def problems(**size: int) -> st.SearchStrategy[AllocationProblem]:
    """The random problems as a hypothesis strategy; it shrinks to a smaller seed, not to a smaller problem."""
    return st.integers(0, 2**32 - 1).map(lambda seed: random_problem(np.random.default_rng(seed), **size))


def random_arguments(
    rng: np.random.Generator, people: int = 6, sessions: int = 6, seats: int = 12, lines: int = 3
) -> Arguments:
    """The arguments of a random problem: a quarter of them are infeasible, some are empty, some hold nothing back."""
    n_people, n_sessions = int(rng.integers(1, people + 1, 2).max()), int(rng.integers(1, sessions + 1, 2).max())
    n_lines = int(rng.integers(0, lines + 1))
    pairs = n_people * n_sessions
    n_seats = int(rng.integers(1, min(seats, pairs) + 1, 3).max()) if rng.random() > 0.02 else 0
    chosen = np.sort(rng.choice(pairs, n_seats, replace=False))
    person, session = chosen // n_sessions, chosen % n_sessions
    arguments: Arguments = {
        "person": person,
        "session": session,
        "value": np.where(rng.random(n_seats) < 0.15, 0.0, _values(rng, n_seats)),
        "max_seats": rng.integers(0 if rng.random() < 0.1 else 1, n_people + 1, n_sessions),
        "max_sessions": rng.integers(0 if rng.random() < 0.1 else 1, 4, n_people),  # says how many people there are
    }
    _add_money(rng, arguments, n_people, n_lines)
    for add in (_add_hours, _add_minimum, _add_opening, _add_exclusive, _add_requires, _add_needs, _add_floors):
        if rng.random() < 0.45:
            add(rng, arguments, n_people)
    for add in (_add_must, _add_hold):
        if rng.random() < 0.15:
            add(rng, arguments, n_people)
    if rng.random() < 0.2:
        arguments["max_sessions"] = np.full(n_people, n_sessions)
    return arguments


def _values(rng: np.random.Generator, count: int) -> np.ndarray:
    """Either halves, with many ties, or any number."""
    return rng.integers(1, 12, count) / 2 if rng.random() < 0.5 else rng.uniform(0.01, 6.0, count)


def _add_money(rng: np.random.Generator, arguments: Arguments, n_people: int, n_lines: int) -> None:
    person, session = arguments["person"], arguments["session"]
    n_sessions = len(arguments["max_seats"])
    if rng.random() < 0.3:
        amount = rng.integers(0, 10, (n_sessions, 2))
        line = rng.integers(-1, n_lines, (n_people, 2))
        arguments["cost"] = SessionCost(amount, line)
        total = sum(int(amount[s, a]) for s in session for a in range(2))
    else:
        cost = rng.integers(0, 10, (len(person), n_lines)) * (rng.random((len(person), n_lines)) < 0.8)
        arguments["cost"] = sp.csr_array(cost)
        total = int(cost.sum(axis=0).max(initial=0))
    budget = (total * rng.uniform(0.1, 0.9, n_lines)).astype(np.int64)
    arguments["budget"] = np.where(rng.random(n_lines) < 0.08, 0, budget)


def _add_hours(rng: np.random.Generator, arguments: Arguments, n_people: int) -> None:
    arguments["hours"] = rng.integers(0, 9, len(arguments["max_seats"]))
    if rng.random() < 0.7:
        arguments["max_hours"] = rng.integers(3, 18, n_people)
    if rng.random() < 0.6:
        arguments["target_hours"] = rng.integers(0, 15, n_people)
        arguments["hour_value"] = float(rng.choice([0.0, 0.05, 0.3]))


def _add_minimum(rng: np.random.Generator, arguments: Arguments, n_people: int) -> None:
    arguments["min_seats"] = rng.choice(4, len(arguments["max_seats"]), p=[0.3, 0.3, 0.3, 0.1])


def _add_opening(rng: np.random.Generator, arguments: Arguments, n_people: int) -> None:
    shape = (len(arguments["max_seats"]), len(arguments["budget"]))
    arguments["opening_cost"] = sp.csr_array(rng.integers(0, 12, shape) * (rng.random(shape) < 0.6))


def _add_exclusive(rng: np.random.Generator, arguments: Arguments, n_people: int) -> None:
    n_sessions = len(arguments["max_seats"])
    groups = {tuple(_some(rng, n_sessions, 1, 4)) for _ in range(rng.integers(1, 4))}
    arguments["exclusive"] = [np.array(group) for group in sorted(groups)]


def _add_requires(rng: np.random.Generator, arguments: Arguments, n_people: int) -> None:
    n_sessions, n_seats = len(arguments["max_seats"]), len(arguments["person"])
    rows = [(int(rng.integers(n_sessions)), _some(rng, n_sessions, 0, 2)) for _ in range(rng.integers(1, 4))]
    arguments["requires"] = rows
    if rng.random() < 0.7:
        shape = (n_seats, len(rows)) if rng.random() < 0.6 else (n_seats,)
        arguments["requires_met"] = rng.random(shape) < 0.4


def _add_needs(rng: np.random.Generator, arguments: Arguments, n_people: int) -> None:
    person, columns, caps = arguments["person"], [], []
    for i in np.unique(person):
        for _ in range(rng.integers(0, 3)):
            own = np.flatnonzero(person == i)
            column = np.zeros(len(person))
            shared = rng.choice(own, int(rng.integers(1, len(own) + 1)), replace=False)
            column[shared] = _values(rng, len(shared))
            columns.append(column)
            caps.append(0.0 if rng.random() < 0.05 else float(_values(rng, 1)[0]) * 1.5)
    dense = np.array(columns).T if columns else np.zeros((len(person), 0))
    arguments["need_gain"], arguments["need_cap"] = sp.csr_array(dense), np.array(caps)


def _add_floors(rng: np.random.Generator, arguments: Arguments, n_people: int) -> None:
    n_groups = int(rng.integers(1, 3))
    arguments["groups"] = sp.csr_array(rng.random((n_people, n_groups)) < 0.5)
    arguments["floor"] = np.where(rng.random(n_groups) < 0.3, 0.0, rng.uniform(0, 4, n_groups).round(1))


def _add_must(rng: np.random.Generator, arguments: Arguments, n_people: int) -> None:
    n_seats = len(arguments["person"])
    arguments["must"] = np.where(rng.random(n_seats) < 0.4, rng.integers(0, 2, n_seats), -1)


def _add_hold(rng: np.random.Generator, arguments: Arguments, n_people: int) -> None:
    arguments["hold"] = rng.random(len(arguments["max_seats"])) < 0.3


def _some(rng: np.random.Generator, count: int, least: int, most: int) -> list[int]:
    size = int(rng.integers(least, min(most, count) + 1)) if count >= least else count
    return sorted(int(s) for s in rng.choice(count, size, replace=False))


def random_prices(rng: np.random.Generator, problem: AllocationProblem, size: float = 1.0) -> SimpleNamespace:
    """Prices of every kind of limit, half of them 0."""

    def some(count: int, scale: float) -> np.ndarray:
        return rng.uniform(0, scale * size, count) * (rng.random(count) < 0.5)

    return SimpleNamespace(
        budget=some(problem.n_lines, 0.5),
        max_seats=some(problem.n_sessions, 2.0),
        min_seats=some(problem.n_sessions, 1.0),
        floor=some(problem.n_groups, 1.0),
        link=some(problem.n_seats, 1.0),
    )


# ------------------------------------------------------------------------------------------------- the same otherwise


def renumbered(arguments: Arguments, people: np.ndarray, sessions: np.ndarray) -> tuple[Arguments, np.ndarray]:
    """The problem with person i called ``people[i]``, session s ``sessions[s]``; and each seat's old place."""
    new = dict(arguments)
    person, session = people[arguments["person"]], sessions[arguments["session"]]
    order = np.lexsort((session, person))
    new["person"], new["session"] = person[order], session[order]
    old_person, old_session = np.argsort(people), np.argsort(sessions)
    for name in ("value", "must", "need_gain", "requires_met"):
        _take(new, name, order)
    for name in ("max_seats", "min_seats", "hours", "opening_cost", "hold"):
        _take(new, name, old_session)
    for name in ("max_sessions", "max_hours", "target_hours", "groups"):
        _take(new, name, old_person)
    if isinstance(new["cost"], SessionCost):
        new["cost"] = SessionCost(new["cost"].amount[old_session], new["cost"].line[old_person])
    else:
        new["cost"] = new["cost"][order]
    if "exclusive" in new:
        new["exclusive"] = [np.sort(sessions[group]) for group in new["exclusive"]]
    if "requires" in new:
        new["requires"] = [(int(sessions[s]), [int(sessions[t]) for t in group]) for s, group in new["requires"]]
    return new, order


def _take(arguments: Arguments, name: str, order: np.ndarray) -> None:
    if name in arguments:
        arguments[name] = arguments[name][order]


def twice(arguments: Arguments) -> Arguments:
    """Two copies that share nothing: other people, other sessions, other money, other groups."""
    a, problem = arguments, AllocationProblem(**arguments)
    new: Arguments = {"hour_value": a.get("hour_value", 0.0)}
    new["person"] = np.concatenate([a["person"], a["person"] + problem.n_people])
    new["session"] = np.concatenate([a["session"], a["session"] + problem.n_sessions])
    for name in _PLAIN:
        if name in a:
            new[name] = np.concatenate([a[name], a[name]])
    for name in ("opening_cost", "need_gain", "groups"):
        if name in a:
            new[name] = sp.block_diag([a[name], a[name]], format="csr")
    if isinstance(a["cost"], SessionCost):
        line = a["cost"].line
        moved = np.where(line >= 0, line + problem.n_lines, -1)
        new["cost"] = SessionCost(np.concatenate([a["cost"].amount] * 2), np.concatenate([line, moved]))
    else:
        new["cost"] = sp.block_diag([a["cost"], a["cost"]], format="csr").astype(np.int64)
    more = problem.n_sessions
    if "exclusive" in a:
        new["exclusive"] = [*a["exclusive"], *(np.asarray(group) + more for group in a["exclusive"])]
    if "requires" in a:
        new["requires"] = [*a["requires"], *((s + more, [t + more for t in group]) for s, group in a["requires"])]
    if "requires_met" in a:
        met = problem.requires_met
        new["requires_met"] = np.asarray(sp.block_diag([met, met], format="csr").toarray(), dtype=bool)
    return new


_PLAIN = (
    *("value", "budget", "max_seats", "min_seats", "hours", "hold", "must", "need_cap", "floor"),
    *("max_sessions", "max_hours", "target_hours"),
)


def in_money_of(arguments: Arguments, factor: int) -> Arguments:
    """The problem with every amount and every budget times ``factor``."""
    new, cost = dict(arguments), arguments["cost"]
    new["cost"] = SessionCost(cost.amount * factor, cost.line) if isinstance(cost, SessionCost) else cost * factor
    new["budget"] = arguments["budget"] * factor
    if "opening_cost" in arguments:
        new["opening_cost"] = arguments["opening_cost"] * factor
    return new


# ------------------------------------------------------------------------------------------------------------ tighter


def tightened(rng: np.random.Generator, arguments: Arguments) -> Arguments:
    """The problem with one of its limits a little tighter, or one more."""
    ways: list[Callable[[Arguments], Any]] = [
        lambda a: a.update(max_seats=_lower(rng, a["max_seats"])),
        lambda a: a.update(max_sessions=_lower(rng, a["max_sessions"])),
        lambda a: _add_exclusive(rng, a, 0) if "exclusive" not in a else None,
        lambda a: a.update(min_seats=a.get("min_seats", np.zeros_like(a["max_seats"])) + (rng.random() < 0.5)),
        lambda a: _add_must(rng, a, 0) if "must" not in a else None,
    ]
    if len(arguments["budget"]):
        ways.append(lambda a: a.update(budget=_lower(rng, a["budget"])))
    if "max_hours" in arguments:
        ways.append(lambda a: a.update(max_hours=_lower(rng, a["max_hours"])))
    if "floor" in arguments:
        ways.append(lambda a: a.update(floor=a["floor"] + 0.5))
    if "requires_met" in arguments:
        ways.append(lambda a: a.update(requires_met=np.zeros_like(a["requires_met"])))
    new = dict(arguments)
    ways[int(rng.integers(len(ways)))](new)
    return new


def _lower(rng: np.random.Generator, limit: np.ndarray) -> np.ndarray:
    at = rng.integers(len(limit))
    return np.where(np.arange(len(limit)) == at, np.maximum(limit - rng.integers(1, 4), 0), limit)
