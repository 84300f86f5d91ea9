"""An indicator compiled on the columns of a table: two conditions over requests, or two counts that were given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from slo_workbench.document.findings import Finding, FindingsError
from slo_workbench.history.history import IndicatorQuery
from slo_workbench.sources.columns import finding_of
from slo_workbench.sources.intervals import event_of
from slo_workbench.sources.predicates import PredicateError, compile_expression, parse_expression
from slo_workbench.sources.text_values import cast_or_null

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = ["CompiledIndicator", "compile_indicator", "count_totals"]


@dataclass(frozen=True)
class CompiledIndicator:
    """An indicator with its expressions on a table.

    Parameters
    ----------
    query : IndicatorQuery
    valid, good : ibis values
        Booleans where each row is one event, numbers where rows are counts.
    """

    query: IndicatorQuery
    valid: ir.Value
    good: ir.Value

    @property
    def is_counted(self) -> bool:
        """Whether rows are counts that somebody else took."""
        return not self.valid.type().is_boolean()

    @property
    def thresholds_ms(self) -> tuple[float, ...]:
        """The thresholds in order of size, each once."""
        return tuple(sorted(set(self.query.thresholds_ms)))


def compile_indicator(query: IndicatorQuery, table: ir.Table, *, format: str = "") -> CompiledIndicator:
    """Compile an indicator's ``valid`` and ``good`` on a table; ``format`` is the source's, whose rows may be no requests.

    Raises
    ------
    FindingsError
        With what is wrong in either, and with a missing ``latency_ms`` where there are thresholds.
    """
    findings = []
    compiled: dict[str, Any] = {}
    for part in ("valid", "good"):
        try:
            value: Any = _as_counts(compile_expression(parse_expression(getattr(query, part)), table), table)
            if not (value.type().is_boolean() or value.type().is_numeric()):
                raise PredicateError(f"{part} is {value.type()}", code="predicate-type", hint="a condition, or a column of counts")
            compiled[part] = value
        except PredicateError as error:
            findings.append(finding_of(error, where=f"{query.id}.{part}"))
    if len(compiled) == 2 and compiled["valid"].type().is_boolean() != compiled["good"].type().is_boolean():
        message, hint = "valid and good must both be conditions, or both be counts", "see the columns they name"
        findings.append(Finding("predicate-type", message, where=query.id, hint=hint))
    if query.thresholds_ms and "latency_ms" not in table.columns and not event_of(format, ""):
        hint = "map it: columns: {latency_ms: …} in the source, or --map latency_ms=…"
        findings.append(Finding("latency-column-missing", "a threshold needs the column latency_ms", where=query.id, hint=hint))
    if not findings:
        findings = _asked_of_slices(query, format, is_condition=compiled["valid"].type().is_boolean())
    if findings:
        raise FindingsError(findings)
    if format == "intervals":
        good = (compiled["valid"] & compiled["good"]).fill_null(False)
        compiled = {"valid": compiled["valid"].fill_null(False).cast("int64"), "good": good.cast("int64")}
    return CompiledIndicator(query, compiled["valid"], compiled["good"])


def _as_counts(value: Any, table: Any) -> Any:
    """Read a column of text that is mostly numbers as counts; a row such as ``N/A`` among them then has none, and is refused as such."""
    if not value.type().is_string() or not hasattr(value, "nunique"):  # a literal is no column
        return value
    numbers = cast_or_null(value, "float64")
    seen: Any = table.aggregate(n_numbers=numbers.count(), n_texts=value.count()).to_pyarrow()
    return numbers if 2 * seen["n_numbers"][0].as_py() > seen["n_texts"][0].as_py() else value


def _asked_of_slices(query: IndicatorQuery, format: str, *, is_condition: bool) -> list[Finding]:
    """Refuse what only requests can answer, where rows are slices of time or seconds."""
    event = event_of(format, "")
    found = []
    if event and query.thresholds_ms:
        message, hint = f"thresholds are asked of requests, and a {event} is none", "put the limit into the condition: good: value < 250"
        found.append(Finding("not-requests", message, where=query.id, hint=hint))
    if format == "intervals" and not is_condition:
        message, hint = "slices are counted by conditions", "such as valid: true, good: value < 250; files of counts have the format csv"
        found.append(Finding("not-requests", message, where=query.id, hint=hint))
    if format == "transitions" and is_condition:
        message, hint = "up and down times hold counts of seconds", "write valid: valid and good: good"
        found.append(Finding("not-requests", message, where=query.id, hint=hint))
    return found


def count_totals(table: Any, indicator: CompiledIndicator) -> tuple[int, int]:
    """Return how many rows are valid and good, or the sums of counts; thresholds and weights are left aside."""
    valid, good = cast("Any", indicator.valid), cast("Any", indicator.good)
    if not indicator.is_counted:
        valid, good = valid.fill_null(False), (valid & good).fill_null(False)
    # a condition such as "true" is no column, and only a column has a sum
    seen = table.select(valid=valid, good=good)
    row = seen.aggregate(valid=seen["valid"].sum(), good=seen["good"].sum()).to_pyarrow()
    return int(row["valid"][0].as_py() or 0), int(row["good"][0].as_py() or 0)
