"""The plan's money, one sum for every sheet and page, checked to the rupiah before anything is written."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from karier_reco.errors import VerificationError
from karier_reco.plan import TrainingPlan


@dataclass(frozen=True)
class Money:
    """Whole rupiah that the granted seats and the open sessions cost."""

    fee: int
    travel: int
    opening: int

    @property
    def total(self) -> int:
        return self.fee + self.travel + self.opening


def money_of(plan: TrainingPlan) -> Money:
    """Add up fees and travel of the granted seats and the opening costs of the open sessions."""
    seats = plan.enrolments
    opened = plan.sessions["status"].eq("open")
    opening = int(plan.sessions.loc[opened, "opening_cost"].sum())
    return Money(int(seats["fee"].sum()), int(seats["travel"].sum()), opening)


def check_money(plan: TrainingPlan) -> None:
    """Refuse a plan whose seats, sessions and budget lines do not give the same rupiah.

    Each session costs its seats times (fee + travel) and, if it is open, its opening cost; together they cost what
    the seats and the opening costs do; so does every line over all money (any account, no unit).

    Raises
    ------
    VerificationError
        With each sum that differs in ``broken``.
    """
    sessions, total = plan.sessions, money_of(plan).total
    opening = np.where(sessions["status"].eq("open"), sessions["opening_cost"], 0)
    cost = sessions["seats"] * (sessions["fee"] + sessions["travel"]) + opening
    broken = [
        f"sessions[{session_id}].cost: got {got}; expected {expected}"
        for session_id, got, expected in zip(sessions["session_id"], sessions["cost"], cost, strict=True)
        if got != expected
    ]
    sums = {"sessions.cost, sum": int(sessions["cost"].sum())}
    overall = plan.budgets["account"].eq("any") & plan.budgets["unit_id"].eq("")
    lines = plan.budgets[overall]
    sums |= {f"budgets[{name}].used": int(used) for name, used in zip(lines["budget_id"], lines["used"], strict=True)}
    broken += [f"{name}: got {got}; expected {total}" for name, got in sums.items() if got != total]
    if broken:
        raise VerificationError(
            "\n  ".join([f"plan: got {len(broken)} sums that differ; expected the same rupiah everywhere.", *broken])
            + "\nIf the plan comes unchanged from karier_reco, this is our bug: please report it with this message.",
            broken=broken,
        )
