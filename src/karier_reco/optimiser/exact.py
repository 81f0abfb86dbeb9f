"""Branch and bound by HiGHS: first on the seats that matter, then on all of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from karier_reco.optimiser.clock import Clock
from karier_reco.optimiser.formulation import Formulation
from karier_reco.optimiser.greedy import Greedy
from karier_reco.optimiser.highs import Highs
from karier_reco.optimiser.incumbent import Incumbent
from karier_reco.optimiser.relaxation import Relaxation

#: HiGHS cuts off what is less than 1e-6 better than its incumbent, on an objective scaled to 1,000 for the best seat.
HIGHS_TOLERANCE = 1e-8
#: With at most so many seats there is no use in looking at some of them first.
SMALL = 2_000
#: Seats tried first: those of the relaxation and of the best plan, and so many times as many that cost it least.
CORES = (1.5, 4.0)
#: The share of what is left, of time and of work, for each core.
CORE_SHARE = 0.35
#: A core is searched no further than this: it is a way to a plan, not to a proof.
CORE_GAP = 1e-4


def search_cores(
    f: Formulation, relaxation: Relaxation, best: Incumbent, greedy: Greedy, gap: float, clock: Clock, seed: int
) -> None:
    """Improve the plan on the seats that the relaxation likes, few first, then more."""
    likely = relaxation.columns
    if f.problem.n_seats <= SMALL or likely is None:
        return
    for size in CORES:
        if best.within(gap) or clock.expired():
            return
        core = _core(f, likely, relaxation.loss, best, size)
        lower, upper = f.lower.copy(), f.upper.copy()
        upper[: f.problem.n_seats][~core] = 0.0
        links = f.gated[core[f.gated]]
        engine = _engine(f, lower, upper, links, best, max(gap, CORE_GAP), seed)
        answer = engine.run(
            clock.part(CORE_SHARE), lambda columns: _take(f, best, columns), lambda bound: best.within(gap)
        )
        if answer.columns is not None:
            best.offer_repaired(answer.columns[: f.problem.n_seats] > 0.5, greedy)


def search_all(f: Formulation, relaxation: Relaxation, best: Incumbent, gap: float, clock: Clock, seed: int) -> bool:
    """Search the whole model for a better plan and a lower bound; return False if no plan keeps every limit."""
    engine = _engine(f, f.lower, f.upper, relaxation.linked, best, gap, seed)

    def close_enough(bound: float) -> bool:
        best.lower_bound_to(bound, "highs")
        return best.within(gap)

    answer = engine.run(clock, lambda columns: _take(f, best, columns), close_enough)
    if answer.status == "infeasible":
        return False
    if answer.columns is not None:
        best.offer(answer.columns[: f.problem.n_seats] > 0.5)
    if answer.bound is not None:
        best.lower_bound_to(answer.bound, "highs")
    if answer.status == "optimal" and best.value is not None and best.within(HIGHS_TOLERANCE):
        best.lower_bound_to(best.value, "highs")
    return True


def _core(
    f: Formulation, likely: NDArray[np.float64], loss: NDArray[np.float64], best: Incumbent, size: float
) -> NDArray[np.bool_]:
    seats = f.problem.n_seats
    core = likely[:seats] > 1e-6
    if best.granted is not None:
        core |= best.granted
    if f.problem.must is not None:
        core |= f.problem.must >= 0
    more = int(size * core.sum())
    core[np.argsort(np.where(core, -1.0, loss), kind="stable")[: int(core.sum()) + more]] = True
    return core


def _engine(
    f: Formulation,
    lower: NDArray[np.float64],
    upper: NDArray[np.float64],
    links: NDArray[np.int64],
    best: Incumbent,
    gap: float,
    seed: int,
) -> Highs:
    engine = Highs(f.gain, lower, upper, f.matrix, f.low, f.high, seed)
    if links.size:
        engine.add_rows(f.links(links), np.full(links.size, -np.inf), np.zeros(links.size))
    engine.make_whole(f.integral())
    engine.set_option("mip_rel_gap", gap)
    engine.set_option("mip_abs_gap", 0.0)
    if best.granted is not None:
        engine.start_from(f.columns_of(best.granted))
    return engine


def _take(f: Formulation, best: Incumbent, columns: NDArray[np.float64]) -> None:
    best.offer(columns[: f.problem.n_seats] > 0.5)
