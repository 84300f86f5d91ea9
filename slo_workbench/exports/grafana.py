"""A Grafana dashboard over our Prometheus rules: budget left, how it burned, which tiers fire, and the events themselves.

Written for Grafana's dashboard JSON (``schemaVersion`` 39, Grafana 10 and later); Grafana itself is AGPL-3.0, and
none of it is used.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any

from slo_workbench.exports.events import bad_events, valid_events
from slo_workbench.exports.exact_numbers import factor_text, window_text
from slo_workbench.exports.origin import MADE_BY
from slo_workbench.exports.targets import ExportedObjective

__all__ = ["render_grafana"]

SCHEMA_VERSION = 39
LONGEST_UID = 40
_CHOSEN = '{slo_id="$slo"}'
_SOURCE = {"type": "prometheus", "uid": "${datasource}"}


def render_grafana(objectives: Sequence[ExportedObjective]) -> str:
    """Write the dashboard of a service; a variable chooses the objective.

    Parameters
    ----------
    objectives : sequence of ExportedObjective
        At least one, all of one service.
    """
    one, origin = objectives[0], objectives[0].origin
    days = max(each.window_days for each in objectives)
    dashboard = {
        "title": f"Objectives of {one.service}",
        "uid": _uid(one.service),
        "description": f"{MADE_BY.capitalize()} {origin.version} from {origin.workbook}, sha256 {origin.sha256}. It needs the Prometheus rules.",
        "tags": ["slo", one.service],
        "schemaVersion": SCHEMA_VERSION,
        "editable": True,
        "time": {"from": f"now-{days}d", "to": "now"},
        "templating": {"list": _variables(one.service)},
        "panels": [*_overview(objectives), *_events(objectives)],
    }
    return json.dumps(dashboard, indent=2, ensure_ascii=False) + "\n"


def _uid(service: str) -> str:
    uid = f"slo-{service}"
    return uid if len(uid) <= LONGEST_UID else f"slo-{hashlib.sha256(service.encode()).hexdigest()[: LONGEST_UID - 4]}"


def _variables(service: str) -> list[dict[str, Any]]:
    query = f'label_values(slo:budget_share:ratio{{slo_service="{service}"}}, slo_id)'
    return [
        {"name": "datasource", "label": "Prometheus", "type": "datasource", "query": "prometheus"},
        {"name": "slo", "label": "Objective", "type": "query", "datasource": _SOURCE, "query": query, "refresh": 1, "sort": 1},
    ]


def _overview(objectives: Sequence[ExportedObjective]) -> list[dict[str, Any]]:
    days = sorted({each.window_days for each in objectives})
    left = [(f"slo:budget_remaining:ratio{each}d{_CHOSEN}", f"left of {each} days") for each in days]
    minutes = sorted({length for each in objectives for tier in each.tiers for length in (tier.short_minutes, tier.long_minutes)})
    shares = [(f"slo:bad_share:ratio_rate{window_text(each)}{_CHOSEN}", window_text(each)) for each in minutes]
    return [
        _panel(1, "stat", "Target", (0, 0, 6, 5), [(f"1 - slo:budget_share:ratio{_CHOSEN}", "target")], decimals=4),
        _panel(2, "stat", "Budget left", (6, 0, 6, 5), left, decimals=1, red_below_zero=True),
        _panel(3, "timeseries", "Tiers that fire", (12, 0, 12, 5), [_firing()], unit="short"),
        _panel(4, "timeseries", "Budget left over time", (0, 5, 24, 8), left, decimals=1, red_below_zero=True),
        _panel(
            5, "timeseries", "Share of bad events, and the limits of the tiers", (0, 13, 24, 9), [*shares, *_limits(objectives)], decimals=3
        ),
    ]


def _firing() -> tuple[str, str]:
    return 'ALERTS{alertname="SLOBudgetBurn",alertstate="firing",slo_id="$slo"}', "{{slo_tier}}"


def _limits(objectives: Sequence[ExportedObjective]) -> list[tuple[str, str]]:
    """Draw burn rate times budget share, for objectives of that window only: each length has rates of its own."""
    limits: dict[tuple[str, str], None] = {}
    for one in sorted(objectives, key=lambda each: len(each.tiers)):
        of_window = f"(slo:budget_share:ratio{_CHOSEN} and on(slo_id) slo:budget_remaining:ratio{one.window_days}d{_CHOSEN})"
        limits |= {(f"{factor_text(tier.burn_rate)} * {of_window}", f"limit of {tier.id}"): None for tier in one.tiers}
    return list(limits)


def _events(objectives: Sequence[ExportedObjective]) -> list[dict[str, Any]]:
    row = {"id": 6, "type": "row", "title": "Valid and bad events per second", "collapsed": False, "panels": []}
    panels: list[dict[str, Any]] = [row | {"gridPos": {"h": 1, "w": 24, "x": 0, "y": 22}}]
    for number, one in enumerate(objectives):
        expressions = [(valid_events(one.events, "$__rate_interval"), "valid"), (bad_events(one.events, "$__rate_interval"), "bad")]
        place = (12 * (number % 2), 23 + 8 * (number // 2), 12, 8)
        panels.append(_panel(7 + number, "timeseries", one.name, place, expressions, unit="reqps"))
    return panels


def _panel(
    id: int,
    type: str,
    title: str,
    place: tuple[int, int, int, int],
    expressions: Sequence[tuple[str, str]],
    *,
    unit: str = "percentunit",
    decimals: int | None = None,
    red_below_zero: bool = False,
) -> dict[str, Any]:
    steps = [{"color": "red", "value": None}, {"color": "green", "value": 0}] if red_below_zero else [{"color": "green", "value": None}]
    defaults = {"unit": unit, **({} if decimals is None else {"decimals": decimals}), "thresholds": {"mode": "absolute", "steps": steps}}
    x, y, width, height = place
    return {
        "id": id,
        "type": type,
        "title": title,
        "gridPos": {"h": height, "w": width, "x": x, "y": y},
        "datasource": _SOURCE,
        "fieldConfig": {"defaults": defaults, "overrides": []},
        "targets": [
            {"refId": _reference(number), "datasource": _SOURCE, "expr": expression, "legendFormat": legend, "instant": type == "stat"}
            for number, (expression, legend) in enumerate(expressions)
        ],
    }


def _reference(number: int) -> str:
    return chr(ord("A") + number) if number < 26 else f"A{number}"
