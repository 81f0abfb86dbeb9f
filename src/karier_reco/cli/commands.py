"""What each command does; it returns the exit code."""

from __future__ import annotations

import shlex
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from karier_reco.cli.progress import progress
from karier_reco.cli.run import Code, Run
from karier_reco.errors import DataError, Problem, masked

if TYPE_CHECKING:
    from karier_reco.plan import TrainingPlan


def check(run: Run, folder: Path) -> Code:
    """Print every problem of the tables, errors first, and their counts."""
    data = None
    try:
        with progress(run) as shown:
            shown.stage("load")
            from karier_reco.checking import problem_text
            from karier_reco.loading import load

            data = load(folder)
        problems = data.problems
    except DataError as error:
        problems = error.problems
    ordered = sorted(problems, key=lambda problem: problem.severity != "error")
    for problem in ordered:
        click.echo(f"{run.say(f'check.{problem.severity}')}: {problem_text(problem, run.language)}")
    if ordered:
        _print_counts(run, ordered)
    if data is None:
        click.echo(run.say("check.unusable"))
        return Code.BAD_DATA
    filled = [len(frame) for frame in data.frames.values() if len(frame)]
    click.echo(run.say("check.usable") if problems else run.say("check.none", tables=len(filled), rows=sum(filled)))
    return Code.DONE


def _print_counts(run: Run, problems: list[Problem]) -> None:
    from rich.console import Console
    from rich.table import Table

    counts: dict[str, dict[str, int]] = {}
    for problem in problems:
        for name in (problem.table or "–", run.say("check.total")):
            by = counts.setdefault(name, {"error": 0, "warning": 0})
            by[problem.severity] += 1
    counts[run.say("check.total")] = counts.pop(run.say("check.total"))
    table = Table(run.say("check.table"), box=None)
    for severity in ("error", "warning"):
        table.add_column(run.say(f"check.{severity}"), justify="right")
    for name, by in counts.items():
        table.add_row(name, str(by["error"]), str(by["warning"]))
    click.echo()
    Console(highlight=False, markup=False).print(table)
    click.echo()


def plan(
    run: Run,
    folder: Path,
    year: int,
    out: Path,
    budget: int | None,
    work_limit: float | None,
    time_limit: float | None,
    gap: float | None,
    max_sessions: int | None,
    as_of: date | None,
    masked: bool,
) -> Code:
    """Load, plan, write, and print what came of it."""
    with progress(run) as shown:
        shown.stage("load")
        from karier_reco.cli.summary import plan_summary
        from karier_reco.loading import load
        from karier_reco.pipeline import make_plan
        from karier_reco.report import write_plan
        from karier_reco.settings import Limits

        data = load(folder)
        shown.stage("prepare")
        options: dict[str, Any] = {} if gap is None else {"optimality_gap": gap}
        if work_limit is not None or time_limit is not None:
            # Work repeats and a clock does not: who asks for the one is not stopped by the other's default.
            options |= {"work_limit": work_limit, "time_limit": time_limit}
        made = make_plan(
            data,
            year,
            budget,
            limits=Limits() if max_sessions is None else Limits(max_sessions=max_sessions),
            as_of=as_of,
            language=run.language,
            on_progress=shown.solver,
            **options,
        )
        shown.stage("write")
        write_plan(made, out, run.language, masked)
    click.echo(plan_summary(run, made, folder, out))
    return Code.DONE


def explain(run: Run, plan_folder: Path, employee: str) -> Code:
    """Print what a person gets and why, what waits and which limits are in the way."""
    from karier_reco.report import read_plan

    plan = read_plan(plan_folder)
    employee_id = _one_of(run, plan, employee)
    click.echo(plan.explain(employee_id, run.language))
    return Code.DONE


def _one_of(run: Run, plan: TrainingPlan, asked: str) -> str:
    """Return the one employee id that is what was asked for, or ends with it."""
    ids = plan.people["employee_id"].tolist()
    # In a masked plan, ids that end alike are numbered: "…005 (2)".
    found = [i for i in ids if i == asked] or [i for i in ids if asked and asked in _endings(i, len(asked))]
    if len(found) == 1:
        return str(found[0])
    key = "usage.many_employees" if found else "usage.no_employee"
    shown = repr(masked(asked) if len(asked) > 3 else asked)
    message = run.say(key, value=shown, count=len(found))
    raise click.BadParameter(message, click.get_current_context(), param_hint=run.say("metavar.employee"))


def _endings(employee_id: str, length: int) -> tuple[str, str]:
    return employee_id[-length:], employee_id.partition(" (")[0][-length:]


def verify(run: Run, plan_folder: Path) -> Code:
    """Recompute the plan from its folder and print what was proved."""
    with progress(run) as shown:
        shown.stage("verify")
        from karier_reco.cli.summary import verify_summary
        from karier_reco.report import check_folder

        found = check_folder(plan_folder)
    click.echo(verify_summary(run, found, plan_folder))
    return Code.DONE


def example(run: Run, example_folder: Path) -> Code:
    """Write the shipped example; a stopped run leaves nothing of it behind."""
    shipped = sorted(
        (file for file in files("karier_reco").joinpath("data/example").iterdir() if file.is_file()),
        key=lambda file: file.name,
    )
    example_folder.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    try:
        for file in shipped:
            written.append(example_folder / file.name)
            written[-1].write_bytes(file.read_bytes())
    except BaseException:
        for path in written:
            path.unlink(missing_ok=True)
        raise
    click.echo(run.say("example.written", count=len(written), folder=example_folder))
    plan_folder = example_folder.with_name(f"{example_folder.absolute().name}-plan")
    command = ["karier-reco", "plan", str(example_folder), "--year", "2027", "--out", str(plan_folder)]
    click.echo(f"  {shlex.join(command)}")
    return Code.DONE
