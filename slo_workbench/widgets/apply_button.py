"""The button with which a widget's choice becomes a decision: it writes the workbook, and shows what changed there."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import TYPE_CHECKING, Any

from slo_workbench.document.findings import FindingsError
from slo_workbench.errors import SloWorkbenchError
from slo_workbench.widgets.card import card
from slo_workbench.workshop.decisions import Decision, undo

if TYPE_CHECKING:
    import ipywidgets

__all__ = ["ApplyButton", "findings_html"]


class ApplyButton:
    """A button that decides, one that takes it back, and the place beneath them where the change or the findings are shown.

    Parameters
    ----------
    decide : callable
        Makes the decision from what the widget shows now; see :func:`slo_workbench.workshop.decisions.decide`.
    path : path
        The workbook, for taking the decision back.
    label : str
        What the button says: what it writes, such as ``Apply the target``.
    after : callable, optional
        Called with the decision once it stands in the workbook, or has been taken back, so that the widget can start from it again.

    Examples
    --------
    >>> button = ApplyButton(lambda: Decision("the target", "", "workbook.yaml says so already."), path="workbook.yaml", label="Apply the target")
    >>> button.click()
    >>> "says so already" in button.said.value
    True
    """

    def __init__(
        self,
        decide: Callable[[], Decision],
        *,
        path: Any,
        label: str = "Apply",
        after: Callable[[Decision], object] = lambda decision: None,
    ) -> None:
        import ipywidgets as widgets

        self._decide, self._path, self._after = decide, path, after
        self._last: Decision | None = None
        self.apply = widgets.Button(description=label, tooltip=f"{label}: writes it to the workbook", button_style="primary", icon="check")
        self.take_back = widgets.Button(description="Take back", tooltip="Take back what was applied last", icon="undo", disabled=True)
        for button in (self.apply, self.take_back):
            button.layout.width = "auto"
        self.said: ipywidgets.HTML = widgets.HTML("")
        self.apply.on_click(lambda _: self.click())
        self.take_back.on_click(lambda _: self._undo())
        self.view: ipywidgets.VBox = widgets.VBox([widgets.HBox([self.apply, self.take_back]), self.said])

    def click(self) -> None:
        """Decide, as the button does when it is pressed."""
        self._show(self._decide)

    def _undo(self) -> None:
        if self._last is not None:
            last = self._last
            self._show(lambda: undo(self._path, last))

    def _show(self, make: Callable[[], Decision]) -> None:
        try:
            decision = make()
        except (SloWorkbenchError, OSError) as error:
            self.said.value = card(findings_html(error))
            return
        is_undone = decision.said.startswith("Taken back")
        self._last = None if is_undone else decision if decision.is_change else self._last
        self.take_back.disabled = self._last is None
        self.said.value = card(decision.to_html())
        self._after(decision)


def findings_html(error: Exception) -> str:
    """Return what is wrong as a list, or as a sentence, escaped."""
    from slo_workbench.proposal.fragments import findings_list

    if isinstance(error, FindingsError):
        return findings_list(error.findings).html
    return f"<p><strong>✗ {escape(str(error))}</strong></p>"
