"""Open a workbook for the workshop: what it says now, its requests reduced once, and the parts a notebook speaks about."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from slo_workbench.document.findings import Finding, FindingsError, has_errors, nearest_hint
from slo_workbench.document.model import Indicator, Journey, Objective, Workbook
from slo_workbench.document.yaml_file import CheckedWorkbook, check_workbook
from slo_workbench.progress import Tell, silent
from slo_workbench.units import counted
from slo_workbench.workshop.notebook_parameters import check_notebook_parameters

if TYPE_CHECKING:
    from slo_workbench.history.history import History
    from slo_workbench.proposal.case import ProposalCase

__all__ = ["DEFAULT_SEED", "Workshop", "open_workshop"]

DEFAULT_SEED = 20260302
TRUST_URLS = "SLO_WORKBENCH_TRUST_URLS"
"""Environment variable: 1 lets notebooks ask the servers that a workbook names."""
_OF_THE_ROOM = ("votes", "signatures")
_PartT = TypeVar("_PartT", Journey, Indicator, Objective)
_MadeT = TypeVar("_MadeT")


@dataclass
class Workshop:
    r"""A workbook and its requests, as the notebooks of the workshop see them; shows itself as a few sentences.

    The workbook is read anew whenever its file has changed, so that a decision made in one cell, in a widget or by somebody else is seen
    in the next cell. What is costly (the requests, a fit) is kept until its inputs change.

    Parameters
    ----------
    path : Path
        The workbook.
    seed : int
        Seed of every random draw.
    progress : callable
        Told each step of long work.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder, "workbook.yaml")
    ...     _ = file.write_text("service: {name: shop}")
    ...     print("\n".join(open_workshop(str(file)).sentences))
    shop: 0 sources, 0 journeys, 0 indicators, 0 objectives, in workbook.yaml.
    It has no journey yet: notebook 01 draws one.
    """

    path: Path
    seed: int = DEFAULT_SEED
    progress: Tell = silent
    _checked: tuple[Any, CheckedWorkbook] | None = field(default=None, repr=False)
    _histories: dict[str, tuple[str, History]] = field(default_factory=dict, repr=False)
    _kept: dict[str, tuple[Any, Any]] = field(default_factory=dict, repr=False)

    @property
    def folder(self) -> Path:
        """Where the workbook lies, and with it sources, votes and signatures."""
        return self.path.parent

    @property
    def checked(self) -> CheckedWorkbook:
        """The workbook as its file is now, with the findings.

        Raises
        ------
        FindingsError
            When it has errors; a notebook shows them, with lines and hints.
        """
        state = _state_of(self.path)
        if self._checked is None or self._checked[0] != state:
            self._checked = state, check_workbook(self.path)
        checked = self._checked[1]
        if checked.workbook is None or has_errors(checked.findings):
            raise FindingsError(checked.findings)
        return checked

    @property
    def workbook(self) -> Workbook:
        """The workbook as its file is now."""
        workbook = self.checked.workbook
        assert workbook is not None
        return workbook

    def journey(self, journey_id: str = "") -> Journey:
        """Return a journey; the first one for an empty id.

        Raises
        ------
        FindingsError
            When there is none, saying which notebook makes one.
        """
        return _chosen(self.workbook.journeys, journey_id, "journey", "draw one in notebook 01, or write it below 'journeys:'")

    def indicator(self, indicator_id: str = "", *, journey_id: str = "") -> Indicator:
        """Return an indicator; the first one (of a journey) for an empty id; see :meth:`journey`."""
        there = tuple(one for one in self.workbook.indicators if not journey_id or one.journey == journey_id)
        return _chosen(there, indicator_id, "indicator", "choose one in notebook 03, or write it below 'indicators:'")

    def objective(self, objective_id: str = "", *, journey_id: str = "") -> Objective:
        """Return an objective; the first one (of a journey) for an empty id; see :meth:`journey`."""
        of_journey = {one.id for one in self.workbook.indicators if not journey_id or one.journey == journey_id}
        there = tuple(one for one in self.workbook.objectives if one.indicator in of_journey)
        return _chosen(there, objective_id, "objective", "make one in notebook 05, or write it below 'objectives:'")

    def history(self, source: str) -> History:
        """Return the History of a source with all its indicators, reduced once and kept in the user's cache."""
        from slo_workbench.history.kept import input_hash, is_asked_again, kept_history

        workbook = self.workbook
        key = input_hash(workbook, self.folder, source, places=self.trusted_places) if source in workbook.sources else ""
        is_old = source in workbook.sources and is_asked_again(workbook, source)  # then the cache knows whether it is too old
        if source not in self._histories or self._histories[source][0] != key or is_old:
            history = kept_history(workbook, self.folder, source, places=self.trusted_places, progress=self.progress)
            self._histories[source] = key, history
        return self._histories[source][1]

    @property
    def trusted_places(self) -> dict[str, str]:
        """The servers that the workbook names, where the user trusts it to: ``slo-workbench lab --trust-urls`` says so.

        A workbook may come from a stranger, and a server would be given the user's own password.
        """
        if os.environ.get(TRUST_URLS) != "1":
            return {}
        urls = {name: source.url for name, source in self.workbook.sources.items() if source.url}
        return {name: url for name, url in urls.items() if not url.lower().startswith("sqlite:")}

    def history_of(self, indicator_id: str) -> History:
        """Return the History that counts an indicator."""
        return self.history(self.indicator(indicator_id).source)

    def case(self, objective_id: str = "") -> ProposalCase:
        """Return an objective assessed on its History, with the pieces of a proposal.

        It is made again when anything that it shows has changed: the workbook, a list beside it, a vote, a signature. The assessment itself,
        which takes longer, is made again only when what it computes with has changed.
        """
        from slo_workbench.proposal.case import assessment_of, case_of

        workbook, objective = self.workbook, self.objective(objective_id)
        history = self.history_of(objective.indicator)
        decided = objective.model_dump(include={"indicator", "threshold_ms", "window", "target", "ambition", "confidence"})
        computed_with = (
            self._histories[workbook.indicator(objective.indicator).source][0], decided, workbook.indicator(objective.indicator),
            workbook.exclusions, workbook.service.time_zone, _states_of(self.folder, workbook.pool), self.seed,
        )  # fmt: skip
        assessment = self.kept(
            f"assessment {objective.id}", computed_with,
            lambda: assessment_of(workbook, objective, history, folder=self.folder, seed=self.seed),
        )  # fmt: skip
        lists = [name for name in (workbook.incidents, workbook.tickets, *_OF_THE_ROOM) if name]
        return self.kept(
            f"case {objective.id}", (computed_with, _state_of(self.path), _states_of(self.folder, lists)),
            lambda: case_of(workbook, objective, history, path=self.path, seed=self.seed, assessment=assessment),
        )  # fmt: skip

    def kept(self, name: str, state: Any, make: Callable[[], _MadeT]) -> _MadeT:
        """Return what was made under a name before, as long as the state it was made of is equal; else make it now, and keep it."""
        if name not in self._kept or self._kept[name][0] != state:
            self._kept[name] = state, make()
        made: _MadeT = self._kept[name][1]
        return made

    @property
    def sentences(self) -> tuple[str, ...]:
        """What is in the workbook, and what it needs next."""
        workbook = self.workbook
        name = workbook.service.title or workbook.service.name
        parts = ", ".join(
            counted(len(there), what)
            for what, there in (
                ("source", workbook.sources),
                ("journey", workbook.journeys),
                ("indicator", workbook.indicators),
                ("objective", workbook.objectives),
            )
        )
        missing = next((next_step for is_there, next_step in _next_steps(workbook) if not is_there), "")
        return tuple(filter(None, (f"{name}: {parts}, in {self.path.name}.", missing)))

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        from slo_workbench.proposal.fragments import findings_list

        odd = self.checked.findings
        shown = findings_list(odd).html if odd else ""
        html = "".join(f"<p>{escape(sentence)}</p>" for sentence in self.sentences) + shown
        return {"text/html": html, "text/plain": "\n".join([*self.sentences, *map(str, odd)])}


def _states_of(folder: Path, names: Sequence[str]) -> tuple[object, ...]:
    """Return what tells whether files, or files in folders two deep, are still the same; links are not followed."""
    places = [folder / name for name in names]
    inside = [path for place in places if place.is_dir() and not place.is_symlink() for path in place.glob("*")]
    below = [path for place in inside if place.is_dir() and not place.is_symlink() for path in place.glob("**/*")]
    return tuple((str(path), _state_of(path)) for path in sorted([*places, *inside, *below]))


def _state_of(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size


def _next_steps(workbook: Workbook) -> tuple[tuple[object, str], ...]:
    return (
        (workbook.journeys, "It has no journey yet: notebook 01 draws one."),
        (workbook.sources, "It names no requests yet: notebook 02 brings them."),
        (workbook.indicators, "It has no indicator yet: notebook 03 chooses some."),
        (workbook.objectives, "It promises nothing yet: notebook 05 sets a target."),
    )


def _chosen(parts: tuple[_PartT, ...], wanted: str, what: str, how: str) -> _PartT:
    if wanted:
        found = next((part for part in parts if part.id == wanted), None)
        if found is None:
            hint = nearest_hint(wanted, [part.id for part in parts])
            raise FindingsError([Finding(f"unknown-{what}", f"there is no {what} {wanted!r}", hint=hint)])
        return found
    if not parts:
        raise FindingsError([Finding(f"no-{what}", f"the workbook has no {what} yet", hint=how)])
    return parts[0]


def open_workshop(workbook_path: str, *, seed: int = DEFAULT_SEED, progress: Tell = silent) -> Workshop:
    """Open a workbook for the notebooks of the workshop.

    Parameters
    ----------
    workbook_path : str
        From the folder the notebook runs in.
    seed : int
        Seed of every random draw.
    progress : callable, optional

    Raises
    ------
    FindingsError
        When the workbook has errors; a notebook shows them in the place of a traceback.
    UnusableValue
        When a parameter of the running notebook is of another type than its parameters cell says.
    """
    check_notebook_parameters()
    workshop = Workshop(Path(workbook_path), seed, progress)
    _ = workshop.workbook
    return workshop
