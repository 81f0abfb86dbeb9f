"""An allocation and its problem as named arrays and back, without pickle: what ``problem.npz`` holds."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from karier_reco.optimiser.allocation import Allocation, Prices
from karier_reco.optimiser.problem import AllocationProblem, SessionCost

Arrays = dict[str, NDArray[Any]]

#: What an allocation says of itself in words and numbers; the certificate holds them.
FACTS = ("value", "bound", "status", "stopped_by", "bound_by", "conflict", "method")


def pack(allocation: Allocation) -> Arrays:
    """Return the arrays of an allocation in the order of its problem, its prices and its problem by name."""
    problem = allocation.problem
    arrays: Arrays = {}
    for field in fields(problem):
        arrays |= _packed(field.name, getattr(problem, field.name))
    arrays |= {"granted": allocation.seats, "opened": allocation.opened}
    if allocation.prices is not None:
        arrays |= {f"prices.{f.name}": getattr(allocation.prices, f.name) for f in fields(allocation.prices)}
    return arrays


def _packed(name: str, given: Any) -> Arrays:
    if given is None:
        return {}
    if name == "names":
        return {name: np.frombuffer(json.dumps({k: list(v) for k, v in given.items()}).encode(), dtype=np.uint8)}
    if name == "exclusive":
        return _packed_groups(name, given)
    if name == "requires":
        return _packed_groups(name, [group for _, group in given]) | {
            f"{name}.session": np.array([later for later, _ in given], dtype=np.int64)
        }
    if isinstance(given, SessionCost):
        return {f"{name}.amount": given.amount, f"{name}.line": given.line}
    if sp.issparse(given):
        return {f"{name}.{part}": np.asarray(getattr(given, part)) for part in ("data", "indices", "indptr", "shape")}
    return {name: np.asarray(given)}


def _packed_groups(name: str, groups: Sequence[NDArray[Any]]) -> Arrays:
    ends = np.cumsum([0, *map(len, groups)])
    return {f"{name}.members": np.concatenate([*groups, np.zeros(0, dtype=np.int64)]), f"{name}.ends": ends}


def unpack(arrays: Mapping[str, NDArray[Any]], facts: Mapping[str, Any]) -> Allocation:
    """Return the allocation that `pack` took apart; the problem checks its arrays anew.

    ``facts`` has the entries named in ``FACTS``. Raises LimitsError where the arrays do not fit each other.
    """
    given = {name: _unpacked(name, arrays) for name in (f.name for f in fields(AllocationProblem))}
    given["hour_value"] = float(given["hour_value"])
    prices = None
    if "prices.budget" in arrays:
        prices = Prices(**{f.name: arrays[f"prices.{f.name}"] for f in fields(Prices)})
    return Allocation(
        problem=AllocationProblem(**given),
        granted=arrays["granted"],
        opened=arrays["opened"],
        prices=prices,
        **{name: facts[name] for name in FACTS if name != "conflict"},
        conflict=tuple(facts["conflict"]),
    )


def _unpacked(name: str, arrays: Mapping[str, NDArray[Any]]) -> Any:
    if name == "names":
        return json.loads(arrays[name].tobytes())
    if f"{name}.members" in arrays:
        groups = np.split(arrays[f"{name}.members"], arrays[f"{name}.ends"])[1:-1]
        if name == "requires":
            return list(zip(arrays["requires.session"].tolist(), groups, strict=True))
        return groups
    if f"{name}.amount" in arrays:
        return SessionCost(arrays[f"{name}.amount"], arrays[f"{name}.line"])
    if f"{name}.indptr" in arrays:
        data, indices, indptr, shape = (arrays[f"{name}.{part}"] for part in ("data", "indices", "indptr", "shape"))
        return sp.csr_array((data, indices, indptr), shape=tuple(shape.tolist()))
    return arrays.get(name)
