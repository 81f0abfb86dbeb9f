"""How a run ends: every error in the language of the run, with the exit code that goes with it."""

from __future__ import annotations

import io
import re
import traceback
from collections.abc import Callable
from typing import Any

import click

from karier_reco.cli.run import Code, Run, harmless, in_a_line, without_nips
from karier_reco.errors import (
    DataError,
    InfeasibleError,
    LimitsError,
    SettingsError,
    SolverError,
    VerificationError,
)

#: Problems that are shown where a plan was asked for; ``check`` shows them all.
SHOWN = 50

_ROW = re.compile(r"([a-z_]+)\[(.*)\]", re.DOTALL)
_AWAY = re.compile(r"away/(.*)/(\d{4}-W\d\d)", re.DOTALL)
_UNTIL = ("time", "work", "gap")


def finish(run: Run, work: Callable[[], Any]) -> int:
    """Do the work and return the exit code; what went wrong is on standard error."""
    try:
        return int(work() or Code.DONE)
    except click.ClickException as error:
        return _usage(error)
    except (click.Abort, KeyboardInterrupt):
        click.echo(run.say("failed.interrupted"), err=True)
        return Code.INTERRUPTED
    except Exception as error:  # the one place that every failure passes on its way to the person
        if run.debug:
            click.echo(without_nips(harmless("".join(traceback.format_exception(error)))), err=True, nl=False)
        return _explained(run, error)


def _usage(error: click.ClickException) -> int:
    shown = io.StringIO()
    error.show(file=shown)
    click.echo(without_nips(harmless(shown.getvalue())), err=True, nl=False)
    return error.exit_code


def _explained(run: Run, error: Exception) -> Code:
    match error:
        case DataError():
            return _data(run, error)
        case SettingsError():
            where = error.name in ("folder", "target")
            run.complain(run.say("failed.folder" if where else "failed.settings"), str(error))
            return Code.USAGE if where else Code.BAD_DATA
        case InfeasibleError():
            rows = [f"  {name}: {limit_words(run, name)}" for name in error.conflict]
            run.complain(run.say("failed.infeasible"), *rows, run.say("failed.infeasible_hint"))
            return Code.INFEASIBLE
        case LimitsError():
            run.complain(run.say("failed.limits"), str(error))
            return Code.BAD_DATA
        case SolverError():
            return _solver(run, error)
        case VerificationError():
            rows = [f"  {row}" for row in error.broken]
            heading = run.say("failed.verification", count=len(rows))
            run.complain(heading, *rows, run.say("failed.verification_hint"))
            return Code.FAILED
        case OSError() if error.strerror:
            what = error.filename or type(error).__name__
            run.complain(run.say("failed.system", what=what, why=error.strerror))
            return Code.FAILED
        case _:
            run.complain(run.say("failed.unforeseen", kind=type(error).__name__, detail=str(error)))
            return Code.FAILED


def _data(run: Run, error: DataError) -> Code:
    from karier_reco.checking import problem_text

    errors = [problem for problem in error.problems if problem.severity == "error"]
    lines = [f"  {in_a_line(problem_text(problem, run.language))}" for problem in errors[:SHOWN]]
    if len(errors) > SHOWN:
        lines.append(run.say("failed.data_more", count=len(errors) - SHOWN))
    run.complain(run.say("failed.data", count=len(errors)), *lines)
    return Code.BAD_DATA


def _solver(run: Run, error: SolverError) -> Code:
    if error.detail == "interrupt":
        click.echo(run.say("failed.interrupted"), err=True)
        return Code.INTERRUPTED
    if error.detail in _UNTIL:
        run.complain(run.say("failed.not_found", why=run.say(f"stopped.{error.detail}")))
        return Code.NOT_FOUND
    run.complain(run.say("failed.solver"), str(error))
    return Code.FAILED


def limit_words(run: Run, name: str) -> str:
    """Say in words what the named limit is; what is no row's name stays as it is.

    >>> limit_words(Run("en"), "seats[S12]")
    'seats of session S12'
    """
    found = _ROW.fullmatch(name)
    if found is None:
        return name
    kind, item = found.groups()
    away = _AWAY.fullmatch(item)
    if kind == "budget" and away:
        return run.say("limit.away", unit=away[1], week=away[2])
    return run.say(f"limit.{kind}", item=item)
