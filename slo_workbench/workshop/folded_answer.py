"""An answer to an exercise, computed and folded away until somebody asks for it."""

from __future__ import annotations

from slo_workbench.proposal.fragments import Fragment, paragraphs

__all__ = ["folded_answer", "open_answer"]


def folded_answer(*parts: str | Fragment, number: int = 0) -> Fragment:
    """Return sentences and pieces of a page behind a line that says *Answer*, with the number of the exercise where there are several.

    Examples
    --------
    >>> folded_answer("It is < 3.").html
    '<details><summary>Answer</summary><p>It is &lt; 3.</p></details>'
    """
    return _answer("<details>", parts, number)


def open_answer(*parts: str | Fragment, number: int = 0) -> Fragment:
    """Return the same unfolded, as the facilitator's edition shows it.

    Examples
    --------
    >>> open_answer("It is < 3.").html
    '<details open><summary>Answer</summary><p>It is &lt; 3.</p></details>'
    """
    return _answer("<details open>", parts, number)


def _answer(tag: str, parts: tuple[str | Fragment, ...], number: int) -> Fragment:
    title = f"Answer to {number}" if number else "Answer"
    pieces = [part if isinstance(part, Fragment) else paragraphs(part) for part in parts]
    html, text = "".join(piece.html for piece in pieces), "\n".join(piece.text for piece in pieces)
    return Fragment(f"{tag}<summary>{title}</summary>{html}</details>", text)
