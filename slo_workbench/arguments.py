"""The arguments of the command line: what each command takes, with an example that runs.

Values are read here too where they are more than text.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from slo_workbench import __version__
from slo_workbench.errors import UnusableValue
from slo_workbench.journey_arguments import add_journey_commands
from slo_workbench.promise_arguments import add_promise_commands
from slo_workbench.proposal_arguments import add_proposal_commands
from slo_workbench.room_arguments import add_room_commands
from slo_workbench.workshop_arguments import add_workshop_commands

__all__ = ["DEFAULT_SEED", "build_parser", "read_day", "read_pairs", "read_places", "trusted_places"]

DEFAULT_SEED = 20260302


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command line; ``command`` of its result names the command."""
    parser = argparse.ArgumentParser(
        prog="slo-workbench",
        description="Design service level objectives from user journeys and request history.",
        epilog="example:\n  slo-workbench start shop --example && slo-workbench lab shop\n\nexit status: 0 good, 1 findings, 2 wrong usage",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"slo-workbench {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    add_workshop_commands(lambda name, summary, example: _command(commands, name, summary, example))
    for add in (_add_check, _add_schema, _add_sample, _add_reduce, _add_users, _add_fit):
        add(commands)
    add_proposal_commands(lambda name, summary, example: _command(commands, name, summary, example), _add_paths, _seed, DEFAULT_SEED)
    for add_all in (add_journey_commands, add_promise_commands, add_room_commands):
        add_all(lambda name, summary, example: _command(commands, name, summary, example), _add_paths)
    return parser


def _seed(text: str) -> int:
    number = int(text)
    if number < 0:
        raise argparse.ArgumentTypeError("a seed is 0 or more")
    return number


def _weeks(text: str) -> int:
    number = int(text)
    if not 1 <= number <= 520:
        raise argparse.ArgumentTypeError("between 1 and 520 weeks")
    return number


def _command(commands: Any, name: str, summary: str, example: str) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = commands.add_parser(
        name, help=summary, description=summary[0].upper() + summary[1:] + ".", epilog=f"example:\n  {example}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    command.set_defaults(command=name)
    command.add_argument("--debug", action="store_true", help="show where an error came from")
    return command


def _add_check(commands: Any) -> None:
    command = _command(commands, "check", "check a workbook and the data it names", "slo-workbench check data/stagedoor/workbook.yaml")
    command.add_argument("workbook", type=Path)
    command.add_argument("--no-data", action="store_true", help="look at the document only; open no source")
    command.add_argument("--as-of", metavar="DAY", help="the day to judge reviews from, such as 2026-05-04 (default: today)")
    _add_paths(command)


def _add_schema(commands: Any) -> None:
    command = _command(
        commands,
        "schema",
        "print the JSON Schema of workbook.yaml, for editors, or of a proposal's result.json",
        "slo-workbench schema --out workbook.schema.json\n  slo-workbench schema --result --out result.schema.json",
    )
    command.add_argument("--result", action="store_true", help="the schema of result.json, for programs that read proposals")
    command.add_argument("--out", type=Path, help="file to write instead of printing")


def _add_sample(commands: Any) -> None:
    command = _command(commands, "sample", "make the requests of the worked example again", "slo-workbench sample --out data/stagedoor")
    command.add_argument("--out", type=Path, required=True, help="folder for the files")
    command.add_argument("--weeks", type=_weeks, default=8, help="whole weeks to make (default: 8)")
    command.add_argument("--scale", type=float, default=1.0, help="how many times the usual traffic (default: 1)")
    command.add_argument("--seed", type=_seed, default=DEFAULT_SEED, help=f"seed of every draw (default: {DEFAULT_SEED})")


def _add_reduce(commands: Any) -> None:
    command = _command(
        commands, "reduce", "count requests into a History, without a workbook",
        "slo-workbench reduce access.log --valid \"method <> 'HEAD'\" --good 'status < 500' --out history",
    )  # fmt: skip
    command.add_argument("source", nargs="+", help="file, pattern, folder of Parquet files, or URL: see docs/engines.md")
    command.add_argument("--valid", required=True, metavar="EXPR", help="which rows count; or the column of valid events")
    command.add_argument("--good", metavar="EXPR", help="which of them are good; or the column of good events")
    command.add_argument("--threshold-ms", type=float, nargs="+", default=[], metavar="N", help="thresholds of latency_ms; one ratio each")
    command.add_argument("--id", default="sli", help="name of the indicator (default: sli)")
    command.add_argument("--out", type=Path, required=True, help="folder for the History")
    prometheus = command.add_argument_group("for a Prometheus (http://…), where valid and good are selectors of counters")
    prometheus.add_argument("--since", metavar="DAY", help="first day, as 2026-03-02, UTC")
    prometheus.add_argument("--until", metavar="DAY", help="day after the last, UTC")
    prometheus.add_argument("--histogram", metavar="SELECTOR", help="histogram of good events, without _bucket, instead of --good")
    command.add_argument("--append", action="store_true", help="add to the History that lies there, such as a new day")
    _add_reading(command)


def _add_users(commands: Any) -> None:
    command = _command(
        commands, "users", "how the service was for users: user-uptime, its worst windows, and what they do after a bad request",
        "slo-workbench users data/stagedoor/requests.parquet --valid \"route <> '/health'\" --good 'status < 500' --cutoff-minutes 30",
    )  # fmt: skip
    command.add_argument("source", help="file, pattern, folder of Parquet files, or URL, of requests with a user")
    command.add_argument("--valid", required=True, metavar="EXPR", help="which rows count")
    command.add_argument("--good", required=True, metavar="EXPR", help="which of them are good")
    command.add_argument("--threshold-ms", type=float, metavar="N", help="an event must be good within it")
    command.add_argument("--cutoff-minutes", type=float, default=30.0, help="after a longer pause a user was away (default: 30)")
    command.add_argument("--within-minutes", type=float, default=60.0, help="how soon after an event a purchase counts (default: 60)")
    command.add_argument("--seed", type=_seed, default=DEFAULT_SEED, help=f"seed of every draw (default: {DEFAULT_SEED})")
    _add_reading(command)


def _add_fit(commands: Any) -> None:
    command = _command(
        commands, "fit", "fit a target on a History or on a file of counts",
        "slo-workbench fit proposals/stagedoor/_history --indicator buy-availability --window 28d --confidence 0.9 --json",
    )  # fmt: skip
    command.add_argument("source", help="History folder, or a file with the columns time (or day), valid, good")
    command.add_argument("--window", default="28d", help="28d, 4w, week, month or quarter (default: 28d)")
    command.add_argument("--confidence", default="0.9", help="share of windows that should keep the target (default: 0.9)")
    command.add_argument("--indicator", help="which indicator of the History; not needed when there is one")
    command.add_argument("--threshold-ms", type=float, help="which of its thresholds; not needed when there is one")
    command.add_argument(
        "--pool", nargs="+", default=[], metavar="PLACE", help="the team's other services: folders of Histories, files of daily counts"
    )
    command.add_argument("--zone-of-days", default="UTC", metavar="ZONE", help="IANA zone in which days are cut (default: UTC)")
    command.add_argument("--seed", type=_seed, default=DEFAULT_SEED, help=f"seed of every draw (default: {DEFAULT_SEED})")
    command.add_argument("--json", action="store_true", help="print JSON for other programs")
    _add_reading(command)


def _add_paths(command: argparse.ArgumentParser) -> None:
    command.add_argument("--trust-urls", action="store_true", help="ask the servers that the workbook names")
    command.add_argument(
        "--source",
        action="append",
        default=[],
        metavar="NAME=PLACE",
        help="read this file or URL for a source of the workbook; may be repeated",
    )


def _add_reading(command: argparse.ArgumentParser) -> None:
    reading = command.add_argument_group("how to read the source")
    reading.add_argument("--format", default="auto", help="name of the format, see docs/data.md (default: recognised)")
    reading.add_argument("--log-format", metavar="TEXT", help="nginx's log_format, for logs written with it")
    reading.add_argument(
        "--map", action="append", default=[], metavar="NAME=COLUMN,…", help="canonical names to columns: time=ts,latency_ms=took"
    )
    reading.add_argument("--where", metavar="EXPR", help="only rows for which this is true")
    reading.add_argument("--time-zone", metavar="ZONE", help="IANA zone of times that carry none")


def read_pairs(items: Sequence[str], option: str) -> dict[str, str]:
    """Read NAME=VALUE, several separated by commas outside parentheses and quotes."""
    pairs: dict[str, str] = {}
    for item in items:
        for part in _split_outside(item):
            name, equals, value = part.partition("=")
            if not equals or not name.strip() or not value.strip():
                raise UnusableValue(f"{option} takes NAME=VALUE, not {part!r}")
            pairs[name.strip()] = value.strip()
    return pairs


def read_places(items: Sequence[str]) -> dict[str, str]:
    """Read NAME=PLACE, one an item: a place may hold commas."""
    places = {}
    for item in items:
        name, equals, place = item.partition("=")
        if not equals or not name.strip() or not place.strip():
            raise UnusableValue(f"--source takes NAME=PATH or NAME=URL, not {item!r}")
        places[name.strip()] = place.strip()
    return places


def read_day(text: str | None) -> date:
    """Read a day such as 2026-05-04; today where none is given."""
    if text is None:
        return datetime.now().astimezone().date()
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UnusableValue(f"a day is written as 2026-05-04, not {text!r}") from None


def trusted_places(given: argparse.Namespace, workbook: Any) -> dict[str, str]:
    """Return the places the user gave for sources, and with --trust-urls the servers the workbook names."""
    trusted = {name: source.url for name, source in workbook.sources.items() if source.url and not source.url.lower().startswith("sqlite:")}
    return {**(trusted if given.trust_urls else {}), **read_places(given.source)}


def _split_outside(text: str) -> list[str]:
    parts, depth, quoted = [""], 0, False
    for char in text:
        quoted ^= char == "'"
        depth += 0 if quoted else (char == "(") - (char == ")")
        if char == "," and depth <= 0 and not quoted:
            parts.append("")
        else:
            parts[-1] += char
    return parts
