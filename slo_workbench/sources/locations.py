"""Where a source lies when it is no file: URLs of databases and clusters, and how to name them without their secrets."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from slo_workbench.document.findings import Finding, FindingsError
from slo_workbench.sources.rows import SourceFile

__all__ = ["DatabaseUrl", "hide_secrets", "is_prometheus", "is_spark", "is_url", "name_query", "parse_database_url", "shown_url"]

_URL = re.compile(r"^[a-z][a-z0-9+.-]*://", re.I)
_SPARK = re.compile(r"^(spark://|local(\[|$)|local-cluster\[|k8s://|yarn(\?|$))")
_SECRET_KEY = re.compile(r"pass|secret|token|key|credential|auth", re.I)
_HIDDEN = "…"


def is_url(text: str) -> bool:
    """Whether a source's location is a URL or a Spark master rather than a path.

    Examples
    --------
    >>> is_url("postgresql://db/shop?table=requests"), is_url("local[2]?table=requests"), is_url("data/requests.parquet")
    (True, True, False)
    """
    return bool(_URL.match(text)) or is_spark(text)


def is_prometheus(text: str) -> bool:
    """Whether a location is a Prometheus: ``http://host:9090`` or ``https://…``."""
    return text.lower().startswith(("http://", "https://"))


def is_spark(text: str) -> bool:
    """Whether a location is a Spark master: ``spark://host:7077``, ``local[2]``, ``local-cluster[2,1,1024]``, ``yarn``."""
    return bool(_SPARK.match(text))


@dataclass(frozen=True)
class DatabaseUrl:
    """A database's URL in its parts; the password is kept out of ``repr`` and every message.

    Parameters
    ----------
    scheme : str
        Such as ``postgresql``.
    user, password, host, port, database
        As in the URL, percent signs resolved; empty where it has none.
    table, query : str or None
        What to read; exactly one is given.
    options : mapping of str to str
        Everything else behind the ``?``.
    """

    scheme: str
    user: str = ""
    password: str = field(default="", repr=False)
    host: str = ""
    port: int | None = None
    database: str = ""
    table: str | None = None
    query: str | None = None
    options: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def shown(self) -> str:
        """The URL as it may be shown: without user, password and options."""
        place = self.host + (f":{self.port}" if self.port else "")
        what = f"table={self.table}" if self.table else f"query={self.query}"
        return f"{self.scheme}://{place}/{self.database}?{what}"


def parse_database_url(url: str, *, source: str) -> DatabaseUrl:
    """Take a database's URL apart.

    Raises
    ------
    FindingsError
        ``source-url`` when it cannot be read, ``source-table-missing`` unless it names one table or one query.
        The message never repeats the URL: a password that was not percent-encoded may stand anywhere in it.

    Examples
    --------
    >>> place = parse_database_url("postgresql://ann:s%40crt@db:5433/shop?table=public.requests", source="requests")
    >>> place.host, place.port, place.database, place.table, place.password
    ('db', 5433, 'shop', 'public.requests', 's@crt')
    >>> place.shown
    'postgresql://db:5433/shop?table=public.requests'
    """
    parts = _split(url, source)
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    table, query = options.pop("table", None), options.pop("query", None)
    if (table or None) is None and (query or None) is None or (table and query):
        hint = f"end it with ?table=NAME or with ?query=SELECT… (percent-encoded): {parts.scheme}://…?table=requests"
        raise FindingsError([Finding("source-table-missing", "the URL must name one table or one query", where=source, hint=hint)])
    return DatabaseUrl(
        parts.scheme.lower(),
        unquote(parts.username or ""),
        unquote(parts.password or ""),
        parts.hostname or "",
        parts.port,
        unquote(parts.path[1:]),
        table or None,
        query or None,
        options,
    )


def _split(url: str, source: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        is_odd = parts.port == 0
    except ValueError:
        is_odd = True
    # an '@' behind the host, or a fragment, is the rest of a password with a '/', '?' or '#' in it
    if is_odd or parts.fragment or ("@" in parts.path + "".join(dict(parse_qsl(parts.query, True)))):
        hint = "write scheme://user@host:port/database; in a password write %40 for @, %2F for /, %23 for #, %3A for :, %3F for ?"
        raise FindingsError([Finding("source-url", "the source's URL cannot be read", where=source, hint=hint)])
    return parts


def shown_url(url: str) -> str:
    """Return a URL as it may be shown: no user, no password, no value of a key that sounds like a secret.

    Examples
    --------
    >>> shown_url("https://bob:pw@prometheus:9090/x?token=abc&step=60")
    'https://prometheus:9090/x?token=…&step=60'
    """
    try:
        parts = urlsplit(url)
        place = (parts.hostname or "") + (f":{parts.port}" if parts.port else "")
    except ValueError:
        return f"{url.partition('://')[0]}://{_HIDDEN}"
    pairs = [f"{key}={_HIDDEN if _SECRET_KEY.search(key) else value}" for key, value in parse_qsl(parts.query, keep_blank_values=True)]
    return f"{parts.scheme}://{place}{parts.path}" + (f"?{'&'.join(pairs)}" if pairs else "")


def hide_secrets(text: str, url: str) -> str:
    """Return a message, such as a driver's, with the URL and its secrets taken out.

    Examples
    --------
    >>> hide_secrets('login "s@crt" failed', "postgresql://ann:s%40crt@db/shop?table=t")
    'login "…" failed'
    """
    for secret in sorted(_secrets(url), key=len, reverse=True):
        text = text.replace(secret, _HIDDEN)
    return text


def _secrets(url: str) -> set[str]:
    secrets = {url}
    user_and_password, at, _ = url.partition("://")[2].rpartition("@")
    password = user_and_password.partition(":")[2] if at else ""
    secrets |= {password, unquote(password)}
    for key, value in parse_qsl(url.partition("?")[2], keep_blank_values=True):
        if _SECRET_KEY.search(key):
            secrets.add(value)
    return {secret for secret in secrets if secret}


def name_query(place: str, *asked: object) -> SourceFile:
    """Say in the provenance where rows came from when it was no file.

    There is no size, and no hash of the content. What stands in its place is a hash of everything that was asked and
    of the first answers (place, choice of rows, times, number of rows), so that the same read is not merged twice.

    Examples
    --------
    >>> name_query("postgresql://db/shop?table=requests", "2026-03-01", 1000).sha256[:12]
    'query-a93023'
    """
    digest = hashlib.sha256(repr((place, *asked)).encode()).hexdigest()
    return SourceFile(place, 0, f"query-{digest}")
