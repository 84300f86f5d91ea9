"""The arguments of the command that writes proposals."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

__all__ = ["add_proposal_commands"]

Command = Callable[[str, str, str], argparse.ArgumentParser]


def add_proposal_commands(
    command: Command, add_paths: Callable[[argparse.ArgumentParser], None], seed: Callable[[str], int], default_seed: int
) -> None:
    """Add the command; `command` makes one of a name, a summary and an example, `add_paths` adds how sources are read."""
    one = command(
        "propose",
        "write a proposal for every objective of a workbook; only what has changed is written again",
        "slo-workbench propose data/stagedoor/workbook.yaml --out proposals --only buy-latency-28d\n"
        "  slo-workbench propose shop/workbook.yaml --out proposals --template own.ipynb --parameter draft=true --as-of 2026-05-04",
    )
    one.add_argument("workbook", type=Path)
    one.add_argument("--out", type=Path, required=True, help="folder for the proposals")
    one.add_argument("--only", action="append", default=[], metavar="ID", help="only this objective; may be repeated")
    one.add_argument("--jobs", type=int, metavar="N", help="how many are written at once (default: one a core, at most four)")
    one.add_argument("--force", action="store_true", help="write also what would come out the same, and count the requests again")
    one.add_argument("--format", metavar="NAMES", help="html, pdf, notebook, json, separated by commas (default: html,notebook,json)")
    one.add_argument("--as-of", metavar="DAY", help="the day the proposals are made, such as 2026-05-04 (default: today)")
    one.add_argument(
        "--against", type=Path, metavar="OLD", help="tell what changed since: result.json of an earlier proposal, or a folder of proposals"
    )
    one.add_argument("--template", type=Path, metavar="NOTEBOOK", help="the team's own notebook, in the place of the one that comes along")
    one.add_argument(
        "--parameter", action="append", default=[], metavar="NAME=VALUE", help="a parameter of that notebook's own; may be repeated"
    )
    one.add_argument("--seed", type=seed, default=default_seed, help=f"seed of every draw (default: {default_seed})")
    add_paths(one)
