"""A workbook reads and writes in its own folder and in the one that the command line names, wherever its paths and links lead; it runs nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from slo_workbench.cli import main
from slo_workbench.document import FindingsError, read_workbook
from slo_workbench.errors import UnusableValue
from slo_workbench.history.from_workbook import reduce_workbook
from slo_workbench.history.store import write_history
from slo_workbench.proposal.run import propose
from tests.proposal.small_workbook import own_notebook, write_workbook

SECRET = "time,valid,good\n" + "\n".join(f"2026-{1 + day // 28:02d}-{1 + day % 28:02d},424242,424242" for day in range(56)) + "\n"


@pytest.fixture
def outside(tmp_path_factory) -> Path:
    """A folder that is none of the workbook's business, and what lies in it."""
    folder = tmp_path_factory.mktemp("outside")
    (folder / "secret.csv").write_text(SECRET)
    return folder


@pytest.fixture
def workbook(tmp_path) -> Path:
    (tmp_path / "shop").mkdir()
    return write_workbook(tmp_path / "shop", "a-28d")


def proposed(workbook: Path, out: Path, **options):
    template = own_notebook(workbook.parent.parent)
    return list(propose(workbook, out, seed=1, template=template, **options))


def changed(workbook: Path, before: str, after: str) -> Path:
    text = workbook.read_text()
    assert before in text
    workbook.write_text(text.replace(before, after, 1))
    return workbook


def assert_refused(workbook: Path, code: str) -> None:
    out = workbook.parent.parent / "out"
    with pytest.raises(FindingsError) as raised:
        proposed(workbook, out, fork=False)
    assert code in [finding.code for finding in raised.value.findings]
    assert "424242" not in str(raised.value)
    assert not out.exists() or not [file for file in out.rglob("*") if file.is_file()]


# ---------------------------------------------------------------------------------------------------------------- what is read


@pytest.mark.parametrize(
    "place", ["../outside/secret.csv", "/etc/passwd", "a/../../secret.csv", "~/secret.csv", "file:///etc/passwd", "C:/x", "..\\\\x"]
)
@pytest.mark.parametrize("part", ["path: events.csv", "incidents: incidents.csv", "pool: [", "tickets: "])
def test_a_path_that_leads_out_is_refused(workbook, place, part):
    quoted = f"'{place}'"
    if part.startswith(("pool", "tickets")):
        workbook.write_text(workbook.read_text().replace("incidents:", f"{part}{quoted}{']' if '[' in part else ''}\nincidents:", 1))
    else:
        changed(workbook, part, f"{part.split(': ')[0]}: {quoted}")
    if place.startswith("~"):  # a folder of that name below the workbook
        assert "~" in str(read_workbook(workbook).model_dump())
        return
    assert_refused(workbook, "path-outside")


def test_a_source_that_is_a_link_a_folder_with_one_or_a_pattern_that_meets_one_is_refused(workbook, outside):
    shop = workbook.parent
    (shop / "events.csv").unlink()
    (shop / "events.csv").symlink_to(outside / "secret.csv")
    assert_refused(workbook, "path-outside")
    (shop / "logs").mkdir()
    (shop / "logs" / "x.csv").symlink_to(outside / "secret.csv")
    assert_refused(changed(workbook, "path: events.csv", "path: 'logs/*.csv'"), "path-outside")
    (shop / "logs" / "x.parquet").symlink_to(outside / "secret.csv")
    assert_refused(changed(workbook, "path: 'logs/*.csv'", "path: logs"), "path-outside")
    (shop / "far").symlink_to(outside)
    assert_refused(changed(workbook, "path: logs", "path: far/secret.csv"), "path-outside")


def test_what_lies_behind_a_link_is_not_even_hashed(workbook, outside):
    from slo_workbench.proposal.input_hash import ProposalInputs

    shop = workbook.parent
    (shop / "pool").mkdir()
    (shop / "pool" / "x").symlink_to(outside / "secret.csv")
    changed(workbook, "incidents:", "pool: [pool]\nincidents:")

    template = own_notebook(shop.parent)

    def hashes():
        document = read_workbook(workbook)
        return ProposalInputs(document, shop, {}, template, {}).of(document.objectives[0])

    before = hashes()
    (outside / "secret.csv").write_text("other")
    assert hashes() == before
    (shop / "pool" / "mine").write_text("mine")
    assert hashes() != before


def test_the_user_may_name_what_the_workbook_may_not(workbook, outside):
    (proposal,) = proposed(workbook, workbook.parent.parent / "out", places={"events": str(outside / "secret.csv")})
    assert proposal.result["source"]["n_rows_read"] == 56


@pytest.mark.parametrize("kind", ["file", "folder", "file in a folder"])
def test_a_pool_that_is_a_link_is_refused(workbook, outside, kind):
    shop = workbook.parent
    if kind == "file":
        (shop / "pool.csv").symlink_to(outside / "secret.csv")
    else:
        write_history(reduce_workbook(read_workbook(workbook), shop), outside / "history")
        if kind == "folder":
            (shop / "pool.csv").symlink_to(outside / "history")
        else:
            (outside / "history").rename(shop / "pool.csv")
            (shop / "pool.csv" / "series.parquet").rename(outside / "series.parquet")
            (shop / "pool.csv" / "series.parquet").symlink_to(outside / "series.parquet")
    assert_refused(changed(workbook, "incidents:", "pool: [pool.csv]\nincidents:"), "path-outside")


def test_a_list_of_incidents_that_is_a_link_is_not_read(workbook, outside):
    (outside / "incidents.csv").write_text("start,end,title\n2026-01-05 10:00,2026-01-05 12:00,424242\n")
    (workbook.parent / "incidents.csv").unlink()
    (workbook.parent / "incidents.csv").symlink_to(outside / "incidents.csv")
    (proposal,) = proposed(workbook, workbook.parent.parent / "out")
    assert "424242" not in json.dumps(proposal.result)
    assert "leads out of the workbook's folder" in proposal.result["team_incidents"]["refused"]


def test_rooms_that_are_links_are_not_looked_into(workbook, outside):
    changed(workbook, "window: 28d", "window: 28d, target: 99%")
    (outside / "a-28d").mkdir()
    (outside / "a-28d" / "x.yaml").write_text("version: 1\nobjective: a-28d\nparticipant: '424242'\n")
    for room in ("signatures", "votes"):
        (workbook.parent / room).symlink_to(outside)
    (proposal,) = proposed(workbook, workbook.parent.parent / "out")
    assert "424242" not in json.dumps(proposal.result)


@pytest.mark.parametrize(
    "url",
    [
        "sqlite:////etc/passwd?table=x",
        "sqlite:///../outside.db?table=x",
        "postgresql://127.0.0.1:9/x?table=y",
        "http://127.0.0.1:9",
        "file:///etc/passwd",
    ],
)
def test_a_url_of_the_workbook_is_not_asked_unless_the_command_line_says_so(workbook, url):
    changed(
        workbook, "path: events.csv", f"url: '{url}', since: 2026-01-01, until: 2026-02-01" if url.startswith("http") else f"url: '{url}'"
    )
    with pytest.raises(FindingsError) as raised:
        proposed(workbook, workbook.parent.parent / "out", fork=False)
    assert {finding.code for finding in raised.value.findings} & {"path-outside", "url-not-trusted", "source-url", "url-unknown"}, (
        raised.value
    )


# ------------------------------------------------------------------------------------------------------------- what is written


@pytest.mark.parametrize("name", ["", "a-28d", "_history", ".writing", ".history.json", "a-28d.failed.ipynb"])
def test_a_link_in_the_folder_of_proposals_is_not_written_through(workbook, outside, name):
    out = workbook.parent / "proposals"
    (outside / "there").mkdir()
    place = out / "svc" / name
    place.parent.mkdir(parents=True)
    place.symlink_to(outside / ("secret.csv" if "." in name else "there"))
    with pytest.raises(UnusableValue, match="is a link and leads elsewhere"):
        proposed(workbook, out)
    assert (outside / "secret.csv").read_text() == SECRET
    assert sorted(one.name for one in outside.rglob("*")) == ["secret.csv", "there"]


def test_the_folder_that_the_command_line_names_may_be_a_link(workbook, outside):
    out = workbook.parent.parent / "link"
    out.symlink_to(outside)
    proposed(workbook, out)
    assert (outside / "svc" / "a-28d" / "result.json").is_file()


@pytest.mark.parametrize("id", ["../up", "/tmp/up", "..", "a/b", ".hidden", "_history", "a\\\\b", "A"])
@pytest.mark.parametrize("part", ["{id: a-28d", "name: svc", "{id: one"])
def test_a_name_that_would_lead_elsewhere_is_none(workbook, id, part):
    changed(workbook, part, f'{part.split(": ")[0]}: "{id}"')
    assert_refused(workbook, "bad-id")


# -------------------------------------------------------------------------------------------------------------------- what runs


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("title: Service", "title: !!python/object/apply:os.system ['touch ran']"),
        ("title: Service", "title: !!python/name:os.system"),
        ("title: Service", "title: !include /etc/passwd"),
        ("title: Service", "title: !!binary YQ=="),
    ],
)
def test_tags_run_nothing(workbook, before, after, monkeypatch):
    monkeypatch.chdir(workbook.parent)
    changed(workbook, before, after)
    with pytest.raises(FindingsError):
        proposed(workbook, workbook.parent.parent / "out", fork=False)
    assert not (workbook.parent / "ran").exists()


@pytest.mark.parametrize(
    "condition",
    [
        "(select count(*) from read_csv('/etc/passwd')) > 0", "getenv('HOME') is not null", "read_text('/etc/passwd') = ''", "valid; drop table x",
        "valid from read_csv('/etc/passwd') --", "__import__('os').system('touch ran')",
    ],
)  # fmt: skip
def test_conditions_open_and_run_nothing(workbook, condition, monkeypatch):
    monkeypatch.chdir(workbook.parent)
    quoted = condition.replace("'", "''")
    changed(workbook, "good: good", f"good: '{quoted}'")
    with pytest.raises(FindingsError):
        proposed(workbook, workbook.parent.parent / "out", fork=False)
    assert not (workbook.parent / "ran").exists()


def test_the_terminal_is_not_steered_by_what_a_workbook_holds(workbook, capsys):
    out = workbook.parent.parent / "out"
    changed(workbook, "path: events.csv", 'path: "x\\e[31m\\u009b2J.csv"')
    assert main(["propose", str(workbook), "--out", str(out)]) == 1
    changed(workbook, "incidents: incidents.csv", '"key\\e[2J": 1')
    assert main(["propose", str(workbook), "--out", str(out)]) == 1
    said = "".join(capsys.readouterr())
    assert "x\\x1b[31m" in said
    assert "key\\x1b[2J" in said
    assert not set(said) & {"\x1b", "\x9b"}
