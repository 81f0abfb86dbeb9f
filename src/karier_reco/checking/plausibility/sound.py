"""The tables as far as they are sound, and how a remark on them is made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from karier_reco.checking.cells import Draft
from karier_reco.checking.found import Found
from karier_reco.settings import Settings


@dataclass(frozen=True)
class Sound:
    """Drafts of which only what could be read is shown: one error does not hide what the rest looks like."""

    drafts: Mapping[str, Draft]
    settings: Settings
    found: Found

    def __call__(self, table: str, *columns: str) -> pd.DataFrame | None:
        """Return the columns of a table, defaults filled in, of rows without an error in them; None without rows."""
        draft = self.drafts.get(table)
        if draft is None or draft.lost & set(columns) or not draft.good(*columns).any():
            return None
        frame = draft.frame.loc[draft.good(*columns), list(columns)].copy()
        for column in columns:
            default = draft.table[column].default
            if default is not None:
                values = frame[column]
                frame[column] = values.mask(values == "", default) if values.dtype == "str" else values.fillna(default)
        return frame

    def complete(self, table: str, *columns: str) -> pd.DataFrame | None:
        """Return the columns of a table as above, where no row has an error in them: what is absent is absent then."""
        draft = self.drafts.get(table)
        return self(table, *columns) if draft is not None and draft.good(*columns).all() else None

    def remark(self, kind: str, table: str, column: str, hits: pd.Series[bool], **facts: str) -> None:
        """Add one warning for all the rows that are hit, if any, at the one whose key comes first."""
        draft = self.drafts[table]
        rows = hits.index[hits.astype("boolean").fillna(False).to_numpy(dtype=bool)]
        if len(rows):
            first = (
                draft.frame.loc[rows, list(draft.table.key)].sort_values(list(draft.table.key), kind="stable").index[0]
            )
            counts = {"count": str(len(rows)), "total": str(len(hits))}
            self.found.cell(kind, draft.source, column, int(first), severity="warning", **counts | facts)

    def whole(self, kind: str, table: str, column: str, value: str, **facts: str) -> None:
        """Add a warning of a whole column."""
        name = self.drafts[table].source.name
        self.found.table(kind, table, name, column=column, row=None, value=value, severity="warning", **facts)
