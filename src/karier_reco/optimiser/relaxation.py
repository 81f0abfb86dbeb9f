"""The linear relaxation with the links that matter, and the prices it gives."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from karier_reco.optimiser.allocation import Prices
from karier_reco.optimiser.clock import Clock
from karier_reco.optimiser.formulation import Formulation
from karier_reco.optimiser.highs import Answer, Highs
from karier_reco.optimiser.problem import AllocationProblem

#: Links are added where a seat is above its session's opening by more than this, so many at a time, so many rounds.
LINK_TOLERANCE = 1e-6
LINKS_AT_A_TIME = 5000
LINK_ROUNDS = 20


@dataclass(frozen=True, eq=False)
class Relaxation:
    """Hold the relaxation's last answer: ``columns`` None when it was stopped before there was one.

    ``loss`` (E,) is what forcing a seat against the relaxation costs at least; ``linked`` the seats with a link row.
    """

    feasible: bool
    columns: NDArray[np.float64] | None
    loss: NDArray[np.float64]
    linked: NDArray[np.int64]
    prices: Prices


def relax(formulation: Formulation, clock: Clock, seed: int) -> Relaxation:
    """Solve the relaxation, adding violated links until none is left or the clock stops it."""
    f = formulation
    engine = Highs(f.gain, f.lower, f.upper, f.matrix, f.low, f.high, seed)
    gated = f.gated
    linked = np.empty(0, dtype=np.int64)
    last: Answer | None = None
    for _ in range(LINK_ROUNDS):
        answer = engine.run(clock)
        if answer.status == "infeasible":
            return Relaxation(False, None, np.zeros(f.problem.n_seats), linked, no_prices(f.problem))
        if answer.status != "optimal" or answer.columns is None:
            break
        last, settled = answer, linked
        over = answer.columns[gated] - answer.columns[f.opening[f.problem.session[gated]]]
        over[np.isin(gated, linked)] = 0.0
        order = np.argsort(-over, kind="stable")[:LINKS_AT_A_TIME]
        new = np.sort(gated[order[over[order] > LINK_TOLERANCE]])
        if not new.size or clock.expired():
            break
        engine.add_rows(f.links(new), np.full(new.size, -np.inf), np.zeros(new.size))
        linked = np.concatenate([linked, new])
    if last is None or last.duals is None or last.losses is None:
        return Relaxation(True, None, np.zeros(f.problem.n_seats), linked, no_prices(f.problem))
    loss = np.abs(last.losses[: f.problem.n_seats])
    return Relaxation(True, last.columns, loss, linked, prices_of(f, last.duals, settled))


def no_prices(problem: AllocationProblem) -> Prices:
    """Return prices of zero: what is known before any are found."""
    sizes = (problem.n_lines, problem.n_sessions, problem.n_sessions, problem.n_groups, problem.n_seats)
    return Prices(*(np.zeros(size) for size in sizes))


def prices_of(formulation: Formulation, duals: NDArray[np.float64], linked: NDArray[np.int64]) -> Prices:
    """Return the prices behind the duals of a formulation's rows, followed by those of the links."""
    problem = formulation.problem
    prices = no_prices(problem)
    least = np.zeros(problem.n_sessions, dtype=np.int64) if problem.min_seats is None else problem.min_seats
    for r, name in enumerate(formulation.names):
        kind, index, dual = name[0], name[1], float(duals[r])
        if kind == "budget":
            prices.budget[index] = max(0.0, dual) / formulation.scale[index]
        elif kind == "seats":
            prices.max_seats[index] = max(0.0, dual)
        elif kind == "min_seats" or (kind == "hold" and least[index] == 1):  # either says: at least so many
            prices.min_seats[index] += max(0.0, -dual)
        elif kind == "floor":
            prices.floor[index] = max(0.0, -dual)
    prices.link[linked] = np.maximum(0.0, duals[len(formulation.names) : len(formulation.names) + len(linked)])
    _seats_nobody_wants(formulation, prices)
    return prices


def _seats_nobody_wants(formulation: Formulation, prices: Prices) -> None:
    """Price the links instead of the seats where a session has more seats than candidates: the same for less."""
    problem = formulation.problem
    wanted = np.bincount(problem.session, minlength=problem.n_sessions)
    roomy = (wanted < problem.max_seats) & (prices.max_seats > 0)
    moved = np.where(roomy, prices.max_seats, 0.0)
    prices.link[:] += moved[problem.session]
    prices.max_seats[:] -= moved
