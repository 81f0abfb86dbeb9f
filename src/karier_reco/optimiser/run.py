"""One run of ``solve``: what it works with, and the order in which its parts are asked."""

from __future__ import annotations

import itertools
import logging

import numpy as np
from numpy.typing import NDArray

from karier_reco.optimiser.allocation import Prices
from karier_reco.optimiser.annealing import anneal
from karier_reco.optimiser.assignment import recognise
from karier_reco.optimiser.clock import Clock
from karier_reco.optimiser.columns import generate
from karier_reco.optimiser.exact import SMALL, search_all, search_sets
from karier_reco.optimiser.formulation import Formulation, formulate
from karier_reco.optimiser.improve import improve
from karier_reco.optimiser.incumbent import Incumbent
from karier_reco.optimiser.openings import Openings, opened_in, settle
from karier_reco.optimiser.prices import RESTARTS, Descent, descend
from karier_reco.optimiser.pricing import Pricer, Pricing
from karier_reco.optimiser.problem import AllocationProblem
from karier_reco.optimiser.relaxation import no_prices, relax
from karier_reco.optimiser.repair import Repair
from karier_reco.optimiser.worth import weigh

#: Up to so many seats the linear model is faster than a descent.
LINEAR = 20_000
#: Up to so many people whole sets of seats bring prices, and plans, nearer than a descent alone.
FEW = 10_000
#: They are asked where the gap after a descent is larger than this: it shows that the sum of people is coarse.
COARSE = 0.005
#: Above so many seats there is a descent and a repair, and no more: a model of single seats would not fit, and the gap
#: is already small.
CROWD = 4_000_000
#: The shares of what is left for the first relaxation, for that over sets, for better plans before an exact search.
RELAXATION_SHARE, SETS_SHARE, IMPROVE_SHARE = 0.5, 0.6, 0.3
#: Likewise for the choice of sessions, and for swaps.
SETTLE_SHARE, ANNEAL_SHARE = 0.3, 0.5
#: After so many stages of the descent people swap for the first time.
ANNEAL_AFTER = 2
#: So often swaps and neighbourhoods take turns, each time with twice as many swaps.
PATIENCE = 8
#: Seconds of a repair per seat, until one has been seen: so much is kept for it.
REPAIR = 4e-7
#: A session's seats are part of a plan made of prices if it was open by more than this.
OPEN = 0.5


log = logging.getLogger("karier_reco.optimiser")


class Run:
    """Hold what a run has found so far: the best plan and bound in ``best``, and the ``prices`` behind the bound."""

    def __init__(self, problem: AllocationProblem, gap: float, clock: Clock, seed: int, n_jobs: int) -> None:
        worth = weigh(problem)
        self._problem, self._gap, self._clock, self._seed = problem, gap, clock, seed
        self._pricer, self._repair = Pricer(problem, worth, n_jobs), Repair(problem, worth)
        self.best, self.prices = Incumbent(problem, clock), no_prices(problem)
        self._openings = Openings(self._pricer)
        self._lowest: Pricing | None = None
        # What the linear model has already taken, where there was one.
        self._formulation: Formulation | None = None
        self._sets_done, self._spent = False, (0.0, 0.0)

    def begin(self, first: NDArray[np.bool_] | None) -> None:
        """Take the plan to start from, and where that is quick a greedy one."""
        began = self._clock.seconds()
        if first is not None:
            self.best.offer_repaired(first, self._repair)
        if self._problem.n_seats <= LINEAR:
            self.best.offer(self._repair.build(), complete=True)
        self._clock.hold_back(max(2 * (self._clock.seconds() - began), REPAIR * self._problem.n_seats))

    def by_prices(self, alone: bool, known: Prices | None = None) -> bool:
        """Descend to good prices, repair a plan out of them and improve it; return False if there can be no plan.

        ``known`` are prices to start from.
        """
        few = self._problem.n_people <= FEW
        stages = itertools.count(1)

        def offer(descent: Descent) -> bool:
            self._offer(descent)
            if alone and next(stages) == ANNEAL_AFTER:
                self._anneal()
            return self.best.within(self._gap)

        descend(self._pricer, self._clock, known, self._take, offer, restarts=1 if few else RESTARTS)
        if self._lowest is None or self._lowest.bound == -np.inf:
            return False
        if few and not self.best.within(COARSE):
            self._among_sets()
        if self._is_crowd:
            log.info("%d seats: more than %d, so no neighbourhoods and no search", self._problem.n_seats, CROWD)
        elif alone:
            self._polish()
        return True

    def by_relaxation(self) -> bool:
        """Solve the linear model, take its prices, repair a plan out of it; return False if there can be no plan."""
        clock, before = self._clock, (self._clock.seconds(), self._clock.work)
        relaxation = relax(self._model(), clock.part(RELAXATION_SHARE), self._seed)
        self._spent = clock.seconds() - before[0], clock.work - before[1]
        if relaxation.feasible and (relaxation.columns is not None or not clock.expired()):
            self._take(self._pricer.price(relaxation.prices), relaxation.prices)
        if not relaxation.feasible or (self._lowest is not None and self._lowest.bound == -np.inf):
            return False
        if relaxation.columns is not None and not self.best.within(self._gap):
            columns = relaxation.columns[: self._problem.n_seats]
            likely = np.argsort(-columns, kind="stable")
            likely = likely[columns[likely] > OPEN]
            self.best.offer(self._repair.guided_by(self.prices).build(likely), complete=True)
        return True

    def exactly(self) -> bool:
        """Search among whole sets, then everywhere; return False if no plan keeps every limit."""
        best, clock = self.best, self._clock
        if self._is_crowd and best.value is not None:
            return True
        assignment = recognise(self._model())
        if assignment is not None:
            return assignment.search(self.prices, best, self._gap, clock)
        if self._problem.n_seats > SMALL:
            self._among_sets()
            self._improve(clock.part(IMPROVE_SHARE))
        # A search of the whole model begins with its relaxation: without that much left it would bring nothing.
        if best.within(self._gap) or not (best.value is None or clock.affords(*self._spent)):
            return True
        return search_all(self._model(), np.flatnonzero(self.prices.link > 0), best, self._gap, clock, self._seed)

    @property
    def _is_crowd(self) -> bool:
        return self._problem.n_seats > CROWD

    def _among_sets(self) -> None:
        """Search for better prices and plans among whole sets of seats, once."""
        if self._lowest is None or self._sets_done or self.best.within(self._gap) or self._clock.expired():
            return
        self._sets_done = True
        plans = [] if self.best.granted is None else [self.best.granted]
        master = generate(
            *(self._model(), self._pricer, self.prices, self._lowest, plans),
            *(self._clock.part(SETS_SHARE), self._gap, self._seed, self._take),
        )
        search_sets(master, self._repair.guided_by(self.prices), self.best, self._gap, self._clock)

    def _polish(self) -> None:
        """Let people swap and neighbourhoods be decided anew, with more and more patience, while it helps."""
        for round_ in range(PATIENCE):
            before = self.best.value
            self._anneal(2**round_)
            self._improve(self._clock)
            if self.best.value == before or self._clock.expired():
                return

    def _anneal(self, patience: int = 1) -> None:
        """Choose the sessions to open, make a plan of them and let people swap."""
        best, problem, clock = self.best, self._problem, self._clock
        if self._is_crowd or self._lowest is None or self._lowest.bound == -np.inf:
            return
        if best.within(self._gap) or clock.expired():
            return
        settled = self._openings.best(self.prices, self._lowest, clock.part(SETTLE_SHARE), self._seed)
        if settled is None and best.granted is not None:
            settled = settle(self._pricer, opened_in(problem, best.granted), self.prices, clock)
        if settled is None:
            return
        if best.granted is not None and np.array_equal(settled.opened, opened_in(problem, best.granted)):
            granted = best.granted[settled.seats]
        else:
            repair = Repair(settled.problem, prices=settled.prices)
            granted = repair.build(repair.best_first(settled.pricing.taken))
        if best.offer(settled.whole(granted, problem.n_seats)):
            anneal(settled, granted, best, self._gap, clock.part(ANNEAL_SHARE), self._seed + patience, patience)

    def _improve(self, clock: Clock) -> None:
        """Look for better plans around the best one."""
        if self._lowest is not None:
            improve(self._pricer, self.prices, self._lowest, self.best, self._gap, clock, self._seed)

    def _model(self) -> Formulation:
        if self._formulation is None:
            self._formulation = formulate(self._problem)
        return self._formulation

    def finish(self) -> None:
        """Grant all that still fits into the best plan."""
        self.best.fill(self._repair.guided_by(self.prices))

    def _take(self, pricing: Pricing, prices: Prices) -> bool:
        """Take note of a bound; say whether it is close enough."""
        if self._lowest is None or pricing.bound < self._lowest.bound:
            self._lowest, self.prices = pricing, prices
            self._openings.add(pricing)
        self.best.lower_bound_to(pricing.bound, "prices")
        return self.best.within(self._gap)

    def _offer(self, descent: Descent) -> None:
        """Repair a plan out of prices."""
        began = self._clock.seconds()
        repair = self._repair.guided_by(descent.prices)
        opened = descent.openness > OPEN
        taken = descent.pricing.taken & opened[self._problem.session]
        if not self.best.offer(repair.build(repair.best_first(taken)), complete=True) and self.best.value is None:
            self.best.offer(self._repair.build(), complete=True)
        self._clock.hold_back(1.5 * (self._clock.seconds() - began))
