"""Deque's axe on a page in a browser: what people who do not see it, or do not use a mouse, would stumble over."""

from __future__ import annotations

from typing import Any

__all__ = ["axe_violations"]

_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def axe_violations(page: Any) -> list[str]:
    """Return what axe finds on a page, a line for each element; axe comes with its package and asks nothing of the network."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page, options={"runOnly": {"type": "tag", "values": _TAGS}}).response["violations"]
    return [f"{one['id']}: {node['target']} {node['html'][:120]}" for one in found for node in one["nodes"]]
