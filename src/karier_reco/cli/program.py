"""The commands, their arguments and their help, in the language of the run."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import NoReturn

import click

from karier_reco import __version__
from karier_reco.cli import commands, whatif
from karier_reco.cli.outcome import finish
from karier_reco.cli.run import Code, Run, speaking
from karier_reco.cli.types import Day, NewFile, NewFolder, Number, PlanFolder, Rupiah, Source, Whole
from karier_reco.texts import LANGUAGES

NAME = "karier-reco"


def main(args: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and leave with its exit code; ``args`` are those of the process unless given."""
    run = Run.of(sys.argv[1:] if args is None else args)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    with speaking(run.language):
        group = program(run)
        sys.exit(finish(run, lambda: group.main(args, prog_name=NAME, standalone_mode=False)))


def program(run: Run) -> click.Group:
    """Return the commands of a run."""
    group = click.Group(
        NAME,
        params=_common(run),
        help=run.say("help.program"),
        epilog=run.say("help.exit_codes"),
        options_metavar=run.say("metavar.options"),
        subcommand_metavar=run.say("metavar.command"),
    )
    click.version_option(__version__, message="%(prog)s %(version)s")(group)
    source = _argument(run, "source", "source", Source(run))
    plan = _argument(run, "plan_folder", "plan", PlanFolder(run))
    employee = _argument(run, "employee", "employee", click.STRING)
    target = _argument(run, "target", "target", click.Path(path_type=Path))
    example = _argument(run, "example_folder", "folder", NewFolder(run, over_plan=False))
    group.add_command(_command(run, "check", commands.check, [source, *_check_options(run)]))
    group.add_command(_command(run, "plan", commands.plan, [source, *_plan_options(run)]))
    group.add_command(_command(run, "explain", commands.explain, [plan, employee]))
    group.add_command(_command(run, "verify", commands.verify, [plan]))
    group.add_command(_command(run, "what-if", whatif.what_if, [plan, *whatif.options(run)]))
    group.add_command(_command(run, "template", commands.template, [target]))
    group.add_command(_command(run, "siasn", commands.siasn, [source, *_siasn_options(run)]))
    group.add_command(_command(run, "example", commands.example, [example]))
    return group


def _command(run: Run, name: str, work: Callable[..., Code], params: list[click.Parameter]) -> click.Command:
    short = run.say(f"help.{name}")
    return click.Command(
        name,
        callback=partial(work, run),
        params=[*params, *_common(run)],
        help=f"{short} {run.say(f'help.{name}_more')}",
        short_help=short,
        options_metavar=run.say("metavar.options"),
    )


def _argument(run: Run, name: str, metavar: str, kind: click.ParamType[object]) -> click.Parameter:
    return click.Argument([name], type=kind, metavar=run.say(f"metavar.{metavar}"), help=run.say(f"help.{name}"))


def _common(run: Run) -> list[click.Parameter]:
    """Options of every command; ``Run.of`` has read them already."""
    language = click.Choice(LANGUAGES)
    return [
        click.Option(["--language"], type=language, expose_value=False, help=run.say("help.language")),
        click.Option(["--debug"], is_flag=True, expose_value=False, help=run.say("help.debug")),
    ]


def _option(
    run: Run,
    flag: str,
    kind: click.ParamType[object] | None = None,
    metavar: str = "",
    *,
    required: bool = False,
    text: str = "",
) -> click.Parameter:
    """Return an option; ``text`` is the key of its help where that is not its name."""
    return click.Option(
        [flag],
        type=kind,
        is_flag=True if kind is None else None,  # False would let the value be left out
        required=required,
        metavar=run.say(f"metavar.{metavar}") if metavar else None,
        help=run.say(f"help.{text or flag.removeprefix('--').replace('-', '_')}"),
    )


def _settings_option(run: Run) -> click.Parameter:
    return _option(run, "--settings", click.Path(exists=True, dir_okay=False, path_type=Path), "settings")


def _check_options(run: Run) -> list[click.Parameter]:
    return [
        _option(run, "--out", NewFile(run, ".xlsx"), "workbook", text="list"),
        _option(run, "--page", NewFile(run, ".html"), "page"),
        _settings_option(run),
    ]


def _plan_options(run: Run) -> list[click.Parameter]:
    option = partial(_option, run)
    return [
        option("--year", Whole(run, 1945, 9998), "year", required=True),
        option("--budget", Rupiah(run), "rupiah"),
        option("--out", NewFolder(run, over_plan=True), "folder", required=True),
        option("--work-limit", Number(run), "work"),
        option("--time-limit", Number(run), "seconds"),
        option("--gap", Number(run, most=1), "share"),
        option("--max-sessions", Whole(run, 0), "count"),
        option("--as-of", Day(run), "date"),
        option("--masked"),
        _settings_option(run),
    ]


def _siasn_options(run: Run) -> list[click.Parameter]:
    return [
        _option(run, "--out", click.Path(path_type=Path), "folder", required=True, text="siasn_out"),
        _option(run, "--masked"),
        _settings_option(run),
    ]
