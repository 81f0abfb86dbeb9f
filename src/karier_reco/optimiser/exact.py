"""Plans by HiGHS: out of whole sets of seats where there are many, and out of all single seats."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from karier_reco.optimiser.clock import Clock
from karier_reco.optimiser.columns import Master
from karier_reco.optimiser.fixing import STEP_ROUNDING, Core, Fixing, round_down, step_of
from karier_reco.optimiser.formulation import Formulation
from karier_reco.optimiser.incumbent import Incumbent
from karier_reco.optimiser.packing import Packer
from karier_reco.optimiser.repair import Repair

#: HiGHS cuts off what is less than 1e-6 better than its incumbent, on an objective scaled to 1,000 for the best seat.
HIGHS_TOLERANCE = 1e-8
#: With at most so many seats the whole model is searched at once.
SMALL = 2_000
#: Plans are searched three times, each time with less of the relaxation kept, in these shares of what is left.
KEEPS: tuple[tuple[tuple[str, ...], float], ...] = ((("openings", "sets"), 0.3), (("openings",), 0.5), ((), 0.8))
#: A search among these sets goes no further than this: it is a way to a plan, not to a proof.
PART_GAP = 1e-4
#: Seats and openings of the first core, by how much each next one is larger, and the share of what is left for each.
FIRST_CORE, GROWTH, CORE_SHARE = 20, 1.5, 0.3
#: Work for better plans after the first core, in that of the core at least; and the share of what is left for the last
#: core where plans can be bred after it.
PACKING, LAST_SHARE = 8.0, 0.6


def search_sets(master: Master, repair: Repair, best: Incumbent, gap: float, clock: Clock) -> None:
    """Search better plans out of whole sets of seats, each filled up by ``repair``."""
    for keep, share in KEEPS:
        if not best.within(gap) and not clock.expired():
            master.search(clock.part(share), max(0.5 * gap, PART_GAP), keep, best.offer)
            best.fill(repair)


def search_all(f: Formulation, links: NDArray[np.int64], best: Incumbent, gap: float, clock: Clock, seed: int) -> bool:
    """Search the whole model for a better plan and a lower bound; return False if no plan keeps every limit.

    Cores are searched first, each larger than the last: the columns whose other side loses least (``fixing``). The last
    one has every column that a better plan can choose otherwise. Where plans can be bred (``packing``) it is the second
    one, and between and after the two plans are bred. ``links`` are the seats whose rule that they need their session
    open is among the rows from the start.

    HiGHS is not given our plan to start from: version 1.16.0, handed a start, calls plans optimal that are not, with
    an objective that its own point does not have (``test_a_plan_is_never_called_optimal_because_it_was_there``).
    """
    fixing = Fixing(f, links, clock, seed)
    if fixing.infeasible or not fixing.settled:
        return not fixing.infeasible
    step, size = step_of(f), FIRST_CORE
    packer = _packer(fixing, seed)

    def take(columns: NDArray[np.float64]) -> None:
        best.offer(columns[: f.problem.n_seats] > 0.5)

    def close_enough(bound: float) -> bool:
        best.lower_bound_to(max(round_down(bound, step), best.value or 0.0), "highs")
        return best.within(gap)

    while True:
        spare = np.inf if best.value is None else fixing.bound - best.value - (1 - STEP_ROUNDING) * step
        most, before = min(fixing.least(size), spare), clock.work
        last = most == spare
        part = clock if last and packer is None else clock.part(LAST_SHARE if last else CORE_SHARE)
        ended, bound = Core(fixing, fixing.core(most), gap).search(part, take, close_enough)
        if ended == "infeasible" and last and best.value is None:
            return False
        if bound is not None:
            close_enough(bound)
        if ended == "optimal" and best.within(HIGHS_TOLERANCE):
            close_enough(best.value or 0.0)
        if best.within(gap) or clock.expired() or (last and (packer is None or ended != "stopped")):
            return True
        size = len(f.gain) if packer is not None or ended == "stopped" else int(GROWTH * size)
        if packer is not None:
            packer.improve(best, gap, clock, np.inf if last else PACKING * (clock.work - before))
        if last:
            return True


def _packer(fixing: Fixing, seed: int) -> Packer | None:
    """Return what breeds plans, if this is a model for it that is not decided by its first core."""
    if not fixing.is_packing() or fixing.least(FIRST_CORE) == np.inf:
        return None
    return Packer(fixing, seed)
