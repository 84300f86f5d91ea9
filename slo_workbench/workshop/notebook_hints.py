"""What to do about a finding, in the words of somebody who sits before a notebook and not before a terminal."""

from __future__ import annotations

import re

from slo_workbench.document.findings import Finding

__all__ = ["in_a_notebook"]

_ZONE = re.compile(r"time_zone: \S+(?: \(or [^)]*\))? in the source, or --time-zone")
_WITH_OPTION = re.compile(r",? or (?:name (?:it|the file) yourself: )?--[a-z-]+(?: [\w.…]+=\S*[^\s;,])?")


def in_a_notebook(found: Finding) -> Finding:
    """Return a finding whose hint speaks of the parameters cell and of the workbook, and of no options of a command.

    Examples
    --------
    >>> in_a_notebook(Finding("zone", "no zone", hint="say which: time_zone: Europe/London in the source, or --time-zone")).hint
    'say which: time_zone: str = "Europe/London" in the parameters cell'
    >>> in_a_notebook(Finding("odd", "two", hint="choose one: where: host = '…', or --where")).hint
    "choose one: where: host = '…' in the source, in workbook.yaml"
    """
    hint = _ZONE.sub('time_zone: str = "Europe/London" in the parameters cell', found.hint or "")
    if "where:" in hint and "--where" in hint:
        hint = hint.replace(", or --where", " in the source, in workbook.yaml")
    hint = hint.replace("leave such rows out with where", "leave such rows out: where: … in the source, in workbook.yaml")
    hint = _WITH_OPTION.sub("", hint)
    return found if hint == (found.hint or "") else found.at(hint=hint)
