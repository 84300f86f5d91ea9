"""The way into a folder of proposals: a page that names every promise, worst first, with what is left of its budget and its next review."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from html import escape
from pathlib import Path
from urllib.parse import quote

from slo_workbench.atomic_files import replace_text
from slo_workbench.proposal.forms import FORMS, INDEX_FILE
from slo_workbench.proposal.fragments import Fragment, items, paragraphs, scrolling, together
from slo_workbench.proposal.index_entries import IndexEntry, LeftOut, entries_of, is_folder
from slo_workbench.proposal.texts import DEFAULT_LANGUAGE, FixedTexts, read_texts
from slo_workbench.text_tables import without_controls
from slo_workbench.units import counted

__all__ = ["index_of_service", "index_of_services", "write_index"]

_OURS = '<meta name="generator" content="slo-workbench index">'
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
_PAGE = Path(__file__).parent / "page"
_FORM_WORDS = {"html": "page", "pdf": "PDF", "notebook": "notebook", "json": "figures"}
_SYMBOLS = {"bad": "✗", "warn": "!", "calm": "·"}


def write_index(
    out: Path, service: str, *, title: str = "", as_of: str, known: Collection[str] = (), failed: Collection[str] = (), language: str = DEFAULT_LANGUAGE
) -> list[Path]:  # fmt: skip
    """Write the page of a service, and the one of the folder that it lies in; return those that could be written.

    The folder's page names its services; where there is one alone, it tells of its proposals itself. A page that is the same is left as it
    is, and so is a file of that name that somebody else wrote.

    Parameters
    ----------
    out : Path
        The folder of all proposals; in it lies one for each service.
    service : str
        Its name.
    title : str
        What people call it.
    as_of : str
        The day to judge reviews from.
    known, failed : collection of str
        As in :func:`~slo_workbench.proposal.index_entries.entries_of`.
    language : str
        Of the fixed texts.
    """
    texts = read_texts(language)
    entries, left_out = entries_of(out / service, as_of=as_of, known=known, failed=failed)
    others = [path for path in sorted(out.iterdir()) if path.name != service and is_folder(path)]
    told = {path.name: entries_of(path, as_of=as_of) for path in others}
    services = {name: found for name, found in sorted({**told, service: (entries, left_out)}.items()) if found[0] or found[1]}
    own = index_of_service(title or service, entries, left_out, as_of=as_of, texts=texts)
    if len(services) > 1:
        top = index_of_services({name: found[0] for name, found in services.items()}, as_of=as_of, texts=texts)
    else:
        top = index_of_service(title or service, entries, left_out, as_of=as_of, texts=texts, inside=f"{service}/")
    pages = {out / service / INDEX_FILE: own, out / INDEX_FILE: top}
    return [file for file, page in pages.items() if file.parent.is_dir() and _replaced(file, page)]


def _replaced(file: Path, page: str) -> bool:
    """Write a page in the place of an older one of ours; whether it stands there now."""
    if file.is_symlink() or (file.exists() and not file.is_file()):
        return False
    if file.exists():
        old = file.read_text(encoding="utf-8", errors="replace")
        if old == page or _OURS not in old[:2000]:
            return old == page
    replace_text(file, page)
    return True


def index_of_service(
    title: str, entries: Sequence[IndexEntry], left_out: Sequence[LeftOut] = (), *, as_of: str, texts: FixedTexts | None = None, inside: str = ""
) -> str:  # fmt: skip
    """Return the page of a service.

    Parameters
    ----------
    title : str
        What people call the service.
    entries, left_out
        From :func:`~slo_workbench.proposal.index_entries.entries_of`.
    as_of : str
        The day that reviews were judged from.
    texts : FixedTexts, optional
    inside : str
        The folder of the service, from where the page lies; empty beside the proposals.

    Examples
    --------
    >>> page = index_of_service("<b>Shop</b>", [], as_of="2026-05-04")
    >>> "<h1>&lt;b&gt;Shop&lt;/b&gt;" in page, "<script" in page
    (True, False)
    """
    texts = texts or read_texts()
    parts = [paragraphs(_in_short(entries, as_of))]
    if entries:
        parts.append(_table(entries, texts, inside))
    if any(entry.budget_left_share is not None for entry in entries):
        parts.append(
            paragraphs("The budget left is that of the last whole window of the records, which end on the day named.", css_class="aside")
        )
    if left_out:
        parts += [
            Fragment(f"<h2>{escape(texts.heading('index-left-out'))}</h2>"),
            items(*(f"{one.name}: {one.reason}." for one in left_out)),
        ]
    return _page(title, texts.heading("index"), together(*parts), texts)


def index_of_services(services: dict[str, Sequence[IndexEntry]], *, as_of: str, texts: FixedTexts | None = None) -> str:
    """Return the page of a folder with several services: each with how its proposals stand, and the way to its own page.

    Parameters
    ----------
    services : dict of str to sequence of IndexEntry
        By name, worst first.
    as_of : str
    texts : FixedTexts, optional
    """
    texts = texts or read_texts()
    header = texts.header("services")
    rows = [
        [_link(f"{quote(name)}/{INDEX_FILE}", name), _said(_marked(entries[0])) if entries else "–", _said(_in_short(entries, ""))]
        for name, entries in sorted(services.items(), key=lambda one: (min((entry.worst.rank for entry in one[1]), default=99), one[0]))
    ]
    parts = [paragraphs(f"{counted(len(services), 'service')}{f', as of {as_of}' if as_of else ''}.")]
    return _page(texts.heading("services"), "", together(*parts, _rows(header, rows)), texts)


def _in_short(entries: Sequence[IndexEntry], as_of: str) -> str:
    """Say how many proposals stand how, worst first."""
    if not entries:
        return "There is no proposal yet."
    standing = Counter(
        entry.worst.words if not entry.worst.words.startswith("could not be made") else "could not be made" for entry in entries
    )
    day = f", as of {as_of}" if as_of else ""
    told = list(standing) if len(standing) == 1 else [f"{n} × {words}" for words, n in standing.items()]
    return f"{counted(len(entries), 'promise')}{day}: {'; '.join(told)}."


def _table(entries: Sequence[IndexEntry], texts: FixedTexts, inside: str) -> Fragment:
    return _rows(texts.header("index"), [_cells(entry, inside) for entry in entries])


def _cells(entry: IndexEntry, inside: str) -> list[str]:
    folder = f"{quote(inside)}{quote(entry.objective)}/"
    first = next((name for name in (FORMS["html"], FORMS["pdf"]) if name in entry.files), None)
    promise = f'<p class="hint">{_said(entry.promise)}</p>' if entry.promise else ""
    named = _link(f"{folder}{first}", entry.objective) if first else _said(entry.objective)
    also = "".join(f'<p class="hint">{_said(mark.words)}</p>' for mark in entry.marks[1:])
    links = ", ".join(
        _link(f"{folder}{name}", _FORM_WORDS[form], aside=f" of {entry.objective}") for form, name in FORMS.items() if name in entry.files
    )
    made = f'<p class="hint">made <span class="day">{_said(entry.made_on)}</span></p>' if entry.made_on else ""
    return [
        named + promise,
        f'<span class="{entry.worst.look}">{_said(_marked(entry))}</span>{also}',
        _budget(entry),
        _review(entry),
        (links or "–") + made,
    ]


def _marked(entry: IndexEntry) -> str:
    return f"{_SYMBOLS[entry.worst.look]} {entry.worst.words}"


def _budget(entry: IndexEntry) -> str:
    left = entry.budget_left_share
    if left is None:
        return "–"
    said = f"{left * 100:.0f} %" if left > 0 else f"none: {(1 - left) * 100:,.0f} % used"
    until = f'<p class="hint">until <span class="day">{_said(entry.measured_until)}</span></p>' if entry.measured_until else ""
    return f"{_said(said)}{until}"


def _review(entry: IndexEntry) -> str:
    if entry.next_review is None:
        return "–"
    overdue = ' <strong class="warn">overdue</strong>' if entry.is_overdue else ""
    return f'<span class="day">{entry.next_review}</span>{overdue}'


def _rows(header: Sequence[str], rows: Sequence[Sequence[str]]) -> Fragment:
    """Return a table of cells that are HTML already; the first of a row names it."""
    heads = "".join(f'<th scope="col">{_said(cell)}</th>' for cell in header)
    lines = "".join(f'<tr><th scope="row">{row[0]}</th>{"".join(f"<td>{cell}</td>" for cell in row[1:])}</tr>' for row in rows)
    whole = f'<table class="index"><thead><tr>{heads}</tr></thead><tbody>{lines}</tbody></table>'
    return Fragment(scrolling(whole, name=", ".join(header)))


def _link(target: str, text: str, *, aside: str = "") -> str:
    unseen = f'<span class="unseen">{_said(aside)}</span>' if aside else ""
    return f'<a href="{escape(target)}">{_said(text)}{unseen}</a>'


def _said(text: str) -> str:
    return escape(without_controls(text)).replace(" %", "\u00a0%")


def _page(title: str, subtitle: str, body: Fragment, texts: FixedTexts) -> str:
    style = "".join((_PAGE / name).read_text(encoding="utf-8") for name in ("page.css", "index.css"))
    line = f'<p class="subtitle">{_said(subtitle)}</p>\n' if subtitle else ""
    return (
        f'<!DOCTYPE html>\n<html lang="{escape(texts.language)}">\n<head>\n<meta charset="utf-8">\n{_OURS}\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        f"<title>{_said(title)}{f': {_said(subtitle)}' if subtitle else ''}</title>\n<style>{style}</style>\n</head>\n<body>\n<main>\n"
        f"<h1>{_said(title)}</h1>\n{line}{body.html}\n</main>\n</body>\n</html>\n"
    )
