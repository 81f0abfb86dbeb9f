"""Which named limits cannot hold together: found by letting go of them, halves at a time."""

from __future__ import annotations

import logging

import numpy as np

from karier_reco.optimiser.clock import Clock
from karier_reco.optimiser.formulation import formulate
from karier_reco.optimiser.highs import Highs
from karier_reco.optimiser.problem import AllocationProblem

log = logging.getLogger("karier_reco.optimiser")

#: The share of the remaining time that one question may take.
QUESTION_SHARE = 0.25


def find_conflict(problem: AllocationProblem, clock: Clock, seed: int) -> tuple[str, ...]:
    """Return the names of limits that no plan keeps together, none superfluous, of a problem that has no plan.

    Every question "can these rows hold together?" is put to the solver anew. The rows of a proof by the linear model,
    where there is one, are all that is looked at; of these a minimal set is found by QuickXplain (Junker 2004), which
    asks about ``k log(n / k)`` times for k rows of n. When the clock stops it, what is left may hold a superfluous row;
    the log says so.
    """
    rows = _Questions(problem, clock, seed)
    conflict = sorted(_explain(rows, [], rows.suspects(), False))
    if rows.unanswered:
        log.warning("conflict: %d questions were not answered in time; a row may be superfluous", rows.unanswered)
    return tuple(dict.fromkeys(problem.row_name(*rows.names[r]) for r in conflict))


def _explain(rows: _Questions, kept: list[int], suspects: list[int], added: bool) -> list[int]:
    """Return a minimal part of ``suspects`` that cannot hold together with ``kept``; all of them together cannot."""
    if added and rows.contradict(kept):
        return []
    if len(suspects) <= 1:
        return suspects
    half = len(suspects) // 2
    first, second = suspects[:half], suspects[half:]
    from_second = _explain(rows, kept + first, second, True)
    from_first = _explain(rows, kept + from_second, first, bool(from_second))
    return from_first + from_second


class _Questions:
    """Answer whether some of the named rows can hold together; rows without a name always hold."""

    def __init__(self, problem: AllocationProblem, clock: Clock, seed: int) -> None:
        f = formulate(problem, every_row=True)
        self._f, self._clock, self._seed = f, clock, seed
        self.names = f.names
        self._links = f.gated
        self._named = np.array([name[0] != "" for name in f.names], dtype=np.bool_)
        self.unanswered = 0
        self._search = self._engine()
        self._search.make_whole(f.integral())

    def suspects(self) -> list[int]:
        """Return the rows to look at, those that ask for something last: they are kept longest."""
        linear = self._engine()
        linear.set_option("presolve", "off")
        ray = linear.ray(self._clock.part(QUESTION_SHARE))
        named = self._named
        if ray is not None:
            proof = named & (np.abs(ray[: len(named)]) > 1e-9)
            if proof.any() and self.contradict(np.flatnonzero(proof).tolist()):
                named = proof
        asks = {"must": 1, "hold": 1, "floor": 1}
        rows: list[int] = np.flatnonzero(named).tolist()
        return sorted(rows, key=lambda r: (asks.get(self.names[r][0], 0), r))

    def contradict(self, kept: list[int]) -> bool:
        """Say whether no plan keeps the rows ``kept``; False when that is not known."""
        f = self._f
        active = ~self._named
        active[kept] = True
        rows = np.flatnonzero(self._named)
        self._search.bound_rows(
            rows, np.where(active[rows], f.low[rows], -np.inf), np.where(active[rows], f.high[rows], np.inf)
        )
        answer = self._search.run(self._clock.part(QUESTION_SHARE))
        self.unanswered += answer.status == "stopped" and answer.columns is None
        return answer.status == "infeasible"

    def _engine(self) -> Highs:
        f = self._f
        engine = Highs(np.zeros(f.n_columns), f.lower, f.upper, f.matrix, f.low, f.high, self._seed)
        if self._links.size:
            engine.add_rows(f.links(self._links), np.full(self._links.size, -np.inf), np.zeros(self._links.size))
        return engine
