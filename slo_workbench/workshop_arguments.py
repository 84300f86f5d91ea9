"""The arguments of the commands about workshops: the folder to start from, and JupyterLab on it."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

__all__ = ["add_workshop_commands"]

Command = Callable[[str, str, str], argparse.ArgumentParser]


def add_workshop_commands(command: Command) -> None:
    """Add the commands; `command` makes one of a name, a summary and an example."""
    _add_start(command)
    _add_lab(command)


def _add_start(command: Command) -> None:
    one = command(
        "start",
        "make a workshop's folder: notebooks, an agenda, and a workbook to fill in",
        "slo-workbench start shop --example\n"
        "  slo-workbench start shop --participant developer --participant 'on call=operations'\n"
        "  slo-workbench start shop-notes --edition facilitator --workbook shop/workbook.yaml",
    )
    one.add_argument("folder", type=Path, help="folder to make")
    one.add_argument("--example", action="store_true", help="start from the worked example, with its request data")
    one.add_argument(
        "--edition",
        default="participant",
        metavar="NAME",
        help="participant, or facilitator: with notes, prompts for every role, and answers unfolded (default: participant)",
    )
    one.add_argument(
        "--agenda", default="90min", metavar="NAME", help="the agenda that comes first: 90min, half-day or day (default: 90min)"
    )
    one.add_argument(
        "--workbook", type=Path, metavar="FILE", help="a workbook elsewhere to speak about, such as the room's; none is written then"
    )
    one.add_argument(
        "--participant",
        action="append",
        default=[],
        metavar="NAME[=ROLE]",
        help="give somebody a page of their own for silent votes, estimates and a signature; once for each",
    )


def _add_lab(command: Command) -> None:
    one = command(
        "lab",
        "open JupyterLab on a workshop's folder, on this machine only",
        "slo-workbench lab shop\n  slo-workbench lab shop --port 8899 --no-browser\n  slo-workbench lab shop --together --ip 0.0.0.0",
    )
    one.add_argument("folder", type=Path, help="a folder made by slo-workbench start")
    one.add_argument("--port", type=_port, metavar="N", help="port to begin with; the next free one is taken (default: 8888)")
    one.add_argument(
        "--ip", default="127.0.0.1", metavar="ADDRESS", help="address to listen on; 0.0.0.0 lets others in (default: 127.0.0.1)"
    )
    one.add_argument("--no-browser", action="store_true", help="print the address instead of opening a browser")
    one.add_argument("--trust-urls", action="store_true", help="let notebooks ask the databases and Prometheus that the workbook names")
    one.add_argument("--together", action="store_true", help="several people edit one notebook at once; needs the extra 'collaboration'")


def _port(text: str) -> int:
    number = int(text)
    if not 1 <= number <= 65_535:
        raise argparse.ArgumentTypeError("a port lies between 1 and 65535")
    return number
