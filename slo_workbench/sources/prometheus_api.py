"""Prometheus' HTTP API: bounded, retried, read-only, with the server's own words where it refuses."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from email.message import Message
from http.client import HTTPException
from typing import IO, Any
from urllib.error import HTTPError, URLError
from urllib.parse import unquote, urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from slo_workbench.document.findings import Finding, FindingsError
from slo_workbench.sources.locations import hide_secrets, shown_url

__all__ = ["PrometheusApi", "Sample", "TooMuch"]

Sample = tuple[dict[str, str], list[list[Any]]]
"""A series' labels, and its samples as ``[seconds since 1970, text of a number]``."""

RETRIED = (429, 500, 502, 503, 504)
TRIES = 4
FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 20.0


class TooMuch(FindingsError):
    """The server gave up on a request that a shorter span of time might have passed."""


class _NoRedirect(HTTPRedirectHandler):
    """Follows nothing: a redirect would carry the password to another host."""

    def redirect_request(self, req: Request, fp: IO[bytes], code: int, msg: str, headers: Message, newurl: str) -> Request | None:
        """Give no new request, so that the redirect becomes an error."""
        return None


@dataclass(frozen=True)
class PrometheusApi:
    """A server of Prometheus' HTTP API: Prometheus itself, Thanos, Mimir, VictoriaMetrics.

    Parameters
    ----------
    url : str
        Such as ``https://user:password@prometheus.example:9090/prefix``.
    token : str
        Bearer token; shown nowhere.
    source : str
        Name for the findings.
    timeout_seconds : float
        For each answer.
    pause : callable
        Waits so many seconds between tries.
    """

    url: str = field(repr=False)
    token: str = field(default="", repr=False)
    source: str = "prometheus"
    timeout_seconds: float = 60.0
    pause: Callable[[float], None] = field(default=time.sleep, repr=False)

    def __post_init__(self) -> None:
        try:
            parts = urlsplit(self.url)
            is_odd = parts.scheme not in ("http", "https") or not parts.hostname or parts.port == 0 or bool(parts.fragment)
        except ValueError:
            is_odd = True
        if is_odd:
            hint = "write http://host:9090 or https://host/prefix; in a password, %40 for @, %2F for /, %23 for #"
            raise FindingsError([Finding("source-url", "the URL of the Prometheus server cannot be read", where=self.source, hint=hint)])

    def get(self, path: str, parameters: Mapping[str, str]) -> Any:
        """Return the ``data`` of an answer.

        Raises
        ------
        TooMuch
            When the server gave up, each of the times it was tried.
        FindingsError
            ``prometheus-refused`` with its message, ``prometheus-unreachable``, ``prometheus-unauthorised``.
        """
        for attempt in range(TRIES):
            if attempt:
                self.pause(min(FIRST_PAUSE_SECONDS * 2 ** (attempt - 1), LONGEST_PAUSE_SECONDS))
            try:
                return self._data(self._fetch(path, parameters), path)
            except HTTPError as error:
                with error:
                    body = error.read(100_000)
                if error.code not in RETRIED:
                    raise self._refusal(error.code, body) from None
                last = self._finding("prometheus-unavailable", f"it answers {error.code}: {_message(body)}", "try again later")
                gave_up = True
            except (URLError, HTTPException, OSError) as error:
                gave_up = isinstance(error, TimeoutError) or isinstance(getattr(error, "reason", None), TimeoutError)
                words = f"no answer within {self.timeout_seconds:g} s" if gave_up else str(getattr(error, "reason", error))
                last = self._finding("prometheus-unreachable", words, "is it running, and is this its address?")
        if gave_up:
            raise TooMuch([last]) from None
        raise FindingsError([last]) from None

    def _fetch(self, path: str, parameters: Mapping[str, str]) -> bytes:
        parts = urlsplit(self.url)
        place = parts.hostname or ""
        place = f"[{place}]" if ":" in place else place
        place += f":{parts.port}" if parts.port else ""
        headers = {"Accept": "application/json", "User-Agent": "slo-workbench"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        elif parts.username:
            pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
            headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        request = Request(f"{parts.scheme}://{place}{parts.path.rstrip('/')}{path}?{urlencode(parameters)}", headers=headers)
        with build_opener(_NoRedirect).open(request, timeout=self.timeout_seconds) as answer:
            content: bytes = answer.read()
            return content

    def _data(self, content: bytes, path: str) -> Any:
        try:
            answer = json.loads(content)
            if answer["status"] == "success":
                return answer["data"]
        except (ValueError, KeyError, TypeError):
            hint = "is this the address of a Prometheus server, with its path prefix?"
            raise FindingsError([self._finding("prometheus-answer", f"{path} gives no answer of Prometheus' API", hint)]) from None
        raise self._refusal(200, content)

    def _refusal(self, code: int, body: bytes) -> FindingsError:
        message = _message(body)
        if code in (401, 403):
            return FindingsError(
                [self._finding("prometheus-unauthorised", f"it answers {code}: {message}", "give a token, or user and password")]
            )
        if code == 422 and ("too many samples" in message or "timed out" in message):
            return TooMuch([self._finding("prometheus-refused", message, "choose fewer series: add labels to the selector")])
        if code in (301, 302, 303, 307, 308):
            message = "it redirects, which is not followed as it would carry a password along"
        hint = "try the selector in Prometheus' own page; docs/engines.md shows some that work"
        return FindingsError([self._finding("prometheus-refused", f"{code}: {message}" if code != 200 else message, hint)])

    def _finding(self, code: str, message: str, hint: str) -> Finding:
        text = hide_secrets(message, self.url)
        text = text.replace(self.token, "…") if self.token else text
        return Finding(code, f"{shown_url(self.url)}: {text}", where=self.source, hint=hint)

    def version(self) -> str:
        """Return what answers, such as ``Prometheus 2.42.0``; without number where it does not say."""
        try:
            return f"Prometheus {self.get('/api/v1/status/buildinfo', {})['version']}"
        except (FindingsError, KeyError, TypeError):
            return "Prometheus"

    def names(self) -> list[str]:
        """Return the names of all metrics."""
        return [str(name) for name in self.get("/api/v1/label/__name__/values", {})]

    def instant(self, query: str, at_seconds: float) -> Iterator[Sample]:
        """Evaluate a query at one moment; yields each series with its samples."""
        data = self.get("/api/v1/query", {"query": query, "time": f"{at_seconds:.3f}"})
        for series in data["result"]:
            if "values" not in series and "value" not in series:
                message = f"{query} gives native histograms, which are not read"
                raise FindingsError([self._finding("prometheus-native-histogram", message, "name a classic histogram, or a counter")])
            yield series["metric"], series["values"] if "values" in series else [series["value"]]


def _message(body: bytes) -> str:
    try:
        answer = json.loads(body)
        return str(answer.get("error") or answer)[:500]
    except (ValueError, AttributeError):
        return " ".join(body.decode("utf-8", errors="replace").split())[:200] or "nothing"
