"""Bounds and codes: pandera schemas made from the tables, every failure at once."""

from __future__ import annotations

from functools import cache
from typing import Any

import pandas as pd

from karier_reco.checking.cells import Draft
from karier_reco.checking.found import Found, listed, near
from karier_reco.rules import codes
from karier_reco.tables import Column, Table


def check_bounds(draft: Draft, found: Found) -> None:
    """Report every number outside its bounds and every unknown code."""
    for column, position in _failures(draft):
        if draft.bad[column.name][position]:
            continue
        if column.kind == "code":
            known = codes(column.codes or ())
            close = near(draft.source.cells[column.name][position], known)
            expected = listed(known, 20)
            found.cell(
                "unknown_code", draft.source, column.name, position, remedy="correct_cell", meant=close, codes=expected
            )
        else:
            low, high = (
                str(int(bound) if float(bound).is_integer() else bound)
                for bound in (column.minimum, column.maximum)
                if bound is not None
            )
            kind = "number_out_of_bounds" if column.kind == "number" else "out_of_bounds"
            found.cell(kind, draft.source, column.name, position, minimum=low, maximum=high)
        draft.bad[column.name][position] = True


def _failures(draft: Draft) -> list[tuple[Column, int]]:
    if not len(draft.frame):
        return []
    from pandera.config import config_context
    from pandera.errors import SchemaErrors

    try:
        # An environment variable can switch pandera's checks off: what is an error here must not depend on it.
        with config_context(validation_enabled=True, validation_depth="SCHEMA_AND_DATA"):
            _schema(draft.table).validate(draft.frame, lazy=True)
    except SchemaErrors as errors:
        cases: pd.DataFrame = errors.failure_cases
        unreadable = cases["index"].isna()
        if unreadable.any():
            raise TypeError(
                f"{draft.source.name}: got {cases[unreadable].to_dict('records')}; expected rows"
            ) from errors
        places = sorted(
            {(str(column), int(index)) for column, index in zip(cases["column"], cases["index"], strict=True)}
        )
        return [(draft.table[column], position) for column, position in places]
    return []


@cache
def _schema(table: Table) -> Any:
    import pandera.pandas as pa

    columns = {}
    for column in table:
        checks = []
        if column.minimum is not None:
            checks.append(pa.Check.ge(column.minimum))
        if column.maximum is not None:
            checks.append(pa.Check.le(column.maximum))
        if column.codes is not None:
            checks.append(pa.Check.isin([*codes(column.codes), ""]))
        if checks:
            columns[column.name] = pa.Column(None, checks, nullable=True)
    return pa.DataFrameSchema(columns)
