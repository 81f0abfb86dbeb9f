"""What the cells of one row must be to each other, and circles among rows."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from karier_reco.checking.cells import Draft
from karier_reco.checking.found import Found, listed, shown, shown_label
from karier_reco.checking.source import Mask
from karier_reco.rules import forms


def check_rows(drafts: Mapping[str, Draft], broken: set[str], found: Found) -> None:
    """Report rows whose cells contradict each other, and circles."""
    for table, check in _CHECKS.items():
        if table in drafts:
            check(drafts[table], found)
    if "courses" in drafts:
        _check_jp(drafts["courses"], dated="sessions" in drafts or "sessions" in broken, found=found)
    if "units" in drafts:
        _check_circles(drafts["units"], "unit_id", "parent_id", found)
    if "prerequisites" in drafts:
        _check_circles(drafts["prerequisites"], "course_id", "requires_id", found)


def _report(
    draft: Draft, wrong: pd.Series[bool], kind: str, column: str, others: tuple[str, ...], found: Found
) -> None:
    """Report wrong rows whose cells concerned could be read; ``others`` are shown beside the value, by their titles."""
    mask: Mask = wrong.astype("boolean").fillna(False).to_numpy(dtype=np.bool_)
    for position in np.flatnonzero(mask & draft.good(column, *others)).tolist():
        cells, titles = draft.source.cells, draft.source.titles
        facts = {name: shown(cells[name][position], name) if name in cells else "''" for name in others}
        facts |= {f"{name}_title": shown_label(titles.get(name, name)) for name in (column, *others)}
        found.cell(kind, draft.source, column, position, **facts)


def _check_outcomes(draft: Draft, found: Found) -> None:
    wrong = draft.frame["exit_level"] <= draft.frame["entry_level"]
    _report(draft, wrong, "exit_not_above_entry", "exit_level", ("entry_level",), found)


def _check_sessions(draft: Draft, found: Found) -> None:
    frame = draft.frame
    _report(draft, frame["ends_on"] < frame["starts_on"], "ends_before_start", "ends_on", ("starts_on",), found)
    _report(draft, frame["min_seats"] > frame["max_seats"], "min_above_max", "min_seats", ("max_seats",), found)


def _check_effectiveness(draft: Draft, found: Found) -> None:
    frame = draft.frame
    outside = (frame["effectiveness"] < frame["low"]) | (frame["effectiveness"] > frame["high"])
    _report(draft, outside, "effectiveness_outside", "effectiveness", ("low", "high"), found)


def _check_mandates(draft: Draft, found: Found) -> None:
    frame = draft.frame
    nobody = (frame["tier"] == "") & (frame["role_id"] == "") & (frame["employee_id"] == "")
    _report(draft, nobody, "mandate_for_nobody", "employee_id", ("tier", "role_id"), found)


def _check_decisions(draft: Draft, found: Found) -> None:
    frame = draft.frame
    on_seat, someone = frame["decision"].isin(["lock", "forbid"]), frame["employee_id"] != ""
    _report(draft, on_seat & ~someone, "seat_without_employee", "employee_id", ("decision",), found)
    on_session = frame["decision"].isin(["hold", "cancel"])
    _report(draft, on_session & someone, "session_with_employee", "employee_id", ("decision",), found)
    # Two people decided otherwise: neither is obeyed in silence.
    of_session = frame.groupby("session_id")["decision"]
    against = frame["decision"].isin(["lock", "hold", "cancel"]) & (
        of_session.transform(lambda made: "cancel" in set(made) and bool({"lock", "hold"} & set(made)))
    )
    _report(draft, against, "decision_against_cancel", "decision", ("session_id",), found)
    both = frame.groupby(["employee_id", "session_id"])["decision"].transform(
        lambda made: {"lock", "forbid"} <= set(made)
    )
    _report(draft, on_seat & both, "decision_both_ways", "decision", ("session_id",), found)


_CHECKS = {
    "outcomes": _check_outcomes,
    "sessions": _check_sessions,
    "effectiveness": _check_effectiveness,
    "mandates": _check_mandates,
    "decisions": _check_decisions,
}


def _check_jp(draft: Draft, *, dated: bool, found: Found) -> None:
    """Without JP of its own a course needs a form that gives them; by the day only where sessions have days."""
    units = draft.frame["form"].map({code: form.unit for code, form in forms().items()})
    empty = draft.frame["jp"].isna()
    _report(draft, empty & (units == "jp"), "jp_missing", "jp", ("form",), found)
    if not dated:
        by_days = units.isin(["day", "month", "semester"])
        _report(draft, empty & by_days, "jp_without_days", "jp", ("form",), found)
        _report(draft, draft.frame["fee"].isna(), "fee_missing", "fee", (), found)


def _check_circles(draft: Draft, below: str, above: str, found: Found) -> None:
    """Report every row on a circle: its two ends reach each other."""
    if draft.lost & {below, above}:
        return
    frame = draft.frame[[below, above]][draft.good(below, above) & (draft.frame[above] != "").to_numpy()]
    itself = frame[below] == frame[above]
    for position in frame.index[itself].to_list():
        found.cell(f"{draft.table.name}_itself", draft.source, above, position)
    frame = frame[~itself]
    if not len(frame):
        return
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    ends, ids = pd.factorize(pd.concat([frame[below], frame[above]]))
    lower, upper = np.split(ends, 2)
    graph = coo_array((np.ones(len(frame)), (lower, upper)), shape=(len(ids), len(ids)))
    _, circle = connected_components(graph.tocsr(), directed=True, connection="strong")
    for k in np.flatnonzero(circle[lower] == circle[upper]).tolist():
        members = sorted(shown_label(name) for name in ids[circle == circle[lower[k]]])
        position = int(frame.index[k])
        found.cell(f"{draft.table.name}_circle", draft.source, above, position, members=listed(members))
