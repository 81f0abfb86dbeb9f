"""The audit: a plan re-checked from the tables alone, in whole rupiah, days and seats.

It knows the rules and nothing of how the plan was made: no solver, no arrays, none of the stages' code.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from karier_reco.auditing.certificate import CERTIFICATE
from karier_reco.auditing.closures import CLOSURES
from karier_reco.auditing.facts import Facts
from karier_reco.auditing.gaps import GAPS
from karier_reco.auditing.money import MONEY
from karier_reco.auditing.seats import SEATS
from karier_reco.auditing.sheets import SHEETS
from karier_reco.auditing.waiting import WAITING
from karier_reco.auditing.worth import WORTH
from karier_reco.errors import VerificationError

if TYPE_CHECKING:
    from karier_reco.dataset import Dataset
    from karier_reco.plan import TrainingPlan

CHECKS = (*SEATS, *MONEY, *GAPS, *CLOSURES, *WORTH, *SHEETS, *WAITING, *CERTIFICATE)
"""Every rule that a plan is held to; each gives the words of what breaks it."""

SHOWN = 20


@dataclass(frozen=True)
class AuditReport:
    """What was checked: the names of the checks, and how many rows they looked at.

    ``counts``: candidates, enrolments, sessions that run, rupiah, gaps, waiting.
    """

    checks: tuple[str, ...]
    counts: Mapping[str, int]

    def summary(self) -> str:
        """Return the report in one line."""
        return f"{len(self.checks)} checks hold: " + ", ".join(f"{n} {name}" for name, n in self.counts.items())


def audit(plan: TrainingPlan, data: Dataset) -> AuditReport:
    """Check a plan against the tables it was made from.

    Recomputes, without the code that made the plan: who may sit where; every budget line, to the rupiah; gaps
    and what seats close of them; the value; every figure of the sheets; the limits that make people wait; what
    the certificate says of settings, tables and bound. Returns what was checked.

    Raises `VerificationError` with ``broken``, every rule that does not hold, each in words with employees by the last
    three digits of their NIP.

    >>> import karier_reco as kr
    >>> data = kr.load_example()
    >>> plan = kr.make_plan(data, year=2027)
    >>> kr.audit(plan, data).counts["enrolments"] == len(plan.enrolments)
    True
    """
    broken = list(_mask_fits(plan))
    facts = Facts(plan, data)
    for check in () if broken else CHECKS:
        broken += check(facts)
    if broken:
        lines = [f"  {words}" for words in broken[:SHOWN]]
        if len(broken) > SHOWN:
            lines.append(f"  … {len(broken) - SHOWN} more in error.broken")
        raise VerificationError(
            f"plan {plan.year}: got {len(broken)} broken rules; expected none. If nobody changed the plan or the "
            "tables since it was made, this is our bug: please report it with these lines.\n" + "\n".join(lines),
            broken=broken,
        )
    counts = {
        "candidates": len(plan.candidates),
        "enrolments": len(facts.seats),
        "sessions": len(facts.people_in),
        "rupiah": facts.spent,
        "gaps": len(plan.gaps),
        "waiting": len(plan.waiting),
    }
    return AuditReport(checks=tuple(check.__name__ for check in CHECKS), counts=counts)


def _mask_fits(plan: TrainingPlan) -> Iterator[str]:
    """The mask says of every candidate whether it is granted; nothing else can be checked without it."""
    mask = np.asarray(plan.granted)
    if mask.dtype != np.bool_ or mask.shape != (len(plan.candidates),):
        rule = f"True or False for each of {len(plan.candidates)} candidates"
        yield f"granted: got {mask.dtype} {mask.shape}; expected {rule}"
