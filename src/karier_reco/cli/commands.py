"""What each command does; it returns the exit code."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from karier_reco.cli.progress import progress
from karier_reco.cli.run import Code, Run, in_a_line
from karier_reco.errors import DataError, Problem, masked

if TYPE_CHECKING:
    from pandas import DataFrame

    from karier_reco.plan import TrainingPlan
    from karier_reco.settings import Settings


#: Problems that ``check`` prints where a file has them all.
SHOWN = 50


def check(
    run: Run,
    source: Path | str,
    out: Path | None = None,
    page: Path | None = None,
    settings: Path | None = None,
) -> Code:
    """Print the problems of the tables, errors first, and their counts; write a work list and a page if asked."""
    _keep_tables(run, source, {"--out": out, "--page": page})
    frames: Mapping[str, DataFrame] = {}
    data = None
    try:
        with progress(run) as shown:
            shown.stage("load")
            from karier_reco.loading import load, settings_of

            chosen = _settings(settings) or settings_of(source)
            data = load(source, chosen, on_progress=shown.table)
        problems, frames = data.problems, data.frames
    except DataError as error:
        problems, frames = error.problems, error.frames
    ordered = sorted(problems, key=lambda problem: problem.severity != "error")
    with progress(run) as shown:
        if out is not None:
            shown.stage("list")
            from karier_reco.report import write_problems

            write_problems(problems, out, run.language, source)
        if page is not None:
            shown.stage("page")
            _write_page(run, page, frames, chosen, problems)
    _print_problems(run, ordered, SHOWN if out else len(ordered))
    for written in filter(None, (out, page)):
        run.tell(run.say("check.written", file=written))
    if data is None:
        click.echo(run.say("check.unusable"))
        return Code.BAD_DATA
    filled = [len(frame) for frame in data.frames.values() if len(frame)]
    click.echo(run.say("check.usable") if problems else run.say("check.none", tables=len(filled), rows=sum(filled)))
    return Code.DONE


def _settings(path: Path | None) -> Settings | None:
    from karier_reco.settings import Settings

    return None if path is None else Settings.from_toml(path)


def _keep_tables(run: Run, source: Path | str, written: Mapping[str, Path | None]) -> None:
    """Refuse to write over the tables that are read."""
    for option, path in written.items():
        if path is not None and isinstance(source, Path) and path.exists() and path.samefile(source):
            message = run.say("usage.over_source", value=repr(str(path)))
            raise click.BadParameter(message, click.get_current_context(), param_hint=option)


def _write_page(
    run: Run, path: Path, frames: Mapping[str, DataFrame], settings: Settings, problems: Sequence[Problem]
) -> None:
    """Write the page on the quality of the tables; a stopped run leaves the last one."""
    from karier_reco.quality import data_quality
    from karier_reco.report.folders import whole_file, write_text
    from karier_reco.report.quality import quality_page
    from karier_reco.words import Words

    html = quality_page(data_quality(frames, settings=settings), problems, Words(run.language))
    with whole_file(path) as draft:
        write_text(draft, html)


def _print_problems(run: Run, problems: Sequence[Problem], most: int) -> None:
    """Print the first problems, each on one line, and how many there are by table and by kind."""
    if not problems:
        return
    from karier_reco.checking import problem_text
    from karier_reco.report.quality import kind_words
    from karier_reco.words import Words

    for problem in problems[:most]:
        click.echo(f"{run.say(f'check.{problem.severity}')}: {in_a_line(problem_text(problem, run.language))}")
    if len(problems) > most:
        click.echo(run.say("check.more", count=len(problems) - most))
    tables: dict[str, Counter[str]] = {}
    kinds: dict[tuple[str, str], list[Problem]] = {}
    for problem in problems:
        tables.setdefault(problem.table or "–", Counter())[problem.severity] += 1
        kinds.setdefault((problem.severity, problem.kind), []).append(problem)
    rows = [(name, by["error"], by["warning"]) for name, by in tables.items()]
    rows.append((run.say("check.total"), sum(row[1] for row in rows), sum(row[2] for row in rows)))
    _print_table((run.say("check.table"), run.say("check.error"), run.say("check.warning")), rows)
    words = Words(run.language)
    said = [
        (len(alike), run.say(f"check.{kind[0]}"), kind_words(alike, words))
        for kind, alike in sorted(kinds.items(), key=_by_count)
    ]
    _print_table((run.say("check.count"), run.say("check.severity"), run.say("check.kind")), said)
    click.echo()


def _by_count(entry: tuple[tuple[str, str], Sequence[Problem]]) -> tuple[str, int, str]:
    (severity, kind), alike = entry
    return severity, -len(alike), kind


def _print_table(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None)
    rows = list(rows)
    for heading, cell in zip(headings, rows[0], strict=True):
        table.add_column(heading, justify="right" if isinstance(cell, int) else "left", vertical="top")
    for row in rows:
        table.add_row(*(in_a_line(str(cell)) for cell in row))
    click.echo()
    Console(highlight=False, markup=False).print(table)


def plan(
    run: Run,
    source: Path | str,
    year: int,
    out: Path,
    budget: int | None,
    work_limit: float | None,
    time_limit: float | None,
    gap: float | None,
    max_sessions: int | None,
    as_of: date | None,
    masked: bool,
    settings: Path | None = None,
) -> Code:
    """Load, plan, write, and print what came of it."""
    with progress(run) as shown:
        shown.stage("load")
        from karier_reco.cli.summary import plan_summary
        from karier_reco.loading import load
        from karier_reco.pipeline import make_plan
        from karier_reco.report import write_plan
        from karier_reco.settings import Limits

        data = load(source, _settings(settings), on_progress=shown.table)
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
    run.tell(plan_summary(run, made, source, out))
    return Code.DONE


def template(run: Run, target: Path) -> Code:
    """Write the empty tables for people to fill in."""
    from karier_reco.report.template import write_template

    written = write_template(target, run.language)
    run.tell(run.say("template.written", target=written))
    return Code.DONE


def siasn(run: Run, source: Path | str, out: Path, masked: bool, settings: Path | None = None) -> Code:
    """Write what was carried out in the fields of SIASN, and print how many records and what is not in them."""
    with progress(run) as shown:
        shown.stage("load")
        from karier_reco.loading import load
        from karier_reco.report import write_siasn
        from karier_reco.siasn import siasn_records

        data = load(source, _settings(settings), on_progress=shown.table)
        shown.stage("siasn")
        records = siasn_records(data)
        write_siasn(records, out, masked, run.language)
    counts = {"kursus": len(records.kursus), "diklat": len(records.diklat), "left_out": len(records.left_out)}
    run.tell(run.say("siasn.written", folder=out, **counts))
    return Code.DONE


def explain(run: Run, plan_folder: Path, employee: str) -> Code:
    """Print what a person gets and why, what waits and which limits are in the way."""
    from karier_reco.report import read_plan

    plan = read_plan(plan_folder)
    employee_id = _one_of(run, plan, employee)
    run.tell(plan.explain(employee_id, run.language))
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
    run.tell(verify_summary(run, found, plan_folder))
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
    run.tell(run.say("example.written", count=len(written), folder=example_folder))
    plan_folder = example_folder.with_name(f"{example_folder.absolute().name}-plan")
    command = ["karier-reco", "plan", str(example_folder), "--year", "2027", "--out", str(plan_folder)]
    run.tell(f"  {shlex.join(command)}")
    return Code.DONE
