"""What the tags of a span say, under all the names that instrumentations have given them.

References
----------
OpenTelemetry, *Semantic conventions*, https://opentelemetry.io/docs/specs/semconv/registry/attributes/ and its deprecated names;
OpenTracing, *Semantic conventions*, https://github.com/opentracing/specification/blob/master/semantic_conventions.md
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from slo_workbench.journeys.traces.json_values import as_number, as_text

__all__ = ["KNOWN_BROKERS", "KNOWN_DATABASES", "SpanTags", "read_tags"]

KNOWN_DATABASES = frozenset((
    "cassandra", "clickhouse", "cockroachdb", "couchbase", "couchdb", "dynamodb", "elasticsearch", "hbase", "mariadb", "memcache",
    "memcached", "mongodb", "mssql", "mysql", "neo4j", "opensearch", "oracle", "postgres", "postgresql", "redis", "redshift",
    "snowflake", "spanner", "sql", "sqlite", "valkey",
))  # fmt: skip
KNOWN_BROKERS = frozenset((
    "activemq", "eventhubs", "kafka", "kinesis", "nats", "pulsar", "rabbitmq", "servicebus", "sns", "sqs",
))  # fmt: skip
_PEER = ("peer.service", "service.peer.name")
_HOST = (
    "server.address",
    "net.peer.name",
    "peer.hostname",
    "http.host",
    "net.sock.peer.name",
    "network.peer.address",
    "net.peer.ip",
    "peer.ipv4",
)
_PORT = ("server.port", "net.peer.port", "peer.port", "network.peer.port", "net.sock.peer.port")
_METHOD = ("http.request.method", "http.method")
_PATH = ("url.path", "http.path", "http.target", "http.uri", "http.uri.client")
_URL = ("url.full", "http.url")
_STATUS = ("http.response.status_code", "http.status_code", "response_status_code", "client_status_code", "status_code")
_DB_SYSTEM = ("db.system.name", "db.system", "db.type")
_DB_NAME = ("db.namespace", "db.name", "db.instance", "cassandra.keyspace")
_DB_STATEMENT = ("db.query.text", "db.statement", "cassandra.query", "sql.query", "db.operation.name", "db.operation")
_DESTINATION = ("messaging.destination.name", "messaging.destination", "message_bus.destination", "kafka.topic", "messaging.kafka.topic")
_URL_PARTS = re.compile(r"[a-z][a-z0-9+.-]*://(?:[^/?#@]*@)?([^/?#@]*)([^?#]*)", re.IGNORECASE)
_NO_ERROR = frozenset({"false", "0", "no"})


@dataclass(frozen=True, slots=True)
class SpanTags:
    """The tags that matter for a journey; the fields are those of `Span`."""

    is_error: bool
    peer: str
    address: str
    method: str
    route: str
    path: str
    status: int | None
    db_system: str
    db_name: str
    db_statement: str
    messaging_system: str
    destination: str


def read_tags(tags: Mapping[str, object]) -> SpanTags:
    """Read the tags of one span.

    Parameters
    ----------
    tags : mapping
        Flat, names with dots; a number may be written as text.

    Examples
    --------
    >>> tags = read_tags({"http.method": "POST", "http.url": "https://me:secret@shop:8080/orders?customer=7", "http.status_code": "503"})
    >>> tags.address, tags.path, tags.is_error
    ('shop:8080', '/orders', True)
    """
    address, path = _address_and_path(tags)
    status = as_number(_first(tags, _STATUS))
    return SpanTags(
        is_error=_says_error(tags) or (status is not None and 500 <= status < 600),
        peer=as_text(_first(tags, _PEER)),
        address=address,
        method=as_text(_first(tags, _METHOD)).upper(),
        route=as_text(tags.get("http.route")),
        path=path,
        status=status if status is not None and 100 <= status < 600 else None,
        db_system=_db_system(tags),
        db_name=as_text(_first(tags, _DB_NAME)),
        db_statement=as_text(_first(tags, _DB_STATEMENT)),
        messaging_system=as_text(tags.get("messaging.system")) or ("kafka" if "kafka.topic" in tags else ""),
        destination=as_text(_first(tags, _DESTINATION)),
    )


def _first(tags: Mapping[str, object], names: tuple[str, ...]) -> object:
    return next((tags[name] for name in names if tags.get(name) not in (None, "")), None)


def _says_error(tags: Mapping[str, object]) -> bool:
    """In Zipkin an ``error`` tag without a value is an error as well."""
    return "error" in tags and tags["error"] not in (None, False) and str(tags["error"]).lower() not in _NO_ERROR


def _address_and_path(tags: Mapping[str, object]) -> tuple[str, str]:
    url = _URL_PARTS.match(as_text(_first(tags, _URL)))
    if url:
        return url.group(1), url.group(2)
    host, port = as_text(_first(tags, _HOST)), as_text(_first(tags, _PORT))
    address = f"{host}:{port}" if host and port and ":" not in host else host
    return address, re.split("[?#]", as_text(_first(tags, _PATH)), maxsplit=1)[0]


def _db_system(tags: Mapping[str, object]) -> str:
    system = as_text(_first(tags, _DB_SYSTEM))
    if system:
        return system
    if "cassandra.query" in tags or "cassandra.keyspace" in tags:
        return "cassandra"
    return "sql" if "sql.query" in tags else ""
