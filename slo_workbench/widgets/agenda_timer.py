"""The facilitator's clock: the agenda as a bar, the part the room is in, what is left of it, and what to ask whom."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from html import escape
from typing import Any

from slo_workbench.widgets.card import card, shown_with
from slo_workbench.workshop.agenda import AgendaItem, AgendaPlan, agenda, clock
from slo_workbench.workshop.agenda_clock import AgendaClock, AgendaMoment, clock_words

__all__ = ["AgendaTimer", "agenda_timer"]

TICK_S = 1.0
MORE_MINUTES = 5
# Okabe and Ito's blue, orange and vermilion; words and signs say it again
_NOW, _DONE, _TO_COME, _OVER = "#0072B2", "#8A94A0", "#DDE2E8", "#D55E00"


class AgendaTimer:
    """See :func:`agenda_timer`; its buttons are attributes, so that code can do what a hand does."""

    def __init__(self, plan: AgendaPlan, *, now: Callable[[], float] = time.monotonic) -> None:
        import ipywidgets as widgets

        self.plan, self._now = plan, now
        self.clock = AgendaClock.of_minutes([item.minutes for item in plan.items])
        self._next_tick: asyncio.TimerHandle | None = None
        self.start_or_pause = self._button("Start", "Let the time run, or stand", "play", self._start_or_pause)
        self.back = self._button("Back", "Back to the part before", "step-backward", lambda: self._change(self.clock.back(self._now())))
        self.next = self._button("Next part", "On to the next part", "step-forward", lambda: self._change(self.clock.next(self._now())))
        self.more = self._button(
            f"+{MORE_MINUTES} minutes", "More time for this part", "plus", lambda: self._change(self.clock.extend(MORE_MINUTES))
        )
        self.start_or_pause.button_style = "primary"
        self.time, self.prompts, self.parts = widgets.HTML(), widgets.HTML(), widgets.HTML()
        buttons = widgets.HBox([self.start_or_pause, self.back, self.next, self.more], layout=widgets.Layout(flex_flow="row wrap"))
        self.view = widgets.VBox([self.time, buttons, self.prompts, self.parts])
        self.show()

    def _repr_mimebundle_(self, **formats: Any) -> Any:
        return shown_with(self.view, **formats)

    def _button(self, label: str, tooltip: str, icon: str, do: Callable[[], None]) -> Any:
        import ipywidgets as widgets

        button = widgets.Button(description=label, tooltip=tooltip, icon=icon, layout=widgets.Layout(width="auto"))
        button.on_click(lambda _: do())
        return button

    def _start_or_pause(self) -> None:
        now = self._now()
        self._change(self.clock.pause(now) if self.clock.is_running else self.clock.start(now))

    def _change(self, changed: AgendaClock) -> None:
        self.clock = changed
        self.show()
        self._tick_later()

    def stop(self) -> None:
        """Let the time stand, and nothing of it go on."""
        self._change(self.clock.pause(self._now()))

    @property
    def is_ticking(self) -> bool:
        """Whether the picture is renewed every second."""
        return self._next_tick is not None

    def _tick_later(self) -> None:
        """Renew the picture in a second, as long as time runs and somebody may look.

        A timer of the kernel's own loop: no thread and no task, so nothing holds up a kernel that ends.
        """
        if self._next_tick is not None:
            self._next_tick.cancel()
            self._next_tick = None
        if not self.clock.is_running or self.view.comm is None:
            return
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return  # no kernel: whoever asks calls show()
        self._next_tick = loop.call_later(TICK_S, self._tick)

    def _tick(self) -> None:
        self.show()
        self._tick_later()

    def show(self) -> None:
        """Show how it stands now."""
        moment = self.clock.at(self._now())
        item = self.plan.items[moment.place]
        self.time.value = card(_big(item, moment), _bar(self.plan, self.clock, moment))
        self.prompts.value = card(_prompts(item))
        self.parts.value = card(_parts(self.plan, self.clock, moment))
        self.start_or_pause.description = "Pause" if moment.is_running else "Start"
        self.start_or_pause.icon = "pause" if moment.is_running else "play"
        self.back.disabled, self.next.disabled = moment.place == 0, moment.is_last


def _big(item: AgendaItem, moment: AgendaMoment) -> str:
    colour = _OVER if moment.is_over else "#1F2933"
    stands = "" if moment.is_running else " · the clock stands"
    return (
        f'<div style="display:flex;flex-wrap:wrap;align-items:baseline;gap:4px 28px">'
        f'<div role="timer" style="font-size:64px;font-weight:700;line-height:1.1;font-variant-numeric:tabular-nums;color:{colour}">'
        f"{clock_words(moment.left_s)}</div>"
        f'<div><div style="font-size:24px;font-weight:600;line-height:1.3">{escape(item.title)}</div>'
        f'<div style="font-size:18px;color:{colour}">{"! " if moment.is_over else ""}{moment.words}{stands}</div>'
        f'<div style="font-size:15px">{escape(moment.overall_words)}.</div></div></div>'
    )


def _bar(plan: AgendaPlan, at: AgendaClock, moment: AgendaMoment) -> str:
    pieces = "".join(_segment(plan, at, moment, place) for place in range(len(plan.items)))
    alt = f"Part {moment.place + 1} of {len(plan.items)}: {plan.items[moment.place].title}, {moment.words}"
    return f'<div role="img" aria-label="{escape(alt)}" style="display:flex;gap:3px;height:30px;margin:10px 0 2px">{pieces}</div>'


def _segment(plan: AgendaPlan, at: AgendaClock, moment: AgendaMoment, place: int) -> str:
    """Draw one part as wide as it is long; the one the room is in fills up."""
    is_now = place == moment.place
    full = 100.0 if place < moment.place else max(0.0, min(1.0, 1 - moment.left_s / at.lengths_s[place])) * 100 if is_now else 0.0
    colour = _DONE if place < moment.place else _OVER if moment.is_over and is_now else _NOW
    sign = "✓" if place < moment.place else "!" if moment.is_over and is_now else "▶" if is_now else str(place + 1)
    edge = f"outline:2px solid {colour};" if is_now else ""
    ink = "#fff" if full > 55 else "#1F2933"
    return (
        f'<div title="{escape(plan.items[place].title)}" style="flex:{at.lengths_s[place]:g} 1 0;min-width:16px;border-radius:4px;{edge}'
        f"background:linear-gradient(90deg,{colour} {full:.1f}%,{_TO_COME} {full:.1f}%);color:{ink};"
        f'font-size:13px;line-height:30px;text-align:center;overflow:hidden">{sign}</div>'
    )


def _prompts(item: AgendaItem) -> str:
    notebook = f" · notebook {escape(item.notebook)}" if item.notebook else ""
    aim = f"<p><strong>At its end:</strong> {escape(item.purpose)}{notebook}</p>" if item.purpose else "<p>Nobody works now.</p>"
    if not item.prompts:
        return aim
    rows = "".join(f"<tr><th scope='row'>{escape(role)}</th><td>{escape(prompt)}</td></tr>" for role, prompt in item.prompts.items())
    first = f"<p><strong>Speaks first:</strong> {escape(item.leads)}. Then ask whoever has not spoken:</p>"
    return f'{aim}{first}<table style="font-size:16px">{rows}</table>'


def _parts(plan: AgendaPlan, at: AgendaClock, moment: AgendaMoment) -> str:
    rows = []
    for place, (item, start) in enumerate(zip(plan.items, plan.starts_minutes, strict=True)):
        sign = "✓" if place < moment.place else "▶" if place == moment.place else ""
        added = round(at.lengths_s[place] / 60) - item.minutes
        minutes = f"{item.minutes} + {added}" if added else str(item.minutes)
        weight = "font-weight:700" if place == moment.place else ""
        cells = "".join(
            f"<td{kind}>{escape(text)}</td>"
            for kind, text in (("", sign), ("", clock(start)), (' class="number"', minutes), ("", item.title))
        )
        rows.append(f'<tr style="{weight}">{cells}</tr>')
    head = "<tr><th></th><th scope='col'>from</th><th scope='col' class='number'>minutes</th><th scope='col'>what</th></tr>"
    return f"<details open><summary>{escape(plan.title)}: {escape(plan.aim)}</summary><table>{head}{''.join(rows)}</table></details>"


def agenda_timer(plan: str = "90min", *, now: Callable[[], float] = time.monotonic) -> AgendaTimer:
    """Keep the time of a workshop; it stands until somebody presses *Start*.

    Parameters
    ----------
    plan : str
        Name of the agenda: ``90min``, ``half-day`` or ``day``; see :func:`slo_workbench.workshop.agenda.agenda`.
    now : callable
        Gives seconds of a clock that never goes back.

    Raises
    ------
    UnusableValue
        When there is no agenda of that name.
    """
    return AgendaTimer(agenda(plan), now=now)
