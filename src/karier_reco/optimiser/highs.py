"""A thin wrapper of HiGHS: a model goes in as arrays, and our own clock decides when it stops."""

from __future__ import annotations

import threading
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
#: One unit of work, about a second of one core: so many simplex iterations times the size of the model (rows and free
#: columns), or so many checks of a search, times the size, before it branches and after.
ITERATIONS_PER_WORK = 3e8
CHECKS_PER_WORK = 6e4
NODES_PER_WORK = 1.2e6
#: An objective that is off what its point is worth by more than this share is no rounding.
UNTRUE = 1e-5
#: Seconds between two looks at a run that is under way: the first, and the longest.
FIRST_LOOK, LAST_LOOK = 0.001, 0.05


@dataclass(frozen=True, eq=False)
class Answer:
    """What a run found: ``optimal``, ``infeasible`` or ``stopped``; columns and duals as far as there are any.

    ``duals`` of rows are above 0 at an upper limit and below at a lower one; ``losses`` are the columns' reduced gains.
    """

    status: str
    objective: float | None = None
    columns: Floats | None = None
    duals: Floats | None = None
    losses: Floats | None = None
    bound: float | None = None


class Highs:
    """Hold one model that is maximised, as a linear one or with whole columns.

    Rows may be added and bounds changed between runs; a linear run goes on from the last basis. One thread, a fixed
    seed, no output: the same calls give the same answers. ``largest`` is the largest gain there will be.
    """

    def __init__(
        self,
        gain: Floats,
        lower: Floats,
        upper: Floats,
        matrix: sp.csr_array,
        low: Floats,
        high: Floats,
        seed: int = 0,
        largest: float | None = None,
    ) -> None:
        import highspy

        self._core: Any = highspy
        self._engine: Any = highspy._core._Highs()  # its public subclass prints a banner to the process's output
        self._whole, self._gain = False, gain
        largest = float(np.max(gain, initial=0.0)) if largest is None else largest
        self._scale = float(2.0 ** np.round(np.log2(LARGEST_GAIN / largest))) if largest > 0 else 1.0
        options = {"output_flag": False, "threads": 1, "parallel": "off", "random_seed": seed % 2**31}
        for name, option in options.items():
            self.set_option(name, option)
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
        self._size = len(low) + int((upper > lower).sum())

    def add_rows(self, matrix: sp.csr_array, low: Floats, high: Floats) -> None:
        """Append rows."""
        starts, columns = matrix.indptr[:-1].astype(np.int32), matrix.indices.astype(np.int32)
        self._must(self._engine.addRows(len(low), low, high, matrix.nnz, starts, columns, matrix.data), "addRows")
        self._size += len(low)

    def add_columns(self, gain: Floats, lower: Floats, upper: Floats, matrix: sp.csc_array) -> None:
        """Append columns."""
        starts, rows = matrix.indptr[:-1].astype(np.int32), matrix.indices.astype(np.int32)
        cost = -gain * self._scale
        status = self._engine.addCols(len(gain), cost, lower, upper, matrix.nnz, starts, rows, matrix.data)
        self._must(status, "addCols")
        self._gain = np.concatenate([self._gain, gain])
        self._size += len(gain)

    def bound_columns(self, lower: Floats, upper: Floats) -> None:
        """Change the bounds of all columns."""
        every = np.arange(len(lower), dtype=np.int32)
        self._must(self._engine.changeColsBounds(len(lower), every, lower, upper), "changeColsBounds")

    def bound_rows(self, rows: NDArray[np.int64], low: Floats, high: Floats) -> None:
        """Change the bounds of some rows."""
        for r, a, b in zip(rows.tolist(), low.tolist(), high.tolist(), strict=True):
            self._must(self._engine.changeRowBounds(r, a, b), "changeRowBounds")

    def make_whole(self, whole: NDArray[np.bool_]) -> None:
        """Make the chosen columns whole and the others continuous."""
        self._whole = bool(whole.any())
        every = np.arange(len(whole), dtype=np.int32)
        status = self._engine.changeColsIntegrality(len(whole), every, whole.astype(np.uint8))
        self._must(status, "changeColsIntegrality")

    def set_option(self, name: str, option: Any) -> None:
        """Set one option of HiGHS."""
        self._must(self._engine.setOptionValue(name, option), f"setOptionValue {name}")

    def run(
        self,
        clock: Clock,
        on_solution: Callable[[Floats], object] | None = None,
        on_bound: Callable[[float], bool] | None = None,
    ) -> Answer:
        """Run until done or until the clock says stop.

        ``on_solution`` gets every better point of a run with whole columns, ``on_bound`` the upper bound at every
        check; it returns True to stop. Both are called from the run's own thread.
        """
        if self._whole:  # an earlier run's point would be a start, and HiGHS 1.16.0 errs from a start; see ``exact``
            self._must(self._engine.clearSolver(), "clearSolver")
        run = _Run(self._core, self._scale, self._size, clock, on_solution, on_bound)
        self.set_option("time_limit", self._engine.getRunTime() + max(clock.left(), 0.01))
        self._engine.setCallback(run.callback, None)
        for kind in run.kinds:
            self._engine.startCallback(kind)
        if not run.finishes(self._engine):
            return Answer("stopped")
        self._engine.setCallback(None, None)
        if run.failures:
            raise run.failures[0]
        if not self._whole:
            clock.step(max(self._engine.getInfo().simplex_iteration_count, 0) * self._size / ITERATIONS_PER_WORK)
        return self._answer()

    def ray(self, clock: Clock) -> Floats | None:
        """Run a linear model and return by row the proof that it has no point, None where there is no such proof."""
        if self.run(clock).status != "infeasible":
            return None
        _, found, ray = self._engine.getDualRay()
        return np.array(ray) if found else None

    def _answer(self) -> Answer:
        status, found, info = self._core.HighsModelStatus, self._engine.getModelStatus(), self._engine.getInfo()
        if found in (status.kInfeasible, status.kUnboundedOrInfeasible):
            return Answer("infeasible")
        if found == status.kModelEmpty:
            return self._empty_answer()
        if found not in (status.kOptimal, status.kTimeLimit, status.kInterrupt, status.kIterationLimit):
            raise SolverError(
                f"HiGHS: got {found.name}; expected an answer. Report the problem that leads to it.",
                solver="highs",
                detail=found.name,
            )
        optimal = found == status.kOptimal
        solution = self._engine.getSolution()
        feasible = info.primal_solution_status == self._core.SolutionStatus.kSolutionStatusFeasible
        objective = -info.objective_function_value / self._scale if feasible else None
        columns = np.array(solution.col_value) if feasible else None
        if objective is not None and columns is not None:
            self._stop_if_untrue(objective, float(self._gain @ columns))
        if self._whole:
            bound = -info.mip_dual_bound / self._scale
            bound = bound if abs(info.mip_dual_bound) < self._core.kHighsInf else None
            return Answer("optimal" if optimal else "stopped", objective, columns, bound=bound)
        if not optimal:
            return Answer("stopped", objective, columns)
        duals, losses = -np.array(solution.row_dual) / self._scale, -np.array(solution.col_dual) / self._scale
        return Answer("optimal", objective, columns, duals, losses, objective)

    def _stop_if_untrue(self, said: float, is_worth: float) -> None:
        if abs(said - is_worth) > UNTRUE * max(abs(said), LARGEST_GAIN / self._scale):
            raise SolverError(
                f"HiGHS objective: got {said}; expected {is_worth}, what its point is worth. "
                "Report the problem that leads to it.",
                solver="highs",
                detail="objective",
            )

    def _empty_answer(self) -> Answer:
        """Answer for a model without columns: every row is 0, which HiGHS does not hold against its limits."""
        model = self._engine.getLp()
        if any(low > 0 for low in model.row_lower_) or any(high < 0 for high in model.row_upper_):
            return Answer("infeasible")
        columns, rows = np.zeros(self._engine.getNumCol()), np.zeros(self._engine.getNumRow())
        return Answer("optimal", 0.0, columns, rows, columns, 0.0)

    def _must(self, status: Any, call: str) -> None:
        if status == self._core.HighsStatus.kError:
            raise SolverError(
                f"HiGHS {call}: got an error; expected a model that it takes. Report the problem that leads to it.",
                solver="highs",
                detail=call,
            )


class _Run:
    """One run in a thread of its own: HiGHS looks at the clock too seldom to be waited for.

    A run whose clock has stopped is told so at its next look, and waited for until the deadline of the whole; then it
    is abandoned: what it still says is not heard, and its model is not used again.
    """

    def __init__(
        self,
        core: Any,
        scale: float,
        size: int,
        clock: Clock,
        on_solution: Callable[[Floats], object] | None,
        on_bound: Callable[[float], bool] | None,
    ) -> None:
        kinds = core.cb.HighsCallbackType
        self.kinds = (
            kinds.kCallbackSimplexInterrupt,
            kinds.kCallbackIpmInterrupt,
            kinds.kCallbackMipInterrupt,
            kinds.kCallbackMipImprovingSolution,
        )
        self._solution, self._search = int(kinds.kCallbackMipImprovingSolution), int(kinds.kCallbackMipInterrupt)
        self._infinite, self._scale, self._size, self._clock = core.kHighsInf, scale, size, clock
        self._on_solution, self._on_bound = on_solution, on_bound
        self._abandoned = False
        self.failures: list[BaseException] = []

    def finishes(self, engine: Any) -> bool:
        """Run and wait; False when the clock stopped us and HiGHS has not."""
        thread = threading.Thread(target=engine.run)  # Python waits for it at its end; it is told to stop
        thread.start()
        look = FIRST_LOOK
        try:
            while thread.is_alive() and not self._clock.overdue(LAST_LOOK):
                thread.join(look)
                look = min(2 * look, LAST_LOOK)
                self._clock.pulse()
        except BaseException:
            self._abandoned = True  # what the caller's on_progress raises is theirs
            raise
        self._abandoned = thread.is_alive()
        self._clock.expired()
        return not self._abandoned

    def callback(self, kind: int, message: str, out: Any, into: Any, data: Any) -> None:
        """Be called by HiGHS, often."""
        try:
            if (self._abandoned or self._heard(kind, out)) and kind != self._solution:
                into.user_interrupt = True
        except BaseException as failure:  # must not cross the solver: run raises it
            self.failures.append(failure)
            self._abandoned = True

    def _heard(self, kind: int, out: Any) -> bool:
        """Pass on what a call says; say whether to stop."""
        if kind == self._solution:
            if self._on_solution is not None:
                self._on_solution(np.array(out.mip_solution))
            return False
        if kind != self._search:
            return self._clock.expired(max(out.simplex_iteration_count, 0) * self._size / ITERATIONS_PER_WORK)
        self._clock.step(self._size / (CHECKS_PER_WORK if out.mip_node_count <= 1 else NODES_PER_WORK))
        done = self._clock.expired()
        if self._on_bound is not None and abs(out.mip_dual_bound) < self._infinite:
            done |= self._on_bound(-out.mip_dual_bound / self._scale)
        return done
