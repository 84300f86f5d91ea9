"""What people decided otherwise since an earlier proposal, what they said, and with what the proposal was made."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from slo_workbench.proposal.changed_values import Value, as_ms, as_share, changed_rows, changed_value, changed_values
from slo_workbench.proposal.result_pair import Change, ResultPair, as_written

__all__ = ["changed_data", "changed_decisions", "changed_making", "computed_risks", "is_target_decided"]


_OF_RISKS_COMPUTED = {"bad_minutes_a_year", "budget_share", "chance_share", "is_large", "minutes_each"}
_OWN_TARGET = ("fit", "stated_target")


def is_target_decided(pair: ResultPair) -> bool:
    """Whether the target is the team's own in both results, so that its change is a decision and nothing more."""
    return all(own is not None and own == target for own, target in zip(pair.at(*_OWN_TARGET), pair.at("fit", "target"), strict=True))


def _burns(rate: Any, digits: int) -> str:
    return f"{as_written(float(rate), digits)} times as fast as the budget allows"


_DECIDED = (
    Value(_OWN_TARGET, "the team's own target", as_share),
    Value(("fit", "threshold_ms"), "the threshold", as_ms),
    Value(("fit", "window"), "the window"),
    Value(("fit", "window_days"), "the window in days"),
    Value(("fit", "confidence"), "how sure the promise should be", as_share),
    Value(("ambition",), "the ambition"),
    Value(("status",), "the status"),
    Value(("reason",), "the reason"),
    Value(("owner",), "the owner"),
    Value(("next_review",), "the next review"),
    Value(("journey",), "the journey"),
    Value(("kind",), "the kind of indicator"),
    Value(("specification",), "the specification"),
    Value(("measured_at",), "where it is measured"),
    Value(("valid",), "the condition for what counts"),
    Value(("good",), "the condition for what is good"),
    Value(("promise",), "the promise"),
)
_POLICY = (
    Value(("policy", "agreed_by"), "who agreed to the policy"),
    Value(("policy", "agreed_on"), "the day of the agreement to the policy"),
    Value(("policy", "exempt"), "what is exempt from the policy"),
)


def changed_decisions(pair: ResultPair) -> Iterator[Change]:
    """Give what was decided otherwise: promise, indicator, policy, alerts, risks; who signed, and who does not agree."""
    for value in _DECIDED:
        for change in changed_value(pair, value):
            # where the target is the team's own, this tells of both
            is_both = change.covers == (_OWN_TARGET,) and is_target_decided(pair)
            yield replace(change, covers=(*change.covers, ("fit", "target"))) if is_both else change
    yield from changed_rows(pair, ("policy", "clauses"), row="the policy's clause {}", known_by=["id"], says=["action"],
                            writes={"budget_spent": lambda share, digits: str(share)})  # fmt: skip
    for value in _POLICY:
        yield from changed_value(pair, value)
    yield from changed_rows(
        pair, ("alerts", "tiers"), row="the alert tier {}", known_by=["id"], says=["severity"],
        writes={"burn_rate": _burns, "budget_spent_share": as_share},
    )  # fmt: skip
    yield from (change for change in changed_risks(pair) if not _is_computed(change))
    yield from changed_rows(
        pair, ("signatures", "valid"), row="the signature of {}", known_by=["participant"], says=["role", "decision", "note"]
    )
    yield from changed_rows(
        pair, ("signatures", "outdated"), row="the signature for an earlier version, of {},", known_by=["participant"], says=["changes"]
    )
    yield from changed_rows(
        pair, ("signatures", "left_out"), row="the file {}, left out of the signatures,", known_by=["file"], says=["message"]
    )
    yield from changed_rows(pair, ("dissent",), row="the dissent of {}", known_by=["by", "about"], says=["text"])
    yield from changed_rows(pair, ("reviews",), row="the review of {}", known_by=["date"], says=["findings", "decisions"])


def changed_risks(pair: ResultPair) -> Iterator[Change]:
    """Give what changed of each risk, decided or worked out."""
    yield from changed_rows(
        pair, ("risks", "by_risk"), row="the risk {}", known_by=["id"], says=["title"],
        writes=dict.fromkeys(("users_hit_share", "budget_share", "chance_share"), as_share),
    )  # fmt: skip


def computed_risks(pair: ResultPair) -> Iterator[Change]:
    """Give the risks that people left as they were, and that weigh otherwise all the same."""
    yield from filter(_is_computed, changed_risks(pair))


def _is_computed(change: Change) -> bool:
    if not (isinstance(change.before, dict) and isinstance(change.now, dict)):
        return False
    return {str(steps[0]) for steps in ResultPair(change.before, change.now).changed} <= _OF_RISKS_COMPUTED


def changed_data(pair: ResultPair) -> Iterator[Change]:
    """Give what changed of the data: where it comes from, its span, rows, files."""
    for value in (
        Value(("source", "name"), "the source"),
        Value(("source", "format"), "the format"),
        Value(("source", "resolution_minutes"), "the distance of counts in minutes"),
    ):
        yield from changed_value(pair, value)
    yield from changed_values(
        pair, "the span", [Value(("source", "first_time"), "first"), Value(("source", "last_time"), "last")]
    )  # fmt: skip
    names = {"n_rows_read": "read", "n_rows_used": "used", "n_rows_refused": "refused", "n_rows_left_out": "left out"}
    yield from changed_values(pair, "the rows", [Value(("source", key), name) for key, name in names.items()])
    reasons = sorted({name for part in pair.at("source", "refused") for name in part or {}})
    yield from changed_values(pair, "why rows were refused", [Value(("source", "refused", name), f"“{name}”") for name in reasons])
    yield from changed_rows(
        pair, ("source", "files"), row="the file {}", known_by=["name"], says=["sha256"],
        writes={"n_bytes": lambda n, digits: f"{n:,} bytes"},
    )  # fmt: skip
    old, new = (len(rows or []) for rows in pair.at("gaps"))
    if old != new:
        yield Change("gaps", f"The stretches without data were {old:,} and are {new:,} now.", old, new, ())


def changed_making(pair: ResultPair) -> Iterator[Change]:
    """Give what changed of the code and of everything else with which a proposal is made."""
    for value in (
        Value(("code_version",), "the code that made the page"),
        Value(("package_version",), "the slo-workbench that counted"),
        Value(("engine",), "the engine that counted"),
        Value(("seed",), "the seed", lambda seed, digits: str(seed)),
        Value(("language",), "the language"),
        Value(("workbook_sha256",), "the SHA-256 of the workbook's file"),
        Value(("result_version",), "the form of result.json"),
    ):
        yield from changed_value(pair, value)
    names = sorted({name for part in pair.at("versions") for name in part or {}})
    yield from changed_values(pair, "versions", [Value(("versions", name), name) for name in names])
