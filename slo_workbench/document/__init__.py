"""The document: what a team decides about its service levels. Knows no data, no engine and no picture."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from slo_workbench.document.changes import change_part, set_target
    from slo_workbench.document.findings import Finding, FindingsError, has_errors, is_clean, nearest_hint, render_findings
    from slo_workbench.document.journey_model import CandidateScore, Dissent, JourneyChoice, JourneyDependency, RejectedCandidate
    from slo_workbench.document.json_schema import schema_text, workbook_schema
    from slo_workbench.document.model import (
        Indicator,
        Journey,
        Objective,
        Policy,
        PolicyClause,
        Review,
        Risk,
        Service,
        Source,
        Workbook,
    )
    from slo_workbench.document.references import find_reference_problems
    from slo_workbench.document.sli_menu import MEASURING_POINTS, SLI_MENU, MeasuringPoint, SliKind, SliMenuEntry
    from slo_workbench.document.yaml_file import CheckedWorkbook, check_workbook, read_workbook, write_workbook

# pydantic and the YAML parser cost a tenth of a second; they are loaded with the first name that needs them.
_HOMES = {
    "changes": ("change_part", "set_target"),
    "findings": ("Finding", "FindingsError", "has_errors", "is_clean", "nearest_hint", "render_findings"),
    "journey_model": ("CandidateScore", "Dissent", "JourneyChoice", "JourneyDependency", "RejectedCandidate"),
    "json_schema": ("schema_text", "workbook_schema"),
    "model": ("Indicator", "Journey", "Objective", "Policy", "PolicyClause", "Review", "Risk", "Service", "Source", "Workbook"),
    "references": ("find_reference_problems",),
    "sli_menu": ("MEASURING_POINTS", "SLI_MENU", "MeasuringPoint", "SliKind", "SliMenuEntry"),
    "yaml_file": ("CheckedWorkbook", "check_workbook", "read_workbook", "write_workbook"),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "MEASURING_POINTS",
    "SLI_MENU",
    "CandidateScore",
    "CheckedWorkbook",
    "Dissent",
    "Finding",
    "FindingsError",
    "Indicator",
    "Journey",
    "JourneyChoice",
    "JourneyDependency",
    "MeasuringPoint",
    "Objective",
    "Policy",
    "PolicyClause",
    "RejectedCandidate",
    "Review",
    "Risk",
    "Service",
    "SliKind",
    "SliMenuEntry",
    "Source",
    "Workbook",
    "change_part",
    "check_workbook",
    "find_reference_problems",
    "has_errors",
    "is_clean",
    "nearest_hint",
    "read_workbook",
    "render_findings",
    "schema_text",
    "set_target",
    "workbook_schema",
    "write_workbook",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(f"{__name__}.{_HOME_OF[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
