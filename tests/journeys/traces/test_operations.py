"""Names of operations: the same for the same question, with no ids and no values in them."""

from typing import Any

import pytest

from slo_workbench.journeys.traces import Span
from slo_workbench.journeys.traces.operations import fold_ids, operation_of


def operation(**fields: Any) -> str:
    return operation_of(Span(trace_id="a", span_id="1", **fields))


@pytest.mark.parametrize(
    ("path", "folded"),
    [
        ("/orders/4711", "/orders/{id}"),
        ("/v2/oauth2/s3/p95", "/v2/oauth2/s3/p95"),
        ("/locations/86ee7c3f-b7ed-4feb-b362-XXXXXXXXXXXX/rooms", "/locations/{id}/rooms"),
        ("/blobs/9f86d081884c7d65", "/blobs/{id}"),
        ("/token/abcdefgh123456", "/token/{id}"),
        ("/users/jane@example.org", "/users/{id}"),
        ("/reports/2024-05-01T10:00:00Z", "/reports/{id}"),
        ("cache-20150901", "cache-{id}"),
        ("iot-events360", "iot-events360"),
        ("/decade/facade/added", "/decade/facade/added"),
        ("/注文/太郎", "/注文/太郎"),
    ],
)
def test_ids_are_folded_and_words_are_kept(path: str, folded: str) -> None:
    assert fold_ids(path) == folded


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"name": "HTTP GET", "method": "GET", "path": "/orders/7?card=4711"}, "GET /orders/{id}"),
        ({"name": "get /events"}, "GET /events"),
        ({"name": "get", "path": "installedapps/77/configs"}, "GET /installedapps/{id}/configs"),
        ({"name": "show", "method": "GET", "route": "/orders/:number", "path": "/orders/7"}, "GET /orders/:number"),
        ({"name": "proxy", "method": "POST", "route": "/*path", "path": "/visits"}, "POST /visits"),
        ({"name": "proxy", "method": "POST", "route": "/{proxy+}"}, "POST /{proxy+}"),
        ({"name": "GET /cart;jsessionid=77?x=1"}, "GET /cart"),
        ({"name": "HTTP POST", "method": "POST"}, "HTTP POST"),
        ({"name": "mysql.orders", "db_system": "mysql", "db_statement": "select * from `orders` where card = '4711'"}, "SELECT orders"),
        ({"name": "", "db_system": "sql", "db_statement": "INSERT INTO shop.orders VALUES (4711)"}, "INSERT shop.orders"),
        ({"name": "HGETALL cart", "db_system": "redis", "db_statement": "secret things"}, "HGETALL cart"),
        ({"name": "send", "kind": "producer", "destination": "orders"}, "send orders"),
        ({"name": "orders publish", "kind": "producer", "destination": "orders"}, "orders publish"),
        ({"kind": "client"}, "client"),
        ({}, "call"),
        ({"name": "user 12345678 logged in"}, "user {id} logged in"),
    ],
)
def test_an_operation_is_named_by_what_is_asked(fields: dict[str, Any], expected: str) -> None:
    assert operation(**fields) == expected


def test_no_name_is_longer_than_sixty_characters() -> None:
    assert len(operation(method="GET", path="/" + "very/" * 100)) == 60
    assert len(operation(name="long " * 100)) <= 60


def test_the_answering_side_knows_the_route_better() -> None:
    asked = Span(trace_id="a", span_id="1", name="HTTP GET", method="GET", path="/orders/latest")
    answered = Span(trace_id="a", span_id="2", name="show", route="/orders/:number")
    assert operation_of(asked, answered) == "GET /orders/:number"
