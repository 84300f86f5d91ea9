"""Where an exported file comes from: the line by which a reader finds the workbook, and knows which state of it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from slo_workbench import __version__
from slo_workbench.document.findings import printable

__all__ = ["Origin", "comment_lines", "origin_of"]

MADE_BY = "made by slo-workbench"


@dataclass(frozen=True)
class Origin:
    """The workbook that an export was made from.

    Parameters
    ----------
    workbook : str
        Name of its file, without folders: exports are read on other machines.
    sha256 : str
        Of the file's bytes, in hexadecimal.
    version : str
        Of this package.
    """

    workbook: str
    sha256: str
    version: str = __version__


def origin_of(workbook_path: Path, content: bytes) -> Origin:
    """Give the origin of exports from a file's content."""
    name = printable(workbook_path.name.encode("utf-8", "replace").decode())
    return Origin(name, hashlib.sha256(content).hexdigest())


def comment_lines(origin: Origin, what: str, *notes: str) -> str:
    r"""Write the comment that opens an exported YAML file.

    Examples
    --------
    >>> print(comment_lines(Origin("workbook.yaml", "ab" * 32, "0.1.0"), "Alert rules of shop", "One\nnote."), end="")
    # Alert rules of shop, made by slo-workbench 0.1.0 from workbook.yaml.
    # sha256 of the workbook: abababababababababababababababababababababababababababababababab
    # Changes belong in the workbook; here they are lost with the next export.
    # One
    # note.
    """
    lines = [
        f"{what}, {MADE_BY} {origin.version} from {origin.workbook}.",
        f"sha256 of the workbook: {origin.sha256}",
        "Changes belong in the workbook; here they are lost with the next export.",
        *(line for note in notes for line in note.splitlines()),
    ]
    return "".join(f"# {printable(line)}".rstrip() + "\n" for line in lines)
