"""A thin wrapper of HiGHS: a model goes in as arrays, and our own clock decides when it stops."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from karier_reco.errors import SolverError
from karier_reco.optimiser.clock import Clock

Floats = NDArray[np.float64]

#: The largest coefficient of an objective is scaled to this: HiGHS cuts off what is within 1e-6 of its incumbent.
LARGEST_GAIN = 1000.0


@dataclass(frozen=True, eq=False)
class Answer:
    """What a run found: ``optimal``, ``infeasible`` or ``stopped``; columns and duals as far as there are any.

    ``duals`` of rows are above 0 at an upper limit and below at a lower one; ``losses`` are the columns' reduced gains.
    """

    status: str
    objective: float | None
    columns: Floats | None
    duals: Floats | None
    losses: Floats | None
    bound: float | None


class Highs:
    """Hold one model that is maximised, as a linear one or with whole columns.

    Rows may be added and bounds changed between runs; a linear run goes on from the last basis. One thread, a fixed
    seed, no output: the same calls give the same answers.
    """

    def __init__(
        self, gain: Floats, lower: Floats, upper: Floats, matrix: sp.csr_array, low: Floats, high: Floats, seed: int = 0
    ) -> None:
        import highspy

        self._core: Any = highspy
        self._engine: Any = highspy._core._Highs()  # its public subclass prints a banner to the process's output
        largest = float(np.max(gain, initial=0.0))
        self._scale = 2.0 ** np.round(np.log2(LARGEST_GAIN / largest)) if largest > 0 else 1.0
        options = {"output_flag": False, "threads": 1, "parallel": "off", "random_seed": seed % (2**31)}
        for name, option in options.items():
            self._engine.setOptionValue(name, option)
        model = highspy.HighsLp()
        model.num_col_, model.num_row_ = len(gain), len(low)
        model.sense_ = highspy.ObjSense.kMinimize
        model.col_cost_ = -gain * self._scale
        model.col_lower_, model.col_upper_ = lower, upper
        model.row_lower_, model.row_upper_ = low, high
        model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        model.a_matrix_.start_ = matrix.indptr.astype(np.int32)
        model.a_matrix_.index_ = matrix.indices.astype(np.int32)
        model.a_matrix_.value_ = matrix.data
        self._must(self._engine.passModel(model), "passModel")

    def add_rows(self, matrix: sp.csr_array, low: Floats, high: Floats) -> None:
        """Append rows."""
        starts = matrix.indptr[:-1].astype(np.int32)
        self._must(
            self._engine.addRows(
                len(low), low, high, matrix.nnz, starts, matrix.indices.astype(np.int32), matrix.data
            ),
            "addRows",
        )

    def bound_columns(self, lower: Floats, upper: Floats) -> None:
        """Change the bounds of all columns."""
        count = len(lower)
        self._must(self._engine.changeColsBounds(count, np.arange(count, dtype=np.int32), lower, upper), "changeColsBounds")

    def bound_rows(self, rows: NDArray[np.int64], low: Floats, high: Floats) -> None:
        """Change the bounds of some rows."""
        for r, a, b in zip(rows.tolist(), low.tolist(), high.tolist(), strict=True):
            self._must(self._engine.changeRowBounds(r, a, b), "changeRowBounds")

    def make_whole(self, whole: NDArray[np.bool_]) -> None:
        """Make the chosen columns whole and the others continuous."""
        kinds = np.where(whole, 1, 0).astype(np.uint8)
        self._must(self._engine.changeColsIntegrality(len(kinds), np.arange(len(kinds), dtype=np.int32), kinds), "changeColsIntegrality")

    def set_option(self, name: str, option: Any) -> None:
        """Set one option of HiGHS."""
        self._must(self._engine.setOptionValue(name, option), f"setOptionValue {name}")

    def start_from(self, columns: Floats) -> None:
        """Give a feasible point to a run with whole columns."""
        solution = self._core.HighsSolution()
        solution.col_value = columns
        self._engine.setSolution(solution)

    def run(self, clock: Clock, on_solution: Callable[[Floats], None] | None = None, on_bound: Callable[[float], bool] | None = None) -> Answer:
        """Run until done or until the clock says stop.

        ``on_solution`` gets every better point of a run with whole columns, ``on_bound`` every check's upper bound;
        it returns True to stop.
        """
        kinds = self._core.cb.HighsCallbackType
        failures: list[BaseException] = []

        def callback(kind: int, message: str, out: Any, into: Any, data: Any) -> None:
            try:
                if kind == int(kinds.kCallbackMipImprovingSolution):
                    if on_solution is not None:
                        on_solution(np.array(out.mip_solution))
                    return
                whole = kind == int(kinds.kCallbackMipInterrupt)
                clock.step(1.0 / CHECKS_PER_WORK if whole else 0.0)
                done = clock.expired(out.simplex_iteration_count / ITERATIONS_PER_WORK if not whole else 0.0)
                if whole and on_bound is not None and abs(out.mip_dual_bound) < self._core.kHighsInf:
                    done |= on_bound(-out.mip_dual_bound / self._scale)
                if done:
                    into.user_interrupt = True
            except BaseException as failure:  # noqa: BLE001  an exception must not cross the solver: it is raised below
                failures.append(failure)
                if into is not None:
                    into.user_interrupt = True

        self._engine.setCallback(callback, None)
        for kind in (kinds.kCallbackSimplexInterrupt, kinds.kCallbackIpmInterrupt, kinds.kCallbackMipInterrupt, kinds.kCallbackMipImprovingSolution):
            self._engine.startCallback(kind)
        self.set_option("time_limit", self._engine.getRunTime() + max(clock.left(), 0.01))
        self._engine.run()
        self._engine.setCallback(None, None)
        if failures:
            raise failures[0]
        return self._answer(clock)

    def _answer(self, clock: Clock) -> Answer:
        status = self._core.HighsModelStatus
        found = self._engine.getModelStatus()
        info = self._engine.getInfo()
        whole = self._engine.getLp().integrality_
        is_whole = any(int(kind) for kind in whole)
        if not is_whole and info.simplex_iteration_count > 0:
            clock.step(info.simplex_iteration_count / ITERATIONS_PER_WORK)
        if found in (status.kInfeasible, status.kUnboundedOrInfeasible):
            return Answer("infeasible", None, None, None, None, None)
        if found == status.kModelEmpty:
            return Answer("optimal", 0.0, np.zeros(self._engine.getNumCol()), np.zeros(self._engine.getNumRow()), np.zeros(self._engine.getNumCol()), 0.0)
        if found in (status.kSolveError, status.kModelError, status.kUnbounded, status.kPresolveError, status.kPostsolveError):
            raise SolverError(f"HiGHS: got {found.name}; expected an answer. Report the problem that leads to it.", solver="highs", detail=found.name)
        feasible = info.primal_solution_status == 2
        solution = self._engine.getSolution()
        columns = np.array(solution.col_value) if feasible else None
        objective = -info.objective_function_value / self._scale if feasible else None
        optimal = found == status.kOptimal
        bound = -info.mip_dual_bound / self._scale if is_whole else objective if optimal else None
        if bound is not None and not abs(bound) < 1e300:
            bound = None
        priced = optimal and not is_whole
        duals = -np.array(solution.row_dual) / self._scale if priced else None
        losses = -np.array(solution.col_dual) / self._scale if priced else None
        return Answer("optimal" if optimal else "stopped", objective, columns, duals, losses, bound)

    def _must(self, status: Any, call: str) -> None:
        if status == self._core.HighsStatus.kError:
            raise SolverError(f"HiGHS {call}: got an error; expected a model that it takes. Report the problem that leads to it.", solver="highs", detail=call)


#: One unit of work: so many simplex iterations of a linear run, or so many of the checks that a search makes.
ITERATIONS_PER_WORK = 1000
CHECKS_PER_WORK = 100

_answers_known = False


def check_known_answers() -> None:
    """Solve small models whose answers are known, once per process; a wrong answer raises SolverError.

    max 3a + 2b with a + b <= 4 and a + 3b <= 7, both at most 3: a = 3, b = 1, worth 11; the rows' duals are 2 and 0,
    the reduced gain of a at its limit is 1. With whole columns and 2a + 2b <= 5 instead: a = 2, b = 0, worth 6,
    where the linear one is worth 7. And a + b >= 7 has no answer.
    """
    global _answers_known  # noqa: PLW0603  what is checked is the installed solver: once per process is enough
    if _answers_known:
        return
    gain, upper = np.array([3.0, 2.0]), np.array([3.0, 3.0])
    zero, low = np.zeros(2), np.full(2, -np.inf)
    linear = Highs(gain, zero, upper, sp.csr_array([[1.0, 1.0], [1.0, 3.0]]), low, np.array([4.0, 7.0])).run(Clock())
    _expect("a linear model", linear.objective, 11.0)
    for name, found, known in (("duals", linear.duals, [2.0, 0.0]), ("reduced gains", linear.losses, [1.0, 0.0])):
        _expect(f"its {name}", None if found is None else float(np.abs(found - known).max()), 0.0)
    model = Highs(gain, zero, upper, sp.csr_array([[2.0, 2.0]]), low[:1], np.array([5.0]))
    model.make_whole(np.ones(2, dtype=np.bool_))
    whole = model.run(Clock())
    _expect("a model of whole columns", whole.objective, 6.0)
    _expect("its bound", whole.bound, 6.0)
    nothing = Highs(gain, zero, upper, sp.csr_array([[1.0, 1.0]]), np.array([7.0]), np.array([np.inf])).run(Clock())
    _expect("a model without an answer", 0.0 if nothing.status == "infeasible" else 1.0, 0.0)
    _answers_known = True


def _expect(what: str, found: float | None, known: float) -> None:
    if found is None or abs(found - known) > 1e-6:
        from importlib.metadata import version

        raise SolverError(
            f"highspy {version('highspy')}: got {found} for {what}; expected {known}. Install another version of highspy.",
            solver=f"highspy {version('highspy')}",
            detail=what,
        )
