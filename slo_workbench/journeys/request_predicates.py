"""Predicates for SLIs about requests, fitted to the columns and values the data really has."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from slo_workbench.document.sli_menu import SliKind
from slo_workbench.journeys.counted_arrows import Endpoint, folded_route
from slo_workbench.journeys.predicate_skeleton import Skeleton, round_up_ms, shown_ms
from slo_workbench.sources.source_shape import RouteShape, SourceShape

__all__ = ["request_skeleton"]

_BOTS = frozenset(
    {"bot", "bots", "crawler", "spider", "probe", "prober", "monitor", "monitoring", "healthcheck", "health", "synthetic", "load-test"}
)
_WHO_ASKS = re.compile(r"client|agent|caller|requester|user_?type|actor|traffic|source|origin|platform", re.IGNORECASE)
_IS_MACHINE = re.compile(r"is_?(?:bot|crawler|probe|synthetic|monitoring)|bot|synthetic", re.IGNORECASE)
_DEGRADED = re.compile(r"degraded|stale|fallback|partial|from_cache|cached|incomplete", re.IGNORECASE)


@dataclass(frozen=True)
class _Found:
    """The rows of one endpoint in one source: the condition that chooses them, and how the data calls them."""

    shape: SourceShape
    condition: str
    routes: tuple[RouteShape, ...]
    notes: tuple[str, ...] = ()


def request_skeleton(
    kind: SliKind, endpoints: Sequence[Endpoint], shapes: Sequence[SourceShape], *, conflict: int | None = None
) -> Skeleton:
    """Return the predicates of an SLI about requests.

    Good is what The Art of SLOs proposes (Google, CC BY 4.0): every answer but a server's error and 429, which is a refusal.

    Parameters
    ----------
    kind : {"availability", "latency", "quality", "correctness"}
    endpoints : sequence of Endpoint
        What the arrows ask for; empty when their texts name no path.
    shapes : sequence of SourceShape
    conflict : int, optional
        For correctness: the status of the answer that says that what was shown before was wrong.

    Examples
    --------
    >>> from slo_workbench.sources.source_shape import ColumnShape
    >>> log = SourceShape("log", "csv", {name: ColumnShape(name, kind) for name, kind in (("route", "text"), ("status", "whole number"))},
    ...                   (RouteShape("", "/orders", 9),), 9, 1.0)
    >>> found = request_skeleton("availability", [Endpoint("POST", "/orders")], [log])
    >>> found.source, found.valid, found.good
    ('log', "route = '/orders'", 'status < 500 and status <> 429')
    """
    found = next(filter(None, (_locate(endpoints, shape) for shape in shapes)), None)
    if found is None:
        return _without_rows(kind, endpoints, shapes, conflict)
    people, notes = _people_only(found.shape)
    if not found.shape.routes and found.shape.n_distinct_routes:
        note = (
            f"route has {found.shape.n_distinct_routes:,} values: ids stand in the paths, so nothing is known of each route; fold them in the source, "
            "or choose thresholds yourself: --threshold-ms"
        )
        notes = (note, *notes)
    notes = (*notes, *found.notes)
    valid = " and ".join(filter(None, (found.condition, people)))
    skeleton = Skeleton(found.shape.name, valid, "", notes=notes)
    match kind:
        case "quality":
            return _quality(skeleton, found.shape)
        case "correctness":
            answered = f"(status < 400 or status = {conflict})"
            return _needs(replace(skeleton, valid=f"{valid} and {answered}", good=f"status <> {conflict}"), found.shape, "status")
        case "latency":
            return _latency(_success(skeleton, found.shape), found)
    return _success(skeleton, found.shape)


def _without_rows(kind: SliKind, endpoints: Sequence[Endpoint], shapes: Sequence[SourceShape], conflict: int | None) -> Skeleton:
    """Show what rows would have to hold; said to be missing what no source has."""
    route = " or ".join(
        _equals("route", [endpoint.route]) + (f" and method = '{endpoint.method}'" if endpoint.method else "") for endpoint in endpoints
    )
    good = {"quality": "not degraded", "correctness": f"status <> {conflict}"}.get(kind, "status < 500 and status <> 429")
    asked = ", ".join(endpoint.shown for endpoint in endpoints) or "these requests"
    reason = f"rows of {asked}" if shapes else "a source with a row for each request: time, route, method, status, latency_ms"
    return Skeleton(None, route or "route = '…'", good, missing=(reason,))


def _locate(endpoints: Sequence[Endpoint], shape: SourceShape) -> _Found | None:
    if "route" not in shape.columns or not endpoints:
        return None
    parts, routes = [], []
    for endpoint in endpoints:
        alike = [one for one in shape.routes if folded_route(one.route) == folded_route(endpoint.route)]
        here = [one for one in alike if not endpoint.method or one.method.upper() in ("", endpoint.method)]
        if not here and shape.routes:
            return None
        parts.append(_condition(endpoint, here, shape))
        routes += here
    return _Found(shape, _either(parts), tuple(routes), _methods_left_out(endpoints, parts, shape))


def _methods_left_out(endpoints: Sequence[Endpoint], parts: Sequence[tuple[str, str]], shape: SourceShape) -> tuple[str, ...]:
    """Say why a condition leaves out a method that the arrow names."""
    told = [endpoint.shown for endpoint, (_, method) in zip(endpoints, parts, strict=True) if endpoint.method and not method]
    if not told:
        return ()
    if "method" not in shape.columns:
        return (f"there is no column method, so every request of the path counts as {', '.join(told)}",)
    return (f"no other method asks for the path of {', '.join(told)} in the data, so the condition leaves method out",)


def _condition(endpoint: Endpoint, here: Sequence[RouteShape], shape: SourceShape) -> tuple[str, str]:
    """Return the conditions on route and method; a path with ids in it becomes a pattern where the data does not fold them."""
    spellings = sorted({one.route for one in here}) or [endpoint.route]
    if not here or len(spellings) > 3:
        pattern = re.sub(r"\{[^{}]*\}|:[A-Za-z_]\w*|<[^<>]*>", "%", endpoint.route)
        route = f"route like {_quoted(pattern)}" if "%" in pattern else f"route = {_quoted(endpoint.route)}"
    else:
        route = _equals("route", spellings)
    methods = {one.method for one in shape.routes if one.route in spellings}
    needs_method = "method" in shape.columns and endpoint.method and (len(methods) > 1 or not here)
    return route, f"method = {_quoted(endpoint.method)}" if needs_method else ""


def _either(parts: Sequence[tuple[str, str]]) -> str:
    plain = [route.removeprefix("route = ") for route, method in parts if not method and route.startswith("route = ")]
    distinct = list(dict.fromkeys(plain))
    if len(parts) == len(plain) and len(distinct) > 1:
        return f"route in ({', '.join(distinct)})"
    whole = list(dict.fromkeys(f"{route} and {method}" if method else route for route, method in parts))
    if len(whole) == 1:
        return whole[0]
    return "(" + " or ".join(f"({one})" if " and " in one else one for one in whole) + ")"


def _equals(column: str, values: Sequence[str]) -> str:
    texts = [_quoted(value) for value in values]
    return f"{column} = {texts[0]}" if len(texts) == 1 else f"{column} in ({', '.join(texts)})"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _people_only(shape: SourceShape) -> tuple[str, tuple[str, ...]]:
    """Return the condition that leaves machines out, where a column tells who asks."""
    for column in shape.columns.values():
        if column.kind == "boolean" and _IS_MACHINE.fullmatch(column.name):
            return f"not {column.name}", (f"what is marked {column.name} is left out",)
        machines = sorted(value for value in column.value_set if isinstance(value, str) and value.lower() in _BOTS)
        if column.kind == "text" and _WHO_ASKS.search(column.name) and machines and len(machines) < len(column.values):
            condition = f"{column.name} not in ({', '.join(map(_quoted, machines))})"
            if len(machines) == 1:
                condition = f"{column.name} <> {_quoted(machines[0])}"
            # in SQL, what has no value is neither in a list nor outside it
            condition = f"({column.name} is null or {condition})" if column.n_null else condition
            return condition, (f"{', '.join(machines)} in {column.name} {'is' if len(machines) == 1 else 'are'} no people and left out",)
    return "", ()


def _success(skeleton: Skeleton, shape: SourceShape) -> Skeleton:
    status, success = shape.columns.get("status"), shape.columns.get("success")
    if status is None and success is not None and success.kind == "boolean":
        return replace(skeleton, good="success", notes=(*skeleton.notes, "the data says itself what succeeded"))
    gave_up = status is not None and 499 in status.value_set
    notes = (*skeleton.notes, "499 means that somebody gave up waiting; it counts as bad") if gave_up else skeleton.notes
    return _needs(replace(skeleton, good=f"status < {499 if gave_up else 500} and status <> 429", notes=notes), shape, "status")


def _latency(skeleton: Skeleton, found: _Found) -> Skeleton:
    column = found.shape.columns.get("latency_ms")
    known = [route for route in found.routes if route.p90_ms is not None and route.p99_ms is not None]
    thresholds: tuple[float, ...] = ()
    if known:
        worst = max(known, key=lambda route: route.p99_ms or 0.0)
        thresholds = round_up_ms(worst.p90_ms, worst.p99_ms)
        note = f"today 90 % are answered within {shown_ms(worst.p90_ms)} and 99 % within {shown_ms(worst.p99_ms)}; begin there, then ask what users bear"
        skeleton = replace(skeleton, notes=(*skeleton.notes, note))
    return _needs(replace(skeleton, thresholds_ms=thresholds), found.shape, *([] if column else ["latency_ms"]))


def _quality(skeleton: Skeleton, shape: SourceShape) -> Skeleton:
    marks = [column for column in shape.columns.values() if column.kind == "boolean" and _DEGRADED.search(column.name)]
    answered = f"{skeleton.valid} and status < 400" if shape.has("status") else skeleton.valid
    if marks:
        return replace(skeleton, valid=answered, good=f"not {marks[0].name}")
    return replace(skeleton, valid=answered, good="not degraded", missing=("a column that marks a degraded answer",))


def _needs(skeleton: Skeleton, shape: SourceShape, *columns: str) -> Skeleton:
    lacking = tuple(f"a column {column}" for column in columns if column not in shape.columns)
    return replace(skeleton, missing=(*skeleton.missing, *lacking))
