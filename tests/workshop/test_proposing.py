"""A proposal is written from a notebook as the command writes it, and a failure leaves the old one."""

import pytest

from slo_workbench.proposal.run import ProposalFailed
from slo_workbench.workshop.proposing import proposal_folder, write_proposal
from slo_workbench.workshop.target_checks import check_proposal

BUY = "buy-availability-28d"


def test_the_page_lies_beside_the_workbook_is_linked_and_passes_its_check(workshop, monkeypatch):
    monkeypatch.chdir(workshop.folder)
    told = []
    written = write_proposal(workshop, BUY, progress=lambda step: told.append(str(step)))
    assert written.page == workshop.folder / "proposals" / "stagedoor" / BUY / "proposal.html"
    shown = written._repr_mimebundle_()["text/html"]
    assert f'href="proposals/stagedoor/{BUY}/proposal.html"' in shown
    assert "Over 28 days, 99.1 % of valid requests" in shown
    assert told[-1] == f"The proposal of {BUY} is written."
    assert check_proposal(workshop, BUY).startswith("✓")


def test_a_proposal_that_cannot_be_written_says_why_and_leaves_the_old_one(workshop):
    folder = proposal_folder(workshop) / "stagedoor" / BUY
    folder.mkdir(parents=True)
    (folder / "result.json").write_text("{}")
    (folder / "of-mine.txt").write_text("kept")
    with pytest.raises(ProposalFailed, match=r"of-mine\.txt"):
        write_proposal(workshop, BUY)
    assert (folder / "of-mine.txt").read_text() == "kept"


def test_requests_that_are_gone_are_told_and_an_old_page_is_not_taken_for_a_new_one(workshop):
    folder = proposal_folder(workshop) / "stagedoor" / BUY
    folder.mkdir(parents=True)
    (folder / "result.json").write_text('{"promise": "of yesterday"}')
    (workshop.folder / "requests.parquet").unlink()
    with pytest.raises(ProposalFailed, match=r"requests\.parquet"):
        write_proposal(workshop, BUY)


def test_writing_again_what_has_not_changed_is_no_failure(workshop):
    first = write_proposal(workshop, BUY)
    again = write_proposal(workshop, BUY)
    assert again.first_sentences == first.first_sentences
    assert check_proposal(workshop, BUY).startswith("✓")
