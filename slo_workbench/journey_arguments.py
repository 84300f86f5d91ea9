"""The arguments of the commands about journeys: from diagrams to chosen SLIs."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

__all__ = ["add_journey_commands"]

_EXAMPLE = "data/stagedoor/workbook.yaml"
Command = Callable[[str, str, str], argparse.ArgumentParser]


def add_journey_commands(command: Command, add_paths: Callable[[argparse.ArgumentParser], None]) -> None:
    """Add the commands; `command` makes one of a name, a summary and an example, `add_paths` adds where sources lie."""
    _add_draw(command)
    _add_learn(command)
    _add_candidates(command, add_paths)
    _add_gaps(command, add_paths)
    _add_compare(command, add_paths)
    _add_compose(command, add_paths)
    _add_vote(command, add_paths)
    _add_reveal(command, add_paths)
    _add_choose(command, add_paths)


def _journey(command: argparse.ArgumentParser, *, needed: bool = True) -> None:
    command.add_argument("workbook", type=Path)
    command.add_argument("journey", nargs=None if needed else "?", help="id of the journey" + ("" if needed else "; all when left out"))


def _add_draw(command: Command) -> None:
    one = command("draw", "draw a journey's diagram, with what its SLIs see", f"slo-workbench draw {_EXAMPLE} buy --out buy.svg")
    one.add_argument("place", type=Path, help="a workbook, or a file with Mermaid text (.mmd, or - for standard input)")
    one.add_argument("journey", nargs="?", help="id of the journey; of a workbook all go on one page when left out")
    one.add_argument("--out", type=Path, help="file to write, .svg, .html or .mmd (default: beside you, named after the journey)")
    one.add_argument("--theme", choices=("auto", "light", "dark"), default="auto", help="auto follows the reader's system")
    one.add_argument("--plain", action="store_true", help="only the diagram, without SLIs, measuring points and targets")


def _add_learn(command: Command) -> None:
    one = command(
        "learn", "learn a journey's diagram from traces", "slo-workbench learn traces.json --root 'web: POST /orders' --out buy.mmd"
    )
    one.add_argument(
        "traces", type=Path, nargs="+", help="OpenTelemetry (OTLP or Elasticsearch), Jaeger or Zipkin JSON; plain, .gz or .zst"
    )
    one.add_argument(
        "--root", metavar="TEXT", help="where the journey begins: a service, 'service: operation' or an operation; * fits anything"
    )
    one.add_argument("--most-messages", type=int, default=40, metavar="N", help="leave out the rarest calls beyond this (default: 40)")
    one.add_argument("--out", type=Path, help="file to write, .mmd, .svg or .html; Mermaid text is printed without")
    one.add_argument("--into", nargs=2, metavar=("WORKBOOK", "JOURNEY"), help="put the diagram into this journey of a workbook")
    one.add_argument("--calls", type=Path, metavar="FILE", help="write the calls with their figures as CSV")


def _add_candidates(command: Command, add_paths: Callable[[argparse.ArgumentParser], None]) -> None:
    one = command("candidates", "suggest SLIs for a journey, read off its diagram", f"slo-workbench candidates {_EXAMPLE} buy")
    _journey(one)
    one.add_argument("--no-data", action="store_true", help="open no source; predicates are patterns to fill in then")
    one.add_argument("--brief", action="store_true", help="only the table")
    one.add_argument("--json", action="store_true", help="print JSON for other programs")
    add_paths(one)


def _add_gaps(command: Command, add_paths: Callable[[argparse.ArgumentParser], None]) -> None:
    one = command(
        "gaps", "tell what no chosen SLI sees of a journey", f"slo-workbench gaps {_EXAMPLE} buy --incidents data/stagedoor/incidents.csv"
    )
    _journey(one, needed=False)
    one.add_argument("--failing", metavar="PARTICIPANT", help="what would the SLIs show if this participant failed")
    one.add_argument(
        "--incidents",
        type=Path,
        nargs="?",
        const=Path(),
        metavar="FILE",
        help="replay a list of incidents: CSV or JSON with start, end, title, journeys; without FILE that of the workbook",
    )
    one.add_argument("--slack-minutes", type=int, default=30, metavar="MIN", help="how far off the list's times may be (default: 30)")
    one.add_argument("--out", type=Path, help="write the picture, too: .svg for one journey, or .html")
    add_paths(one)


def _add_compare(command: Command, add_paths: Callable[[argparse.ArgumentParser], None]) -> None:
    one = command(
        "compare",
        "compare two measurements of one specification",
        f"slo-workbench compare {_EXAMPLE} buy-availability buy-availability-service",
    )
    one.add_argument("workbook", type=Path)
    one.add_argument("one", help="id of an indicator, the one measured nearer to the user")
    one.add_argument("other", nargs="?", help="id of the other; the one that says same_as: when left out")
    one.add_argument("--bin-minutes", type=int, default=60, metavar="MIN", help="length of the bins that are compared (default: 60)")
    one.add_argument("--threshold-ms", type=float, metavar="MS", help="within what both are good; the largest they share when left out")
    add_paths(one)


def _add_compose(command: Command, add_paths: Callable[[argparse.ArgumentParser], None]) -> None:
    one = command("compose", "put a journey's steps together to one SLI", f"slo-workbench compose {_EXAMPLE} choose-seats buy")
    one.add_argument("workbook", type=Path)
    one.add_argument("journey", nargs="+", help="ids of one or more journeys, in the order people go through them")
    one.add_argument(
        "--step", action="append", default=[], metavar="INDICATOR[=WEIGHT]", help="only these indicators, in this order; may be repeated"
    )
    one.add_argument("--gap-minutes", type=float, default=30.0, metavar="MIN", help="a longer pause begins a new visit (default: 30)")
    one.add_argument(
        "--threshold-ms", type=float, action="append", default=[], metavar="MS",
        help="which threshold of a step with several; its smallest when left out; may be repeated",
    )  # fmt: skip
    add_paths(one)


def _add_vote(command: Command, add_paths: Callable[[argparse.ArgumentParser], None]) -> None:
    one = command(
        "vote", "score candidates silently, before the others' scores are seen",
        f"slo-workbench vote {_EXAMPLE} buy --by developer --score buy-availability=5,5,4 buy-latency=4,5,5",
    )  # fmt: skip
    _journey(one)
    one.add_argument(
        "--score", dest="scores", action="extend", nargs="+", default=[], metavar="CANDIDATE=H,M,C",
        help="happiness, measurability, cost: 1 to 5, higher is better (cost 5 is nearly free); earlier scores of yours for other candidates "
        "stay; without, tells who has voted",
    )  # fmt: skip
    one.add_argument("--by", metavar="NAME", help="who votes")
    one.add_argument("--role", default="", help="in which role")
    one.add_argument(
        "--comment", action="append", default=[], metavar="CANDIDATE=TEXT", help="a word on a candidate that you score; may be repeated"
    )
    one.add_argument(
        "--dots", action="extend", nargs="+", default=[], metavar="CANDIDATE=NUMBER",
        help="dots on candidates, several on one if you like; in the place of all your earlier dots",
    )  # fmt: skip
    _dots_each(one)
    one.add_argument("--dissent", action="append", default=[], metavar="CANDIDATE=TEXT", help="after the reveal: why you do not agree")
    add_paths(one)


def _dots_each(one: argparse.ArgumentParser) -> None:
    one.add_argument("--dots-each", type=int, default=3, metavar="N", help="how many dots each participant has (default: 3)")


def _add_reveal(command: Command, add_paths: Callable[[argparse.ArgumentParser], None]) -> None:
    one = command(
        "reveal", "reveal all scores together, and who should explain",
        f"slo-workbench vote {_EXAMPLE} buy --by developer --score buy-availability=5,5,4 && slo-workbench reveal {_EXAMPLE} buy",
    )  # fmt: skip
    _journey(one)
    one.add_argument("--reopen", action="store_true", help="put the reveal aside, so that people can vote again")
    _dots_each(one)
    add_paths(one)


def _add_choose(command: Command, add_paths: Callable[[argparse.ArgumentParser], None]) -> None:
    one = command(
        "choose", "write the chosen candidates to the workbook, and why the others were not",
        f"slo-workbench choose {_EXAMPLE} buy --take buy-freshness --threshold-ms buy-freshness=60000,300000 "
        "--reject 'buy-availability-client=the app sends no such events yet' --by Product --by Operations",
    )  # fmt: skip
    _journey(one)
    one.add_argument("--take", action="extend", nargs="+", default=[], metavar="CANDIDATE", help="becomes an indicator; one or more")
    one.add_argument("--reject", action="append", default=[], metavar="CANDIDATE=WHY", help="is not taken; may be repeated")
    one.add_argument(
        "--threshold-ms", action="append", default=[], metavar="CANDIDATE=MS[,MS]",
        help="thresholds of a latency or freshness that is taken; else as suggested; may be repeated",
    )  # fmt: skip
    one.add_argument(
        "--by", action="append", default=[], metavar="NAME", help="who decided, may be repeated; those who voted when left out"
    )
    one.add_argument("--on", metavar="DAY", help="day of the decision (default: today)")
    one.add_argument("--dry-run", action="store_true", help="show what would change and write nothing")
    add_paths(one)
