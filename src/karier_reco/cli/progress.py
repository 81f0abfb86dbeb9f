"""How far a run is: stages and the solver's figures on a terminal, nothing in a pipe."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from karier_reco.cli.run import Run

if TYPE_CHECKING:
    from rich.status import Status

    from karier_reco.optimiser.clock import Progress as Event


class Progress:
    """One line that says what is done now; without a terminal it says nothing."""

    def __init__(self, run: Run, status: Status | None) -> None:
        self._run = run
        self._status = status

    def stage(self, name: str) -> None:
        """Say which stage begins."""
        self._show(self._run.say(f"stage.{name}"))

    def solver(self, event: Event) -> None:
        """Say how good the best seats are so far: value, bound, seconds."""
        if self._status is None:
            return
        from karier_reco.words import Words

        words = Words(self._run.language)
        value, bound = (
            self._run.say("plan.unknown") if number is None else words.number(number)
            for number in (event.value, event.bound)
        )
        seconds = words.whole(event.seconds)
        stage = self._run.say("stage.solve")
        self._show(self._run.say("stage.solving", stage=stage, value=value, bound=bound, seconds=seconds))

    def _show(self, words: str) -> None:
        if self._status is not None:
            self._status.update(words)


@contextmanager
def progress(run: Run) -> Iterator[Progress]:
    """Show progress on standard error while the block runs, if a person is there to see it."""
    if not sys.stderr.isatty():
        yield Progress(run, None)
        return
    from rich.console import Console

    with Console(stderr=True).status("") as status:
        yield Progress(run, status)
