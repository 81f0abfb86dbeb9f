"""Plans by HiGHS: out of whole sets of seats where there are many, and out of all single seats."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from karier_reco.optimiser.allocation import Prices
from karier_reco.optimiser.clock import Clock
from karier_reco.optimiser.columns import generate
from karier_reco.optimiser.formulation import Formulation
from karier_reco.optimiser.highs import Highs
from karier_reco.optimiser.incumbent import Incumbent
from karier_reco.optimiser.pricing import Pricer, Pricing
from karier_reco.optimiser.repair import Repair

#: HiGHS cuts off what is less than 1e-6 better than its incumbent, on an objective scaled to 1,000 for the best seat.
HIGHS_TOLERANCE = 1e-8
#: With at most so many seats the whole model is searched at once.
SMALL = 2_000
#: The share of what is left, of time and of work, for the relaxation over sets.
SETS_SHARE = 0.6
#: Plans are searched three times, each time with less of the relaxation kept, in these shares of what is left.
KEEPS: tuple[tuple[tuple[str, ...], float], ...] = ((("openings", "sets"), 0.3), (("openings",), 0.5), ((), 0.8))
#: A search among these sets goes no further than this: it is a way to a plan, not to a proof.
PART_GAP = 1e-4


def search_sets(
    f: Formulation,
    pricer: Pricer,
    prices: Prices,
    found: Pricing,
    repair: Repair,
    best: Incumbent,
    gap: float,
    clock: Clock,
    seed: int,
) -> Prices:
    """Find better prices, and better plans out of whole sets of seats; return the prices.

    ``found`` is what ``prices`` lead to.
    """
    best_prices, best_bound = prices, found.bound

    def take_bound(found: Pricing, prices: Prices) -> None:
        nonlocal best_prices, best_bound
        if found.bound < best_bound:
            best_prices, best_bound = prices, found.bound
        best.lower_bound_to(found.bound, "prices")

    plans = [] if best.granted is None else [best.granted]
    master = generate(f, pricer, prices, found, plans, clock.part(SETS_SHARE), gap, seed, take_bound)
    if best.within(gap) or clock.expired():
        return best_prices
    repair = repair.guided_by(best_prices)
    for keep, share in KEEPS:
        if not best.within(gap) and not clock.expired():
            master.search(clock.part(share), max(0.5 * gap, PART_GAP), keep, best.offer)
            best.fill(repair)
    return best_prices


def search_all(f: Formulation, links: NDArray[np.int64], best: Incumbent, gap: float, clock: Clock, seed: int) -> bool:
    """Search the whole model for a better plan and a lower bound; return False if no plan keeps every limit.

    ``links`` are the seats whose rule that they need their session open is among the rows from the start.

    HiGHS is not given our plan to start from: version 1.16.0, handed a start, calls plans optimal that are not, with
    an objective that its own point does not have (``test_a_plan_is_never_called_optimal_because_it_was_there``).
    """
    engine = Highs(f.gain, f.lower, f.upper, f.matrix, f.low, f.high, seed)
    if links.size:
        engine.add_rows(f.links(links), np.full(links.size, -np.inf), np.zeros(links.size))
    engine.make_whole(f.integral())
    engine.set_option("mip_rel_gap", gap)
    engine.set_option("mip_abs_gap", 0.0)

    def take(columns: NDArray[np.float64]) -> None:
        best.offer(columns[: f.problem.n_seats] > 0.5)

    def close_enough(bound: float) -> bool:
        best.lower_bound_to(bound, "highs")
        return best.within(gap)

    answer = engine.run(clock, take, close_enough)
    if answer.status == "infeasible":
        return False
    if answer.columns is not None:
        take(answer.columns)
    if answer.bound is not None:
        best.lower_bound_to(answer.bound, "highs")
    if answer.status == "optimal" and best.value is not None and best.within(HIGHS_TOLERANCE):
        best.lower_bound_to(best.value, "highs")
    return True
