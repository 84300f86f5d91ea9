"""Pieces of a page: escaped text, tables and pictures with an alternative text.

Everything that comes from data or YAML goes through here, so nothing of it becomes markup.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from slo_workbench.document.findings import Finding
from slo_workbench.text_tables import without_controls

__all__ = ["Fragment", "code", "findings_list", "heading", "items", "paragraphs", "picture", "scrolling", "table", "together"]


SHORT_TEXT = 12
"""Characters of a cell that stay on one line."""
ENDLESS_WORD = 30
"""Characters of a word that is broken wherever the room ends."""
LONGEST_NAME = 90
_FONT = "font-family: 'DejaVu Sans'"  # as Matplotlib writes it; Verdana is as wide


@dataclass(frozen=True)
class Fragment:
    """A piece of HTML that shows itself in a notebook, with plain text beside it."""

    html: str
    text: str = ""

    def __post_init__(self) -> None:
        # a page is also read in a terminal, and what turns the direction of a text hides what it says
        object.__setattr__(self, "html", without_controls(self.html))
        object.__setattr__(self, "text", without_controls(self.text))

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/html": self.html, "text/plain": self.text}


def together(*parts: Fragment) -> Fragment:
    """Return fragments one after the other as one."""
    return Fragment("\n".join(part.html for part in parts), "\n".join(part.text for part in parts))


def paragraphs(*sentences: str | None, css_class: str = "") -> Fragment:
    """Return sentences as paragraphs; ``None`` and empty ones are left out."""
    kept = [sentence for sentence in sentences if sentence]
    attribute = f' class="{escape(css_class)}"' if css_class else ""
    return Fragment("".join(f"<p{attribute}>{_shown(sentence)}</p>" for sentence in kept), "\n".join(kept))


def heading(text: str, *, level: int = 3) -> Fragment:
    """Return a heading within a section; sections themselves begin with one of level 2."""
    return Fragment(f"<h{level}>{_shown(text)}</h{level}>", text)


def items(*sentences: str | None) -> Fragment:
    """Return sentences as a list; ``None`` and empty ones are left out."""
    kept = [sentence for sentence in sentences if sentence]
    lines = "".join(f"<li>{_shown(sentence)}</li>" for sentence in kept)
    return Fragment(f"<ul>{lines}</ul>" if kept else "", "\n".join(kept))


def code(text: str) -> Fragment:
    """Return text as a block of code."""
    return Fragment(f"<pre><code>{escape(text)}</code></pre>", text)


def table(header: Sequence[str], rows: Iterable[Sequence[Any]], *, caption: str = "", numbers: Sequence[int] = ()) -> Fragment:
    """Return a table; the columns whose places are in ``numbers`` are set to the right."""
    body = [[str(cell) for cell in row] for row in rows]
    kinds = ["number" if place in numbers else "words" for place in range(len(header))]
    heads = "".join(map(_cell, header, kinds, ["th scope='col'"] * len(header))) if any(header) else ""
    # a table without a header row has its headings in the first column
    tags = ["td"] * len(header) if heads else ["th scope='row'", *["td"] * (len(header) - 1)]
    lines = "".join(f"<tr>{''.join(map(_cell, row, kinds, tags))}</tr>" for row in body)
    title = f"<caption>{escape(caption)}</caption>" if caption else ""
    head = f"<thead><tr>{heads}</tr></thead>" if heads else ""
    name = caption or ", ".join(header if heads else [row[0] for row in body])
    html = scrolling(f"<table>{title}{head}<tbody>{lines}</tbody></table>", name=name)
    return Fragment(html, "\n".join("  ".join(row) for row in body))


def scrolling(html: str, *, name: str) -> str:
    """Return a piece of a page that may be wider than a small screen: it scrolls alone, with the keyboard too; `name` is read out for it."""
    shown = " ".join(name.split())
    short = shown if len(shown) <= LONGEST_NAME else f"{shown[: LONGEST_NAME - 1]}…"
    return f'<div class="wide" tabindex="0" role="group" aria-label="{escape(short)}">{html}</div>'


def _cell(text: str, kind: str, tag: str) -> str:
    # JupyterLab sets every cell of a table that is no Markdown to the right
    left = ' style="text-align:left"' if kind == "words" else ""
    # what is short, such as a date, is not broken at its hyphens; a hash is broken anywhere before it runs off the page
    kind += " short" if kind == "words" and len(text) <= SHORT_TEXT else ""
    kind += " endless" if any(len(word) > ENDLESS_WORD for word in text.split()) else ""
    return f'<{tag} class="{kind}"{left}>{_shown(text)}</{tag.split()[0]}>'


def _shown(text: str) -> str:
    """Escape text, and keep a number and its percent sign on one line."""
    return escape(text).replace(" %", "\u00a0%")


def picture(ax: Any, *, alt: str) -> Fragment:
    """Return the figure of an Axes as a self-contained picture with its alternative text, light or dark as its surroundings are."""
    import matplotlib as mpl

    from slo_workbench.plots.dark_surroundings import with_dark_rules

    file = io.StringIO()
    # letters instead of their outlines: a third of the size, read by the reader's fonts, and found in a PDF
    with mpl.rc_context({"svg.fonttype": "none"}):
        # no date in the file: the same numbers give the same bytes
        ax.figure.savefig(file, format="svg", bbox_inches="tight", metadata={"Date": None})
    svg = file.getvalue().replace(_FONT, f"{_FONT}, Verdana, 'Noto Sans', sans-serif")
    encoded = base64.b64encode(with_dark_rules(svg).encode()).decode("ascii")
    image = f'<img class="picture" src="data:image/svg+xml;base64,{encoded}" alt="{escape(alt)}" style="max-width:100%">'
    return Fragment(scrolling(image, name="Picture"), alt)


_SYMBOLS = {"error": "✗", "warning": "!", "note": "i"}


def findings_list(findings: Sequence[Finding]) -> Fragment:
    """Return findings as a list, worst first, each with its example and hint."""
    if not findings:
        return paragraphs("Nothing odd was found in the data or in the objective.")
    order = {"error": 0, "warning": 1, "note": 2}
    items = []
    for finding in sorted(findings, key=lambda item: order[item.severity]):
        example = f'<br><span class="example">For example: <code>{escape(finding.example)}</code></span>' if finding.example else ""
        hint = f'<br><span class="hint">What to do: {escape(finding.hint)}</span>' if finding.hint else ""
        where = f' <span class="where">({escape(finding.where)})</span>' if finding.where else ""
        items.append(
            f'<li class="{finding.severity}"><strong>{_SYMBOLS[finding.severity]} {finding.severity}</strong>{where} '
            f"{escape(finding.message)}{example}{hint}</li>"
        )
    return Fragment(f'<ul class="findings">{"".join(items)}</ul>', "\n".join(str(finding) for finding in findings))
