"""The commands that look at a journey: ``draw``, ``learn``, ``candidates`` and ``gaps``."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from slo_workbench.arguments import trusted_places
from slo_workbench.atomic_files import replace_text
from slo_workbench.document.findings import Finding, FindingsError, is_clean, render_findings
from slo_workbench.errors import UnusableValue
from slo_workbench.measurement_commands import replay
from slo_workbench.progress import Step, show_progress
from slo_workbench.text_tables import terminal_columns

if TYPE_CHECKING:
    from slo_workbench.journeys.journey_view import JourneyView
    from slo_workbench.workshop.standing_candidates import StandingCandidates

__all__ = ["candidates", "candidates_of", "draw", "gaps", "learn"]

GOOD, FOUND = 0, 1


def draw(given: Namespace) -> int:
    """Draw one diagram, or all of a workbook."""
    if given.place.suffix.lower() in (".yaml", ".yml"):
        return _draw_workbook(given)
    from slo_workbench.journeys import DiagramPicture, parse_diagram

    text = sys.stdin.read() if str(given.place) == "-" else given.place.read_text(encoding="utf-8", errors="replace")
    diagram, findings = parse_diagram(text)
    name = "diagram" if str(given.place) == "-" else given.place.stem
    out = given.out or Path(f"{name}.svg")
    if diagram.messages or diagram.participants:
        _write_pictures(out, [(diagram.heading or name, DiagramPicture(diagram, theme=given.theme))])
    print(render_findings(finding.at(file=str(given.place)) for finding in findings))
    return GOOD if is_clean(findings) else FOUND


def _draw_workbook(given: Namespace) -> int:
    from slo_workbench.document import read_workbook
    from slo_workbench.journeys.journey_view import view_journey

    workbook = read_workbook(given.place)
    wanted = [given.journey] if given.journey else [journey.id for journey in workbook.journeys if journey.diagram.strip()]
    out = given.out or Path(f"{given.journey}.svg" if given.journey else "journeys.html")
    if not wanted:
        raise UnusableValue("the workbook has no journey with a diagram; draw one under 'journeys'")
    views = [view_journey(workbook, id) for id in wanted]
    _write_pictures(out, [(view.journey.name, view.picture(theme=given.theme, with_overlay=not given.plain)) for view in views])
    findings = [finding for view in views for finding in view.findings]
    print(render_findings(findings))
    return GOOD if is_clean(findings) else FOUND


def _write_pictures(out: Path, pictures: Sequence[tuple[str, Any]]) -> None:
    from slo_workbench.journeys import to_mermaid
    from slo_workbench.journeys.diagram_page import PageDiagram, diagram_page

    kind = out.suffix.lower()
    if kind not in (".svg", ".html", ".mmd"):
        raise UnusableValue(f"--out ends in .svg, .html or .mmd, not {out.name!r}")
    if kind == ".html":
        text = diagram_page(
            [PageDiagram(title, picture) for title, picture in pictures], title=pictures[0][0] if len(pictures) == 1 else "Journeys"
        )
    elif len(pictures) > 1:
        raise UnusableValue(f"{len(pictures)} diagrams do not fit into {out.name}; name one journey, or an .html file")
    else:
        text = pictures[0][1].svg if kind == ".svg" else to_mermaid(pictures[0][1].diagram)
    out.parent.mkdir(parents=True, exist_ok=True)
    replace_text(out, text)
    print(f"wrote {out}")


def learn(given: Namespace) -> int:
    """Learn a diagram from traces and print, draw or keep it."""
    from slo_workbench.journeys import DiagramPicture, to_mermaid
    from slo_workbench.journeys.traces import build_traces, learn_journey, read_spans

    if not 2 <= given.most_messages <= 200:
        raise UnusableValue(f"--most-messages lies between 2 and 200, not {given.most_messages}")
    with show_progress() as tell:
        tell(Step("reading spans"))
        spans, of_files = read_spans(given.traces)
        tell(Step("putting traces together"))
        traces, of_traces = build_traces(spans)
        tell(Step("learning the journey"))
        learned = learn_journey(traces, root=given.root, max_messages=given.most_messages)
    findings = [*of_files, *of_traces, *learned.findings]
    for sentence in learned.sentences:
        print(sentence, file=sys.stderr)
    print(render_findings(findings), file=sys.stderr)
    if given.calls:
        replace_text(given.calls, learned.calls.to_csv(index=False))
        print(f"wrote {given.calls}")
    if given.into:
        print(_keep_diagram(Path(given.into[0]), given.into[1], to_mermaid(learned.diagram)), end="")
    if given.out:
        _write_pictures(given.out, [(learned.diagram.heading or "Learned from traces", DiagramPicture(learned.diagram))])
    elif not given.into:
        print(to_mermaid(learned.diagram), end="")
    return GOOD if is_clean(findings) else FOUND


def _keep_diagram(file: Path, journey_id: str, text: str) -> str:
    """Put a diagram into a journey of a workbook, made where it is not there yet; return the diff."""
    from slo_workbench.document import read_workbook
    from slo_workbench.document.changes import put_part

    is_there = journey_id in {journey.id for journey in read_workbook(file).journeys}
    fields = {"diagram": text} if is_there else {"name": journey_id.replace("-", " ").capitalize(), "diagram": text}
    return put_part(file, "journey", journey_id, seen=None, **fields)


def candidates(given: Namespace) -> int:
    """Print the candidate SLIs of a journey."""
    from slo_workbench.journeys.candidate_words import (
        candidate_details,
        candidate_records,
        candidate_table,
        points_text,
        roles_text,
        summary,
    )

    made = candidates_of(given, with_data=not given.no_data)
    view, found, findings = made.view, made.candidates, made.findings
    columns = terminal_columns()
    if given.json:
        print(json.dumps({"journey": view.journey.id, "candidates": candidate_records(found)}, indent=2, ensure_ascii=False))
        if findings:
            print(render_findings(findings), file=sys.stderr)
        return GOOD if is_clean(findings) else FOUND
    print(f"{summary(view, found)}\n\n{candidate_table(found, columns=columns)}")
    if not given.brief:
        for one, standing in found:
            print(f"\n{candidate_details(view, one, standing, columns=columns)}")
        print(f"\nWhat a measuring point is good for\n{points_text(columns=columns)}")
        print(f"\nWho is who; if one is wrong, say so under 'roles' of the journey\n{roles_text(view, columns=columns)}")
    if findings:
        print(f"\n{render_findings(findings)}")
    print(f"next: slo-workbench vote {given.workbook} {view.journey.id} --by NAME --score CANDIDATE=5,4,3, or slo-workbench choose --help")
    return GOOD if is_clean(findings) else FOUND


def candidates_of(given: Namespace, *, with_data: bool = True) -> StandingCandidates:
    """Return the candidates of a journey as they stand, with what is odd in the diagram or the data."""
    from slo_workbench.document import read_workbook
    from slo_workbench.workshop.standing_candidates import look_at_sources, standing_candidates

    workbook = read_workbook(given.workbook)
    if not with_data:
        return standing_candidates(workbook, given.journey)
    with show_progress() as tell:
        shapes, unread = look_at_sources(workbook, given.workbook.parent, trusted_places(given, workbook), progress=tell)
    standing = standing_candidates(workbook, given.journey, shapes=shapes)
    return replace(standing, findings=(*standing.findings, *unread))


def gaps(given: Namespace) -> int:
    """Print what no chosen SLI sees, and replay incidents."""
    from slo_workbench.document import read_workbook
    from slo_workbench.journeys.coverage_words import gaps_text, when_fails_text
    from slo_workbench.journeys.journey_view import view_journey

    workbook = read_workbook(given.workbook)
    wanted = [given.journey] if given.journey else [journey.id for journey in workbook.journeys if journey.diagram.strip()]
    views = [view_journey(workbook, id) for id in wanted]
    columns = terminal_columns()
    if given.failing:
        for view, name, label in _with_participant(views, given.failing):
            print(
                f"{view.journey.name} ({view.journey.id})\n{when_fails_text(view, label, view.coverage.when_fails(name), columns=columns)}\n"
            )
    else:
        print("\n\n".join(gaps_text(view, columns=columns) for view in views) + "\n")
    if given.out:
        _write_pictures(given.out, [(view.journey.name, view.picture()) for view in views])
    findings = [finding for view in views for finding in view.findings]
    if given.incidents is not None:
        findings += replay(given, workbook, wanted, columns)
    print(render_findings(findings))
    return GOOD if is_clean(findings) else FOUND


def _with_participant(views: Sequence[JourneyView], wanted: str) -> list[tuple[JourneyView, str, str]]:
    """Return the journeys that a participant takes part in, with its name there and its label."""
    from slo_workbench.document.findings import nearest_hint

    found, known = [], set()
    for view in views:
        labels = {person.name: " ".join(person.shown.split()) for person in view.diagram.participants}
        known.update([*labels, *labels.values()])
        found += [(view, name, label) for name, label in labels.items() if wanted.casefold() in (name.casefold(), label.casefold())]
    if not found:
        where = f"the diagram of {views[0].journey.id}" if len(views) == 1 else "any diagram"
        raise FindingsError(
            [Finding("unknown-participant", f"there is no participant {wanted!r} in {where}", hint=nearest_hint(wanted, known))]
        )
    return found
