"""The command that writes proposals: ``propose``."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping, Sequence
from typing import Any

from slo_workbench.arguments import read_day, trusted_places
from slo_workbench.document.findings import printable
from slo_workbench.errors import UnusableValue
from slo_workbench.progress import say, show_progress

__all__ = ["propose"]

GOOD, FOUND = 0, 1
MOST_CHANGES = 4
"""Of one proposal, on the terminal."""


def propose(given: Namespace) -> int:
    """Write a proposal for every objective of a workbook, each with its promise in a line."""
    from slo_workbench.document import read_workbook
    from slo_workbench.proposal import run
    from slo_workbench.proposal.forms import DEFAULT_FORMS, INDEX_FILE, read_forms
    from slo_workbench.units import counted

    if given.jobs is not None and given.jobs < 1:
        raise UnusableValue(f"--jobs is at least 1, not {given.jobs}")
    proposals = []
    with show_progress() as tell:
        for written in run.propose(
            given.workbook, given.out, only=given.only, places=trusted_places(given, read_workbook(given.workbook)), seed=given.seed,
            jobs=given.jobs, progress=tell, template=given.template, parameters=read_own_parameters(given.parameter),
            as_of=read_day(given.as_of), forms=DEFAULT_FORMS if given.format is None else read_forms(given.format), force=given.force,
            against=given.against,
        ):  # fmt: skip
            mark = "unchanged " if written.is_unchanged else ""
            say(f"{mark}{printable(written.line)}\n    {printable(str(written.page))}")
            if given.against is not None:
                say("\n".join(f"    {printable(line)}" for line in changes_in_short(written.result.get("changes"))))
            proposals.append(written)
    n_unchanged = sum(written.is_unchanged for written in proposals)
    aside = f", {n_unchanged} of them unchanged" if n_unchanged else ""
    print(f"{counted(len(proposals), 'proposal')} in {given.out}{aside}, seed {given.seed}")
    if (given.out / INDEX_FILE).is_file():
        print(f"all of them, worst first: {given.out / INDEX_FILE}")
    if all(written.is_clean for written in proposals):
        return GOOD
    print("warnings stand under 'What to look at' on the pages")
    return FOUND


def changes_in_short(changes: Mapping[str, Any] | None) -> list[str]:
    """Say in a few lines what changed since an earlier proposal.

    Examples
    --------
    >>> changes_in_short(None)
    ['compared with nothing: there is no earlier proposal of it']
    """
    if changes is None:
        return ["compared with nothing: there is no earlier proposal of it"]
    told = [one["sentence"] for part in ("decisions", "figures", "data", "making") for one in changes[part]]
    if not told:
        return [changes["headline"]]
    more = [f"{len(told) - MOST_CHANGES} more on the page"] if len(told) > MOST_CHANGES else []
    return [f"since {changes['since']}:", *(f"- {one}" for one in told[:MOST_CHANGES]), *more]


def read_own_parameters(items: Sequence[str]) -> dict[str, str]:
    """Read NAME=VALUE, one an item: a value may hold anything.

    Raises
    ------
    UnusableValue
        For an item without a name, and a name given twice.

    Examples
    --------
    >>> read_own_parameters(["note=a, b = c", "draft="])
    {'note': 'a, b = c', 'draft': ''}
    """
    values: dict[str, str] = {}
    for item in items:
        name, equals, value = item.partition("=")
        if not equals or not name.strip():
            raise UnusableValue(f"--parameter takes NAME=VALUE, not {item!r}")
        if name.strip() in values:
            raise UnusableValue(f"--parameter names {name.strip()!r} twice")
        values[name.strip()] = value
    return values
