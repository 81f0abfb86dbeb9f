"""How far a run is: stages and the solver's figures on a terminal, nothing in a pipe."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from karier_reco.cli.run import Run, in_a_line

if TYPE_CHECKING:
    from rich.live import Live
    from rich.spinner import Spinner

    from karier_reco.optimiser.clock import Progress as Event


class Progress:
    """One line that says what is done now; without a terminal it says nothing."""

    def __init__(self, run: Run, live: Live | None = None, spinner: Spinner | None = None) -> None:
        self._run = run
        self._live, self._spinner = live, spinner

    def stage(self, name: str) -> None:
        """Say which stage begins."""
        self._show(self._run.say(f"stage.{name}"))

    def table(self, name: str, done: int, count: int) -> None:
        """Say which table is read now, and of how many."""
        self._show(self._run.say("stage.table", name=in_a_line(name), at=done + 1, count=count))

    def solver(self, event: Event) -> None:
        """Say how good the best seats are so far: value, bound, seconds."""
        if self._live is None:
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
        if self._live is not None and self._spinner is not None:
            self._spinner.update(text=words)
            self._live.refresh()  # a short stage would pass between two ticks unseen


@contextmanager
def progress(run: Run) -> Iterator[Progress]:
    """Show progress on standard error while the block runs, if a person is there to see it."""
    if not sys.stderr.isatty():
        yield Progress(run)
        return
    from rich.console import Console
    from rich.live import Live
    from rich.spinner import Spinner

    spinner = Spinner("dots", style="green")
    with Live(spinner, console=Console(stderr=True), transient=True, refresh_per_second=12.5) as live:
        yield Progress(run, live, spinner)
