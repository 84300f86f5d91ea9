"""What an index tells of each proposal: how it stands, worst first, read from the folders of earlier runs as if strangers had filled them."""

from __future__ import annotations

import re
import stat
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from slo_workbench.proposal.forms import FORMS
from slo_workbench.proposal.one_proposal import partial_name
from slo_workbench.units import counted

__all__ = ["IndexEntry", "LeftOut", "Mark", "entries_of", "is_folder"]

LARGEST_BYTES = 16 * 1024 * 1024
KNOWN_VERSION = 1
_ID = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
_Line = Annotated[str, Field(max_length=4000)]
_Share = Annotated[float, Field(ge=0)]
_Target = Annotated[Decimal, Field(strict=False, ge=0, le=1, max_digits=30)]


class _Form(BaseModel):
    """A part of ``result.json``, by name and type; what an index does not tell is not looked at."""

    model_config = ConfigDict(strict=True, extra="ignore", frozen=True, allow_inf_nan=False)


class _Budget(_Form):
    spent_share: _Share | None


class _Fit(_Form):
    target: _Target | None
    stated_target: _Target | None
    budget: _Budget | None


class _Found(_Form):
    severity: Literal["error", "warning", "note"]


class _Source(_Form):
    last_time: _Line


class _Result(_Form):
    result_version: Literal[1]
    objective: _Line
    service: _Line
    promise: _Line
    plain_promise: _Line
    status: Literal["draft", "proposed", "agreed", "retired"]
    ambition: Literal["achievable", "aspirational"]
    next_review: date | None
    as_of: date | Literal[""]
    fit: _Fit
    source: _Source
    findings: tuple[_Found, ...]


@dataclass(frozen=True, order=True)
class Mark:
    """Something that is to be said of how a proposal stands.

    Parameters
    ----------
    rank : int
        The smaller, the worse.
    words : str
    """

    rank: int
    words: str

    @property
    def look(self) -> Literal["bad", "warn", "calm"]:
        """How it is set on the page."""
        return "bad" if self.rank <= _Rank.MISSED else "warn" if self.rank < _Rank.DRAFT else "calm"


class _Rank:
    FAILED, NO_PROMISE, ERROR, UNSUPPORTED, MISSED, OVERDUE, GOAL, WARNING, DRAFT, NOT_MADE, PROPOSED, AGREED, RETIRED = range(13)


@dataclass(frozen=True)
class LeftOut:
    """A folder whose ``result.json`` is none, and why."""

    name: str
    reason: str


@dataclass(frozen=True)
class IndexEntry:
    """A proposal, as an index tells of it.

    Parameters
    ----------
    objective : str
    marks : tuple of Mark
        How it stands, worst first; never empty.
    promise : str
        In one line.
    budget_left_share : float, optional
        Of the last window of the records; below 0 where more was spent than there was.
    measured_until : str
        The last day of the records.
    next_review : date, optional
    is_overdue : bool
    made_on : str
        The day that its page says it was made.
    files : tuple of str
        Names of the forms that lie in its folder.
    """

    objective: str
    marks: tuple[Mark, ...]
    promise: str = ""
    budget_left_share: float | None = None
    measured_until: str = ""
    next_review: date | None = None
    is_overdue: bool = False
    made_on: str = ""
    files: tuple[str, ...] = ()

    @property
    def worst(self) -> Mark:
        """How it stands, in short."""
        return self.marks[0]


def is_folder(path: Path) -> bool:
    """Whether a path is a folder of ours: none that a link leads to, nor one with a name that no id has."""
    return bool(_ID.fullmatch(path.name)) and not path.is_symlink() and path.is_dir()


def entries_of(
    folder: Path, *, as_of: str, known: Collection[str] = (), failed: Collection[str] = ()
) -> tuple[list[IndexEntry], list[LeftOut]]:
    """Return the proposals that lie in a service's folder, worst first, and the folders that hold something else.

    Parameters
    ----------
    folder : Path
    as_of : str
        The day to judge reviews from.
    known : collection of str
        Ids of the objectives that there should be; one without a proposal is told too.
    failed : collection of str
        Ids of those that could not be made just now.
    """
    names = {path.name for path in folder.iterdir() if is_folder(path) and (path / FORMS["json"]).exists()} if folder.is_dir() else set()
    entries, left_out = [], []
    for name in sorted(names | {*known}):
        is_failed = name in failed or (folder / partial_name(name)).exists()
        if name not in names:
            entries.append(_without_result(name, is_failed))
            continue
        try:
            entries.append(_entry(_read(folder / name), folder / name, as_of, is_failed))
        except ValueError as error:
            left_out.append(LeftOut(name, str(error)))
    return sorted(entries, key=_order), left_out


def _order(entry: IndexEntry) -> tuple[int, float, str]:
    left = 2.0 if entry.budget_left_share is None else entry.budget_left_share
    return entry.worst.rank, left, entry.objective


def _read(folder: Path) -> _Result:
    """Read the figures of a proposal by name and type.

    Raises
    ------
    ValueError
        When it is anything else.
    """
    file = folder / FORMS["json"]
    try:
        found = file.lstat()
        if not stat.S_ISREG(found.st_mode):
            raise ValueError(f"{file.name} is no file")
        if found.st_size > LARGEST_BYTES:
            raise ValueError(
                f"{file.name} has {counted(found.st_size, 'byte')}, and no result of a proposal has more than {LARGEST_BYTES:,}"
            )
        result = _Result.model_validate_json(file.read_bytes())
    except ValidationError as error:
        wrong = error.errors(include_url=False, include_input=False, include_context=False)[0]
        where = ".".join(str(step) for step in wrong["loc"])
        raise ValueError(f"{file.name} is no result of a proposal{f': {where}' if where else ''}: {wrong['msg']}") from None
    except OSError as error:
        raise ValueError(f"{file.name} cannot be read: {error.strerror}") from None
    if (result.objective, result.service) != (folder.name, folder.parent.name):
        raise ValueError(f"{file.name} is of {result.objective!r} of the service {result.service!r}, and lies in another's folder")
    return result


def _without_result(name: str, is_failed: bool) -> IndexEntry:
    mark = Mark(_Rank.FAILED, "could not be made, and there is no earlier one") if is_failed else Mark(_Rank.NOT_MADE, "not made yet")
    return IndexEntry(name, (mark,))


def _entry(result: _Result, folder: Path, as_of: str, is_failed: bool) -> IndexEntry:
    made_on = str(result.as_of)
    marks = list(_marks(result, as_of))
    if is_failed:
        of = f"is that of {made_on}" if made_on else "is an earlier one"
        marks.append(Mark(_Rank.FAILED, f"could not be made again; its page {of}"))
    spent = None if result.fit.budget is None else result.fit.budget.spent_share
    return IndexEntry(
        result.objective, tuple(sorted(marks)), result.plain_promise, None if spent is None else 1 - spent, result.source.last_time[:10],
        result.next_review, _is_overdue(result, as_of), made_on, tuple(name for name in FORMS.values() if (folder / name).is_file()),
    )  # fmt: skip


def _is_overdue(result: _Result, as_of: str) -> bool:
    return result.status != "retired" and result.next_review is not None and str(result.next_review) < as_of


def _marks(result: _Result, as_of: str) -> list[Mark]:
    """Return what is to be said; the state of the decision always is."""
    fit, is_goal = result.fit, result.ambition == "aspirational"
    if result.status == "retired":
        return [Mark(_Rank.RETIRED, "retired, no longer in force")]
    n = {severity: sum(one.severity == severity for one in result.findings) for severity in ("error", "warning")}
    marks = [Mark(_decision_rank(result), _decision_words(result))]
    if fit.target is None and fit.stated_target is None:
        marks.append(Mark(_Rank.NO_PROMISE, "no promise can be made yet"))
    if n["error"]:
        marks.append(Mark(_Rank.ERROR, f"{counted(n['error'], 'error')} in what it is made of"))
    if fit.stated_target is not None and not is_goal and (fit.target is None or fit.stated_target > fit.target):
        marks.append(Mark(_Rank.UNSUPPORTED, "the records do not support it"))
    if fit.budget is not None and fit.budget.spent_share is not None and fit.budget.spent_share >= 1:
        marks.append(Mark(_Rank.GOAL, "a goal, not reached lately") if is_goal else Mark(_Rank.MISSED, "its budget is spent"))
    if _is_overdue(result, as_of):
        marks.append(Mark(_Rank.OVERDUE, "its review is overdue"))
    if n["warning"]:
        marks.append(Mark(_Rank.WARNING, f"{counted(n['warning'], 'doubt')} to look at"))
    return marks


def _decision_rank(result: _Result) -> int:
    if result.fit.stated_target is None:
        return _Rank.DRAFT
    return _Rank.AGREED if result.status == "agreed" else _Rank.PROPOSED


def _decision_words(result: _Result) -> str:
    if result.fit.stated_target is None:
        return "nobody has chosen the number yet"
    return {"agreed": "agreed", "proposed": "proposed, not agreed yet"}.get(result.status, "a draft, not put to anybody yet")
