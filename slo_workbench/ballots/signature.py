"""What somebody signs: a promise in a sentence, and a fingerprint of all that it depends on."""

from __future__ import annotations

import hashlib
import json
from datetime import date
from typing import Any, ClassVar, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, Field

from slo_workbench.ballots.room_part import Name, PersonPart, RoomPart, Sha256, UtcTime
from slo_workbench.document.field_types import Confidence, ExactTarget, Identifier, Milliseconds, Part, SloWindow, Text
from slo_workbench.document.model import Indicator, Objective, Policy, Workbook
from slo_workbench.document.sli_menu import SLI_MENU
from slo_workbench.errors import UnusableValue
from slo_workbench.units import format_ms, format_share

__all__ = ["Decision", "Signature", "SignedPromise", "changes_since", "promise_of", "promise_sentence", "promise_sha256"]

Decision = Literal["agree", "disagree"]


class SignedPromise(Part):
    """What a signature stands for: the numbers as they are, the indicator and the policy as fingerprints.

    Parts of the document that change what is promised are in it; who owns the objective, how far it has come, when it is looked at again
    and the wording of its reason are not.
    """

    target: ExactTarget = Field(description="The share that is promised.")
    window: SloWindow = Field(description="Over which time.")
    threshold_ms: Milliseconds | None = Field(default=None, description="Within how many milliseconds, where the indicator has thresholds.")
    ambition: Literal["achievable", "aspirational"] = Field(description="Whether it is a promise or an aim.")
    confidence: Confidence = Field(description="How sure the promise should be.")
    journey: Identifier = Field(description="Id of the journey.")
    indicator: Identifier = Field(description="Id of the indicator.")
    indicator_sha256: Sha256 = Field(description="Fingerprint of the indicator: its kind, words, place, source and predicates.")
    policy_sha256: Sha256 = Field(description="Fingerprint of the clauses of the error budget policy.")


class _ObjectivePart(RoomPart):
    TOPIC: ClassVar[str] = "objective"
    FOLDER: ClassVar[str] = "signatures"

    objective: Identifier = Field(description="Id of the objective in the workbook.")


class Signature(PersonPart, _ObjectivePart):
    """One person's signature, or their word that they do not agree, under an objective."""

    NOUN: ClassVar[str] = "a signature"
    INNER: ClassVar[type[BaseModel] | None] = SignedPromise

    role: Name = Field(
        description="For whom they sign: product, engineering (or development), operations, business, or in their own words."
    )
    decision: Decision = Field(description="agree, or disagree.")
    note: Text = Field(default="", description="What they add, such as why they do not agree.")
    signed_at: UtcTime = Field(description="When, with the zone; kept as UTC.")
    sentence: Text = Field(description="The promise as it was signed.")
    sha256: Sha256 = Field(description="Fingerprint of all that the promise depends on.")
    signed: SignedPromise = Field(description="What was signed, so that a later change can be told.")

    def day_in(self, time_zone: str) -> date:
        """Return the day on which it was signed, as an IANA zone has it."""
        return self.signed_at.astimezone(ZoneInfo(time_zone)).date()


def promise_of(workbook: Workbook, objective: Objective) -> SignedPromise:
    """Give what a signature under an objective stands for now.

    Raises
    ------
    UnusableValue
        When the objective has no target: there is nothing to sign.

    Examples
    --------
    >>> from slo_workbench.document.yaml_file import check_text
    >>> shop = check_text('''
    ... service: {name: shop}
    ... sources: {logs: {path: logs.csv}}
    ... journeys: [{id: buy, name: Buy}]
    ... indicators:
    ...   - {id: fast, journey: buy, kind: latency, specification: Fast answers., measured_at: server_log, source: logs,
    ...      valid: "true", good: "status < 500", thresholds_ms: [300]}
    ... objectives: [{id: fast-28d, indicator: fast, target: 99.9%}]
    ... ''').workbook
    >>> promise = promise_of(shop, shop.objective("fast-28d"))
    >>> promise.target, promise.threshold_ms
    (Decimal('0.999'), 300.0)
    >>> print(promise_sentence(shop, shop.objective("fast-28d")))
    Over 28 days, 99.9 % of valid requests of the journey “Buy” are good within 300 ms.
    """
    if objective.target is None:
        hint = (
            f"decide on one and write it into the workbook, such as target: 99.5%; slo-workbench propose --only {objective.id} suggests one"
        )
        raise UnusableValue(f"the objective '{objective.id}' has no target, so there is nothing to sign; {hint}")
    indicator = workbook.indicator(objective.indicator)
    return SignedPromise(
        target=objective.target, window=objective.window, threshold_ms=workbook.threshold_ms_of(objective), ambition=objective.ambition,
        confidence=objective.confidence, journey=indicator.journey, indicator=indicator.id,
        indicator_sha256=_sha256(_of_indicator(indicator)), policy_sha256=_sha256(_of_policy(workbook.policy)),
    )  # fmt: skip


def promise_sentence(workbook: Workbook, objective: Objective) -> str:
    """Give the promise of an objective with a target in one sentence; see :func:`promise_of`."""
    promise = promise_of(workbook, objective)
    indicator = workbook.indicator(objective.indicator)
    within = "" if promise.threshold_ms is None else f" within {format_ms(promise.threshold_ms)}"
    what = f"{SLI_MENU[indicator.kind].event}s of the journey “{workbook.journey(indicator.journey).name}”"
    aim = "The aim, which triggers no policy: over" if promise.ambition == "aspirational" else "Over"
    return f"{aim} {promise.window.words}, {format_share(promise.target)} of valid {what} are good{within}."


def promise_sha256(objective_id: str, promise: SignedPromise) -> str:
    """Give the fingerprint of a promise; the same promise written another way (``4w``, ``99.90%``) has the same."""
    return _sha256({"objective": objective_id, **promise.model_dump(mode="json")})


def changes_since(signed: SignedPromise, now: SignedPromise | None) -> tuple[str, ...]:
    """Say what changed since something was signed, one part of a sentence each; ``None`` stands for an objective without a target.

    Examples
    --------
    >>> said = dict(window="28d", ambition="achievable", confidence="90%", journey="buy", indicator="fast", indicator_sha256="0" * 64)
    >>> one, other = (SignedPromise(**said, target=target, policy_sha256=digit * 64) for target, digit in (("99.5%", "1"), ("99%", "2")))
    >>> changes_since(one, other)
    ('the target was 99.5 % and is 99 % now', 'the clauses of the error budget policy were others')
    """
    if now is None:
        return (f"the target was {format_share(signed.target)} and there is none now",)
    told = {
        "target": (format_share(signed.target), format_share(now.target)),
        "window": (signed.window.words, now.window.words),
        "threshold": tuple("none" if one.threshold_ms is None else format_ms(one.threshold_ms) for one in (signed, now)),
        "ambition": (signed.ambition, now.ambition),
        "confidence": (format_share(signed.confidence), format_share(now.confidence)),
        "indicator": (f"'{signed.indicator}'", f"'{now.indicator}'"),
        "journey": (f"'{signed.journey}'", f"'{now.journey}'"),
    }
    changed = [f"the {what} was {before} and is {after} now" for what, (before, after) in told.items() if before != after]
    if signed.indicator == now.indicator and signed.indicator_sha256 != now.indicator_sha256:
        changed.append(f"the indicator '{now.indicator}' was written otherwise")
    if signed.policy_sha256 != now.policy_sha256:
        changed.append("the clauses of the error budget policy were others")
    return tuple(changed)


def _of_indicator(one: Indicator) -> dict[str, Any]:
    """Give what of an indicator a promise depends on; its threshold stands with the objective, its arrows and selectors count nothing."""
    return {
        "id": one.id, "journey": one.journey, "kind": one.kind, "specification": " ".join(one.specification.split()),
        "measured_at": one.measured_at, "source": one.source, "valid": one.valid, "good": one.good,
    }  # fmt: skip


def _of_policy(policy: Policy) -> list[dict[str, Any]]:
    return [
        {
            "id": one.id, "budget_spent": format_share(one.budget_spent), "by": one.by,
            **{key: " ".join(getattr(one, key).split()) for key in ("action", "owner", "escalation")},
        }
        for one in policy.clauses
    ]  # fmt: skip


def _sha256(value: Any) -> str:
    # named keys in a fixed form: a newer version that knows more keys leaves old signatures as they are
    return hashlib.sha256(json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()
