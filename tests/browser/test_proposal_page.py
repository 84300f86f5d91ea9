"""The proposals of the worked example, opened in a browser, offline: what it shows, what it asks for, who can read it, and whose figures it tells."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from slo_workbench.analysis.alert_replay import replay_alerts
from slo_workbench.analysis.alert_tiers import FEWEST_BAD_EVENTS, tiers_of
from slo_workbench.analysis.revenue import format_money, value_at_risk
from slo_workbench.analysis.user_coverage import cover_users
from slo_workbench.history.store import read_history
from slo_workbench.proposal.case import DEFAULT_SEED, assessment_of, open_case
from slo_workbench.proposal.counted_series import counted_series
from slo_workbench.proposal.run import propose
from slo_workbench.proposal.texts import read_texts
from slo_workbench.sources.team_lists import team_incidents
from slo_workbench.units import format_count, format_share
from tests.browser.axe import axe_violations
from tests.browser.images import keep_image
from tests.browser.running_lab import running_browser
from tests.conftest import STAGEDOOR

OBJECTIVES = (
    "browse-availability-28d", "buy-availability-28d", "buy-latency-28d", "seats-availability-28d", "settlement-coverage-28d", "ticket-freshness-28d",
)  # fmt: skip
WORKBOOK = STAGEDOOR / "workbook.yaml"
_TEXT_BELOW_HEADINGS = """() => {
  const all = [...document.querySelectorAll("h2")];
  return all.map((one, place) => {
    const range = document.createRange();
    range.setStartAfter(one);
    range.setEndBefore(all[place + 1] || document.querySelector("main").lastChild);
    return range.toString();
  });
}"""


@dataclass
class Opened:
    """A page in a browser without a network, and everything odd that it did."""

    page: Any
    odd: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return " ".join(self.page.locator("main").inner_text().replace("\u00a0", " ").split())


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    out = tmp_path_factory.mktemp("proposals")
    return {one.objective: one for one in propose(WORKBOOK, out, seed=DEFAULT_SEED, as_of=date(2026, 5, 4))}


@pytest.fixture(scope="module")
def browser():
    with running_browser() as chromium:
        yield chromium


@pytest.fixture
def visit(browser):
    contexts = []

    def go(file: Path, *, scheme="light", media="screen", width=1100) -> Opened:
        contexts.append(browser.new_context(viewport={"width": width, "height": 1400}, color_scheme=scheme, offline=True))
        opened = Opened(contexts[-1].new_page())
        opened.page.on("console", lambda message: opened.odd.append(message.text) if message.type in ("error", "warning") else None)
        opened.page.on("pageerror", lambda error: opened.odd.append(str(error)))
        opened.page.on("request", lambda one: opened.odd.append(one.url) if not one.url.startswith(("file:", "data:")) else None)
        opened.page.emulate_media(media=media, color_scheme=scheme)
        opened.page.goto(file.as_uri())
        return opened

    yield go
    for context in contexts:
        context.close()


def test_every_objective_of_the_worked_example_is_looked_at_here(written):
    assert sorted(written) == sorted(OBJECTIVES)


@pytest.mark.parametrize("objective", OBJECTIVES)
@pytest.mark.parametrize(("scheme", "media"), [("light", "screen"), ("dark", "screen"), ("light", "print")])
def test_a_proposal_opens_without_a_request_or_an_error_and_is_for_everybody(written, visit, objective, scheme, media):
    opened = visit(written[objective].page, scheme=scheme, media=media)
    page = opened.page
    assert page.evaluate("[...document.images].every(one => one.complete && one.naturalWidth > 0 && one.alt)")
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    assert page.evaluate("document.scripts.length") == 0
    if objective == "buy-availability-28d" and media == "screen":
        keep_image(page, "proposal" if scheme == "light" else "proposal_dark")
        if scheme == "light":
            keep_image(page.locator(".diagram").first, "journey")
    assert opened.odd == []
    assert axe_violations(page) == []


def test_on_a_small_screen_what_is_too_wide_scrolls_alone_with_the_keyboard_too(written, visit):
    opened = visit(written["buy-latency-28d"].page, width=400)
    page = opened.page
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    wide = page.locator(".wide").evaluate_all("all => all.filter(one => one.scrollWidth > one.clientWidth).map(one => one.tabIndex)")
    assert wide
    assert set(wide) == {0}
    assert axe_violations(page) == []


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_every_section_of_the_content_is_there_and_says_something(written, visit, objective):
    opened = visit(written[objective].page)
    texts = read_texts()
    sections = [line[3:] for name in texts.sections["cells"] for line in texts.cell(name).splitlines() if line.startswith("## ")]
    headings = [one.replace("¶", "").strip() for one in opened.page.locator("h2").all_inner_texts()]
    assert headings == sections
    said = opened.page.evaluate(_TEXT_BELOW_HEADINGS)
    assert [heading for heading, text in zip(headings, said, strict=True) if len(text.split()) < 5] == []


def test_the_first_page_is_one_sheet_of_paper(written, visit):
    for objective in OBJECTIVES:
        page = visit(written[objective].page, media="print", width=680).page  # A4 without its margins
        height = page.evaluate("document.querySelector('.summary').getBoundingClientRect().bottom")
        assert height < 680 * 264 / 180, objective


@pytest.mark.parametrize("objective", ["buy-availability-28d", "buy-latency-28d"])
def test_figures_on_the_page_equal_the_result_and_the_analysis_called_directly(written, visit, stagedoor_workbook, objective):
    proposal, shown = written[objective], visit(written[objective].page).text
    result, workbook = proposal.result, stagedoor_workbook
    history = read_history(proposal.folder.parent / "_history")
    promised = workbook.objective(objective)
    one = assessment_of(workbook, promised, history, folder=STAGEDOOR)

    assert result["fit"]["target"] == str(one.fit.target)
    assert f"Over 28 days, {format_share(one.target)} of valid requests" in shown
    chance = one.fit.predicted.chance_of_keeping(one.target)
    assert f"About {chance * 100:.0f} of 100 coming stretches of 28 days should keep it" in shown
    assert result["summary"]["how-sure"] in shown

    assert result["fit"]["budget"]["bad_events_allowed"] == one.budget.bad_events_allowed
    assert f"{format_count(one.budget.bad_events_allowed)} requests may go wrong in 28 days" in shown
    assert f"used {result['fit']['budget']['spent_share'] * 100:,.0f} % of that room" in shown

    users = cover_users(history, promised.indicator, threshold_ms=one.threshold_ms, target=one.target, event="request").shown
    assert result["users"]["no_bad_share"] == pytest.approx(users.no_bad_share)
    assert f"Of {format_count(result['users']['n_users'])} users" in shown
    assert f"({format_share(users.no_bad_share)}) met nothing that went wrong" in shown

    money = value_at_risk(
        history, promised.indicator, threshold_ms=one.threshold_ms, rng=np.random.default_rng(DEFAULT_SEED), currency=workbook.service.currency,
        target=one.target, window_days=28, time_zone=workbook.service.time_zone, event="request",
    )  # fmt: skip
    assert result["money"]["cents_at_risk"] == money.cents_at_risk(one.target)
    assert format_money(result["money"]["cents_at_risk"], workbook.service.currency, is_rounded=True) in shown
    assert all(sentence in shown for sentence in money.sentences)

    case = open_case(str(WORKBOOK), objective, history_dir=str(proposal.folder.parent / "_history"))
    alerts = replay_alerts(
        counted_series(case), tiers_of(workbook.alerting, 28)[0], target=one.target, window_days=28, incidents=team_incidents(workbook, STAGEDOOR)[0],
        journey="buy", resolution_minutes=history.source_of(promised.indicator).resolution_minutes, days_with_data=float(len(one.daily)),
        fewest_bad_events=FEWEST_BAD_EVENTS, event="request",
    )  # fmt: skip
    assert result["alerts"]["sentences"] == list(alerts.sentences)
    assert all(sentence in shown for sentence in alerts.sentences)


@pytest.mark.parametrize(("scheme", "media"), [("light", "screen"), ("dark", "screen"), ("light", "print")])
def test_the_way_in_opens_without_a_request_leads_to_every_proposal_and_is_for_everybody(written, visit, scheme, media):
    index = written["buy-latency-28d"].folder.parents[1] / "index.html"
    opened = visit(index, scheme=scheme, media=media)
    assert opened.page.locator("th[scope=row] > a").all_inner_texts()[-1] == "buy-availability-28d"  # the one that stands best
    assert axe_violations(opened.page) == []
    if media == "screen":
        keep_image(opened.page, "index" if scheme == "light" else "index_dark")
    for objective in OBJECTIVES:
        assert re.search(rf"{objective} (We promise|Suggested|The goal)", opened.text)
    opened.page.get_by_role("link", name="buy-latency-28d", exact=True).click()
    opened.page.locator(".promise").wait_for()
    assert opened.odd == []
