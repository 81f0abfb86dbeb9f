"""When to stop: a deadline, a limit of repeatable work, or the person at the keyboard."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType


@dataclass(frozen=True)
class Progress:
    """Say how far a run is: seconds since its start, value of its best plan and bound, None where there is none."""

    seconds: float
    value: float | None
    bound: float | None


class Clock:
    """Count seconds and work, pass progress on, and say why a run has to stop.

    Work is counted in units that are the same on every machine and in every run; see ``highs``.
    """

    #: Progress is passed on at most so often, in seconds, while nothing has changed.
    PULSE = 0.5

    def __init__(
        self,
        time_limit: float | None = None,
        work_limit: float | None = None,
        on_progress: Callable[[Progress], object] | None = None,
    ) -> None:
        self._start = time.monotonic()
        self._deadline = None if time_limit is None else self._start + time_limit
        self._work_limit = work_limit
        self._on_progress = on_progress
        self._told = -self.PULSE
        self._facts: tuple[float | None, float | None] = (None, None)
        self._news = False
        self._thread = threading.get_ident()
        self._whole: Clock | None = None
        self.reserve = 0.0
        self.work = 0.0
        self.reason: str | None = None

    def seconds(self) -> float:
        """Return the seconds since the start."""
        return time.monotonic() - self._start

    def left(self) -> float:
        """Return the seconds that are left, less ``reserve`` for what comes after; infinity without a limit."""
        return float("inf") if self._deadline is None else self._deadline - time.monotonic() - self.reserve

    def hold_back(self, seconds: float) -> None:
        """Keep so many seconds, but half of what is left at most, for what comes after the search."""
        self.reserve = 0.0
        if self._deadline is not None:
            self.reserve = min(seconds, 0.5 * max(self.left(), 0.0))

    def affords(self, seconds: float, work: float) -> bool:
        """Say whether so much is left; with a limit of work only that counts, for it has to be repeatable."""
        if self._work_limit is not None:
            if self.work + work >= self._work_limit:
                self.reason = self.reason or "work"
        elif self.left() <= seconds:
            self.reason = self.reason or "time"
        return self.reason is None

    def overdue(self, patience: float) -> bool:
        """Say whether the deadline of the whole run is past by ``patience`` seconds, or a person asked to stop."""
        if self._whole is not None:
            return self._whole.overdue(patience)
        return self.left() < -patience or self.reason == "interrupt"

    def part(self, share: float, most: float = float("inf")) -> Clock:
        """Return a clock that stops after a share of what is left of this one, or when this one does.

        ``most`` is the most units of work that it may take.
        """
        part = Clock(None if self._deadline is None else share * max(self.left(), 0.0))
        left = float("inf") if self._work_limit is None else share * max(self._work_limit - self.work, 0.0)
        part._work_limit = min(left, most) if min(left, most) < float("inf") else None
        part._whole = self
        return part

    def step(self, work: float) -> None:
        """Add work done."""
        self.work += work
        if self._whole is not None:
            self._whole.step(work)

    def expired(self, under_way: float = 0.0) -> bool:
        """Say whether the run has to stop; ``under_way`` is work that is not counted yet."""
        if self.reason is None:
            if self._whole is not None and self._whole.expired(under_way):
                self.reason = self._whole.reason
            elif self._work_limit is not None and self.work + under_way >= self._work_limit:
                self.reason = "work"
            elif self.left() <= 0:
                self.reason = "time"
            self.pulse()
        return self.reason is not None

    def report(self, value: float | None, bound: float | None) -> None:
        """Take note of a better plan or bound and pass it on."""
        if (value, bound) != self._facts:
            self._facts, self._news = (value, bound), True
            self.pulse()

    def pulse(self) -> None:
        """Pass progress on if there is news or the last was long ago; always in the thread that made the clock."""
        if self._whole is not None:
            self._whole.pulse()
            return
        if self._on_progress is None or threading.get_ident() != self._thread or self.reason == "interrupt":
            return
        if not self._news and self.seconds() - self._told < self.PULSE:
            return
        self._told, self._news = self.seconds(), False
        try:
            if self._on_progress(Progress(self._told, *self._facts)) is False:
                self.reason = "interrupt"
        except KeyboardInterrupt:
            self.reason = "interrupt"

    @contextmanager
    def interruptible(self) -> Iterator[None]:
        """Turn Ctrl-C into a request to stop while a solver runs, so that the best plan is not lost.

        Only where Python's own handler is in place and in the main thread; elsewhere the caller's handling stands.
        """
        own = (
            threading.current_thread() is threading.main_thread()
            and signal.getsignal(signal.SIGINT) is signal.default_int_handler
        )
        if not own:
            yield
            return

        def stop(number: int, frame: FrameType | None) -> None:
            self.reason = self.reason or "interrupt"

        signal.signal(signal.SIGINT, stop)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, signal.default_int_handler)
