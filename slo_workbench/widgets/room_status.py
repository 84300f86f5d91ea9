"""What every form of the room has: who fills it in, who has done so already, and a button that asks twice."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterable
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from slo_workbench.errors import SloWorkbenchError
from slo_workbench.widgets.apply_button import findings_html
from slo_workbench.widgets.card import card

if TYPE_CHECKING:
    import ipywidgets

__all__ = ["ROLES", "PersonFields", "RepeatedLook", "RoomStatus", "SecondThoughtButton", "folder_state", "plain_button", "said_html"]

ROLES = ("Product", "Engineering", "Operations", "Business")
LOOK_EVERY_S = 3.0
LOOK_FOR_S = 4 * 3600.0


class PersonFields:
    """Name and role of who fills in a form."""

    def __init__(self, participant: str = "", role: str = "") -> None:
        import ipywidgets as widgets

        look: dict[str, Any] = {"style": {"description_width": "initial"}, "layout": widgets.Layout(width="24em", max_width="100%")}
        self.name = widgets.Text(
            participant, description="Your name", placeholder="as the others call you", continuous_update=False,
            tooltip="Your name, or what the room calls you", **look,
        )  # fmt: skip
        self.role = widgets.Combobox(
            value=role, options=ROLES, ensure_option=False, description="Your role", placeholder="what you answer for", continuous_update=False,
            tooltip="What you answer for: product, engineering, operations, business, or in your own words", **look,
        )  # fmt: skip
        self.view: ipywidgets.HBox = widgets.HBox([self.name, self.role], layout=widgets.Layout(flex_flow="row wrap", grid_gap="0 12px"))


class SecondThoughtButton:
    """A button whose first press only says what it would do; the second does it, and one beside it calls it off.

    Parameters
    ----------
    label, question : str
        What it says at first, and what it asks then.
    act : callable
    tooltip, icon : str

    Examples
    --------
    >>> button = SecondThoughtButton("Reveal", "Really reveal?", lambda: print("revealed"))
    >>> button.press.click(); button.press.description
    'Really reveal?'
    >>> button.press.click()
    revealed
    """

    def __init__(self, label: str, question: str, act: Callable[[], object], *, tooltip: str = "", icon: str = "") -> None:
        import ipywidgets as widgets

        self._label, self._question, self._act = label, question, act
        self.press = widgets.Button(description=label, tooltip=tooltip or label, icon=icon)
        self.call_off = widgets.Button(description="Not yet", tooltip=f"Do not: {label}")
        for button in (self.press, self.call_off):
            button.layout.width = "auto"
        self.call_off.layout.display = "none"
        self.press.on_click(lambda _: self._pressed())
        self.call_off.on_click(lambda _: self.rest())
        self.view: ipywidgets.HBox = widgets.HBox([self.press, self.call_off])

    def rest(self) -> None:
        """Ask again before anything is done."""
        self.press.description, self.press.button_style = self._label, ""
        self.call_off.layout.display = "none"

    def _pressed(self) -> None:
        if self.press.description == self._label:
            self.press.description, self.press.button_style = self._question, "warning"
            self.call_off.layout.display = ""
            return
        self.rest()
        self._act()


class RepeatedLook:
    """Looks again every few seconds while the kernel has time, until it is stopped; it holds no kernel up and prints nothing.

    Parameters
    ----------
    look : callable
        What it raises must be shown by itself.
    every_s, for_s : float
        How often, and after how long it stops by itself.
    """

    def __init__(self, look: Callable[[], object], *, every_s: float = LOOK_EVERY_S, for_s: float = LOOK_FOR_S) -> None:
        self._look, self._every_s, self._n_left = look, every_s, int(for_s / every_s)
        self._next: asyncio.TimerHandle | None = None

    @property
    def is_running(self) -> bool:
        """Whether it will look again."""
        return self._next is not None

    def start(self) -> None:
        """Begin; nothing happens where no loop runs, as in a script."""
        self.stop()
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return
        # a timer instead of a task: one that is left when the kernel ends is dropped without a word
        self._next = loop.call_later(self._every_s, self._again)

    def stop(self) -> None:
        """Look no more."""
        if self._next is not None:
            self._next.cancel()
            self._next = None

    def _again(self) -> None:
        self._next, self._n_left = None, self._n_left - 1
        self._look()
        if self._n_left > 0:
            self.start()


class RoomStatus:
    """Who has done what so far, looked at again by a press or by itself.

    Parameters
    ----------
    look : callable
        Returns the status as HTML, and changes whatever else of the form is out of date.
    state : callable
        Returns something small that is equal as long as there is nothing new; looks by itself ask it first.
    """

    def __init__(self, look: Callable[[], str], state: Callable[[], object]) -> None:
        import ipywidgets as widgets

        self._look, self._state, self._seen = look, state, object()
        self.html: ipywidgets.HTML = widgets.HTML("")
        self.refresh = widgets.Button(description="Look again", tooltip="Look again who has done it", icon="refresh")
        self.refresh.layout.width = "auto"
        self.by_itself = widgets.Checkbox(
            True, description="look by itself", indent=False, tooltip=f"Look again every {LOOK_EVERY_S:g} seconds",
            layout=widgets.Layout(width="auto"),
        )  # fmt: skip
        self.repeated = RepeatedLook(self.look_if_new)
        self.refresh.on_click(lambda _: self.look())
        self.by_itself.observe(lambda change: self.repeated.start() if change.new else self.repeated.stop(), names="value")
        self.view: ipywidgets.VBox = widgets.VBox([self.html, widgets.HBox([self.refresh, self.by_itself])])

    def look(self) -> None:
        """Look now, and show what is wrong where it cannot be looked at."""
        try:
            self._seen = self._state()
            shown = self._look()
        except (SloWorkbenchError, OSError) as error:
            shown = findings_html(error)
        self.html.value = card(f'<div role="status" aria-live="polite">{shown}</div>')

    def look_if_new(self) -> None:
        """Look when there is something new."""
        try:
            is_new = self._state() != self._seen
        except (SloWorkbenchError, OSError):
            is_new = True
        if is_new:
            self.look()


def folder_state(*places: Path) -> tuple[object, ...]:
    """Return names, sizes and times of files, and of what lies in folders, which differ as soon as something is written there."""
    found: list[object] = []
    for place in places:
        for path in (place, *_inside(place)):
            try:
                status = path.lstat()
            except OSError:
                continue
            found.append((str(path), status.st_mtime_ns, status.st_size, status.st_ino))
    return tuple(found)


def _inside(folder: Path) -> list[Path]:
    if folder.is_symlink() or not folder.is_dir():
        return []
    try:
        return sorted(folder / name for name in os.listdir(folder))
    except OSError:
        return []


def plain_button(label: str, tooltip: str, icon: str, *, style: str = "") -> Any:
    """Return a button as wide as its words."""
    import ipywidgets as widgets

    return widgets.Button(
        description=label,
        tooltip=tooltip,
        icon=icon,
        button_style=style,
        layout=widgets.Layout(width="auto", align_self="flex-start"),
    )


def said_html(sentences: Iterable[str]) -> str:
    """Return sentences as paragraphs, escaped."""
    return "".join(f"<p>{escape(sentence)}</p>" for sentence in sentences if sentence)
