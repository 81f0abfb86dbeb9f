"""What the charts draw: small tables made from the plan's own frames, and a caption each; no person is in them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from karier_reco.plan import TrainingPlan
from karier_reco.report.views import NEED, budget_rows, share
from karier_reco.rules import rule
from karier_reco.words import FEWEST, Words

MOST_LINES = 40
MOST_UNITS = 36
MOST_COMPETENCIES = 15
BANDS = ("reached", "some", "none")
#: The group of the units that are too small or too many to have a row of their own.
OTHERS = ""


class ChartTable(NamedTuple):
    """Rows to draw, each with its number, and the sentences that say what to see; nothing to draw, no sentence."""

    rows: pd.DataFrame
    caption: str = ""


class _Groups(NamedTuple):
    """People with the unit that they are drawn under, and the units' names; people whom no row may show are gone."""

    people: pd.DataFrame
    names: dict[str, str]
    hidden: list[str]


def budget_table(plan: TrainingPlan, words: Words) -> ChartTable:
    """Return one row per budget line: ``row, panel, line, amount, used`` (rupiah) and ``text``; the largest lines."""
    lines = budget_rows(plan, words)
    lines = lines.sort_values(["of_unit", "account", "amount"], ascending=[True, True, False], kind="stable")
    shown = lines[lines["amount"].rank(method="first", ascending=False) <= MOST_LINES]
    if shown.empty:
        return ChartTable(shown)
    account = [words.code("account", code) for code in shown["account"]]
    every, by_unit = words("chart.budget.every_unit"), [words("chart.budget.by_unit", account=name) for name in account]
    part = [share(used, amount) for used, amount in zip(shown["used"], shown["amount"], strict=True)]
    rows = pd.DataFrame(
        {
            "row": range(len(shown)),
            "panel": np.where(shown["of_unit"], by_unit, every),
            "line": np.where(shown["of_unit"], shown["unit"], account),
            "amount": shown["amount"].to_numpy(),
            "used": shown["used"].to_numpy(),
            "text": [_use(words, *money) for money in shown[["used", "amount"]].itertuples(index=False)],
        }
    )
    twice = rows.duplicated(["panel", "line"], keep=False)
    by_id = rows["line"] + " (" + shown["budget_id"].to_numpy() + ")"
    rows["line"] = rows["line"].where(~twice, by_id).map(words.short)
    fullest = int(np.argmax(part))
    facts = {"line": words.short(shown["line"].iloc[fullest]), "share": words.percent(part[fullest])}
    caption = [words("chart.budget.caption", **facts)]
    if len(lines) > MOST_LINES:
        caption.append(words("chart.budget.more", count=words.whole(len(lines) - MOST_LINES)))
    return ChartTable(rows, " ".join(caption))


def _use(words: Words, used: int, amount: int) -> str:
    part = words.percent(share(used, amount))
    return words("chart.budget.text", used=words.rupiah(used), amount=words.rupiah(amount), share=part)


def gap_table(plan: TrainingPlan, words: Words) -> ChartTable:
    """Return one row per unit and competency with a gap: ``row, column, unit, competency, value, text``.

    ``value`` is levels below the standard per 100 people of the unit, missing where fewer than five people have the
    gap. A competency that both the role held and the next role ask for counts once, with the larger gap.
    """
    groups = _groups(plan.people, words)
    gaps = plan.gaps[(plan.gaps["gap"] > 0).fillna(value=False)].sort_values([*NEED, "gap", "purpose"])
    gaps = gaps.drop_duplicates(NEED, keep="last").astype({"gap": "int64"})
    need = gaps.groupby("competency_id")["gap"].sum().sort_values(ascending=False, kind="stable")
    shown = need.index[:MOST_COMPETENCIES]
    open_gaps = gaps[gaps["competency_id"].isin(shown)].merge(groups.people, on="employee_id")
    cells = open_gaps.groupby(["unit_id", "competency_id"])["gap"].agg(["sum", "size"]).reset_index()
    if cells.empty:
        return ChartTable(cells)
    people = groups.people["unit_id"].value_counts()
    enough = cells["size"] >= FEWEST
    cells["value"] = (100 * cells["sum"] / cells["unit_id"].map(people)).round().where(enough).astype("Int64")
    cells["text"] = [words("few") if value is pd.NA else words.whole(value) for value in cells["value"]]
    of_unit = (gaps.merge(groups.people, on="employee_id").groupby("unit_id")["gap"].sum() / people).fillna(0.0)
    names = plan.competencies.set_index("competency_id")["name"]
    cells = cells.assign(
        row=cells["unit_id"].map(_numbered(-of_unit)),
        column=cells["competency_id"].map(shown.get_loc),
        unit=cells["unit_id"].map(groups.names),
        competency=cells["competency_id"].map(names).map(words.short),
    ).sort_values(["row", "column"])
    expected = share(gaps.loc[gaps["basis"] == "expected", "gap"].sum(), need.sum())
    caption = [words("chart.gap.caption", expected=words.percent(expected))]
    rest = need.iloc[MOST_COMPETENCIES:]
    if len(rest):
        counts = {"shown": words.whole(MOST_COMPETENCIES), "count": words.whole(len(rest))}
        caption.append(words("chart.gap.more", share=words.percent(share(rest.sum(), need.sum())), **counts))
    columns = ["row", "column", "unit", "competency", "value", "text"]
    return ChartTable(cells[columns], " ".join([*caption, *groups.hidden]))


def jp_table(plan: TrainingPlan, words: Words) -> ChartTable:
    """Return one row per unit: ``row, unit``, how many ``reached`` the target, got ``some`` JP or ``none``, ``text``.

    People are those whose employment has a target; the first row is all of them that the other rows show.
    """
    targets = rule("target_jp", plan.as_of).value if plan.limits.target_jp is None else plan.limits.target_jp
    target = plan.people["employment"].map(dict(targets)).fillna(0)
    groups = _groups(plan.people[target > 0], words)
    people = groups.people.assign(target=target)
    jp = people["employee_id"].map(plan.enrolments.groupby("employee_id")["jp"].sum()).fillna(0)
    people["band"] = np.select([jp >= people["target"], jp > 0], ["reached", "some"], "none")
    counts = pd.crosstab(people["unit_id"], people["band"]).reindex(columns=list(BANDS), fill_value=0)
    if counts.empty:
        return ChartTable(counts)
    order = _numbered(counts["reached"] / counts.sum(axis=1))
    rows = counts.assign(row=order + 1, unit=counts.index.map(groups.names)).sort_values("row")
    every = counts.sum().to_frame().T.assign(row=0, unit=words("every_unit"))
    rows = pd.concat([every, rows]) if len(rows) > 1 else every
    said = [_reach(words, *row) for row in rows[list(BANDS)].itertuples(index=False)]
    rows["text"] = [words("chart.jp.text", **facts) for facts in said]
    asked = [(words.short(name), jp) for name, jp in sorted(targets.items()) if jp > 0]
    of = ", ".join(words("chart.jp.target", employment=name, jp=jp) for name, jp in asked)
    caption = [words("chart.jp.caption", **said[0], targets=of)]
    if len(rows) > 1:
        caption.append(words("chart.jp.lowest", unit=rows["unit"].iloc[1], share=said[1]["share"]))
    return ChartTable(rows[["row", "unit", *BANDS, "text"]], " ".join([*caption, *groups.hidden]))


def _reach(words: Words, reached: int, some: int, none: int) -> dict[str, str]:
    people = reached + some + none
    part = words.percent(share(reached, people))
    return {"reached": words.whole(reached), "people": words.whole(people), "share": part}


def _groups(people: pd.DataFrame, words: Words) -> _Groups:
    """Put people under their unit, those of small units and of all but the largest together under one name."""
    size = people.groupby("unit_id").size().sort_values(ascending=False, kind="stable")
    own = size[size >= FEWEST].index[:MOST_UNITS]
    unit_id = people["unit_id"].where(people["unit_id"].isin(own), OTHERS)
    name = people.drop_duplicates("unit_id").set_index("unit_id")["unit"]
    name = name.where(~name.duplicated(keep=False), name + " (" + name.index.astype("str") + ")")
    others = words("chart.other_units", count=words.whole(len(size) - len(own))) if len(own) else words("every_unit")
    names = {**name.map(words.short), OTHERS: others}
    grouped = people[["employee_id"]].assign(unit_id=unit_id)
    if not 0 < (unit_id == OTHERS).sum() < FEWEST:
        return _Groups(grouped, names, [])
    return _Groups(grouped[unit_id != OTHERS], names, [words("chart.hidden")])


def _numbered(by: pd.Series[float]) -> pd.Series[int]:
    """Number the units from the smallest on; equal ones by their id, the others together last."""
    order = by.round(9).rename("by").rename_axis("unit_id").reset_index()
    order["others"] = order["unit_id"] == OTHERS
    order = order.sort_values(["others", "by", "unit_id"], ignore_index=True)
    return pd.Series(order.index, index=order["unit_id"])
