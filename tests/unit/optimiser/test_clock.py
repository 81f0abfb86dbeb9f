"""The clock: seconds, work, progress and the person at the keyboard."""

from __future__ import annotations

import signal
import threading

import pytest

from karier_reco.optimiser.clock import Clock, Progress


def test_work_is_the_repeatable_stop() -> None:
    """Work of 3 out of 5 goes on, 5 stops; what is under way counts; without limits nothing stops."""
    clock = Clock(work_limit=5)
    clock.step(3)
    assert not clock.expired()
    assert clock.expired(under_way=2)
    assert clock.reason == "work"
    endless = Clock()
    endless.step(1e9)
    assert not endless.expired()


def test_time_stops() -> None:
    """No seconds left is a reason; the reserve is taken off before."""
    clock = Clock(time_limit=1000)
    assert not clock.expired()
    clock.reserve = 1001
    assert clock.expired()
    assert clock.reason == "time"


def test_a_part_stops_alone_and_with_the_whole() -> None:
    """Half of 10 units is 5: then the part stops and the whole does not; its work counts for both."""
    whole = Clock(work_limit=10)
    part = whole.part(0.5)
    part.step(5)
    assert part.expired()
    assert whole.work == 5
    assert not whole.expired()
    other = whole.part(1.0)
    whole.reason = "interrupt"
    assert other.expired()
    assert other.overdue(1.0)


def test_affords_counts_work_where_work_is_limited() -> None:
    """With a limit of work seconds do not count, for the answer has to be repeatable."""
    clock = Clock(time_limit=1.0, work_limit=10)
    assert clock.affords(seconds=100, work=9)
    assert not clock.affords(seconds=0, work=10)
    assert clock.reason == "work"


def test_progress_is_told_in_the_callers_thread_and_can_stop() -> None:
    """Facts reported from a solver's thread are passed on at the next pulse of ours; False and Ctrl-C stop."""
    events: list[Progress] = []

    def listen(event: Progress) -> bool:
        events.append(event)
        return len(events) < 2

    clock = Clock(on_progress=listen)
    worker = threading.Thread(target=clock.report, args=(1.0, 2.0))
    worker.start()
    worker.join()
    assert events == []
    clock.pulse()
    assert (events[0].value, events[0].bound) == (1.0, 2.0)
    clock.report(1.5, 2.0)
    assert clock.reason == "interrupt"
    clock.report(1.7, 2.0)
    assert len(events) == 2


@pytest.mark.parametrize("handler", [signal.default_int_handler, signal.SIG_IGN])
def test_ctrl_c_is_a_request_to_stop(handler: object) -> None:
    """Ctrl-C sets the reason instead of raising; a caller's own handling is left alone; after, all is as before."""
    before = signal.signal(signal.SIGINT, handler)
    try:
        clock = Clock()
        with clock.interruptible():
            signal.raise_signal(signal.SIGINT)
        assert (clock.reason == "interrupt") == (handler is signal.default_int_handler)
        assert signal.getsignal(signal.SIGINT) is handler
    finally:
        signal.signal(signal.SIGINT, before)
