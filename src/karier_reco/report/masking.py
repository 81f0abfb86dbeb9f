"""A plan without numbers and names of people: a NIP shows as its last three digits."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from karier_reco.errors import masked
from karier_reco.plan import TrainingPlan


def masked_ids(ids: list[str]) -> dict[str, str]:
    """Return a masked id for each; those that end alike are numbered in the order given, so that none is lost.

    >>> masked_ids(["208703122110011005", "208805012110012005", "209011302110011012"])
    {'208703122110011005': '…005', '208805012110012005': '…005 (2)', '209011302110011012': '…012'}
    """
    seen: dict[str, int] = {}
    found = {}
    for employee_id in ids:
        mask = masked(employee_id)
        seen[mask] = seen.get(mask, 0) + 1
        found[employee_id] = mask if seen[mask] == 1 else f"{mask} ({seen[mask]})"
    return found


def mask_plan(plan: TrainingPlan) -> TrainingPlan:
    """Return the plan with masked ids in every table and without names; rows keep their order."""
    frames = {name: getattr(plan, name) for name in ("people", "gaps", "candidates", "closures", "waiting", "mandates")}
    ids = pd.concat([frame["employee_id"] for frame in frames.values()]).unique().tolist()
    masks = masked_ids(sorted(ids))
    hidden = {name: frame.assign(employee_id=_masked(frame, masks)) for name, frame in frames.items()}
    hidden["people"] = hidden["people"].assign(name=pd.Series("", index=plan.people.index, dtype="str"))
    return replace(plan, **hidden)


def _masked(frame: pd.DataFrame, masks: dict[str, str]) -> pd.Series[str]:
    return frame["employee_id"].map(masks).astype("str")
