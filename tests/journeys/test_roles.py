from __future__ import annotations

import pytest

from slo_workbench.journeys import parse_diagram
from slo_workbench.journeys.roles import Roles, read_roles
from tests.journeys.questions import understood


def role_of(declaration: str) -> str:
    _, roles, _ = understood(f"{declaration}", "actor U as Someone", "U->>X: ask")
    return roles.role_of["X"]


@pytest.mark.parametrize(
    ("declaration", "role"),
    [
        ("actor X as Box office clerk", "user"),
        ("participant X as Web or app", "client"),
        ("participant X as App server", "service"),
        ("participant X as API gateway", "edge"),
        ("participant X as Load balancer", "edge"),
        ("participant X as Event cache", "store"),
        ("participant X as App store", "third_party"),
        ("participant X as Payment provider (third party)", "third_party"),
        ("participant X as Ticket queue", "queue"),
        ("participant X as Kafka topic", "queue"),
        ("participant X as Scheduler", "scheduler"),
        ("participant X as Scheduler service", "service"),
        ("participant X as Orders", "service"),
        ('participant X@{ "type": "database" } as Ledger', "store"),
        ('participant X@{ "type": "queue" } as Outbox', "queue"),
        ("box Third party\nparticipant X as Acme\nend", "third_party"),
        ("participant X as Bookstore", "service"),
        ("participant X as Happy path", "service"),
        ("participant X as Payment gateway", "third_party"),
        ("participant X as SMS gateway", "third_party"),
        ("participant X as External load balancer", "edge"),
        ("participant X as External rates", "third_party"),
        ("participant X as GitHub", "third_party"),
        ("participant X as Google Maps", "third_party"),
        ("participant X as Our bank core", "service"),
        ("participant X as Web BFF", "service"),
        ("participant X as user.v1.UserService", "service"),
        ("participant X as Kafka consumer", "service"),
        ("participant X as Live stream service", "service"),
        ("participant X as Bus operator", "service"),
        ("participant X as Online store", "service"),
        ("participant X as Menu cache service", "service"),
        ("participant X as Data warehouse", "store"),
        ("participant X as Driver", "user"),
        ("participant X as Airflow", "scheduler"),
        ("participant X as CronJob", "scheduler"),
        ("participant X as Sensor", "client"),
        ("participant X as ブラウザ", "client"),
        ("participant X as 在庫データベース", "store"),
    ],
)
def test_names_shapes_and_boxes_tell_what_a_participant_is(declaration: str, role: str) -> None:
    assert role_of(declaration) == role


def test_what_the_team_says_by_name_or_label_overrules_every_guess() -> None:
    _, roles, _ = understood("participant C as Mail or wallet", "actor B", "C-)B: ticket", roles={"Mail or wallet": "third_party"})
    assert (roles.role_of["C"], roles.reason_of["C"]) == ("third_party", "so the workbook says")


def test_every_guess_says_why() -> None:
    _, roles, _ = understood("actor Fan", "participant LB as Load balancer", "Fan->>LB: GET /", "LB->>Shop: page")
    assert dict(roles.reason_of) == {
        "Fan": "it is drawn as actor", "LB": "its name says 'load balancer'", "Shop": "nothing in its name or shape says otherwise",
    }  # fmt: skip


def found(*lines: str, **roles: str) -> tuple[Roles, list[str]]:
    diagram, _ = parse_diagram("\n".join(["sequenceDiagram", *lines]))
    read = read_roles(diagram, roles)  # type: ignore[arg-type]
    return read, [finding.code for finding in read.findings]


def test_what_a_user_uses_and_what_asks_a_front_end_is_the_users_device() -> None:
    _, roles, _ = understood("actor U", "participant LB as Load balancer", "U->>Portal: look", "Portal->>LB: GET /")
    assert (roles.role_of["Portal"], roles.reason_of["Portal"]) == ("client", "a user uses it, and it asks the front end")


def test_whoever_begins_and_is_asked_nothing_is_taken_for_the_user_and_this_is_said() -> None:
    roles, codes = found("Alice->>Shop: buy", "Shop-->>Alice: ticket")
    assert (roles.role_of["Alice"], codes) == ("user", ["user-guessed"])


def test_a_diagram_in_which_everybody_is_asked_has_no_user_and_this_is_said() -> None:
    assert found("A->>B: x", "B->>A: y")[1] == ["no-user"]


def test_a_job_that_a_clock_starts_needs_no_user() -> None:
    assert found("participant C as Cron", "C-)Job: 03:00")[1] == []


def test_a_role_for_a_participant_that_is_not_there_names_the_nearest() -> None:
    roles, codes = found("actor Fan", "Fan->>Shop: buy", Shpo="edge")
    assert codes == ["unknown-participant"]
    assert roles.findings[0].hint == "did you mean 'Shop'?"
