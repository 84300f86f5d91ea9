"""The way into a folder of proposals: what stands worst first, what is told of strangers' files, and what a failed run leaves."""

import json
import re
import shutil
from copy import deepcopy
from html import unescape

import pytest

from slo_workbench.proposal.failure_report import ProposalFailed
from slo_workbench.proposal.index_entries import entries_of
from slo_workbench.proposal.index_page import write_index
from slo_workbench.proposal.run import propose
from tests.proposal.small_workbook import own_notebook, write_workbook

AS_OF = "2026-05-04"
HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(1)>{{7*7}}\x1b[31m'


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A folder with one proposal, as the command leaves it."""
    folder = tmp_path_factory.mktemp("index")
    list(propose(write_workbook(folder, "up-28d"), folder / "out", seed=1, template=own_notebook(folder)))
    return folder


@pytest.fixture(scope="module")
def result(made):
    return json.loads((made / "out" / "svc" / "up-28d" / "result.json").read_text())


@pytest.fixture
def put(tmp_path, result):
    """Put a proposal into a folder, with other figures in some places."""

    def place(objective, *, service="svc", files=("proposal.html",), findings=None, fit=(), spent_share=0.2, **others):
        changed = deepcopy(result) | {"objective": objective, "service": service, "as_of": AS_OF, "findings": findings or []} | others
        changed["fit"] |= {"target": "0.99", "stated_target": "0.99"} | dict(fit)
        changed["fit"]["budget"] = changed["fit"]["budget"] and changed["fit"]["budget"] | {"spent_share": spent_share}
        folder = tmp_path / service / objective
        folder.mkdir(parents=True)
        (folder / "result.json").write_text(json.dumps(changed))
        for name in files:
            (folder / name).write_text("")
        return folder

    return place


def index_of(out, service="svc", **options):
    write_index(out, service, as_of=AS_OF, **options)
    return unescape((out / service / "index.html").read_text()).replace("\u00a0", " ")


def words(page):
    return " ".join(re.sub(r"<style>.*?</style>|<[^>]+>", " ", page, flags=re.DOTALL).split())


def order_of(page):
    return re.findall(r'<th scope="row"><a href="([^/"]+)/', page)


def test_a_run_leaves_a_page_beside_the_proposals_and_one_above_with_links_that_lead_to_files(made):
    for page, inside in ((made / "out" / "index.html", "svc/"), (made / "out" / "svc" / "index.html", "")):
        links = re.findall(r'href="([^"]+)"', page.read_text())
        assert links[0] == f"{inside}up-28d/proposal.html"
        assert all((page.parent / link).is_file() for link in links)
        assert "<script" not in page.read_text()


def test_worst_comes_first(put, tmp_path):
    put("agreed", status="agreed", next_review="2027-01-01")
    put("proposed", status="proposed")
    put("undecided", status="draft", fit={"stated_target": None})
    put("doubtful", findings=[{"severity": "warning"}], status="agreed")
    put("unreviewed", status="agreed", next_review="2026-05-03")
    put("missed", status="agreed", spent_share=1.2)
    put("spent-more", status="agreed", spent_share=3.4)
    put("unsupported", status="agreed", fit={"stated_target": "0.999"})
    put("broken", status="agreed", findings=[{"severity": "error"}])
    put("impossible", fit={"target": None, "stated_target": None, "budget": None})
    put("failed", status="agreed")
    put("retired", status="retired", next_review="2020-01-01", spent_share=5)
    page = index_of(tmp_path, failed=["failed"])
    assert order_of(page) == [
        "failed", "impossible", "broken", "unsupported", "spent-more", "missed", "unreviewed", "doubtful", "undecided", "proposed", "agreed", "retired",
    ]  # fmt: skip
    text = words(page)
    assert "12 promises, as of 2026-05-04: 1 × could not be made; 1 × no promise can be made yet" in text
    assert "2 × its budget is spent" in text
    assert "none: 340 % used" in text
    assert "2026-05-03 overdue" in text
    assert "2020-01-01 overdue" not in text
    assert f"could not be made again; its page is that of {AS_OF}" in text


def test_a_goal_is_never_said_to_be_unsupported_but_that_it_was_not_reached_is(put, tmp_path):
    put("goal", ambition="aspirational", status="proposed", fit={"stated_target": "0.9999"}, spent_share=2.0)
    text = words(index_of(tmp_path))
    assert "a goal, not reached lately" in text
    assert "do not support" not in text


def test_an_objective_that_was_not_made_yet_is_named_and_others_of_the_workbook_stay(put, tmp_path):
    put("old")
    text = words(index_of(tmp_path, known=["new", "old", "failed"], failed=["failed"]))
    assert "new ! not made yet" in text.replace("·", "!")
    assert "failed ✗ could not be made, and there is no earlier one" in text
    assert "old" in text


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{", "is no result of a proposal"),
        ("[]", "is no result of a proposal"),
        ('{"result_version": 2}', "result_version"),
        (None, "lies in another's folder"),
        ({"status": "fine"}, "status"),
        ({"plain_promise": 7}, "plain_promise"),
        ({"next_review": "soon"}, "next_review"),
        ({"fit": {"target": "much", "stated_target": None, "budget": None}}, "fit.target"),
        ({"fit": {"target": None, "stated_target": None, "budget": {"spent_share": "NaN"}}}, "fit.budget.spent_share"),
        ({"as_of": "<b>"}, "as_of"),
    ],
)
def test_a_file_that_is_no_result_is_named_and_skipped(put, tmp_path, result, text, why):
    put("good")
    folder = put("junk")
    if isinstance(text, str):
        (folder / "result.json").write_text(text)
    else:
        changed = {"objective": "another", "as_of": AS_OF} if text is None else {"objective": "junk", "as_of": AS_OF} | text
        (folder / "result.json").write_text(json.dumps(result | changed))
    page = index_of(tmp_path)
    assert order_of(page) == ["good"]
    assert "What was left out" in page
    assert re.search(rf"junk: result.json .*{re.escape(why)}", words(page))


def test_a_result_or_a_folder_that_is_a_link_is_not_followed(put, tmp_path):
    put("good")
    put("elsewhere", service="other")
    (tmp_path / "svc" / "linked").symlink_to(tmp_path / "other" / "elsewhere")
    (tmp_path / "svc" / "inside").mkdir()
    (tmp_path / "svc" / "inside" / "result.json").symlink_to(tmp_path / "other" / "elsewhere" / "result.json")
    entries, left_out = entries_of(tmp_path / "svc", as_of=AS_OF)
    assert [one.objective for one in entries] == ["good"]
    assert [(one.name, one.reason) for one in left_out] == [("inside", "result.json is no file")]


def test_what_strangers_wrote_stays_text(put, tmp_path):
    put("hostile", plain_promise=HOSTILE, source={"last_time": HOSTILE})
    write_index(tmp_path, "svc", title=HOSTILE, as_of=AS_OF)
    page = (tmp_path / "svc" / "index.html").read_text()
    assert "<script" not in page
    assert "<img" not in page
    assert "\x1b" not in page
    assert "{{7*7}}" in page


def test_several_services_get_a_page_each_and_one_that_names_them_worst_first(put, tmp_path):
    put("one-28d", service="calm", status="agreed")
    put("two-28d", service="burning", status="agreed", spent_share=2.0)
    for service in ("calm", "burning"):
        write_index(tmp_path, service, as_of=AS_OF)
    page = (tmp_path / "index.html").read_text()
    assert re.findall(r'<th scope="row"><a href="([^"]+)"', page) == ["burning/index.html", "calm/index.html"]
    assert "1 promise: its budget is spent" in words(page)
    assert "two-28d" not in (tmp_path / "calm" / "index.html").read_text()


def test_a_page_of_somebody_else_and_a_link_are_left_alone(put, tmp_path):
    put("one-28d")
    (tmp_path / "index.html").write_text("<h1>Ours</h1>")
    (tmp_path / "precious.txt").write_text("kept")
    (tmp_path / "svc" / "index.html").symlink_to(tmp_path / "precious.txt")
    assert write_index(tmp_path, "svc", as_of=AS_OF) == []
    assert (tmp_path / "index.html").read_text() == "<h1>Ours</h1>"
    assert (tmp_path / "precious.txt").read_text() == "kept"


def test_a_page_that_would_be_the_same_is_not_written_again(put, tmp_path):
    put("one-28d")
    written = write_index(tmp_path, "svc", as_of=AS_OF)
    before = [(file.stat().st_ino, file.read_bytes()) for file in written]
    assert write_index(tmp_path, "svc", as_of=AS_OF) == written
    assert [(file.stat().st_ino, file.read_bytes()) for file in written] == before


def test_after_a_failure_the_page_shows_what_failed_and_the_day_of_the_old_page(made, tmp_path):
    shutil.copytree(made, tmp_path / "again")
    workbook = write_workbook(tmp_path / "again", "up-28d", "down-28d")
    broken = own_notebook(tmp_path / "again", "raise RuntimeError('no')", name="broken.ipynb")
    file = tmp_path / "again" / "out" / "svc" / "up-28d" / "result.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"as_of": AS_OF}))
    with pytest.raises(ProposalFailed) as failure:
        list(propose(workbook, tmp_path / "again" / "out", seed=1, only=["up-28d"], template=broken))
    assert failure.value.objectives == ("up-28d",)
    text = words((tmp_path / "again" / "out" / "index.html").read_text())
    assert "up-28d Suggested: in 28 days at most" in text
    assert f"could not be made again; its page is that of {AS_OF}" in text
    assert "down-28d · not made yet" in text
