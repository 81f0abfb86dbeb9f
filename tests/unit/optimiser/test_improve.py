"""Neighbourhoods only raise a plan, and stop by themselves."""

from __future__ import annotations

import numpy as np

from karier_reco.optimiser.clock import Clock
from karier_reco.optimiser.improve import improve
from karier_reco.optimiser.incumbent import Incumbent
from karier_reco.optimiser.prices import descend
from karier_reco.optimiser.pricing import Pricer
from karier_reco.optimiser.repair import Repair
from tests.contract.test_solvers import crowd
from tests.unit.optimiser.test_prices import plain


def test_raises_a_greedy_plan() -> None:
    """From a greedy plan, worth less than what the prices lead to, the plan rises, and never above the bound."""
    for problem in (plain(people=300, sessions=20), crowd()):
        pricer = Pricer(problem)
        descent = descend(pricer, Clock())
        best = Incumbent(problem, Clock())
        best.lower_bound_to(descent.pricing.bound, "prices")
        best.offer(Repair(problem).build())
        before = best.value
        assert before is not None
        improve(pricer, descent.prices, descent.pricing, best, 0.0, Clock(time_limit=5.0), seed=0)
        assert best.value is not None
        assert before < best.value <= descent.pricing.bound * (1 + 1e-9)


def test_regrets_are_what_another_choice_costs() -> None:
    """At prices of 0 and two seats: a taken seat is worth so much more than the next best, another so much less.

    Of seats worth 5, 4, 3 and 1 the first two are taken; the regrets are 5 - 3, 4 - 3, 4 - 3 and 4 - 1.
    """
    problem = plain(people=1, sessions=8)
    prices = descend(Pricer(problem), Clock(time_limit=0.0)).prices
    pricer = Pricer(problem)
    taken = pricer.price(prices).taken
    regret = pricer.regrets(prices, taken)
    value = problem.value
    entry, next_best = value[taken].min(), value[~taken].max()
    assert np.allclose(regret, np.where(taken, value - next_best, entry - value))
