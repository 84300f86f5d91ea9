"""Pictures for the documentation, kept by the very tests that see them: ``make images``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

__all__ = ["keep_image"]


def keep_image(page: Any, name: str, **options: Any) -> None:
    """Keep what a page, or a part of one, shows as ``NAME.png`` in the folder that ``KEEP_IMAGES`` names; without it, nothing is kept."""
    folder = os.environ.get("KEEP_IMAGES")
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
        getattr(page, "page", page).wait_for_timeout(500)
        page.screenshot(path=Path(folder, f"{name}.png"), **options)
