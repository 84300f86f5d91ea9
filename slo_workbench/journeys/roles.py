"""What each participant is: the user, the user's device, the front end, a service, a store, a queue, a clock, or somebody else's system.

A diagram seldom says so, but names and shapes tell. Every guess carries its reason, and the document can overrule it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from slo_workbench.document.findings import Finding, nearest_hint
from slo_workbench.document.journey_model import ParticipantRole
from slo_workbench.journeys.sequence import Diagram, Participant

__all__ = ["OUTSIDE", "ROLE_WORDS", "Roles", "read_roles"]

OUTSIDE: frozenset[ParticipantRole] = frozenset({"user", "client", "third_party"})
"""Roles beyond the boundary of the system: what passes between them and the rest is what users get."""

ROLE_WORDS: dict[ParticipantRole, str] = {
    "user": "a user", "client": "the user's device", "edge": "load balancer or front end", "service": "a service of ours", "store": "a store",
    "queue": "a queue", "scheduler": "a clock", "third_party": "somebody else's system",
}  # fmt: skip

_KINDS: dict[str, ParticipantRole] = {"actor": "user", "database": "store", "collections": "store", "queue": "queue", "boundary": "edge"}
# The first that fits decides: "App store" is no store, "Event cache" no event, "Ticket queue" no ticket.
_WORDS: tuple[tuple[ParticipantRole, str], ...] = (
    ("third_party", r"third[- ]part(?:y|ies)|3rd[- ]party|app store|play store|(?:payment|card|identity|sms|e?mail|push|map|shipping|dns) "
                    r"(?:provider|gateway|processor)|bank|stripe|paypal|adyen|klarna|twilio|sendgrid|mailgun|okta|auth0|google(?: \w+)?|apple(?: \w+)?"
                    r"|github|facebook|firebase(?: \w+)*|fcm|apns|cloudflare|fastly|akamai"),
    ("edge", r"load[- ]?balancer|lb|(?:api[- ])?gateway|(?:reverse[- ])?proxy|ingress|cdn|nginx|envoy|haproxy|edge"),
    ("third_party", r"external"),
    ("scheduler", r"scheduler|cron\w*|clock|timer|nightly|airflow|eventbridge"),
    ("queue", r"queue|topic|broker|kafka|rabbit(?:mq)?|sqs|pub[-/ ]?sub|(?:event|message) (?:bus|stream)|kinesis|mqtt"),
    ("store", r"db|databases?|store|storage|cache|redis|memcached?|bucket|s3|postgres(?:ql)?|mysql|mongo(?:db)?|cassandra|table|shards?|disk|index"
              r"|elasticsearch|opensearch|solr|dynamo\w*|snowflake|bigquery|warehouse|ledger"),
    ("client", r"app|web|browser|mobile|client|ui|spa|page|phone|device|ios|android|tablet|player|tv|kiosk|atm|sensor|meter"),
    ("user", r"user|customer|visitor|buyer|reader|shopper|caller|patient|driver|rider|passenger|courier|manager|clerk|doctor|student|teacher"
             r"|merchant|seller|guest|member|subscriber|viewer|listener|admin(?:istrator)?"),
)  # fmt: skip
# Japanese has no spaces between words.
_JAPANESE: tuple[tuple[ParticipantRole, str], ...] = (
    ("third_party", "外部|決済代行|他社"), ("scheduler", "スケジューラ|定期"), ("queue", "キュー"), ("store", "データベース|キャッシュ|ストレージ"),
    ("edge", "ロードバランサ|ゲートウェイ"), ("client", "アプリ(?!ケーション)|ブラウザ|端末|スマホ|画面"), ("user", "利用者|お客|顧客|ユーザー(?!管理|サービス)"),
)  # fmt: skip
_PATTERNS = (
    *((role, re.compile(rf"\b(?:{words})\b", re.IGNORECASE)) for role, words in _WORDS),
    *((role, re.compile(words)) for role, words in _JAPANESE),
)
# "Web API" is no browser, "Queue worker" no queue, "Menu cache service" no cache; but an "API gateway" is a gateway.
_RUNS = r"service|api|backend|worker|job|handler|consumer|producer|processor|operator|bff|engine|orchestrator"
_OVERRULED: dict[ParticipantRole, re.Pattern[str]] = {
    "queue": re.compile(rf"\b(?:{_RUNS}|server)\b", re.IGNORECASE),
    "store": re.compile(rf"\b(?:{_RUNS}|online|web|book|reservation)\b", re.IGNORECASE),
    "client": re.compile(rf"\b(?:{_RUNS}|server)\b", re.IGNORECASE),
    "user": re.compile(rf"\b(?:{_RUNS}|server|db)\b", re.IGNORECASE),
    "scheduler": re.compile(r"\b(?:service|server|api|backend|kube)\b", re.IGNORECASE),
    "third_party": re.compile(r"\b(?:our|own|internal|core)\b", re.IGNORECASE),
}
_GIVES_NOTHING_AWAY = "nothing in its name or shape says otherwise"


@dataclass(frozen=True)
class Roles:
    """The role of every participant, by its name in the diagram, and why.

    Parameters
    ----------
    role_of : mapping of str to role
    reason_of : mapping of str to str
    findings : tuple of Finding
        Roles given for participants that are not there; a diagram without a user.
    """

    role_of: Mapping[str, ParticipantRole]
    reason_of: Mapping[str, str]
    findings: tuple[Finding, ...] = ()

    def is_outside(self, name: str) -> bool:
        """Whether the participant stands beyond the system's boundary."""
        return self.role_of[name] in OUTSIDE


def read_roles(diagram: Diagram, given: Mapping[str, ParticipantRole] | None = None) -> Roles:
    r"""Tell what each participant of a diagram is.

    Parameters
    ----------
    diagram : Diagram
    given : mapping of name or label to role, optional
        What the team says; it overrules every guess.

    Examples
    --------
    >>> from slo_workbench.journeys import parse_diagram
    >>> diagram, _ = parse_diagram("sequenceDiagram\n actor Fan\n Fan->>App: buy\n App->>Gateway: POST /orders\n Gateway->>Orders: order")
    >>> dict(read_roles(diagram).role_of)
    {'Fan': 'user', 'App': 'client', 'Gateway': 'edge', 'Orders': 'service'}
    """
    given = given or {}
    boxes = {name: box.label for box in diagram.boxes for name in box.names}
    role_of: dict[str, ParticipantRole] = {}
    reason_of: dict[str, str] = {}
    for person in diagram.participants:
        said = given.get(person.name) or given.get(person.shown)
        role, reason = (said, "so the workbook says") if said else _guess(person, boxes.get(person.name, ""))
        role_of[person.name], reason_of[person.name] = role, reason
    _take_what_users_use_for_devices(diagram, role_of, reason_of)
    findings = list(_unknown(diagram, given))
    if diagram.messages and "user" not in role_of.values() and "scheduler" not in role_of.values():
        findings += _find_a_user(diagram, given, role_of, reason_of)
    return Roles(role_of, reason_of, tuple(findings))


def _guess(person: Participant, box: str) -> tuple[ParticipantRole, str]:
    if person.kind in _KINDS:
        return _KINDS[person.kind], f"it is drawn as {person.kind}"
    label = _spaced(person.shown)
    for role, pattern in _PATTERNS:
        found = pattern.search(label)
        overruled = _OVERRULED.get(role)
        if found and not (overruled and overruled.search(label)):
            return role, f"its name says {found.group(0).lower()!r}"
    outside = re.search(r"third[- ]part|external|outside|provider", box, re.IGNORECASE)
    return ("third_party", f"its box says {outside.group(0).lower()!r}") if outside else ("service", _GIVES_NOTHING_AWAY)


def _spaced(label: str) -> str:
    """Write ``user.v1.UserService`` as words, beside the label itself: ``GitHub`` is one."""
    return f"{label} {re.sub(r'(?<=[a-z])(?=[A-Z])|[._/-]+', ' ', label)}"


def _take_what_users_use_for_devices(diagram: Diagram, role_of: dict[str, ParticipantRole], reason_of: dict[str, str]) -> None:
    """A participant that gives nothing away, that a user uses, and that asks a front end, is the user's device."""
    calls = {(message.sender, message.receiver) for message in diagram.messages if not message.is_reply}
    for name, reason in list(reason_of.items()):
        is_used = any(receiver == name and role_of[sender] == "user" for sender, receiver in calls)
        asks_front = any(sender == name and role_of[receiver] == "edge" for sender, receiver in calls)
        if reason == _GIVES_NOTHING_AWAY and is_used and asks_front:
            role_of[name], reason_of[name] = "client", "a user uses it, and it asks the front end"


def _unknown(diagram: Diagram, given: Mapping[str, ParticipantRole]) -> list[Finding]:
    known = {name for person in diagram.participants for name in (person.name, person.shown)}
    return [
        Finding("unknown-participant", f"the diagram has no participant {name!r}", severity="warning", where="roles", hint=nearest_hint(name, known))
        for name in given if name not in known
    ]  # fmt: skip


def _find_a_user(
    diagram: Diagram, given: Mapping[str, ParticipantRole], role_of: dict[str, ParticipantRole], reason_of: dict[str, str]
) -> list[Finding]:
    """Take whoever begins, and is asked nothing, for the user, and say so; a queue that begins is none."""
    first = diagram.messages[0].sender
    is_asked = any(message.receiver == first != message.sender and not message.is_reply for message in diagram.messages)
    label = next(person.shown for person in diagram.participants if person.name == first)
    if role_of[first] in ("client", "queue", "third_party") or first in given or label in given:
        return []
    hint = "write 'actor' before the user, or name the user under the journey's roles"
    if is_asked:
        return [Finding("no-user", "nobody in the diagram is a user", severity="note", where="diagram", hint=hint)]
    role_of[first], reason_of[first] = "user", "it begins the journey and is asked nothing"
    return [Finding("user-guessed", f"{label} is taken for the user: it begins the journey", severity="note", where="diagram", hint=hint)]
