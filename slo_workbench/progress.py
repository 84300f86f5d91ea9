"""What long work says about itself while it runs, and the bar that shows it on a terminal."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TextIO

__all__ = ["Step", "Tell", "say", "show_progress", "silent", "time_to_go"]

SECONDS_BETWEEN_LOOKS = 0.25


@dataclass(frozen=True)
class Step:
    """A step of long work, told as it starts.

    Parameters
    ----------
    text : str
        What is being done, for people.
    n_rows : int, optional
        How many rows it goes through, where that is known.
    done, until : float, optional
        Which shares of the whole work are done when it starts and when it ends; 0 and 0 where nobody knows.
    """

    text: str
    n_rows: int | None = None
    done: float = 0.0
    until: float = 0.0

    def __str__(self) -> str:
        return self.text if self.n_rows is None else f"{self.text}, {self.n_rows:,} rows"


Tell = Callable[[Step], None]


def silent(step: Step) -> None:
    """Tell nobody."""


def time_to_go(step: Step, *, seconds_before: float, seconds_in_step: float) -> tuple[float, float]:
    """Return the share of the work that is done by now and the seconds to go, as the steps before let expect.

    Parameters
    ----------
    step : Step
        The step that runs, with ``done`` above 0.
    seconds_before : float
        How long the work took until the step started.
    seconds_in_step : float
        How long the step has been running. One that takes longer than expected stands still shortly before its end.

    Examples
    --------
    >>> time_to_go(Step("users", done=0.5, until=1.0), seconds_before=10, seconds_in_step=4)
    (0.7, 6.0)
    """
    width = step.until - step.done
    expected = max(seconds_before / step.done * width, 1e-9)
    inside = min(seconds_in_step / expected, 0.95)
    after = (1 - step.until) / step.done * seconds_before
    return step.done + inside * width, expected * (1 - inside) + after


@contextmanager
def show_progress(first: str = "", *, file: TextIO | None = None) -> Iterator[Tell]:
    """Show on the terminal what is going on, how far it is and how long it will take; say nothing where there is no terminal."""
    from tqdm import tqdm

    with tqdm(desc=first, total=1.0, bar_format=_ELAPSED, leave=False, disable=None, file=file or sys.stderr) as bar:
        if bar.disable:
            yield silent
            return
        shown = _Shown(bar)
        ticking = threading.Thread(target=shown.keep_looking, daemon=True)
        ticking.start()
        try:
            yield shown.tell
        finally:
            shown.stopped.set()
            ticking.join()


_ELAPSED = "{desc} ({elapsed})"


class _Shown:
    """A bar, and a look at the clock now and then, as an engine that counts says nothing until it is done."""

    def __init__(self, bar: Any) -> None:
        self.bar, self.stopped = bar, threading.Event()
        self.started = self.step_started = time.monotonic()
        self.step = Step("")

    def tell(self, step: Step) -> None:
        self.step, self.step_started = step, time.monotonic()
        self.bar.set_description_str(str(step), refresh=False)
        self.look()

    def look(self) -> None:
        if self.step.done <= 0:
            self.bar.bar_format = _ELAPSED
        else:
            before, inside = self.step_started - self.started, time.monotonic() - self.step_started
            share, to_go = time_to_go(self.step, seconds_before=before, seconds_in_step=inside)
            self.bar.n = share
            self.bar.bar_format = "{desc} |{bar:20}| {percentage:.0f} %, {elapsed}, about " + _length(to_go) + " to go"
        self.bar.refresh()

    def keep_looking(self) -> None:
        while not self.stopped.wait(SECONDS_BETWEEN_LOOKS):
            self.look()


def _length(seconds: float) -> str:
    whole = round(seconds)
    return f"{whole} s" if whole < 120 else f"{whole // 60} min" if whole < 7200 else f"{whole // 3600} h {whole % 3600 // 60} min"


def say(line: str) -> None:
    """Print a line while progress is shown."""
    from tqdm import tqdm

    tqdm.write(line, file=sys.stdout)
