"""The part of a proposal that says what it takes to make the page again, to the byte."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slo_workbench.code_version import code_version
from slo_workbench.proposal.fragments import Fragment, heading, table, together
from slo_workbench.proposal.versions import versions

if TYPE_CHECKING:
    from slo_workbench.proposal.case import ProposalCase

__all__ = ["provenance_part"]


def provenance_part(case: ProposalCase) -> Fragment:
    """Return day, seed, hashes of the inputs, code and versions."""
    made, source, texts = case.history.provenance, case.history.source_of(case.indicator.id), case.texts
    rows = [
        (texts.row("objective"), case.objective.id),
        (texts.row("status"), f"{case.objective.status}, {case.objective.ambition}"),
        (texts.row("as-of"), case.as_of or "not said"),
        (texts.row("workbook"), case.workbook_sha256),
        *[(f"{texts.row('counted-from')} (SHA-256)", f"{file['name']}: {file['sha256']}") for file in source.files],
        (texts.row("code"), code_version()),
        (texts.row("reduced-by"), f"slo-workbench {made.package_version}, {made.engine}"),
        (texts.row("seed"), str(case.seed)),
        (texts.row("zone"), case.workbook.service.time_zone),
    ]
    shown = table(texts.header("versions"), list(versions().items()))
    return together(table(["", ""], rows), heading(texts.heading("versions")), shown)
