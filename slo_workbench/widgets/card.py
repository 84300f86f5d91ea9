"""A card: what a widget says or draws, on white with rounded corners, so that it reads in JupyterLab's light and dark theme."""

from __future__ import annotations

from typing import Any

__all__ = ["FULL_WIDTH", "card", "shown_with"]

FULL_WIDTH = "calc(100% - 8px)"
"""As wide as there is room: with all of it, a control's margins would cut off its right border."""

_STYLE = (
    "background:#fff;color:#1F2933;color-scheme:light;border-radius:8px;border:1px solid #DDE2E8;padding:10px 16px;margin:4px 0;"
    "max-width:100%;box-sizing:border-box;overflow-x:auto;font-size:15px;line-height:1.45"
)
_RULES = (
    "<style>.slo-card p{margin:.35em 0}.slo-card table{border-collapse:collapse;margin:.4em 0;font-size:14px}"
    ".slo-card th,.slo-card td{padding:3px 10px;text-align:left;border-bottom:1px solid #DDE2E8;vertical-align:top}"
    ".slo-card .number{text-align:right;font-variant-numeric:tabular-nums}.slo-card caption{text-align:left;font-weight:600;padding:4px 0}"
    ".slo-card .aside{color:#566472;font-size:13.5px}.slo-card .refusal{border-left:4px solid #D55E00;padding-left:10px}"
    ".slo-card ul{margin:.35em 0;padding-left:1.3em}.slo-card code{background:#EEF1F4;padding:0 4px}</style>"
)


def card(*pieces: str) -> str:
    """Return pieces of HTML, escaped before, on one card.

    Examples
    --------
    >>> "<p>Two messages.</p>" in card("<p>Two messages.</p>")
    True
    """
    return f'{_RULES}<div class="slo-card" style="{_STYLE}">{"".join(pieces)}</div>'


def shown_with(view: Any, **formats: Any) -> Any:
    """Return what a notebook shows of an object whose ``view`` is a widget."""
    return view._repr_mimebundle_(**formats)
