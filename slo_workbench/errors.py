"""The exceptions this package raises, each a sentence that says what to do.

Only the command line catches them; everything below lets them through.
"""

from __future__ import annotations

__all__ = ["MissingExtra", "SloWorkbenchError", "SourceUnreadable", "TooLittleData", "UnusableValue"]


class SloWorkbenchError(Exception):
    """Base of every error raised on purpose by this package."""


class UnusableValue(SloWorkbenchError, ValueError):
    """A value breaks a rule; the message names the rule, the value and the likely fix."""


class TooLittleData(SloWorkbenchError, ValueError):
    """The data cannot carry the answer; the message says what would."""


class SourceUnreadable(SloWorkbenchError, LookupError):
    """A source of requests cannot be opened or understood; choose another path, format or mapping."""


class MissingExtra(SloWorkbenchError, ImportError):
    """An optional dependency is not installed; the message holds the line that installs it."""
