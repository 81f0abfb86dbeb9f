"""The check of an allocation that trusts no solver: every limit in whole numbers, the value, the bound."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from math import inf, isfinite
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from karier_reco.errors import VerificationError
from karier_reco.optimiser.problem import AllocationProblem, Bools
from karier_reco.optimiser.proof import Proof, prove
from karier_reco.optimiser.sets import SomePrices
from karier_reco.optimiser.uses import TOLERANCE, Rows, Use, count_uses, worth_of_people

STATUSES = ("optimal", "feasible", "infeasible", "unknown")
REASONS = ("proof", "gap", "time", "work", "interrupt")
SOURCES = ("prices", "highs", "search")

#: Broken rows that the message shows; the error's ``broken`` has them all.
SHOWN = 20


class Claim(Protocol):
    """What is verified: an `Allocation`, or anything that has its attributes."""

    @property
    def granted(self) -> Bools: ...
    @property
    def opened(self) -> Bools: ...
    @property
    def value(self) -> float: ...
    @property
    def bound(self) -> float | None: ...
    @property
    def prices(self) -> SomePrices | None: ...
    @property
    def status(self) -> str: ...
    @property
    def stopped_by(self) -> str: ...
    @property
    def bound_by(self) -> str | None: ...
    @property
    def conflict(self) -> tuple[str, ...]: ...
    @property
    def optimality_gap(self) -> float | None: ...


@dataclass(frozen=True, eq=False)
class Verification:
    """What was found when an allocation was checked, and holds.

    ==============  ==========================================================================================
    value           what the granted seats are worth, recomputed
    bound           what the prices prove, recomputed from them alone; None without prices
    proved          on what the stated bound rests: prices (recomputed here), highs or search (their word), None
    bounded_people  share of the people for whom an upper bound stood in for the search in ``bound``
    uses            every named limit: name, used, limit
    ==============  ==========================================================================================
    """

    value: float
    bound: float | None
    proved: str | None
    bounded_people: float
    _problem: AllocationProblem = field(repr=False)
    _rows: tuple[Rows, ...] = field(repr=False)

    @property
    def uses(self) -> tuple[Use, ...]:
        """Every named limit with its use; minima of sessions that stay closed ask for 0."""
        return tuple(use for rows in self._rows for use in rows.uses(self._problem))


def verify(problem: AllocationProblem, allocation: Claim) -> Verification:
    """Recompute value, bound and the use of every limit of an allocation from the problem's arrays.

    Shares no code with the solvers. Counts are compared as whole numbers; value, bound and floors may miss by 1e-9
    of their size, or of 1. A bound by prices must be at least D(prices), which `prove` recomputes, rounded down where
    every plan's value is a whole number; of a bound that only HiGHS vouches for, no more can be checked than that it
    is at least the value and no worse than the prices.
    An allocation without a plan (infeasible, unknown) must be empty.

    Raises
    ------
    VerificationError
        With every row that does not hold in ``broken``.

    Examples
    --------
    One seat for two people, worth 2 to the one and 1.5 to the other. At a price of 1.5 for the seat nobody can
    get more than 1.5 (the seat) + 0.5 (what it is worth to the first beyond its price) = 2:

    >>> import scipy.sparse as sp
    >>> from types import SimpleNamespace
    >>> problem = AllocationProblem([0, 1], [0, 0], [2.0, 1.5], sp.csr_array((2, 0), dtype=int), [], [1])
    >>> prices = SimpleNamespace(
    ...     budget=np.zeros(0), max_seats=np.array([1.5]), min_seats=np.zeros(1), floor=np.zeros(0), link=np.zeros(2)
    ... )
    >>> plan = SimpleNamespace(
    ...     granted=np.array([True, False]), opened=np.array([True]), value=2.0, bound=2.0, prices=prices,
    ...     status="optimal", stopped_by="proof", bound_by="prices", conflict=(), optimality_gap=0.0,
    ... )
    >>> verification = verify(problem, plan)
    >>> verification.bound, verification.uses
    (2.0, (Use(name='seats[0]', used=1, limit=1),))
    >>> plan.granted[1] = True
    >>> verify(problem, plan)
    Traceback (most recent call last):
        ...
    karier_reco.errors.VerificationError: allocation: got 2 rows that do not hold; expected none. ...
      seats[0]: got 2; expected at most 1.
      value: got 2.0; expected 3.5, what the granted seats are worth.
    """
    _stop_if(list(_wrong_shapes(problem, allocation)))
    granted = allocation.granted
    rows = count_uses(problem, granted)
    value = float(worth_of_people(problem, granted).sum())
    broken = list(_wrong_words(allocation))
    if allocation.status in ("infeasible", "unknown"):
        broken += _wrong_absence(problem, allocation)
    else:
        broken += [text for row in rows for text in row.broken(problem)]
        broken += _wrong_plan(problem, allocation, value)
    broken += _wrong_gap(allocation)
    wrong_prices = list(_wrong_prices(problem, allocation.prices))
    broken += wrong_prices
    bound, loose = None, 0
    if allocation.prices is not None and not wrong_prices:
        claimed = allocation.bound if allocation.bound_by == "prices" else None
        proof = prove(problem, allocation.prices, claimed)
        bound, loose = proof.bound, proof.loose_people
        broken += _wrong_bound(allocation, proof)
    _stop_if(broken)
    share = loose / problem.n_people if problem.n_people else 0.0
    return Verification(value, bound, allocation.bound_by, share, problem, tuple(rows))


def _stop_if(broken: list[str]) -> None:
    if not broken:
        return
    lines = [f"  {text}" for text in broken[:SHOWN]]
    if len(broken) > SHOWN:
        lines.append(f"  … {len(broken) - SHOWN} more in error.broken")
    rows = "1 row that does" if len(broken) == 1 else f"{len(broken)} rows that do"
    heading = (
        f"allocation: got {rows} not hold; expected none. "
        "If it comes unchanged from karier_reco.solve, this is our bug: please report it with this message."
    )
    raise VerificationError("\n".join([heading, *lines]), broken=broken)


def _wrong_shapes(problem: AllocationProblem, allocation: Claim) -> Iterator[str]:
    for name, length in (("granted", problem.n_seats), ("opened", problem.n_sessions)):
        array: Any = getattr(allocation, name)
        if not isinstance(array, np.ndarray):
            yield f"{name}: got {type(array).__name__}; expected a numpy array of bool."
        elif array.dtype != np.bool_ or array.shape != (length,):
            yield f"{name}: got {array.dtype} of shape {array.shape}; expected bool of shape ({length},)."
    for name in ("value", "bound"):
        number: Any = getattr(allocation, name)
        if number is None and name == "bound":
            continue
        if isinstance(number, bool) or not isinstance(number, (int, float)) or not isfinite(number) or number < 0:
            yield f"{name}: got {_plain(number)}; expected a finite number of at least 0."


def _wrong_words(allocation: Claim) -> Iterator[str]:
    status, stopped, source = allocation.status, allocation.stopped_by, allocation.bound_by
    if status not in STATUSES:
        yield f"status: got {status!r}; expected one of {', '.join(STATUSES)}."
    if stopped not in REASONS:
        yield f"stopped_by: got {stopped!r}; expected one of {', '.join(REASONS)}."
    if stopped == "proof" and status in ("feasible", "unknown"):
        yield f"stopped_by: got 'proof'; expected another reason with the status {status!r}."
    if source is not None and source not in SOURCES:
        yield f"bound_by: got {source!r}; expected one of {', '.join(SOURCES)}, or None."
    if (source is None) != (allocation.bound is None):
        yield f"bound_by: got {source!r} with the bound {allocation.bound}; expected None only without a bound."
    if source == "prices" and allocation.prices is None:
        yield "prices: got None; expected the prices that prove the bound."


def _wrong_absence(problem: AllocationProblem, allocation: Claim) -> Iterator[str]:
    for name, mask in (("granted", allocation.granted), ("opened", allocation.opened)):
        if mask.any():
            yield f"{name}: got {int(mask.sum())} True; expected none with the status {allocation.status!r}."
    if allocation.value != 0:
        yield f"value: got {allocation.value}; expected 0.0 with the status {allocation.status!r}."
    if (allocation.status == "infeasible") != bool(allocation.conflict):
        yield f"conflict: got {allocation.conflict}; expected rows if, and only if, the status is 'infeasible'."
    if allocation.conflict:
        everything = count_uses(problem, np.ones(problem.n_seats, dtype=bool))
        known = {row.name(problem, at) for row in everything for at in range(row.used.size)}
        for name in allocation.conflict:
            if name not in known:
                yield f"conflict: got {name!r}; expected the name of a limit of the problem."


def _wrong_plan(problem: AllocationProblem, allocation: Claim, value: float) -> Iterator[str]:
    sits = np.bincount(problem.session[allocation.granted], minlength=problem.n_sessions) > 0
    for s in np.flatnonzero(sits != allocation.opened).tolist():
        yield f"opened[{s}]: got {bool(allocation.opened[s])}; expected {bool(sits[s])}: whether somebody sits in it."
    if not _near(allocation.value, value):
        yield f"value: got {allocation.value}; expected {value}, what the granted seats are worth."
    if allocation.conflict:
        yield f"conflict: got {allocation.conflict}; expected none with the status {allocation.status!r}."
    bound = allocation.bound
    if bound is not None and bound < allocation.value and not _near(bound, allocation.value):
        yield f"bound: got {bound}; expected at least the value, {allocation.value}."
    if allocation.status == "optimal" and (bound is None or not _near(bound, allocation.value)):
        yield f"status: got 'optimal' with the bound {bound}; expected a bound equal to the value, {allocation.value}."


def _wrong_gap(allocation: Claim) -> Iterator[str]:
    stated, bound, expected = allocation.optimality_gap, allocation.bound, None
    if bound is not None and allocation.status not in ("infeasible", "unknown"):
        expected = (bound - allocation.value) / bound if bound > 0 else 0.0
    same = stated is None if expected is None else stated is not None and _near(stated, expected)
    if not same:
        yield f"optimality_gap: got {stated}; expected {expected}: (bound - value) / bound."


def _wrong_prices(problem: AllocationProblem, prices: SomePrices | None) -> Iterator[str]:
    lengths = {
        "budget": problem.n_lines,
        "max_seats": problem.n_sessions,
        "min_seats": problem.n_sessions,
        "floor": problem.n_groups,
        "link": problem.n_seats,
    }
    for name, length in lengths.items() if prices is not None else ():
        array: NDArray[Any] = np.asarray(getattr(prices, name))
        if array.dtype.kind not in "iuf" or array.shape != (length,):
            yield f"prices.{name}: got {array.dtype} of shape {array.shape}; expected floats of shape ({length},)."
            continue
        if not array.size or (array.min() >= 0 and array.max() < inf):  # no array of flags where all is well
            continue
        for at in np.flatnonzero(~(np.isfinite(array) & (array >= 0))).tolist():
            yield f"prices.{name}[{at}]: got {array[at].item()}; expected a finite number of at least 0."


def _wrong_bound(allocation: Claim, proof: Proof) -> Iterator[str]:
    stated, tolerance = allocation.bound, TOLERANCE * max(1.0, proof.scale)
    if stated is not None and allocation.bound_by == "prices" and stated < proof.rounded - tolerance:
        yield f"bound: got {stated}; expected at least {proof.rounded}, for the prices prove no less."
    if stated is not None and allocation.bound_by != "prices" and stated > proof.bound + tolerance:
        yield f"bound: got {stated} by {allocation.bound_by!r}; expected at most {proof.bound}, which the prices prove."


def _near(one: float, other: float) -> bool:
    return abs(one - other) <= TOLERANCE * max(1.0, abs(other))


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value
