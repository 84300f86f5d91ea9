"""Every section that a proposal must have is there, says its figures with units, and makes no markup of what people wrote."""

from __future__ import annotations

import ast
import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import cache
from html.parser import HTMLParser

import nbformat
import pytest

from slo_workbench.analysis.uncovered_users import uncovered_sentence
from slo_workbench.document.model import Review, Risk
from slo_workbench.history.store import write_history
from slo_workbench.proposal import alerts_part, budget_part, evidence
from slo_workbench.proposal.alternatives_part import alternatives_of, alternatives_part
from slo_workbench.proposal.case import open_case
from slo_workbench.proposal.changes_part import changes_part
from slo_workbench.proposal.glossary_part import glossary_part
from slo_workbench.proposal.past_part import past_part
from slo_workbench.proposal.render import render_html
from slo_workbench.proposal.risks_part import risks_part
from slo_workbench.proposal.run import template_path
from slo_workbench.proposal.team_incidents_part import team_incidents_part
from tests.conftest import STAGEDOOR

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(1)>{{7*7}}\x1b[31m"


@pytest.fixture(scope="module")
def opened(stagedoor_history, tmp_path_factory):
    folder = tmp_path_factory.mktemp("history") / "h"
    write_history(stagedoor_history, folder)
    return cache(lambda objective, **more: open_case(str(STAGEDOOR / "workbook.yaml"), objective, history_dir=str(folder), **more))


def executed(case):
    """Run the notebook's cells on a case that is open already, without a kernel."""
    notebook = nbformat.read(template_path(), as_version=4)
    names = {"alerts_part": alerts_part, "budget_part": budget_part, "evidence": evidence, "alternatives_part": alternatives_part}
    names |= {
        "changes_part": changes_part,
        "glossary_part": glossary_part,
        "past_part": past_part,
        "risks_part": risks_part,
        "team_incidents_part": team_incidents_part,
    }
    for cell in notebook.cells:
        if cell.cell_type == "code" and "parameters" not in cell.metadata.tags:
            last = ast.parse(cell.source).body[-1]
            if not isinstance(last, ast.Expr):
                continue
            value = eval(ast.unparse(last), names | {"case": case, "result_path": ""})  # noqa: S307 - our own notebook
            if value is not None:
                cell.outputs = [nbformat.v4.new_output("execute_result", data=value._repr_mimebundle_(), execution_count=1)]
    return notebook


@pytest.fixture(scope="module")
def page(opened):
    return render_html(executed(opened("buy-availability-28d", as_of="2026-05-04")), title="x")


class Outline(HTMLParser):
    """The headings of a page, its tables without headers, its pictures without words."""

    def __init__(self, page):
        super().__init__()
        self.levels, self.bare_tables, self.bare_pictures, self.heads = [], 0, 0, 0
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if re.fullmatch(r"h[1-6]", tag):
            self.levels.append(int(tag[1]))
        if tag == "table":
            self.heads = 0
        if tag == "th":
            assert given.get("scope") in ("col", "row")
            self.heads += 1
        if tag == "img" and not given.get("alt"):
            self.bare_pictures += 1

    def handle_endtag(self, tag):
        if tag == "table" and not self.heads:
            self.bare_tables += 1


def test_headings_come_without_jumps_tables_have_headers_and_pictures_words(page):
    outline = Outline(page)
    assert outline.levels.count(1) == 1
    assert all(after - before <= 1 for before, after in zip(outline.levels, outline.levels[1:], strict=False))
    assert len(outline.levels) > 25
    assert outline.bare_tables == 0
    assert outline.bare_pictures == 0


def test_the_contents_come_after_the_summary_and_name_every_section(page):
    assert page.index('class="summary"') < page.index("<nav") < page.index('id="The-journey"')
    assert page.count("<li><a href=") == len(re.findall(r"<h2", page)) == 19


def test_on_paper_the_summary_has_a_sheet_of_its_own(page):
    style = page[page.index("<style>") : page.index("</style>")]
    assert re.search(r"@media print \{.*\.summary \{ break-after: page; \}", style, re.S)


def test_every_alternative_says_what_it_allows_and_why_it_was_not_taken(opened):
    case = opened("buy-availability-28d")
    found = {one.names: one for one in alternatives_of(case)}
    assert [one.target for one in found.values()] == sorted(one.target for one in found.values())
    chosen = found[("stated",)]
    assert chosen.is_chosen
    assert chosen.bad_events_allowed == case.assessment.budget.bad_events_allowed
    assert chosen.reason.startswith("The team's choice: What the history supports")
    assert "24 of 100 windows would miss it, and 10 of 100 are accepted" in found[("stretch",)].reason
    assert "the team chose more room" in found[("suggested",)].reason
    assert sum(one.is_chosen for one in found.values()) == 1


def test_a_looser_target_says_how_much_more_it_would_let_pass(opened):
    found = {one.names[0]: one for one in alternatives_of(opened("browse-availability-28d"))}
    gap = found["conservative"].bad_events_allowed - found["suggested"].bad_events_allowed
    assert gap > 0
    assert f"it would let {gap:,} more bad requests pass" in found["conservative"].reason
    assert "nobody has decided on it yet" in found["suggested"].reason


def test_promises_made_on_past_days_are_told_one_by_one(opened):
    case = opened("ticket-freshness-28d")
    text = past_part(case).text
    assert case.assessment.past.sentence in text
    assert "✗ missed" in text
    assert text.count("28 days of history  ") == case.assessment.past.n_promises == 1


def test_the_users_who_are_not_covered_are_told_by_how_much_they_use_the_service(opened):
    case = opened("buy-availability-28d")
    part = evidence.users_part(case)
    assert "The 45 users below the target, mostly light users: 8 had 1 request" in part.text
    assert 'alt="Users by how much they use the service. 1 request: 5,004 users' in part.html
    window = case.users.shown
    clean = replace(window, by_activity=window.by_activity.assign(n_below=0))
    assert uncovered_sentence(clean) == "No user fell below the target."


def test_the_teams_own_incidents_are_held_against_the_indicator(opened):
    text = team_incidents_part(opened("buy-availability-28d")).text
    assert "payment-down  2026-04-14 19:15  The payment provider was down  ✓ shown" in text
    assert "monitoring-hole  2026-03-26 12:30  The log shipper's disk was full  no data  –  –" in text
    assert "seatmap-shards" not in text
    case = opened("buy-availability-28d")
    bare = replace(case, workbook=case.workbook.model_copy(update={"incidents": None}))
    assert "names no list of incidents" in team_incidents_part(bare).text


def test_risks_stand_most_expensive_first_against_the_budget_of_a_year(opened):
    case = opened("buy-availability-28d")
    text = risks_part(case).text
    # (5 + 40) × 365.25 / 60 = 273.9 min and (10 + 30) × 0.2 × 365.25 / 45 = 64.9 min, of 0.009 × 525,960 = 4,733.6 min
    assert text.index("The payment provider is down for all buyers") < text.index("A release breaks ordering")
    assert "4 h 33 min  5.79 %" in text
    assert "the 2 risks together cost 5 h 38 min, 7.2 % of it: they fit" in text
    nothing = replace(case, workbook=case.workbook.model_copy(update={"risks": ()}))
    assert "No risk is written down yet" in risks_part(nothing).text


def test_dissent_stands_there_with_the_day_and_without_any_nobody_is_said_to_agree(opened):
    assert "Operations  buy-availability-client  The payment page hangs" in opened("buy-availability-28d").dissent_section().text
    assert opened("settlement-coverage-28d").dissent_section().text == "Nobody has put dissent on record."


def test_ways_to_fail_that_nobody_sees_have_a_section_of_their_own(opened):
    text = opened("buy-availability-28d").coverage_section().text
    assert "4 indicators see 7 of 15 ways in which the journey can fail." in text
    assert "never arrives" in text


def test_the_words_of_the_page_are_explained_and_a_threshold_only_where_there_is_one(opened):
    text = glossary_part(opened("buy-availability-28d")).text
    for word in ("SLI:", "error budget:", "burn rate:", "rolling window:", "achievable target:"):
        assert word in text
    assert "threshold:" not in text
    assert "threshold:" in glossary_part(opened("buy-latency-28d")).text


def test_the_next_review_and_earlier_ones_stand_with_the_signatures(opened):
    case = opened("buy-availability-28d", as_of="2026-05-04")
    assert "The next review is on 2027-05-03" in case.review_section().text
    assert "There has been no review yet." in case.review_section().text
    review = Review(date=date(2026, 1, 5), attendees=("product", "operations"), findings="Calm.", decisions="Keep it.")
    seen = replace(case, workbook=case.workbook.model_copy(update={"reviews": (review,)}), as_of="2027-05-04")
    text = seen.review_section().text
    assert "2026-01-05  product, operations  Calm.  Keep it." in text
    assert "was due on 2027-05-03, which had passed on 2027-05-04" in text


def test_the_page_says_with_what_it_was_made(opened):
    case = opened("buy-availability-28d", as_of="2026-05-04")
    text = case.provenance_section().text
    assert f"Workbook (SHA-256)  {case.workbook_sha256}" in text
    for file in case.history.source_of("buy-availability").files:
        assert f"{file['name']}: {file['sha256']}" in text
    assert "Made as of  2026-05-04" in text
    assert re.search(r"slo-workbench  \d", text)
    assert re.search(r"pandas  \d", text)


def test_the_data_names_its_gaps(opened):
    assert "Gaps  1 gap, 3 h together: 2026-03-26 12:30 for 3 h (UTC)" in opened("buy-availability-28d").data_section().text


def test_hostile_text_in_every_free_field_stays_text(opened):
    case = opened("buy-availability-28d")
    workbook = case.workbook
    journeys = tuple(
        one.model_copy(update={
            "name": HOSTILE, "users": HOSTILE, "why": HOSTILE,
            "choice": one.choice.model_copy(update={
                "dissent": tuple(each.model_copy(update={"by": HOSTILE, "text": HOSTILE}) for each in one.choice.dissent),
                "rejected": tuple(each.model_copy(update={"specification": HOSTILE, "reason": HOSTILE}) for each in one.choice.rejected),
            }),
        }) for one in workbook.journeys
    )  # fmt: skip
    risk = Risk(id="r", title=HOSTILE, minutes_to_detect=1, minutes_to_resolve=1, users_hit="10%", days_between=9, mitigation=HOSTILE)
    review = Review(date=date(2026, 1, 5), attendees=(HOSTILE,), findings=HOSTILE, decisions=HOSTILE)
    clauses = tuple(one.model_copy(update={"action": HOSTILE, "owner": HOSTILE, "escalation": HOSTILE}) for one in workbook.policy.clauses)
    indicators = tuple(one.model_copy(update={"specification": HOSTILE}) for one in workbook.indicators)
    service = workbook.service.model_copy(update={"title": HOSTILE, "currency": HOSTILE})
    hostile = replace(
        case, workbook_file="", as_of=HOSTILE,
        objective=case.objective.model_copy(update={"owner": HOSTILE, "reason": HOSTILE}),
        workbook=workbook.model_copy(update={
            "journeys": journeys, "risks": (risk,), "reviews": (review,), "indicators": indicators, "service": service,
            "policy": workbook.policy.model_copy(update={"clauses": clauses, "exempt": HOSTILE, "agreed_by": (HOSTILE,)}),
        }),
    )  # fmt: skip
    page = render_html(executed(hostile), title=HOSTILE)
    assert "<script" not in page
    assert "<img src=x" not in page
    assert "49" not in re.findall(r"onerror=alert\(1\)&gt;(..)", page)
    assert "&lt;script&gt;alert(1)" in page


def test_calendar_periods_are_told_as_such(opened):
    case = opened("buy-availability-28d")
    month = case.objective.window.__class__(30, "month")
    text = replace(case, assessment=replace(case.assessment, window=month)).summary().text
    assert "in a calendar month at most" in text
    assert "coming calendar months should keep it" in text


def test_a_target_without_a_share_to_lose_makes_no_page_fall(opened):
    case = opened("buy-availability-28d")
    one = replace(case.assessment, stated_target=None, fit=None, budget=None)
    bare = replace(case, assessment=one, objective=case.objective.model_copy(update={"target": None}))
    page = render_html(executed(bare), title="x")
    assert "Without a target there is no budget to hold risks against." in page
    assert Decimal(1) not in [each.target for each in alternatives_of(bare)]
