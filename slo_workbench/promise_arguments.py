"""The arguments of the commands about promises: budget, alerts, policy, and the files of other tools."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

__all__ = ["EXPORT_FORMATS", "add_promise_commands"]

_EXAMPLE = "data/stagedoor/workbook.yaml"
EXPORT_FORMATS = ("prometheus", "prometheus-operator", "sloth", "pyrra", "openslo", "slo-generator", "grafana")
Command = Callable[[str, str, str], argparse.ArgumentParser]
AddPaths = Callable[[argparse.ArgumentParser], None]


def add_promise_commands(command: Command, add_paths: AddPaths) -> None:
    """Add the commands; `command` makes one of a name, a summary and an example, `add_paths` adds where sources lie."""
    _add_budget(command, add_paths)
    _add_outage(command)
    _add_policy(command, add_paths)
    _add_alerts(command, add_paths)
    _add_export(command)
    _add_import(command)


def _objective(one: argparse.ArgumentParser) -> None:
    one.add_argument("workbook", type=Path)
    one.add_argument("objective", help="id of the objective")
    one.add_argument("--target", help="instead of the objective's own, such as 99.5%%")


def _add_budget(command: Command, add_paths: AddPaths) -> None:
    one = command(
        "budget",
        "tell what was spent of an error budget, by what, and how long it lasts",
        f"slo-workbench budget {_EXAMPLE} buy-availability-28d",
    )
    _objective(one)
    one.add_argument("--group-by", metavar="COLUMN", help="who or what spent it, by the values of a column such as client or status")
    one.add_argument("--tickets", type=Path, metavar="FILE", help="days with numbers of support tickets: does the budget move with them")
    one.add_argument("--out", type=Path, metavar="FILE", help="write the burn-down as a picture, .png or .svg")
    add_paths(one)


def _add_outage(command: Command) -> None:
    one = command(
        "outage", "calculate between targets, minutes of outage and bad events", "slo-workbench outage 99.9% --window 28d --valid 500000"
    )
    one.add_argument("target", nargs="?", help="such as 99.9%%; left out, it is worked out from --minutes or --bad")
    one.add_argument("--window", default="28d", help="28d, 4w, week, month or quarter (default: 28d)")
    one.add_argument("--valid", type=float, metavar="N", help="valid events in the window")
    one.add_argument("--minutes", type=float, metavar="M", help="minutes of full outage that should be allowed")
    one.add_argument("--bad", type=float, metavar="N", help="bad events that should be allowed, with --valid")


def _add_policy(command: Command, add_paths: AddPaths) -> None:
    one = command(
        "policy",
        "replay the error budget policy on the history",
        f"slo-workbench policy {_EXAMPLE} buy-availability-28d --targets 99% 99.5%",
    )
    one.add_argument("workbook", type=Path, nargs="?")
    one.add_argument("objective", nargs="?", help="id of the objective")
    one.add_argument("--targets", nargs="+", default=[], metavar="TARGET", help="further targets to replay it under")
    one.add_argument("--examples", action="store_true", help="print policies to start from, as YAML")
    one.add_argument("--out", type=Path, metavar="FILE", help="write the days in force as a picture, .png or .svg")
    add_paths(one)


def _add_alerts(command: Command, add_paths: AddPaths) -> None:
    one = command(
        "alerts", "replay alerts on the history: how often they call, how soon, and how often for nothing",
        f"slo-workbench alerts {_EXAMPLE} buy-availability-28d --incidents data/stagedoor/incidents.csv",
    )  # fmt: skip
    _objective(one)
    one.add_argument(
        "--incidents",
        type=Path,
        metavar="FILE",
        help="what really happened: CSV or JSON with start, end, title, journeys; else found in the data",
    )
    one.add_argument("--slack-minutes", type=int, default=30, help="how far off the times of the list may be (default: 30)")
    one.add_argument(
        "--compare", action="store_true", help="put sets of tiers side by side: the workbook's, the presets, pages alone, each tier alone"
    )
    one.add_argument(
        "--simulate", action="store_true", help="constant outages from 0.1 to 100 %%: when would it be found, when would it stop calling"
    )
    add_paths(one)


def _add_export(command: Command) -> None:
    one = command(
        "export", "write the files that other tools run", f"slo-workbench export {_EXAMPLE} --format prometheus grafana --out rules"
    )
    one.add_argument("workbook", type=Path)
    one.add_argument("--format", nargs="+", required=True, metavar="FORMAT", help=f"one or more of {', '.join(EXPORT_FORMATS)}, or all")
    one.add_argument("--out", type=Path, required=True, help="folder for the files")


def _add_import(command: Command) -> None:
    one = command("import", "make a workbook of an OpenSLO, Sloth or Pyrra file", "slo-workbench import slos.yaml --out shop/workbook.yaml")
    one.add_argument("file", type=Path)
    one.add_argument("--format", choices=("openslo", "sloth", "pyrra"), help="what it is (default: recognised)")
    one.add_argument("--out", type=Path, required=True, help="the new workbook; what is there already is never overwritten")
