"""What silent forms have in common: one's own draft, cast under one's name; who has cast; the reveal; and forms share only files."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from slo_workbench.ballots.room_part import one_line
from slo_workbench.document.findings import Finding
from slo_workbench.errors import SloWorkbenchError
from slo_workbench.widgets.apply_button import findings_html
from slo_workbench.widgets.card import card, shown_with
from slo_workbench.widgets.room_status import PersonFields, RoomStatus, SecondThoughtButton, folder_state, plain_button, said_html
from slo_workbench.workshop.odd_files import odd_files

if TYPE_CHECKING:
    import ipywidgets

__all__ = ["BoxLook", "FormWords", "OwnCast", "SilentForm"]

DraftT = TypeVar("DraftT")


@dataclass(frozen=True)
class FormWords:
    """What the buttons of a form say, and the question before the reveal."""

    cast: str
    reveal: str
    is_everybody_done: str
    reopen: str


@dataclass(frozen=True)
class OwnCast(Generic[DraftT]):
    """What a participant has cast before: as it is set on the form, with the role, and a sentence that names it."""

    draft: DraftT
    role: str
    sentence: str


@dataclass(frozen=True)
class BoxLook:
    """The box as it is now: who has cast, what is odd, and after the reveal what it shows."""

    sentence: str
    findings: tuple[Finding, ...]
    revealed_html: str = ""
    is_revealed: bool = False


class SilentForm(ABC, Generic[DraftT]):
    """One participant's form; a kind of form says what its draft is and how it is cast, revealed and looked at.

    Parameters
    ----------
    participant, role : str
        What the fields begin with.
    words : FormWords
    fields : widget
        What is filled in; hidden after the reveal.
    folders : sequence of Path
        Where others write.
    above, below : sequence of widget
        Shown above the name, and, after the reveal, below it.
    """

    def __init__(
        self, participant: str, role: str, words: FormWords, fields: Any, folders: Sequence[Path], *, above: Sequence[Any] = (),
        below: Sequence[Any] = (),
    ) -> None:  # fmt: skip
        import ipywidgets as widgets

        self.person = PersonFields(participant, role)
        self.cast_button = plain_button(words.cast, f"{words.cast}: nobody sees it before the reveal", "envelope", style="primary")
        self.clear_button = plain_button("Next person", "Clear the form for the next person at this screen; what was cast stays", "user")
        self.cast_button.on_click(lambda _: self.cast())
        self.clear_button.on_click(lambda _: self.clear())
        self.said: ipywidgets.HTML = widgets.HTML("")
        self.revealed: ipywidgets.HTML = widgets.HTML("")
        self.reveal_button = SecondThoughtButton(
            words.reveal, words.is_everybody_done, self.reveal, icon="eye", tooltip=f"For the facilitator: {words.reveal.lower()} together"
        )
        self.reopen_button = SecondThoughtButton(
            words.reopen,
            "Put this reveal aside? Press again",
            self.reopen,
            icon="undo",
            tooltip=f"For the facilitator: {words.reopen.lower()}",
        )
        self.status = RoomStatus(self._shown_status, lambda: folder_state(*folders))
        asked = widgets.VBox([fields, widgets.HBox([self.cast_button, self.clear_button])])
        self._before, self._after = (asked, self.reveal_button.view), (*below, self.reopen_button.view)
        self.view: ipywidgets.VBox = widgets.VBox(
            [*above, self.person.view, asked, self.said, self.status.view, self.reveal_button.view, self.revealed, *self._after],
            layout=widgets.Layout(max_width="1100px"),
        )
        self._loaded = self.draft
        self.person.name.observe(lambda change: self._take_name(change.old), names="value")
        self._read_back()
        self.status.look()
        self.status.repeated.start()

    @property
    @abstractmethod
    def draft(self) -> DraftT:
        """What is set on the form."""

    @draft.setter
    @abstractmethod
    def draft(self, draft: DraftT) -> None: ...

    @property
    @abstractmethod
    def blank(self) -> DraftT:
        """A form on which nothing is set."""

    @abstractmethod
    def _cast_now(self) -> Sequence[str]:
        """Cast what is set, and say so in sentences."""

    @abstractmethod
    def _own_cast(self, name: str) -> OwnCast[DraftT] | None:
        """Return what somebody of this name has cast."""

    @abstractmethod
    def _reveal_now(self) -> object:
        """Close the box."""

    @abstractmethod
    def _reopen_now(self) -> object:
        """Open it again."""

    @abstractmethod
    def _look_now(self) -> BoxLook:
        """Look at the box."""

    @property
    def is_changed(self) -> bool:
        """Whether something is set that was neither cast nor read back."""
        return self.draft != self._loaded

    def cast(self) -> None:
        """Write what is set, in the place of what the participant cast earlier."""

        def act() -> Sequence[str]:
            said = self._cast_now()
            self._loaded = self.draft
            return said

        self.tell(act)

    def clear(self) -> None:
        """Empty the form for another person; what was cast stays."""
        self._set(self.blank)
        self.person.name.value = self.person.role.value = self.said.value = ""

    def reveal(self) -> None:
        """Close the box and show all together."""
        self.tell(self._reveal_now)

    def reopen(self) -> None:
        """Let people cast again; what was revealed is kept beside it."""
        self.tell(self._reopen_now)

    def tell(self, act: Callable[[], object]) -> None:
        """Do something and look again; sentences that it gives are shown, and what went wrong."""
        try:
            said = act()
        except (SloWorkbenchError, OSError) as error:
            shown = card(findings_html(error))
        else:
            shown = card(said_html(said)) if isinstance(said, list) else ""
        self.status.look()
        self.said.value = shown

    def _set(self, draft: DraftT) -> None:
        self.draft = draft
        self._loaded = self.draft

    def _take_name(self, old: str) -> None:
        """Read back what somebody of this name has cast; what is set and not cast yet is kept before that, being newer."""
        name = one_line(self.person.name.value)
        if self.is_changed and name:
            has_cast = self._own_cast(name) is not None
            self.said.value = card(said_html([f"{name} has cast before; casting this takes its place."])) if has_cast else ""
        elif not self._read_back() and old:
            self._set(self.blank)

    def _read_back(self) -> bool:
        name = one_line(self.person.name.value)
        own = self._own_cast(name) if name else None
        if own is None:
            return False
        self._set(own.draft)
        self.person.role.value = own.role or self.person.role.value
        self.said.value = card(said_html([own.sentence]))
        return True

    def _shown_status(self) -> str:
        look = self._look_now()
        if look.is_revealed and not self.cast_button.disabled:
            self.said.value = ""  # what was said there is over
        self.cast_button.disabled = look.is_revealed
        for view in (*self._before, *self._after):
            view.layout.display = "none" if look.is_revealed == (view in self._before) else ""
        self.revealed.value = card(look.revealed_html) if look.is_revealed else ""
        return said_html([look.sentence]) + "".join(part.html for part in odd_files(look.findings) if not look.is_revealed)

    def _repr_mimebundle_(self, **formats: Any) -> Any:
        return shown_with(self.view, **formats)
