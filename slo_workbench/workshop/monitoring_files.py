"""The files that monitoring would run, as they would be written from the workbook now; nothing is written here."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from slo_workbench.exports.formats import EXPORT_FORMATS
from slo_workbench.exports.write import render_exports
from slo_workbench.proposal.fragments import Fragment, code, findings_list, paragraphs, table, together
from slo_workbench.units import format_count

if TYPE_CHECKING:
    from slo_workbench.document.model import Workbook
    from slo_workbench.workshop.opening import Workshop

__all__ = ["monitoring_excerpt", "monitoring_files"]

EXAMPLE, LABELS = "http_requests_total", 'job="shop",route="/orders"'


def monitoring_files(workshop: Workshop) -> Fragment:
    """Return the files by format, or what stands in their way."""
    rows, odd = [], []
    for name in EXPORT_FORMATS:
        texts, findings = render_exports(workshop.workbook, workshop.path, [name])
        rows += [(name, path.partition("/")[2], format_count(text.count("\n"))) for path, text in texts.items()]
        odd += [finding for finding in findings if finding.severity != "note" and finding not in odd]
    odd = [finding for finding in odd if finding.code != "nothing-to-export"]  # said by objective
    shown = table(["Format", "File", "Lines"], rows, numbers=(2,)) if rows else paragraphs("No file can be written yet.")
    how = paragraphs(f"To write them: slo-workbench export {workshop.path.name} --format all --out exports")
    return together(shown, how if rows else paragraphs(), _what_they_lack(workshop.workbook), findings_list(odd) if odd else paragraphs())


def _what_they_lack(workbook: Workbook) -> Fragment:
    """Return what each objective lacks to be watched, with selectors to paste."""
    lacks = list(_lacks(workbook))
    if not lacks:
        return paragraphs()
    without = [
        one for one in workbook.indicators if not one.selectors.valid and any(one.id == other.indicator for other in workbook.objectives)
    ]
    if not without:
        return paragraphs(*lacks)
    how = f"Write below the indicator {without[0].id} in the workbook what its events are called in your Prometheus, such as:"
    return together(
        paragraphs(*lacks, how), code(f'    selectors:\n      valid: {EXAMPLE}{{{LABELS}}}\n      bad: {EXAMPLE}{{{LABELS},code=~"5.."}}')
    )


def _lacks(workbook: Workbook) -> Iterator[str]:
    for one in workbook.objectives:
        indicator = workbook.indicator(one.indicator)
        lacks = ["a target (notebook 05 sets one)"] if one.target is None else []
        lacks += [] if indicator.selectors.valid else [f"selectors of its indicator {indicator.id}"]
        if lacks and one.status != "retired":
            yield f"{one.id} cannot be watched yet: it lacks {' and '.join(lacks)}."


def monitoring_excerpt(workshop: Workshop, objective_id: str = "", *, n_lines: int = 14) -> Fragment:
    """Return the first lines of the Prometheus rules that speak of an objective; or that there are none."""
    objective = workshop.objective(objective_id)
    texts, _ = render_exports(workshop.workbook, workshop.path, ["prometheus"])
    lines = next((text for path, text in texts.items() if path.endswith(".rules.yml")), "").splitlines()
    first = next((place for place, line in enumerate(lines) if objective.id in line and not line.lstrip().startswith("#")), None)
    if first is None:
        return paragraphs(f"No rule speaks of {objective.id}: it has no target yet, or its indicator no selectors for Prometheus.")
    return code("\n".join(lines[first : first + n_lines]))
