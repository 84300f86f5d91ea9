"""The proposals of the worked example, opened in a browser, offline."""

import pytest

from slo_workbench.proposal.run import propose
from tests.browser.images import keep_image
from tests.browser.running_lab import running_browser
from tests.conftest import STAGEDOOR


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    out = tmp_path_factory.mktemp("proposals")
    written = propose(STAGEDOOR / "workbook.yaml", out, only=["buy-availability-28d", "buy-latency-28d"], seed=1)
    return {one.objective: one.page for one in written}


@pytest.mark.parametrize("objective", ["buy-availability-28d", "buy-latency-28d"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_proposal_opens_without_a_request_or_an_error(pages, objective, scheme):
    odd = []
    with running_browser() as browser:
        page = browser.new_context(viewport={"width": 1100, "height": 1400}, color_scheme=scheme, offline=True).new_page()
        page.on("console", lambda message: odd.append(message.text) if message.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: odd.append(str(error)))
        page.on("request", lambda request: odd.append(request.url) if not request.url.startswith(("file:", "data:")) else None)
        page.goto(pages[objective].as_uri())
        page.locator(".promise").wait_for()
        assert page.evaluate("[...document.images].every(one => one.complete && one.naturalWidth > 0 && one.alt)")
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
        if objective == "buy-availability-28d":
            keep_image(page, "proposal" if scheme == "light" else "proposal_dark")
            if scheme == "light":
                keep_image(page.locator(".diagram").first, "journey")
    assert odd == []
