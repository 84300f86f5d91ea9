"""Alerts in the document: which tiers watch the error budget, and how predicates are called in Prometheus."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from slo_workbench.document.field_types import ExactShare, Identifier, Number, Part

__all__ = ["AlertTierSetting", "Alerting", "Selectors", "minutes_of"]

_MINUTES = {"m": 1, "h": 60, "d": 1440}


def minutes_of(duration: str) -> int:
    """Return the minutes of a length such as ``5m``, ``1h`` or ``3d``.

    Examples
    --------
    >>> minutes_of("5m"), minutes_of("6h"), minutes_of("3d")
    (5, 360, 4320)
    """
    return int(duration[:-1]) * _MINUTES[duration[-1]]


_LENGTH = r"^(0m|[1-9][0-9]{0,4}[mhd])$"


def _read_length(value: object) -> str:
    text = str(value).strip()
    if re.fullmatch(_LENGTH, text) is None or isinstance(value, bool):
        raise PydanticCustomError(
            "length-unreadable", "a length of time is written as 5m, 1h or 3d, not {value}", {"value": repr(value)[:60]}
        )
    return text


Length = Annotated[
    str, BeforeValidator(_read_length), WithJsonSchema({"type": "string", "pattern": _LENGTH, "examples": ["5m", "1h", "3d"]})
]
Preset = Literal["workbook", "sloth", "pyrra"]


class AlertTierSetting(Part):
    """A tier of alerts: added, or one of the preset changed or switched off."""

    id: Identifier = Field(description="Short name; that of a preset's tier to change it: page-fast, page-slow, ticket-day, ticket-slow.")
    is_on: bool = Field(default=True, description="Whether it is used.")
    severity: Literal["page", "ticket"] | None = Field(default=None, description="Whether it wakes somebody or goes on a list.")
    long: Length | None = Field(default=None, description="The long window, such as 1h.")
    short: Length | None = Field(default=None, description="The short window, such as 5m; both must burn.")
    budget_spent: ExactShare | None = Field(
        default=None, description="Share of the SLO window's budget that is spent when it fires, such as 2%."
    )
    burn_rate: Number | None = Field(
        default=None, gt=0, le=100_000, description="Instead: how many times faster than allowed the budget burns."
    )
    pending: Length | None = Field(default=None, description="How long it must burn before it fires; Prometheus calls it 'for'.")
    keep_firing: Length | None = Field(default=None, description="How long it goes on firing after it stopped burning.")

    @model_validator(mode="after")
    def _says_when_once(self) -> AlertTierSetting:
        if self.budget_spent is not None and self.burn_rate is not None:
            raise PydanticCustomError("tier-twice", "a tier has either budget_spent or burn_rate; one follows from the other")
        if self.long and self.short and minutes_of(self.short) >= minutes_of(self.long):
            raise PydanticCustomError("windows-swapped", "the short window is shorter than the long one")
        return self


class Alerting(Part):
    """How the team is told that the budget burns; for all objectives."""

    preset: Preset = Field(
        default="workbook", description="Where tiers start: workbook (of The Site Reliability Workbook), sloth or pyrra."
    )
    tiers: tuple[AlertTierSetting, ...] = Field(default=(), description="Tiers that differ from the preset, or come on top.")


class Selectors(Part):
    """How an indicator's events are called in Prometheus; exports ask for it, and never guess."""

    valid: str = Field(
        default="", description='Selector of the counter of valid events, such as http_requests_total{job="shop"}.', max_length=2_000
    )
    bad: str = Field(default="", description="Selector of the counter of bad events; or good.", max_length=2_000)
    good: str = Field(default="", description="Selector of the counter of good events; or bad.", max_length=2_000)
    histogram: str = Field(
        default="", description="For thresholds: selector of the histogram of good requests' seconds, without _bucket.", max_length=2_000
    )

    @model_validator(mode="after")
    def _says_it_once(self) -> Selectors:
        if self.bad and self.good:
            raise PydanticCustomError("selectors-twice", "selectors name the good events or the bad ones, not both")
        return self
