"""Keys that stand once, and references that lead somewhere."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

import numpy as np
import pandas as pd

from karier_reco.checking.cells import Draft
from karier_reco.checking.found import Found, near, shown, shown_label
from karier_reco.checking.nip import DESTROYED, begins_as, misread
from karier_reco.checking.source import Codes
from karier_reco.checking.twins import as_said, as_seen, check_marks, check_twins, other_rows
from karier_reco.tables import Column

_SUGGESTIONS = 200  # a close match among 50,000 ids takes 2 ms; a table of nothing but wrong ids must not take minutes


def check_keys(draft: Draft, found: Found) -> None:
    """Report keys that stand more than once or look alike, at every record that has one, naming the others."""
    check_marks(draft, found)
    key = list(draft.table.key)
    if draft.lost & set(key):
        return
    frame = draft.frame[draft.good(*key) & draft.frame.duplicated(key, keep=False).to_numpy()]
    if frame.duplicated(key).any():
        _report_duplicates(draft, frame, key, found)
    check_twins(draft, found)


def _report_duplicates(draft: Draft, frame: pd.DataFrame, key: list[str], found: Found) -> None:
    for _, records in frame.groupby(key, sort=False, dropna=False):
        positions = records.index.to_list()
        if len(positions) == 1:
            continue  # its like was refused for another reason
        for position in positions:
            others = other_rows(draft.source, (other for other in positions if other != position))
            value = ", ".join(shown(_plain(frame.at[position, column]), column) for column in key)
            found.cell("duplicate", draft.source, key[0], position, value=value, wanted=" + ".join(key), others=others)


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
    if key == "employee_id" and len(refused):
        is_known |= begins_as(values, {known[position] for position in refused.tolist()})
    dangling = refers & ~is_known[codes]
    hints = _hints([str(value) for value in values[np.unique(codes[dangling])]], column.name, target, key)
    for position in np.flatnonzero(dangling).tolist():
        kind, remedy, meant, facts = hints[values[codes[position]]]
        facts = {"wanted": key, "target": target.source.name} | facts
        found.cell(kind, draft.source, column.name, position, remedy=remedy, meant=meant, **facts)
    return set(np.flatnonzero(refers & is_known[codes] & ~is_fine[codes]).tolist())


Hint = tuple[str, str, str | None, dict[str, str]]


def _hints(wrong: list[str], column: str, target: Draft, key: str) -> dict[str, Hint]:
    """Return for each id that leads nowhere the kind of problem, the remedy, what was meant, and further facts.

    An id of the target that looks alike goes before one that is merely close. One of a person is named by its row.
    """
    if not wrong:
        return {}
    cells = target.source.cells[key]
    known = sorted({text for text in cells.texts if text.strip()}, reverse=True)  # of several the first in order stays
    by_sight = dict(zip(as_seen(known), known, strict=True))
    by_sound = dict(zip(as_said(list(by_sight)), by_sight.values(), strict=True))
    first = dict(zip(reversed(cells.texts), range(len(cells.texts) - 1, -1, -1), strict=True))
    row_of = dict(zip(*np.unique(cells.codes, return_index=True), strict=True))
    hints: dict[str, Hint] = {}
    seen = as_seen(wrong)
    for value, sight, sound in zip(wrong, seen, as_said(seen), strict=True):
        twin = by_sight.get(sight, by_sound.get(sound))
        destroyed = misread(value) if column == "employee_id" else None
        if destroyed is not None and (twin is None or destroyed in DESTROYED):
            hints[value] = (destroyed, "", None, {})
        elif twin is not None and column == "employee_id":
            row = shown_label(target.source.rows[int(row_of[first[twin]])])
            hints[value] = ("dangling", "twin_row", None, {"twin": row})
        elif sight in by_sight:
            hints[value] = ("dangling", "twin_unseen", None, {"twin": shown(by_sight[sight])})
        else:
            close = column != "employee_id" and len(hints) < _SUGGESTIONS
            meant = near(value, known) if twin is None and close else twin
            hints[value] = ("dangling", "correct_or_add", meant, {})
    return hints
