"""What is wrong with the files of a room's folder, each named: anybody may have put them there."""

from __future__ import annotations

from collections.abc import Sequence

from slo_workbench.document.findings import Finding
from slo_workbench.proposal.fragments import Fragment, findings_list

__all__ = ["odd_files"]


def odd_files(findings: Sequence[Finding]) -> list[Fragment]:
    """Return findings about files as one list that names each file; nothing where nothing is odd.

    Examples
    --------
    >>> parts = odd_files([Finding("not-utf8", "the file is no UTF-8 text", "warning", file="notes<1>.yaml")])
    >>> "notes&lt;1&gt;.yaml" in parts[0].html
    True
    >>> odd_files([])
    []
    """
    named = [one.at(where=": ".join(filter(None, (one.file, one.where)))) for one in findings]
    return [findings_list(named)] if named else []
