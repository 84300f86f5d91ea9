"""What a check of a notebook raises: what is wrong, and what to do."""

from __future__ import annotations

from slo_workbench.errors import SloWorkbenchError

__all__ = ["CheckFailed"]


class CheckFailed(SloWorkbenchError):
    """What the room decided does not hold yet; the message says what is wrong and what to do.

    Examples
    --------
    >>> print(CheckFailed("no target is decided", "set it in the parameters, and run this notebook again"))
    ✗ no target is decided: set it in the parameters, and run this notebook again
    """

    def __init__(self, wrong: str, what_to_do: str) -> None:
        self.wrong, self.what_to_do = wrong, what_to_do
        super().__init__(f"✗ {wrong}: {what_to_do}")
