"""What ``solve`` returns: the granted seats, their value, the bound and the prices that prove it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from html import escape

import numpy as np
from numpy.typing import NDArray

from karier_reco.optimiser.problem import AllocationProblem


@dataclass(frozen=True, eq=False)
class Prices:
    """Say by how much one more unit of each limit raises the bound; every price is at least 0.

    ``budget`` (B,), ``max_seats`` (S,), ``min_seats`` (S,) and ``floor`` (G,) are in value per unit of the limit;
    ``link`` (E,) prices the rule that a seat needs its session open and is 0 for almost all. An estimate, good for
    small changes. They are all that the bound of ``docs/explanation/allocation.md`` needs.
    """

    budget: NDArray[np.float64]
    max_seats: NDArray[np.float64]
    min_seats: NDArray[np.float64]
    floor: NDArray[np.float64]
    link: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Allocation:
    """Hold a plan for a problem and what is known about how good it is.

    ==============  ==========================================================================================
    granted         (E,) bool: the seats that the plan grants; all False when there is no plan
    opened          (S,) bool: the sessions in which somebody sits
    value           what the granted seats are worth; 0.0 when there is no plan
    bound           no plan is worth more; None when nothing is known
    prices          the `Prices` behind a bound by prices; None when the problem is infeasible
    status          optimal (value is the bound, to 1e-9) | feasible | infeasible | unknown (none found or excluded)
    stopped_by      proof | gap | time | work | interrupt
    bound_by        prices (anyone can recompute it) | highs, search (which vouch for it); None without a bound
    conflict        of an infeasible problem: names of limits that cannot hold together, none superfluous
    method          which method found it
    order           (E,) where ``granted`` is over rows in another order: the row of each seat of the problem; else None
    ==============  ==========================================================================================
    """

    problem: AllocationProblem
    granted: NDArray[np.bool_]
    opened: NDArray[np.bool_]
    value: float
    bound: float | None
    prices: Prices | None
    status: str
    stopped_by: str
    bound_by: str | None
    conflict: tuple[str, ...] = ()
    method: str = "exact"
    order: NDArray[np.int64] | None = None

    @property
    def seats(self) -> NDArray[np.bool_]:
        """Return (E,) bool: the granted seats in the order of the problem."""
        return self.granted if self.order is None else self.granted[self.order]

    def over(self, order: NDArray[np.int64]) -> Allocation:
        """Return the same allocation with ``granted`` over rows of which ``order`` gives that of each seat."""
        if bool((order == np.arange(len(order))).all()):
            return self
        granted = np.zeros_like(self.granted)
        granted[order] = self.seats
        return replace(self, granted=granted, order=order)

    @property
    def optimality_gap(self) -> float | None:
        """Return (bound - value) / bound: 0 when the bound is 0, None without a plan or a bound."""
        if self.bound is None or self.status in ("infeasible", "unknown"):
            return None
        return (self.bound - self.value) / self.bound if self.bound > 0 else 0.0

    def summary(self) -> str:
        """Return the facts as text, one per line."""
        return "\n".join(f"{name:<16}{text}" for name, text in self._facts())

    def _facts(self) -> list[tuple[str, str]]:
        gap = self.optimality_gap
        facts = [
            ("status", f"{self.status}, stopped by {self.stopped_by}"),
            ("seats granted", f"{int(self.granted.sum())} of {self.granted.size}"),
            ("sessions opened", f"{int(self.opened.sum())} of {self.opened.size}"),
            ("value", f"{self.value:.6g}"),
            ("bound", "not known" if self.bound is None else f"{self.bound:.6g}, by {self.bound_by}"),
            ("optimality gap", "not known" if gap is None else f"{100 * gap:.3f} %"),
        ]
        return facts + ([("conflict", ", ".join(self.conflict))] if self.conflict else [])

    def _repr_html_(self) -> str:
        rows = "".join(f"<tr><th>{escape(name)}</th><td>{escape(text)}</td></tr>" for name, text in self._facts())
        return f"<table>{rows}</table>"

    def __repr__(self) -> str:
        bound = "not known" if self.bound is None else f"{self.bound:.6g}"
        return f"Allocation({self.status}, value {self.value:.6g}, bound {bound})"
