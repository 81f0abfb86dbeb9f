"""The command ``what-if``: its options, what they may be, and what it does."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import click

from karier_reco.cli.progress import progress
from karier_reco.cli.run import Code, Run
from karier_reco.cli.types import Number, Whole

#: How far a curve goes from the present budget, as a share of it.
REACH = 0.5


class Change(click.ParamType[str]):
    """A change of a budget, as `karier_reco.what_if` reads it."""

    name = "change"

    def __init__(self, run: Run) -> None:
        self._run = run

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        from karier_reco.errors import LimitsError
        from karier_reco.whatif.amounts import Change as Understood

        try:
            Understood.of(str(value))
        except LimitsError:
            self.fail(self._run.say("usage.change", value=repr(value)), param, ctx)
        return str(value)


class NamedChange(click.ParamType[tuple[str, str]]):
    """What changes, and how: ``KURSUS=+10%``."""

    name = "change"

    def __init__(self, run: Run) -> None:
        self._run, self._change = run, Change(run)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, str]:
        name, equals, change = str(value).rpartition("=")
        if not equals or not name:
            self.fail(self._run.say("usage.named_change", value=repr(value)), param, ctx)
        return name, self._change.convert(change, param, ctx)


def options(run: Run) -> list[click.Parameter]:
    """Return the options of the command."""

    def option(flag: str, kind: click.ParamType[Any], metavar: str, text: str, **how: Any) -> click.Parameter:
        return click.Option(
            [flag], type=kind, metavar=run.say(f"metavar.{metavar}"), help=run.say(f"help.{text}"), **how
        )

    return [
        option("--budget", Change(run), "change", "what_if_budget"),
        option("--unit", NamedChange(run), "unit_change", "what_if_unit", multiple=True),
        option("--line", NamedChange(run), "line_change", "what_if_line", multiple=True),
        option("--curve", Whole(run, 2, 1000), "count", "what_if_curve"),
        click.Option(["--keep"], is_flag=True, help=run.say("help.what_if_keep")),
        option("--work-limit", Number(run), "work", "work_limit"),
        option("--time-limit", Number(run), "seconds", "time_limit"),
        option("--gap", Number(run, most=1), "share", "gap"),
    ]


def what_if(
    run: Run,
    plan_folder: Path,
    budget: str | None,
    unit: Iterable[tuple[str, str]],
    line: Iterable[tuple[str, str]],
    curve: int | None,
    keep: bool,
    work_limit: float | None,
    time_limit: float | None,
    gap: float | None,
) -> Code:
    """Plan again under other budgets and print what that does."""
    with progress(run) as shown:
        shown.stage("what_if")
        from karier_reco.report import read_plan
        from karier_reco.whatif import what_if

        plan = read_plan(plan_folder)
        units, lines = dict(unit), dict(line)
        _refuse_unknown(run, "unit", units, [name for name in plan.budgets["unit_id"].unique() if name])
        _refuse_unknown(run, "line", lines, plan.budgets["budget_id"])
        how: dict[str, Any] = {} if gap is None else {"optimality_gap": gap}
        if work_limit is not None or time_limit is not None:
            how |= {"work_limit": work_limit, "time_limit": time_limit}
        shares = [] if curve is None else shares_around_one(curve)
        found = what_if(
            plan, budget, units=units, lines=lines, keep=keep, shares=shares, on_progress=shown.solver, **how
        )
    run.tell(found.summary(run.language))
    return Code.DONE


def shares_around_one(points: int) -> list[float]:
    """Return so many even shares around 1, which is one of them.

    >>> shares_around_one(5)
    [0.5, 0.75, 1.0, 1.25, 1.5]
    """
    above = points // 2
    return [1 + REACH * (at - (points - 1 - above)) / above for at in range(points)]


def _refuse_unknown(run: Run, option: str, asked: Mapping[str, str], known: Iterable[str]) -> None:
    there = sorted(known)
    for name in asked:
        if name not in there:
            words = run.say(f"usage.no_{option}", value=repr(name), known=", ".join(there) or "–")
            context = click.get_current_context()
            context.fail(words)
