"""The exceptions this package raises, each a sentence that says what to do.

Only the command line catches them; everything below lets them through.
"""

from __future__ import annotations

__all__ = ["MissingExtra", "SloWorkbenchError", "SourceUnreadable", "TooLittleData", "UnusableValue"]


class SloWorkbenchError(Exception):
    """Base of every error raised on purpose by this package.

    A notebook shows its sentence and no traceback: who reads it has a workbook to mend, not this program.
    """

    def _render_traceback_(self) -> list[str]:
        """Return what IPython prints in the place of a traceback."""
        return str(self).splitlines() or [type(self).__name__]


class UnusableValue(SloWorkbenchError, ValueError):
    """A value breaks a rule; the message names the rule, the value and the likely fix."""


class TooLittleData(SloWorkbenchError, ValueError):
    """The data cannot carry the answer; the message says what would."""


class SourceUnreadable(SloWorkbenchError, LookupError):
    """A source of requests cannot be opened or understood; choose another path, format or mapping."""


class MissingExtra(SloWorkbenchError, ImportError):
    """An optional dependency is not installed; the message holds the line that installs it."""
