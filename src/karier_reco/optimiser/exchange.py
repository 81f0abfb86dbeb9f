"""Plans made and improved by exchanges of seats: add, shift, swap and chains of two. Compiled.

For the model of ``knapsacks``: each seat takes from one line and counts for one person, who has a least and a most.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from karier_reco.optimiser.kernels import compiled
from karier_reco.optimiser.knapsacks import Model, inner

#: An exchange that brings less is rounding.
TRIFLE = 1e-9
#: Sweeps over all people until no exchange brings more, at most.
SWEEPS = 50
NONE = -1


class Plan(NamedTuple):
    """Hold a plan and what it leaves of every line."""

    granted: Any  # (n,) float64: 1 or 0
    left: Any  # (m,) int64
    count: Any  # (P,) int64


def empty_plan(model: Model) -> Plan:
    """Return the plan without seats."""
    granted = np.zeros(len(model.gain))
    return Plan(granted, model.budget.copy(), np.zeros(len(model.low), np.int64))


@inner
def grant(model: Any, plan: Any, e: int) -> None:
    """Grant a seat."""
    plan.granted[e] = 1.0
    plan.left[model.line[e]] -= model.weight[e]
    plan.count[model.person[e]] += 1


@inner
def revoke(model: Any, plan: Any, e: int) -> None:
    """Take a seat back."""
    plan.granted[e] = 0.0
    plan.left[model.line[e]] += model.weight[e]
    plan.count[model.person[e]] -= 1


@compiled
def build(model: Any, plan: Any, likely: Any, score: Any) -> bool:
    """Make ``plan`` a plan out of the ``likely`` seats, which people keep by ``score``; False if somebody lacks one.

    Who lacks a seat gets one in the order of regret: how much worse the second that fits is than the first.
    """
    for e in range(len(model.gain)):
        if plan.granted[e] == 1:
            revoke(model, plan, e)
    for p in range(len(model.low)):
        while plan.count[p] < model.high[p]:
            e = best_of(model, plan, likely, score, p)
            if e == NONE:
                break
            grant(model, plan, e)
    nobody = np.ones(len(model.gain))
    while True:
        chosen, most, lacking = NONE, -1.0, NONE
        for p in range(len(model.low)):
            if plan.count[p] >= model.low[p]:
                continue
            e = best_of(model, plan, nobody, score, p)
            if e == NONE:
                lacking = p
                continue
            nobody[e] = 0.0
            f = best_of(model, plan, nobody, score, p)
            nobody[e] = 1.0
            regret = score[e] - score[f] if f != NONE else np.inf
            if regret > most:
                chosen, most = e, regret
        if lacking != NONE:
            if not seat_by_chain(model, plan, lacking):
                return False
        elif chosen == NONE:
            return True
        else:
            grant(model, plan, chosen)


@inner
def best_of(model: Any, plan: Any, among: Any, score: Any, p: int) -> int:
    """Return the seat of the best score that fits for a person, of those that are ``among`` the wanted."""
    best = NONE
    for a in range(model.starts[p], model.starts[p + 1]):
        e = model.seats[a]
        fits = among[e] == 1 and plan.granted[e] == 0 and model.weight[e] <= plan.left[model.line[e]]
        if fits and (best == NONE or score[e] > score[best]):
            best = e
    return best


@inner
def seat_by_chain(model: Any, plan: Any, p: int) -> bool:
    """Give a person a seat for which somebody else moves to another line; False if there is no such way."""
    best, moved, target, most = NONE, NONE, NONE, -np.inf
    for a in range(model.starts[p], model.starts[p + 1]):
        e = model.seats[a]
        k = model.line[e]
        for f in range(model.first[k], model.first[k + 1]):
            if plan.granted[f] == 0 or model.person[f] == p or plan.left[k] + model.weight[f] < model.weight[e]:
                continue
            h = best_instead(model, plan, f)
            if h != NONE and model.gain[e] + model.gain[h] - model.gain[f] > most:
                best, moved, target, most = e, f, h, model.gain[e] + model.gain[h] - model.gain[f]
    if best == NONE:
        return False
    revoke(model, plan, moved)
    grant(model, plan, target)
    grant(model, plan, best)
    return True


@inner
def best_instead(model: Any, plan: Any, f: int) -> int:
    """Return the best seat that fits for the person of seat ``f`` on another line."""
    q, best = model.person[f], NONE
    for a in range(model.starts[q], model.starts[q + 1]):
        h = model.seats[a]
        k = model.line[h]
        fits = plan.granted[h] == 0 and k != model.line[f] and model.weight[h] <= plan.left[k]
        if fits and (best == NONE or model.gain[h] > model.gain[best]):
            best = h
    return best


@compiled
def improve(model: Any, plan: Any) -> None:
    """Exchange seats until no exchange brings more."""
    top = np.zeros(len(model.low))
    for e in range(len(model.gain)):
        top[model.person[e]] = max(top[model.person[e]], model.gain[e])
    for _ in range(SWEEPS):
        better = False
        for p in range(len(model.low)):
            for a in range(model.starts[p], model.starts[p + 1]):
                if plan.granted[model.seats[a]] == 0:
                    better |= bring_in(model, plan, top, model.seats[a])
        if not better:
            return


@inner
def bring_in(model: Any, plan: Any, top: Any, e: int) -> bool:
    """Grant seat ``e`` by the first exchange that brings more: beside the person's seats, or for one of them."""
    p = model.person[e]
    for a in range(model.starts[p] - 1, model.starts[p + 1]):
        given = model.seats[a] if a >= model.starts[p] else NONE
        if given == NONE:
            if plan.count[p] == model.high[p]:
                continue
        elif plan.granted[given] == 0:
            continue
        else:
            revoke(model, plan, given)
        if exchange(model, plan, top, e, model.gain[e] - (model.gain[given] if given != NONE else 0.0)):
            return True
        if given != NONE:
            grant(model, plan, given)
    return False


@inner
def exchange(model: Any, plan: Any, top: Any, e: int, net: float) -> bool:
    """Grant ``e`` if this brings more; where there is no room for it, somebody on its line moves, or goes.

    ``net`` is what the seat adds beside what was given up for it.
    """
    k = model.line[e]
    short = model.weight[e] - plan.left[k]
    if short <= 0:
        if net > TRIFLE:
            grant(model, plan, e)
        return bool(net > TRIFLE)
    for f in range(model.first[k], model.first[k + 1]):
        q = model.person[f]
        if plan.granted[f] == 0 or q == model.person[e] or model.weight[f] < short:
            continue
        if net - model.gain[f] + top[q] <= TRIFLE:
            continue
        h = best_instead(model, plan, f)
        moves = h != NONE and net - model.gain[f] + model.gain[h] > TRIFLE
        if moves or (plan.count[q] > model.low[q] and net - model.gain[f] > TRIFLE):
            revoke(model, plan, f)
            grant(model, plan, e)
            if moves:
                grant(model, plan, h)
            return True
    return False
