"""The check of a plan folder: its files as written, every limit and the bound recomputed, tables that agree."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from karier_reco.errors import VerificationError, masked
from karier_reco.optimiser.uses import seat_charges
from karier_reco.optimiser.verify import Verification, verify
from karier_reco.plan import TrainingPlan
from karier_reco.report.cells import csv_text
from karier_reco.report.files import changed_documents, read_plan
from karier_reco.report.money import check_money

#: Tables hold 12 significant digits; sums of them may miss by this share of their size, or of 1.
TOLERANCE = 1e-9
SEAT = ["employee_id", "session_id"]


@dataclass(frozen=True, eq=False)
class FolderCheck:
    """A plan that was read back and holds: the plan, and what was recomputed from its arrays."""

    plan: TrainingPlan
    verification: Verification


def check_folder(folder: str | Path) -> FolderCheck:
    """Check a written plan from its folder alone.

    The files are those that were written; no limit is broken, and value and bound are what the certificate says
    (`karier_reco.verify`, which shares no code with the solvers); candidates, closures, sessions and budget lines agree
    with the arrays of the problem, seat by seat; money is the same to the rupiah in every table.

    Raises
    ------
    SettingsError
        When the folder is no plan folder.
    VerificationError
        With everything that does not hold in ``broken``.
    """
    plan = read_plan(folder)
    verification = verify(plan.allocation.problem, plan.allocation)
    broken = [
        f"{file}: got another file than was written; expected that of the certificate"
        for file in changed_documents(folder)
    ]
    broken += _rows(plan)
    if not broken:
        check_money(plan)
        broken = [*_seats(plan), *_values(plan), *_sessions(plan), *_budgets(plan)]
    if not broken and (Path(folder) / "enrolments.csv").read_bytes() != csv_text(plan.enrolments).encode():
        broken.append("enrolments.csv: got other rows; expected the granted rows of candidates.csv")
    if broken:
        raise VerificationError(
            "\n  ".join([f"{Path(folder).name}: got {len(broken)} entries that do not agree; expected none.", *broken])
            + "\nIf the folder is as karier_reco wrote it, this is our bug: please report it with this message.",
            broken=broken,
        )
    return FolderCheck(plan, verification)


def _rows(plan: TrainingPlan) -> Iterator[str]:
    rows, seats = len(plan.candidates), plan.allocation.problem.n_seats
    if rows != seats:
        yield f"candidates.csv: got {rows} rows; expected {seats}, the seats of the problem"


def _seats(plan: TrainingPlan) -> Iterator[str]:
    """Row i of the candidates is seat i of the problem: the same person, the same session, granted or not."""
    problem, candidates = plan.allocation.problem, plan.candidates
    person, ids = pd.factorize(candidates["employee_id"])
    if len(ids) != len(np.unique(problem.person)) or len(ids) != len(np.unique([person, problem.person], axis=1).T):
        yield "candidates.csv, employee_id: got other persons than the problem's; expected one for one"
    people, sessions = problem.names.get("people"), problem.names.get("sessions")
    for at, employee_id, session_id in zip(range(len(candidates)), *(candidates[name] for name in SEAT), strict=True):
        if people and people[problem.person[at]] not in (employee_id, masked(employee_id)[:4]):
            yield f"candidates.csv row {at + 2}, employee_id: got {masked(employee_id)}; expected the problem's person"
        if sessions and sessions[problem.session[at]] != session_id:
            expected = sessions[problem.session[at]]
            yield f"candidates.csv row {at + 2}, session_id: got {session_id!r}; expected {expected!r}"
    if problem.hours is not None:
        yield from _differences("candidates.csv", "jp", candidates["jp"].to_numpy(), problem.hours[problem.session])


def _values(plan: TrainingPlan) -> Iterator[str]:
    """A seat's value is its own worth and its gains in the problem; it gains no more than its closures say.

    Closures that no cap can touch stand in the seat's own worth. Where somebody changed a value, they scale with it.
    """
    problem, candidates, closures = plan.allocation.problem, plan.candidates, plan.closures
    gains: NDArray[np.float64] = np.zeros(problem.n_seats)
    if problem.need_gain is not None:
        gains = np.asarray(problem.need_gain.sum(axis=1), dtype=np.float64).ravel()
    value = candidates["value"].to_numpy()
    yield from _differences("candidates.csv", "value", value, problem.value + gains)
    made = (closures["weight"] * closures["closure"]).to_numpy()
    yield from _differences("closures.csv", "value", closures["value"].to_numpy(), made)
    at = pd.MultiIndex.from_frame(candidates[SEAT])
    closed = closures.groupby(SEAT)["value"].sum()
    stray = closed.index.difference(at)
    if len(stray):
        yield f"closures.csv: got closures of {len(stray)} seats that are no candidates; expected none"
    said = closed.reindex(at).fillna(0.0).to_numpy()
    whole = said + candidates["bonus"].to_numpy()
    said = said * np.divide(value, whole, out=np.ones_like(value), where=whole > 0)
    yield from _differences("candidates.csv", "closures", np.maximum(said, gains), said)


def _sessions(plan: TrainingPlan) -> Iterator[str]:
    """A session's seats are the granted rows that name it."""
    counted = plan.enrolments["session_id"].value_counts().to_dict()
    for session_id, seats in zip(plan.sessions["session_id"], plan.sessions["seats"], strict=True):
        granted = counted.get(session_id, 0)
        if seats != granted:
            yield f"sessions.csv, {session_id}, seats: got {seats}; expected {granted}, the seats granted"


def _budgets(plan: TrainingPlan) -> Iterator[str]:
    """Each line's amount and use are those of the row of the problem that has its name."""
    problem, allocation = plan.allocation.problem, plan.allocation
    names = list(problem.names.get("lines", ()))
    used = np.asarray(seat_charges(problem)[np.flatnonzero(allocation.granted)].sum(axis=0)).ravel()
    if problem.opening_cost is not None:
        used = used + np.asarray(problem.opening_cost[np.flatnonzero(allocation.opened)].sum(axis=0)).ravel()
    for line in plan.budgets.to_dict("records"):
        if line["budget_id"] not in names:
            yield f"budgets.csv, {line['budget_id']}: got no such line in the problem; expected one of its lines"
            continue
        at = names.index(line["budget_id"])
        for name, expected in (("amount", int(problem.budget[at])), ("used", int(used[at]))):
            if line[name] != expected:
                yield f"budgets.csv, {line['budget_id']}, {name}: got {line[name]}; expected {expected}, by the problem"


def _differences(file: str, name: str, got: NDArray[Any], expected: NDArray[Any]) -> Iterator[str]:
    scale = np.maximum(1.0, np.abs(expected))
    for at in np.flatnonzero(np.abs(got - expected) > TOLERANCE * scale).tolist():
        yield f"{file} row {at + 2}, {name}: got {got[at].item()}; expected {expected[at].item()}"
