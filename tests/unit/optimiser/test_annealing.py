"""Choices of sessions, near sets and swaps: every plan keeps its limits, and none is lost."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
import scipy.sparse as sp

from karier_reco.optimiser.alternatives import alternatives
from karier_reco.optimiser.annealing import anneal
from karier_reco.optimiser.clock import Clock
from karier_reco.optimiser.feasibility import broken_rows
from karier_reco.optimiser.incumbent import Incumbent
from karier_reco.optimiser.openings import Openings, opened_in
from karier_reco.optimiser.prices import descend
from karier_reco.optimiser.pricing import Pricer
from karier_reco.optimiser.problem import AllocationProblem
from karier_reco.optimiser.repair import Repair
from tests.problems import random_problem

SEEDS = range(30)


def _described(seed):
    problem = random_problem(np.random.default_rng(seed))
    pricer = Pricer(problem)
    openings = Openings(pricer)
    found = descend(pricer, Clock(), None, lambda pricing, _: bool(openings.add(pricing)))
    return problem, pricer, found, openings


def _planned(seed):
    """Return a problem, its settled part and a plan of that, or None where there is no such thing."""
    problem, _, found, openings = _described(seed)
    if found.pricing.bound < 0:
        return None
    settled = openings.best(found.prices, found.pricing, Clock(), seed)
    if settled is None:
        return None
    granted = Repair(settled.problem, prices=settled.prices).build()
    whole = settled.whole(granted, problem.n_seats)
    return None if broken_rows(problem, whole) else (problem, settled, granted)


def test_near_sets_are_the_allowed_ones_within_the_slack():
    """A person's near sets have the worth of the best that trying every set finds, and none is made up."""
    slack, tried = 1.0, 0
    personal = {"sessions", "hours", "exclusive", "requires", "must"}
    for seed in SEEDS:
        problem, pricer, found, _ = _described(seed)
        if found.pricing.bound == -np.inf:
            continue
        nobody = np.zeros(problem.n_seats, dtype=np.bool_)
        sets = alternatives(pricer, found.prices, found.pricing, nobody, slack)
        paid, weight = pricer.paid(found.prices), pricer.weights(found.prices)
        for i in range(problem.n_people):
            own, every = range(problem.starts[i], problem.starts[i + 1]), []
            for size in range(len(own) + 1):
                for seats in combinations(own, size):
                    granted = nobody.copy()
                    granted[list(seats)] = True
                    if not any(row[0] in personal and row[1] == i for row in broken_rows(problem, granted)):
                        every.append(weight[i] * problem.worth(granted) - paid[list(seats)].sum())
            kept = sets.net[sets.starts[i] + 1 : sets.starts[i + 1]]
            assert kept.max() == pytest.approx(max(every), abs=1e-6 * (1 + paid.max(initial=0.0)))
            assert all(np.isclose(every, net, rtol=1e-6, atol=1e-6).any() for net in kept)
            tried += 1
    assert tried > 50


def test_swaps_keep_every_limit():
    """A settled plan in which people swapped is a plan of the whole problem, and never worth less than before."""
    tried = 0
    for seed in SEEDS:
        planned = _planned(seed)
        if planned is None:
            continue
        problem, settled, granted = planned
        best = Incumbent(problem, Clock())
        best.offer(settled.whole(granted, problem.n_seats))
        before = best.value
        anneal(settled, granted, best, 0.0, Clock(), seed)
        assert best.value >= before
        assert not broken_rows(problem, best.granted)
        assert not (opened_in(problem, best.granted) & ~settled.opened).any()
        tried += 1
    assert tried > 10


def test_swaps_find_what_single_seats_cannot():
    """Of two people and one budget, the dear seat of one is worth more than the cheap ones of both: both must move."""
    problem = AllocationProblem(
        [0, 0, 1], [0, 1, 1], [5.0, 2.0, 2.0], sp.csr_array([[6], [3], [3]]), [6], [1, 2], max_sessions=1
    )
    pricer = Pricer(problem)
    openings = Openings(pricer)
    found = descend(pricer, Clock(), None, lambda pricing, _: bool(openings.add(pricing)))
    settled = openings.best(found.prices, found.pricing, Clock(), 0)
    best = Incumbent(problem, Clock())
    cheap = np.array([False, True, True])
    best.offer(cheap)
    anneal(settled, cheap, best, 0.0, Clock(), 0)
    assert best.granted.tolist() == [True, False, False]


def test_cuts_allow_a_choice_no_more_than_the_bound():
    """A choice is worth at most D, for D is one of the cuts."""
    tried = 0
    for seed in SEEDS:
        problem, _, found, openings = _described(seed)
        chosen = openings._choose(Clock(), seed) if found.pricing.bound >= 0 and problem.gated.any() else None
        if chosen is not None:
            opened, most = chosen
            assert most <= found.pricing.bound * (1 + 1e-6) + 1e-6
            assert opened[~problem.gated].all()
            tried += 1
    assert tried > 5


def test_the_same_seed_gives_the_same_swaps():
    """Chance is drawn from the seed alone."""
    problem, settled, granted = next(filter(None, map(_planned, SEEDS)))
    plans = []
    for _ in range(2):
        best = Incumbent(problem, Clock())
        best.offer(settled.whole(granted, problem.n_seats))
        anneal(settled, granted, best, 0.0, Clock(), 5)
        plans.append(best.granted)
    assert (plans[0] == plans[1]).all()
