"""Proposals of requests and counts that nobody here made up: components of a public service, an access log, a load test; one page of each, looked at."""

from __future__ import annotations

import json
from datetime import date
from typing import Any, NamedTuple

import pytest

from slo_workbench.proposal.run import propose
from tests.browser.axe import axe_violations
from tests.browser.running_lab import running_browser
from tests.conftest import real_file


class Input(NamedTuple):
    """A real file, and what makes a promise of it."""

    parts: tuple[str, ...]
    source: str
    indicator: str
    window: str
    n_rows: int
    said: tuple[str, ...]


COMPONENTS = Input(
    ("github_components", "daily_minutes.csv"), """{path: daily.csv, where: "component = 'Webhooks'"}""",
    "{kind: availability, specification: The share of minutes in which webhooks worked., valid: valid, good: good", "28d", 24_649,
    ("of 3,035,520", "6,805 went wrong", "such promises were kept"),
)  # fmt: skip
ACCESS_LOG = Input(
    ("elastic_apache", "apache_logs"), "{path: access.log}",
    "{kind: availability, specification: The share of requests that the server answered., valid: method is not null, good: status < 500", "28d", 10_000,
    ("cannot carry a promise over 28 days", "1 of 10,000 rows refused"),
)  # fmt: skip
LOAD_TEST = Input(
    ("jmeter", "sample_log2.jtl"), "{path: load.jtl}",
    "{kind: latency, specification: The share of samples that were quick., valid: 'true', good: success, thresholds_ms: [500]", "7d", 10_000,
    ("No promise can be made", "cannot carry a promise over 7 days"),
)  # fmt: skip
INPUTS = {"components": COMPONENTS, "access-log": ACCESS_LOG, "load-test": LOAD_TEST}
WORKBOOK = """\
version: 1
service: {{name: {name}}}
sources:
  events: {one.source}
journeys:
  - {{id: use, name: Use it, diagram: "sequenceDiagram\\n  User->>Service: ask\\n  Service-->>User: answer"}}
indicators:
  - {one.indicator}, id: one, journey: use, measured_at: server_log, source: events}}
objectives:
  - {{id: promise, indicator: one, window: {one.window}}}
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Proposals of the real files, as they are asked for; all in one folder."""
    folder = tmp_path_factory.mktemp("real")
    done: dict[str, Any] = {}

    def make(name: str) -> Any:
        if name not in done:
            file = real_file(*INPUTS[name].parts)
            workbook = folder / f"{name}.yaml"
            workbook.write_text(WORKBOOK.format(name=name, one=INPUTS[name]))
            options = {"seed": 1, "as_of": date(2026, 5, 4), "forms": ("html", "json"), "places": {"events": str(file)}}
            (done[name],) = propose(workbook, folder / "out", **options)
        return done[name]

    return make


@pytest.mark.parametrize("name", INPUTS)
def test_a_page_of_real_input_opens_is_for_everybody_and_tells_what_the_file_can_carry(made, name):
    proposal, odd = made(name), []
    assert proposal.result["source"]["n_rows_read"] == INPUTS[name].n_rows
    assert json.loads((proposal.folder / "result.json").read_text())["fit"] == proposal.result["fit"]
    with running_browser() as browser:
        page = browser.new_context(viewport={"width": 1100, "height": 1400}, offline=True).new_page()
        page.on("console", lambda message: odd.append(message.text) if message.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: odd.append(str(error)))
        page.on("request", lambda request: odd.append(request.url) if not request.url.startswith(("file:", "data:")) else None)
        page.goto(proposal.page.as_uri())
        shown = " ".join(page.locator("main").inner_text().replace("\u00a0", " ").split())
        assert [said for said in INPUTS[name].said if said not in shown] == []
        assert proposal.result["plain_promise"] in shown
        assert axe_violations(page) == []
    assert odd == []


def test_services_in_one_folder_are_named_on_its_page_those_without_a_promise_first(made):
    for name in INPUTS:
        proposal = made(name)
    page = (proposal.folder.parents[1] / "index.html").read_text().replace("\u00a0", " ")
    assert page.index("access-log/index.html") < page.index("components/index.html")
    assert page.index("load-test/index.html") < page.index("components/index.html")
    assert "no promise can be made yet" in page
