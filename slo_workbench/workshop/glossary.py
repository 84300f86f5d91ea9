"""The words of a workshop, explained: a room that means different things by one word promises different things."""

from __future__ import annotations

from html import escape

from slo_workbench.document.glossary import GLOSSARY, Term, find_term
from slo_workbench.proposal.fragments import Fragment

__all__ = ["GLOSSARY", "Term", "words"]


def words(*terms: str) -> Fragment:
    """Return words with what they mean, in the order asked for; all of them when none is named.

    Parameters
    ----------
    *terms : str
        In any case, by their usual name or another one, such as ``"CUJ"``.

    Raises
    ------
    UnusableValue
        For a word that is not explained here, with the nearest one that is.

    Examples
    --------
    >>> print(words("SLA").text)
    SLA: Service level agreement: a contract with customers in which missing a level has a price. It should be easier to keep than the SLO.
    >>> words("burnrate")
    Traceback (most recent call last):
    slo_workbench.errors.UnusableValue: 'burnrate' is not explained here: did you mean 'burn rate'?
    """
    chosen = [find_term(name) for name in terms] if terms else list(GLOSSARY.values())
    html = "".join(f"<dt><strong>{escape(term.name)}</strong></dt><dd>{escape(term.meaning)}{_link(term)}</dd>" for term in chosen)
    return Fragment(f"<dl>{html}</dl>", "\n".join(f"{term.name}: {term.meaning}" for term in chosen))


def _link(term: Term) -> str:
    return f' <small>(after <a href="{escape(term.url)}">{escape(term.source)}</a>)</small>' if term.url else ""
