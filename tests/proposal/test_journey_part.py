from __future__ import annotations

from slo_workbench.proposal.coverage_part import coverage_part
from slo_workbench.proposal.journey_part import choice_part, journey_part


def test_the_page_shows_what_is_measured_where(stagedoor_workbook) -> None:
    part = journey_part(stagedoor_workbook, stagedoor_workbook.journey("buy"))
    assert 'src="data:image/svg+xml;base64,' in part.html
    assert "buy-availability" in part.html.partition("alt=")[2]


def test_the_page_says_what_was_not_taken_and_who_does_not_agree(stagedoor_workbook) -> None:
    text = choice_part(stagedoor_workbook.journey("buy")).text
    assert "Decided on 2026-05-04 by Ticketing team, Product, Operations." in text
    assert "The payment page hangs for some buyers" in text
    assert "hangs for some buyers" not in choice_part(stagedoor_workbook.journey("buy"), with_dissent=False).text


def test_a_journey_without_a_choice_or_a_diagram_says_so_or_nothing(stagedoor_workbook) -> None:
    bare = stagedoor_workbook.journey("buy").model_copy(update={"diagram": "", "choice": type(stagedoor_workbook.journey("buy").choice)()})
    assert choice_part(bare).html == ""
    assert "no diagram yet" in journey_part(stagedoor_workbook, bare).text
    assert "Without a diagram" in coverage_part(stagedoor_workbook, bare).text


def test_a_diagram_that_cannot_be_read_leaves_the_rest_of_the_page_whole(stagedoor_workbook) -> None:
    odd = stagedoor_workbook.journey("buy").model_copy(update={"diagram": "flowchart LR\n a-->b"})
    workbook = stagedoor_workbook.model_copy(update={"journeys": (odd,)})
    assert "cannot be read" in journey_part(workbook, odd).text
