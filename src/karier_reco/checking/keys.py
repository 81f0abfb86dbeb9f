"""Keys that stand once, and references that lead somewhere."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

import numpy as np
import pandas as pd

from karier_reco.checking.cells import Draft
from karier_reco.checking.found import Found, listed, near, shown, shown_label
from karier_reco.checking.nip import leading_digits
from karier_reco.checking.source import Codes
from karier_reco.tables import Column

_SUGGESTIONS = 200  # a close match among 50,000 ids takes 2 ms; a table of nothing but wrong ids must not take minutes


def check_keys(draft: Draft, found: Found) -> None:
    """Report a key that stands more than once at every record that has it, naming the others."""
    key = list(draft.table.key)
    if draft.lost & set(key):
        return
    frame = draft.frame[draft.good(*key) & draft.frame.duplicated(key, keep=False).to_numpy()]
    if frame.duplicated(key).any():
        _report_duplicates(draft, frame, key, found)


def _report_duplicates(draft: Draft, frame: pd.DataFrame, key: list[str], found: Found) -> None:
    for _, records in frame.groupby(key, sort=False, dropna=False):
        positions = records.index.to_list()
        if len(positions) == 1:
            continue  # its like was refused for another reason
        for position in positions:
            others = [shown_label(draft.source.rows[other]) for other in positions if other != position]
            value = ", ".join(shown(_plain(frame.at[position, column]), column) for column in key)
            found.cell(
                "duplicate", draft.source, key[0], position, value=value, wanted=" + ".join(key), others=listed(others)
            )


def _plain(value: object) -> str:
    return str(value.date()) if isinstance(value, pd.Timestamp) else str(value)


def check_references(drafts: Mapping[str, Draft], broken: set[str], found: Found) -> None:
    """Report every reference that leads nowhere; count the records that only refer to a refused one.

    References into a table that could not be read are left alone: that table has its own problem.
    """
    refused = {table: frozenset(found.refused[table]) for table in drafts}  # before dangling references join them
    for draft in drafts.values():
        waiting: dict[str, set[int]] = defaultdict(set)
        for column in draft.table:
            if column.references is None or column.references == f"{draft.table.name}.{column.name}":
                continue
            target, key = _target(column.references, drafts, broken)
            if target is not None and key not in target.lost:
                rows = np.array(sorted(refused[target.table.name]), dtype=np.intp)
                waiting[target.source.name] |= _check_column(draft, column, target, key, rows, found)
        for name, positions in waiting.items():
            count = len(positions - refused[draft.table.name])
            if count:
                found.table("refers_to_refused", draft.table.name, draft.source.name, value=str(count), target=name)


def _target(reference: str, drafts: Mapping[str, Draft], broken: set[str]) -> tuple[Draft | None, str]:
    table, key = reference.split(".")
    if table == "sessions" and table not in drafts and table not in broken:
        table, key = "courses", "course_id"  # without sessions each course is one
    return drafts.get(table), key


def _check_column(draft: Draft, column: Column, target: Draft, key: str, refused: Codes, found: Found) -> set[int]:
    """Report what leads nowhere; return the positions of references to refused records."""
    codes, values = pd.factorize(draft.frame[column.name])
    values = pd.Index(values)
    known = target.source.cells[key]  # as text: a refused key is still what other rows refer to
    fine = np.ones(len(known), dtype=bool)
    fine[refused] = False
    refers = draft.good(column.name) & (draft.frame[column.name] != "").to_numpy()
    is_fine = values.isin([known.texts[code] for code in np.unique(known.codes[fine]).tolist()])
    is_known = values.isin(known.texts)
    spoilt = leading_digits(target.source, refused) if key == "employee_id" else ()
    if spoilt:
        is_known |= np.array([str(value).startswith(spoilt) for value in values], dtype=bool)
    dangling = refers & ~is_known[codes]
    choices = [text for text in known.texts if text.strip()] if dangling.any() else []
    hints = {
        value: None if column.name == "employee_id" else near(str(value), choices)
        for value in values[np.unique(codes[dangling])][:_SUGGESTIONS]
    }
    for position in np.flatnonzero(dangling).tolist():
        found.cell(
            "dangling",
            draft.source,
            column.name,
            position,
            remedy="correct_or_add",
            meant=hints.get(values[codes[position]]),
            wanted=key,
            target=target.source.name,
        )
    return set(np.flatnonzero(refers & is_known[codes] & ~is_fine[codes]).tolist())
