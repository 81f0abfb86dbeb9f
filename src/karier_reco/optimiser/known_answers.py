"""A solver is believed after it has answered small questions whose answers are known."""

from __future__ import annotations

import functools
from importlib.metadata import version

import numpy as np
import scipy.sparse as sp

from karier_reco.errors import SolverError
from karier_reco.optimiser.clock import Clock
from karier_reco.optimiser.highs import Highs


@functools.cache
def check_known_answers() -> None:
    """Solve small models with known answers, once per process; a wrong one raises SolverError.

    max 3a + 2b with a + b <= 4 and a + 3b <= 7, both at most 3: a = 3, b = 1, worth 11; the rows' duals are 2 and 0,
    the reduced gain of a at its limit is 1 and of b 0. With whole columns and 2a + 2b <= 5 instead: a = 2, b = 0,
    worth 6, where the linear model is worth 7.5. And a + b >= 7 has no answer.
    """
    gain, upper = np.array([3.0, 2.0]), np.array([3.0, 3.0])
    zero, low = np.zeros(2), np.full(2, -np.inf)
    linear = Highs(gain, zero, upper, _rows([1.0, 1.0], [1.0, 3.0]), low, np.array([4.0, 7.0])).run(Clock())
    _expect("the value of a linear model", linear.objective, 11.0)
    for name, found, known in (("duals", linear.duals, [2.0, 0.0]), ("reduced gains", linear.losses, [1.0, 0.0])):
        _expect(f"the largest error of its {name}", None if found is None else float(np.abs(found - known).max()), 0.0)
    model = Highs(gain, zero, upper, _rows([2.0, 2.0]), low[:1], np.array([5.0]))
    model.make_whole(np.ones(2, dtype=np.bool_))
    whole = model.run(Clock())
    _expect("the value of a model with whole columns", whole.objective, 6.0)
    _expect("its bound", whole.bound, 6.0)
    nothing = Highs(gain, zero, upper, _rows([1.0, 1.0]), np.array([7.0]), np.array([np.inf])).run(Clock())
    if nothing.status != "infeasible":
        _refuse("a model without an answer", nothing.status, "infeasible")


def _rows(*rows: list[float]) -> sp.csr_array:
    return sp.csr_array(np.array(rows))


def _expect(what: str, found: float | None, known: float) -> None:
    if found is None or abs(found - known) > 1e-6:
        _refuse(what, found, known)


def _refuse(what: str, found: object, known: object) -> None:
    solver = f"highspy {version('highspy')}"
    raise SolverError(
        f"{solver}, {what}: got {found}; expected {known}. Install another version of highspy.",
        solver=solver,
        detail=what,
    )
