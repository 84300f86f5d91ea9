"""The command ``slo-workbench``: the only place that catches everything.

Exit status: 0 good, 1 findings, 2 wrong usage.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

from slo_workbench import __version__
from slo_workbench.document.findings import Finding, FindingsError, is_clean, render_findings
from slo_workbench.errors import SloWorkbenchError, UnusableValue

__all__ = ["main"]

GOOD, FOUND, USAGE = 0, 1, 2
DEFAULT_SEED = 20260302


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status."""
    parser = _parser()
    given = parser.parse_args(arguments)
    try:
        return int(given.run(given))
    except FindingsError as error:
        print(render_findings(error.findings), file=sys.stderr)
    except UnusableValue as error:
        print(f"slo-workbench: {error}", file=sys.stderr)
        return USAGE
    except SloWorkbenchError as error:
        print(f"slo-workbench: {error}", file=sys.stderr)
    except KeyboardInterrupt:
        print("slo-workbench: stopped; what was there before is as it was", file=sys.stderr)
        return 130
    except BrokenPipeError:
        sys.stderr.close()
    except OSError as error:
        print(f"slo-workbench: {error.strerror or error}{': ' + str(error.filename) if error.filename else ''}", file=sys.stderr)
    except Exception as error:
        if given.debug:
            raise
        print(f"slo-workbench: {type(error).__name__}: {error} (run again with --debug to see where)", file=sys.stderr)
    if given.debug:
        import traceback

        traceback.print_exc()
    return FOUND


# ---------------------------------------------------------------------------------------------- arguments


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="slo-workbench",
        description="Design service level objectives from user journeys and request history.",
        epilog="example:\n  slo-workbench start shop && slo-workbench check shop/workbook.yaml\n\n"
        "exit status: 0 good, 1 findings, 2 wrong usage",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"slo-workbench {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for add in (_add_start, _add_check, _add_schema, _add_sample, _add_reduce, _add_fit, _add_propose):
        add(commands)
    return parser


def _command(commands: Any, name: str, run: Callable[[argparse.Namespace], int], summary: str, example: str) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = commands.add_parser(
        name, help=summary, description=summary[0].upper() + summary[1:] + ".", epilog=f"example:\n  {example}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    command.set_defaults(run=run)
    command.add_argument("--debug", action="store_true", help="show where an error came from")
    return command


def _add_start(commands: Any) -> None:
    command = _command(commands, "start", _start, "make a folder with a workbook to fill in", "slo-workbench start shop --example")
    command.add_argument("folder", type=Path, help="folder to make")
    command.add_argument("--example", action="store_true", help="start from the worked example, with its request data")


def _add_check(commands: Any) -> None:
    command = _command(commands, "check", _check, "check a workbook and the data it names", "slo-workbench check shop/workbook.yaml")
    command.add_argument("workbook", type=Path)
    command.add_argument("--no-data", action="store_true", help="look at the document only; open no source")
    _add_paths(command)


def _add_schema(commands: Any) -> None:
    command = _command(
        commands,
        "schema",
        _schema,
        "print the JSON Schema of workbook.yaml, for editors",
        "slo-workbench schema --out workbook.schema.json",
    )
    command.add_argument("--out", type=Path, help="file to write instead of printing")


def _add_sample(commands: Any) -> None:
    command = _command(
        commands, "sample", _sample, "make the requests of the worked example again", "slo-workbench sample --out data/stagedoor"
    )
    command.add_argument("--out", type=Path, required=True, help="folder for the files")
    command.add_argument("--weeks", type=int, default=8, help="whole weeks to make (default: 8)")
    command.add_argument("--scale", type=float, default=1.0, help="how many times the usual traffic (default: 1)")
    command.add_argument("--seed", type=int, default=DEFAULT_SEED, help=f"seed of every draw (default: {DEFAULT_SEED})")


def _add_reduce(commands: Any) -> None:
    command = _command(
        commands, "reduce", _reduce, "count requests into a History, without a workbook",
        "slo-workbench reduce access.log --valid \"method <> 'HEAD'\" --good 'status < 500' --out history",
    )  # fmt: skip
    command.add_argument("source", type=Path, nargs="+", help="file, pattern, or folder of Parquet files")
    command.add_argument("--valid", required=True, metavar="EXPR", help="which rows count; or the column of valid events")
    command.add_argument("--good", required=True, metavar="EXPR", help="which of them are good; or the column of good events")
    command.add_argument("--threshold-ms", type=float, nargs="+", default=[], metavar="N", help="thresholds of latency_ms; one ratio each")
    command.add_argument("--id", default="sli", help="name of the indicator (default: sli)")
    command.add_argument("--out", type=Path, required=True, help="folder for the History")
    _add_reading(command)


def _add_fit(commands: Any) -> None:
    command = _command(
        commands, "fit", _fit, "fit a target on a History or on a file of counts",
        "slo-workbench fit counts.csv --window 28d --confidence 0.9 --json",
    )  # fmt: skip
    command.add_argument("source", type=Path, help="History folder, or a file with the columns time (or day), valid, good")
    command.add_argument("--window", default="28d", help="28d, 4w, week, month or quarter (default: 28d)")
    command.add_argument("--confidence", default="0.9", help="share of windows that should keep the target (default: 0.9)")
    command.add_argument("--indicator", help="which indicator of the History; not needed when there is one")
    command.add_argument("--threshold-ms", type=float, help="which of its thresholds; not needed when there is one")
    command.add_argument("--zone-of-days", default="UTC", metavar="ZONE", help="IANA zone in which days are cut (default: UTC)")
    command.add_argument("--seed", type=int, default=DEFAULT_SEED, help=f"seed of every draw (default: {DEFAULT_SEED})")
    command.add_argument("--json", action="store_true", help="print JSON for other programs")
    _add_reading(command)


def _add_propose(commands: Any) -> None:
    command = _command(
        commands, "propose", _propose, "write a proposal for every objective of a workbook",
        "slo-workbench propose shop/workbook.yaml --out proposals --only checkout-28d",
    )  # fmt: skip
    command.add_argument("workbook", type=Path)
    command.add_argument("--out", type=Path, required=True, help="folder for the proposals")
    command.add_argument("--only", action="append", default=[], metavar="ID", help="only this objective; may be repeated")
    command.add_argument("--jobs", type=int, help="worker processes (default: one a core, at most four)")
    command.add_argument("--seed", type=int, default=DEFAULT_SEED, help=f"seed of every draw (default: {DEFAULT_SEED})")
    _add_paths(command)


def _add_paths(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--source", action="append", default=[], metavar="NAME=PATH", help="read this file for a source of the workbook; may be repeated"
    )


def _add_reading(command: argparse.ArgumentParser) -> None:
    reading = command.add_argument_group("how to read the source")
    reading.add_argument("--format", default="auto", help="parquet, csv, jsonl or access_log (default: recognised)")
    reading.add_argument(
        "--map", action="append", default=[], metavar="NAME=COLUMN,…", help="canonical names to columns: time=ts,latency_ms=took"
    )
    reading.add_argument("--where", metavar="EXPR", help="only rows for which this is true")
    reading.add_argument("--time-zone", metavar="ZONE", help="IANA zone of times that carry none")


def _pairs(items: Sequence[str], option: str) -> dict[str, str]:
    """Read NAME=VALUE, several separated by commas outside parentheses and quotes."""
    pairs: dict[str, str] = {}
    for item in items:
        for part in _split_outside(item):
            name, equals, value = part.partition("=")
            if not equals or not name.strip() or not value.strip():
                raise UnusableValue(f"{option} takes NAME=VALUE, not {part!r}")
            pairs[name.strip()] = value.strip()
    return pairs


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


# ----------------------------------------------------------------------------------------------- commands


def _start(given: argparse.Namespace) -> int:
    from slo_workbench.start import write_start_folder

    for path in write_start_folder(given.folder, example=given.example):
        print(f"wrote {path}")
    print(f"next: slo-workbench check {given.folder / 'workbook.yaml'}")
    return GOOD


def _check(given: argparse.Namespace) -> int:
    from slo_workbench.document import check_workbook, has_errors
    from slo_workbench.history.from_workbook import check_data, check_expressions

    checked = check_workbook(given.workbook)
    findings = list(checked.findings)
    if checked.workbook is not None:
        later = list(check_expressions(checked.workbook))
        if not given.no_data and not has_errors([*findings, *later]):
            with _progress("opening sources"):
                later += check_data(checked.workbook, given.workbook.parent, paths=_paths(given))
        findings += [_placed(found, checked, given.workbook) for found in later]
    print(render_findings(findings, source_lines=checked.lines))
    return GOOD if is_clean(findings) else FOUND


def _placed(found: Finding, checked: Any, file: Path) -> Finding:
    place = checked.position_of(found.where) if found.where and found.line is None else None
    return found if place is None else found.at(file=str(file), line=place[0], column=place[1])


def _schema(given: argparse.Namespace) -> int:
    from slo_workbench.atomic_files import replace_text
    from slo_workbench.document import schema_text

    if given.out is None:
        print(schema_text(), end="")
    else:
        replace_text(given.out, schema_text())
        print(f"wrote {given.out}")
    return GOOD


def _sample(given: argparse.Namespace) -> int:
    from slo_workbench.sample import write_sample

    with _progress(f"making {given.weeks} weeks"):
        made = write_sample(given.out, seed=given.seed, weeks=given.weeks, scale=given.scale)
    size = sum(made.n_bytes.values()) / 1e6
    print(
        f"{made.n_requests:,} requests and {made.n_deliveries:,} deliveries of {made.weeks} weeks, seed {made.seed}: {size:.1f} MB in {made.folder}"
    )
    return GOOD


def _reduce(given: argparse.Namespace) -> int:
    from slo_workbench.history.history import IndicatorQuery, merge_histories
    from slo_workbench.history.quality import gap_findings
    from slo_workbench.history.store import write_history

    query = IndicatorQuery(given.id, "requests", given.valid, given.good, tuple(sorted(given.threshold_ms)))
    with _progress() as tell:
        parts = [_reduce_one(source, given, query, tell) for source in given.source]
        history = merge_histories(parts)
        write_history(history, given.out)
    _print_account(history)
    findings = [*history.findings, *gap_findings(history)]
    print(render_findings(findings))
    print(f"History in {given.out}; next: slo-workbench fit {given.out}")
    return GOOD if is_clean(findings) else FOUND


def _reduce_one(source: Path, given: argparse.Namespace, query: Any, tell: Callable[[str], None]) -> Any:
    from slo_workbench.history.reduce import reduce_requests
    from slo_workbench.sources.engine import connect_engine
    from slo_workbench.sources.open import open_source
    from slo_workbench.sources.rows import SourceRequest

    request = SourceRequest(source, "requests", given.format, _pairs(given.map, "--map"), given.where, given.time_zone)
    with connect_engine() as connection:
        tell(f"{source}: opening")
        return reduce_requests({"requests": open_source(connection, request)}, [query], progress=tell)


def _print_account(history: Any) -> None:
    for source in history.provenance.sources:
        left_out = f" + {source.n_rows_left_out:,} left out by where" if source.n_rows_left_out else ""
        print(
            f"read as {source.format}: {source.n_rows_read:,} rows = {source.n_rows_used:,} used + {source.n_rows_refused:,} refused{left_out}"
        )
        print(f"from {source.first_time} to {source.last_time}")
    for (indicator, threshold), rows in history.series.groupby(["indicator", "threshold_ms"], dropna=False):
        valid, good = int(rows["valid"].sum()), int(rows["good"].sum())
        within = "" if threshold != threshold else f" within {threshold:g} ms"
        print(f"{indicator}: {good:,} good{within} of {valid:,} valid")


def _fit(given: argparse.Namespace) -> int:
    import numpy as np

    from slo_workbench.analysis.assessment import assess
    from slo_workbench.sources.clock import load_zone
    from slo_workbench.units import parse_share, parse_window

    window, confidence = parse_window(given.window), parse_share(given.confidence)
    if not Decimal("0.5") <= confidence <= Decimal("0.999"):
        raise UnusableValue(f"--confidence lies between 0.5 and 0.999, not {confidence}")
    load_zone(given.zone_of_days, where="--zone-of-days")
    history = _history_to_fit(given)
    indicator, threshold_ms = _choose_ratio(history, given.indicator, given.threshold_ms)
    rng = np.random.default_rng(given.seed)
    one = assess(history, indicator, threshold_ms=threshold_ms, window=window, confidence=confidence, rng=rng, time_zone=given.zone_of_days)
    if given.json:
        print(json.dumps({**one.to_json(), "seed": given.seed}, indent=1, ensure_ascii=False, allow_nan=False))
    else:
        _print_assessment(one, given.seed)
    return GOOD if is_clean(one.findings) else FOUND


def _print_assessment(one: Any, seed: int) -> None:
    from slo_workbench.units import format_share

    print(one.history_sentence)
    print(one.sentence)
    if one.fit is not None:
        print(", ".join(f"{name} {format_share(target)}" for name, target in one.fit.suggestions.items()))
        print("\n".join([*one.budget.sentences, *one.fit.reasons]))
    print(f"seed {seed}")
    if one.findings:
        print(render_findings(one.findings))


def _history_to_fit(given: argparse.Namespace) -> Any:
    from slo_workbench.history.history import IndicatorQuery
    from slo_workbench.history.store import is_history_folder, read_history

    if is_history_folder(given.source):
        return read_history(given.source)
    with _progress() as tell:
        return _reduce_one(given.source, given, IndicatorQuery("counts", "requests", "valid", "good"), tell)


def _choose_ratio(history: Any, indicator: str | None, threshold_ms: float | None) -> tuple[str, float | None]:
    from slo_workbench.document.findings import nearest_hint

    known = [query.id for query in history.provenance.indicators]
    if indicator is None and len(known) > 1:
        raise UnusableValue(f"the History counts several indicators; choose one: --indicator {' or '.join(known)}")
    if indicator is not None and indicator not in known:
        raise UnusableValue(f"the History does not count {indicator!r}: {nearest_hint(indicator, known)}")
    query = history.query(indicator or known[0])
    if threshold_ms is None and len(query.thresholds_ms) > 1:
        raise UnusableValue(
            f"{query.id} has several thresholds; choose one: --threshold-ms {' or '.join(f'{t:g}' for t in query.thresholds_ms)}"
        )
    if threshold_ms is not None and threshold_ms not in query.thresholds_ms:
        raise UnusableValue(
            f"{query.id} has no threshold of {threshold_ms:g} ms; there is: {', '.join(f'{t:g}' for t in query.thresholds_ms) or 'none'}"
        )
    return query.id, threshold_ms if threshold_ms is not None else (query.thresholds_ms or (None,))[0]


def _propose(given: argparse.Namespace) -> int:
    from slo_workbench.proposal.run import propose

    if given.jobs is not None and given.jobs < 1:
        raise UnusableValue(f"--jobs is at least 1, not {given.jobs}")
    clean, n_written = True, 0
    with _progress() as tell:
        for written in propose(
            given.workbook, given.out, only=given.only, paths=_paths(given), seed=given.seed, jobs=given.jobs, progress=tell
        ):
            _say(f"{written.line}\n    {written.page}")
            clean, n_written = clean and written.is_clean, n_written + 1
            tell(f"{n_written} written")
    print(f"{n_written} proposals in {given.out}, seed {given.seed}")
    if not clean:
        print("some carry warnings: see 'What to look at' on their pages")
    return GOOD if clean else FOUND


def _paths(given: argparse.Namespace) -> dict[str, Path]:
    return {name: Path(path) for name, path in _pairs(given.source, "--source").items()}


@contextmanager
def _progress(step: str = "") -> Iterator[Callable[[str], None]]:
    """Tell on the terminal what is going on and for how long; say nothing where the output is no terminal."""
    from tqdm import tqdm

    with tqdm(desc=step, bar_format="{desc} ({elapsed})", leave=False, disable=None, file=sys.stderr) as bar:
        yield bar.set_description_str


def _say(line: str) -> None:
    """Print a line while progress is shown."""
    from tqdm import tqdm

    tqdm.write(line, file=sys.stdout)


if __name__ == "__main__":
    sys.exit(main())
