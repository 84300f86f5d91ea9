"""Diagrams on one page to open offline, to print and to send: nothing in it runs, and nothing is fetched."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from slo_workbench.errors import UnusableValue
from slo_workbench.journeys.drawing import draw_svg_parts
from slo_workbench.journeys.figures import escape_text
from slo_workbench.journeys.picture import DiagramPicture
from slo_workbench.journeys.theme import FONT_STACK

__all__ = ["PageDiagram", "diagram_page"]

# Whatever a label might hold, the browser neither runs it nor asks the network for it.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
_STYLE = f"""
:root {{ color-scheme: light dark; --paper: #ffffff; --ink: #1d2733; --quiet: #566472; --edge: #d5dce4; }}
@media screen and (prefers-color-scheme: dark) {{ :root {{ --paper: #14181d; --ink: #e8edf3; --quiet: #a3b1bf; --edge: #323c47; }} }}
body {{ margin: 0 auto; padding: 1.5rem 1rem 3rem; max-width: 72rem; background: var(--paper); color: var(--ink);
  font: 16px/1.5 {FONT_STACK}; overflow-wrap: anywhere; }}
h1 {{ font-size: 1.6rem; line-height: 1.25; margin: 0 0 1rem; }}
h2 {{ font-size: 1.2rem; line-height: 1.3; margin: 0 0 .5rem; }}
nav ol {{ padding-inline-start: 1.5rem; }}
a {{ color: inherit; }}
section {{ border-top: 1px solid var(--edge); margin-top: 2rem; padding-top: 1.25rem; }}
p {{ margin: 0 0 .4rem; color: var(--quiet); max-width: 45rem; }}
figure {{ margin: .75rem 0 0; overflow-x: auto; }}
figure svg {{ display: block; max-width: 100%; height: auto; }}
@media screen and (max-width: 45rem) {{ figure svg {{ max-width: none; }} }}
@media print {{
  @page {{ size: A4; margin: 15mm; }}
  :root {{ color-scheme: light; }}
  body {{ padding: 0; max-width: none; font-size: 11pt; }}
  nav {{ display: none; }}
  section {{ border: 0; margin: 0; padding: 0; }}
  section + section {{ break-before: page; }}
  h1, h2, p {{ break-after: avoid; }}
  figure {{ break-inside: avoid; overflow: visible; }}
  figure svg {{ max-height: 225mm; }}
}}
"""


class PageDiagram(NamedTuple):
    """A diagram on a page: its heading, the picture, and lines of plain text to stand between them."""

    title: str
    picture: DiagramPicture
    lines: Sequence[str] = ()


def diagram_page(diagrams: Sequence[PageDiagram], *, title: str = "Sequence diagrams", language: str = "en") -> str:
    r"""Return a whole HTML page with a section for each diagram.

    The page is light or dark as its reader's system is, and light on paper, where every diagram begins a page and a tall one goes on over
    further pages. Screen readers are told the headings, and each picture in words.

    Parameters
    ----------
    diagrams : sequence of PageDiagram
        Titles and lines are plain text: all of it is escaped.
    title : str
        Heading of the page.
    language : str
        Language of titles and lines, as in HTML's ``lang``: ``en``, ``ja``, ``pt-BR``.

    Raises
    ------
    UnusableValue
        If `language` is no language tag.

    Examples
    --------
    >>> from slo_workbench.journeys import parse_diagram
    >>> buy = DiagramPicture(parse_diagram("sequenceDiagram\n Fan->>Shop: <b>buy</b>")[0])
    >>> page = diagram_page([PageDiagram("Buy", buy, ["Since May."])])
    >>> page.startswith("<!DOCTYPE html>"), "<b>" in page, page.count("<svg")
    (True, False, 1)
    """
    if not (language.isascii() and language.replace("-", "").isalnum()):
        raise UnusableValue(f"language must be a tag such as 'en', 'ja' or 'pt-BR', not {language!r}")
    heading = escape_text(title)
    return (
        f'<!DOCTYPE html>\n<html lang="{language}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<title>{heading}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n<h1 dir="auto">{heading}</h1>\n'
        f"{_contents(diagrams)}{''.join(_section(number, *one) for number, one in enumerate(diagrams, start=1))}</main>\n</body>\n</html>\n"
    )


def _contents(diagrams: Sequence[PageDiagram]) -> str:
    """Return links to the sections; one section needs none."""
    if len(diagrams) < 2:
        return ""
    links = (
        f'<li><a dir="auto" href="#diagram-{number}">{escape_text(one.title)}</a></li>' for number, one in enumerate(diagrams, start=1)
    )
    return f'<nav aria-label="Diagrams"><ol>{"".join(links)}</ol></nav>\n'


def _section(number: int, title: str, picture: DiagramPicture, lines: Sequence[str]) -> str:
    name = f"diagram-{number}"
    paragraphs = "".join(f'<p dir="auto">{escape_text(line)}</p>\n' for line in lines)
    return f'<section aria-labelledby="{name}">\n<h2 id="{name}" dir="auto">{escape_text(title)}</h2>\n{paragraphs}{"".join(_figures(name, picture))}</section>\n'


def _figures(name: str, picture: DiagramPicture) -> Iterator[str]:
    """Yield the picture in parts that fit a printed page; as SVG in the page itself, so that its text can be searched and copied."""
    parts = draw_svg_parts(
        picture.diagram, theme=picture.theme, id_prefix=f"{name}-picture", overlay=picture.overlay, width_px=picture.width_px
    )
    yield from (f"<figure>{part}</figure>\n" for part in parts)
