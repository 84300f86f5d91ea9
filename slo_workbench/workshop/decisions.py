"""A decision of the room: written to the workbook, and shown as the change a pull request would show."""

from __future__ import annotations

import os
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from slo_workbench.atomic_files import replace_text
from slo_workbench.document.changes import PartKind, part_of, put_part
from slo_workbench.document.findings import Finding, FindingsError
from slo_workbench.document.model import Objective, Workbook
from slo_workbench.document.yaml_file import read_workbook
from slo_workbench.units import parse_share

__all__ = ["Decision", "decide", "text_of", "undo"]

_COLOURS = {"+": "#1a7f37", "-": "#b35900"}


@dataclass(frozen=True)
class Decision:
    """What was decided, and what that changed in the file; shows itself in a notebook.

    Parameters
    ----------
    about : str
        What it is about, such as ``objective buy-availability-28d``.
    diff : str
        Unified diff of the file; empty when the file said so already, or nothing was decided.
    said : str
        In a sentence.
    before : str
        Text of the file before, for :func:`undo`; empty when nothing changed.
    """

    about: str
    diff: str
    said: str
    before: str = ""

    @property
    def is_change(self) -> bool:
        """Whether the file was changed."""
        return bool(self.diff)

    def __str__(self) -> str:
        return "\n".join(filter(None, (self.said, self.diff.rstrip("\n"))))

    def to_html(self) -> str:
        """Return the sentence and the diff as HTML; plus and minus signs stand there too, so colour is not the only cue."""
        lines = "\n".join(_line(line) for line in self.diff.splitlines() if not line.startswith(("---", "+++")))
        shown = f'<pre style="line-height:1.4;white-space:pre-wrap" aria-label="What changed in the file">{lines}</pre>' if lines else ""
        return f"<p><strong>{escape(self.said)}</strong></p>{shown}"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/html": self.to_html(), "text/plain": str(self)}


def _line(line: str) -> str:
    colour = _COLOURS.get(line[:1])
    return f'<span style="color:{colour};font-weight:600">{escape(line)}</span>' if colour else escape(line)


def decide(path: str | os.PathLike[str], kind: PartKind, part_id: str = "", /, *, seen: Workbook | None = None, **fields: Any) -> Decision:
    r"""Write a decision into the workbook: change a part of it, or add the part where there is none.

    A field that is empty text, ``None`` or an empty list was not decided: the workbook keeps what it says. So a notebook whose parameters
    are left empty changes nothing, and says what the workbook has.

    Parameters
    ----------
    path : path
        The workbook.
    kind : str
        What is decided about: "service", "source", "journey", "indicator", "objective", "policy", "clause", "alerting" or "risk".
    part_id : str
        Its id; empty for the service, the policy and the alerting.
    seen : Workbook, optional
        The workbook as it was looked at; a field that somebody else has changed since is not overwritten.
    **fields
        What is decided, by the keys of the workbook.

    Raises
    ------
    FindingsError
        When the file or the result has errors, a target comes without a reason, or somebody else was quicker. Nothing is written then.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder, "workbook.yaml")
    ...     _ = file.write_text("service: {name: shop}  # the web shop\n")
    ...     print(decide(file, "service", owner="Shop team").said)
    ...     print(decide(file, "service", owner="Shop team").said)
    ...     print(decide(file, "service", owner="").said)
    Written to workbook.yaml: owner of the service.
    workbook.yaml says so already: owner of the service.
    Nothing is decided here, so workbook.yaml stays as it is: owner of the service.
    """
    file, about = Path(path), f"{kind} {part_id}".rstrip()
    what = f"{', '.join(fields)} of the {about}"
    decided = {name: value for name, value in fields.items() if not _is_open(value)}
    if not decided:
        return Decision(about, "", f"Nothing is decided here, so {file.name} stays as it is: {what}.")
    what = f"{', '.join(decided)} of the {about}"
    if kind == "objective":
        _refuse_target_without_reason(file, part_id, decided)
    before, old = text_of(file), part_of(read_workbook(file), kind, part_id)
    diff = put_part(file, kind, part_id, seen=seen, **decided)
    if not diff:
        return Decision(about, "", f"{file.name} says so already: {what}.")
    new = part_of(read_workbook(file), kind, part_id)
    changed = [name for name in decided if getattr(old, name, None) != getattr(new, name, None)]
    return Decision(about, diff, f"Written to {file.name}: {', '.join(changed or decided)} of the {about}.", before)


def _is_open(value: Any) -> bool:
    return value is None or (isinstance(value, str | tuple | list | dict) and not value)


def _refuse_target_without_reason(file: Path, objective_id: str, decided: dict[str, Any]) -> None:
    if "target" not in decided or str(decided.get("reason", "")).strip():
        return
    there = part_of(read_workbook(file), "objective", objective_id)
    if isinstance(there, Objective) and there.reason and there.target == parse_share(str(decided["target"])):
        return  # the target it has, with the reason it has
    hint = "say why this target: what users notice, or what the history keeps"
    raise FindingsError([Finding("reason-missing", "a target needs a reason", hint=hint, where=f"objective {objective_id}")])


def undo(path: str | os.PathLike[str], decision: Decision) -> Decision:
    """Take a decision back, as long as nobody has changed the file since.

    Raises
    ------
    FindingsError
        When somebody has: what they wrote would be lost.
    """
    from slo_workbench.document.changes import diff_of
    from slo_workbench.document.exclusive_change import exclusive_change

    file = Path(path)
    if not decision.is_change:
        return Decision(decision.about, "", "Nothing was changed, so nothing is taken back.")
    with exclusive_change(file):
        now = text_of(file)
        if diff_of(decision.before, now, file.name) != decision.diff:
            message = f"{file.name} was changed since, and taking this back would lose that"
            raise FindingsError([Finding("changed-meanwhile", message, hint="change it by hand", file=file.name)])
        replace_text(file, decision.before)
    return Decision(decision.about, diff_of(now, decision.before, file.name), f"Taken back: {decision.about}.", now)


def text_of(file: Path) -> str:
    """Return what stands in a workbook's file; empty where it cannot be read."""
    try:
        return file.read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return ""  # the reading that follows says what is wrong with it
