"""Small workbooks made in code, for the tests of exports."""

from decimal import Decimal

from slo_workbench.document.alerting_model import Alerting, Selectors
from slo_workbench.document.findings import has_errors
from slo_workbench.document.model import Indicator, Journey, Objective, Service, Source, Workbook
from slo_workbench.exports.origin import Origin
from slo_workbench.exports.targets import export_objectives

ORIGIN = Origin("workbook.yaml", "0123456789abcdef" * 4, "0.1.0")
VALID = 'http_requests_total{job="shop",route="/orders"}'
BAD = 'http_requests_total{job="shop",route="/orders",code=~"5..|429"}'
GOOD = 'http_requests_total{job="shop",route="/orders",code!~"5..|429"}'
BY_BAD = Selectors(valid=VALID, bad=BAD)
BY_GOOD = Selectors(valid=VALID, good=GOOD)
BY_HISTOGRAM = Selectors(histogram='http_request_duration_seconds{job="shop",route="/orders"}')
BY_GOOD_HISTOGRAM = Selectors(valid=VALID, histogram='http_request_duration_seconds{job="shop",route="/orders",code!~"5.."}')


def indicator(id, selectors, **changes):
    usual = {
        "id": id,
        "journey": "buy",
        "kind": "latency" if changes.get("thresholds_ms") else "availability",
        "specification": f"The share of orders that are answered: {id}.",
        "measured_at": "load_balancer",
        "source": "requests",
        "valid": "route = '/orders'",
        "good": "status < 500",
        "selectors": selectors,
    }
    return Indicator(**{**usual, **changes})


def objective(id, indicator, target="0.999", **changes):
    usual = {
        "id": id,
        "indicator": indicator,
        "target": None if target is None else Decimal(target),
        "owner": "Web team",
        "status": "agreed",
    }
    return Objective(**{**usual, **changes})


def workbook(indicators, objectives, **changes):
    usual = {
        "service": Service(name="shop", title="The shop", owner="Shop team", time_zone="Europe/London"),
        "sources": {"requests": Source(path="requests.csv")},
        "journeys": (Journey(id="buy", name="Buy a ticket"),),
        "alerting": Alerting(),
    }
    return Workbook(indicators=tuple(indicators), objectives=tuple(objectives), **{**usual, **changes})


def one_of_each():
    """A workbook whose four objectives are counted in the four ways there are."""
    return workbook(
        [
            indicator("answered", BY_BAD),
            indicator("served", BY_GOOD),
            indicator("quick", BY_HISTOGRAM, thresholds_ms=(300.0, 1000.0)),
            indicator("well-and-quick", BY_GOOD_HISTOGRAM, thresholds_ms=(300.0,)),
        ],
        [
            objective("answered", "answered"),
            objective("served", "served", "0.9995", window="30d"),
            objective("quick", "quick", "0.95", threshold_ms=1000.0),
            objective("well-and-quick", "well-and-quick", "0.99", window="month", reason="What users said."),
            objective("answered-dream", "answered", "0.9999", ambition="aspirational", reason="What users want."),
        ],
    )


def exported(book):
    objectives, findings = export_objectives(book, ORIGIN)
    assert not has_errors(findings), findings
    return objectives
