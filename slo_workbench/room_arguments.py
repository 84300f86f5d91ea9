"""The arguments of the commands for a room of people: silent estimates and signatures."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

__all__ = ["add_room_commands"]

_EXAMPLE = "data/stagedoor/workbook.yaml"
Command = Callable[[str, str, str], argparse.ArgumentParser]
AddPaths = Callable[[argparse.ArgumentParser], None]


def add_room_commands(command: Command, add_paths: AddPaths) -> None:
    """Add the commands; `command` makes one of a name, a summary and an example. None of them opens a source."""
    _add_estimate(command)
    _add_sign(command)


def _add_estimate(command: Command) -> None:
    one = command(
        "estimate", "answer a question with a number silently, before the others' answers are seen",
        f"slo-workbench estimate {_EXAMPLE} buy-too-slow --by developer --value 3s && "
        f"slo-workbench estimate {_EXAMPLE} buy-too-slow --reveal",
    )  # fmt: skip
    one.add_argument("workbook", type=Path)
    one.add_argument("question", nargs="?", help="short name of the question, as the room agreed, such as buy-too-slow; all when left out")
    one.add_argument(
        "--value", metavar="NUMBER", help="300ms, 1.5s, 99.9%%, or a plain number with --unit; without, tells who has answered"
    )
    one.add_argument("--unit", choices=("share", "ms", "count", "money"), help="what a plain number is; at the reveal: which unit counts")
    one.add_argument("--by", metavar="NAME", help="who answers")
    one.add_argument("--role", default="", help="in which role")
    one.add_argument("--reason", default="", metavar="TEXT", help="why; read at the reveal")
    end = one.add_mutually_exclusive_group()
    end.add_argument("--reveal", action="store_true", help="reveal all answers together, and who should speak first")
    end.add_argument("--reopen", action="store_true", help="put the reveal aside, so that people can answer again")


def _add_sign(command: Command) -> None:
    one = command(
        "sign", "sign an objective as it stands, or tell who has signed it",
        f"slo-workbench sign {_EXAMPLE} buy-availability-28d --by 'head of product' --role product",
    )  # fmt: skip
    one.add_argument("workbook", type=Path)
    one.add_argument("objective", help="id of the objective")
    one.add_argument("--by", metavar="NAME", help="who signs; without, tells who has signed")
    one.add_argument("--role", default="", help="for whom: product, engineering, operations, business, or in your own words")
    one.add_argument("--disagree", action="store_true", help="put on record that you do not agree")
    one.add_argument("--note", default="", metavar="TEXT", help="what you add, such as why")
