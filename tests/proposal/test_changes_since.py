"""What changed since an earlier proposal is told in words: every value that is another, and nothing where all is the same."""

from __future__ import annotations

import copy
import json
import re
from datetime import date

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slo_workbench.document import FindingsError
from slo_workbench.errors import UnusableValue
from slo_workbench.history.store import write_history
from slo_workbench.proposal.case import open_case
from slo_workbench.proposal.changes_part import NOT_COMPARED, changes_part
from slo_workbench.proposal.changes_since import Changes, changes_since
from slo_workbench.proposal.earlier_proposals import LARGEST_BYTES, find_earlier, read_earlier
from slo_workbench.proposal.result_pair import ResultPair
from slo_workbench.proposal.result_schema import result_schema
from slo_workbench.proposal.run import propose
from tests.conftest import STAGEDOOR
from tests.proposal.small_workbook import own_notebook, write_workbook

OBJECTIVE = "buy-latency-28d"


@pytest.fixture(scope="module")
def history(stagedoor_history, tmp_path_factory):
    folder = tmp_path_factory.mktemp("history") / "h"
    write_history(stagedoor_history, folder)
    return folder


@pytest.fixture(scope="module")
def result(history, tmp_path_factory):
    file = tmp_path_factory.mktemp("result") / "result.json"
    open_case(str(STAGEDOOR / "workbook.yaml"), OBJECTIVE, history_dir=str(history), as_of="2026-05-04").write_result(str(file))
    return json.loads(file.read_text())


def changed(result, **at):
    """Return a copy of a result in which the values at these places, such as ``fit__target``, are others."""
    other = copy.deepcopy(result)
    for place, value in at.items():
        *steps, last = (int(step) if step.isdigit() else step for step in place.split("__"))
        part = other
        for step in steps:
            part = part[step]
        part[last] = value
    return other


# --------------------------------------------------------------------------------------------------------------------- words


def test_a_change_is_told_with_what_it_was_what_it_is_its_unit_and_what_stands_behind_it(result):
    new = changed(
        result, as_of="2026-06-01", fit__target="0.967", fit__history__valid=45_000, fit__history__bad=1_200, fit__history__sli=0.9733,
        fit__history__days=84, fit__threshold_ms=2000.0, fit__budget__bad_events_allowed=560, fit__budget__outage_minutes_average=1300.0,
        fit__budget__spent_share=0.5, money__by_threshold__0__window_bad_cents=5_712_088, status="proposed", owner="", reason="It is enough.",
        policy__clauses__0__action="Look.", alerts__tiers__0__burn_rate=14.4, alerts__by_incident__0__verdict="missed", dissent=[],
        source__n_rows_read=542_870, versions__numpy="9.9", users__below_target_share=0.0465,
    )  # fmt: skip
    new["policy"]["clauses"] = new["policy"]["clauses"][:-1]
    numpy = result["versions"]["numpy"]
    expected = [
        "The threshold was 3 s and is 2 s now.",
        "The status was “draft” and is “proposed” now.",
        "The reason is “It is enough.” now; before, there was none.",
        "The owner was “Ticketing team”; now there is none.",
        "The policy's clause “freeze” is gone: No releases but fixes for reliability and security until the window is back within its target.",
        "The policy's clause “look”: action “The team looks at what spent it, in its weekly meeting.”, now “Look.”.",
        "The alert tier “page-fast”: burn rate 13.44 times as fast as the budget allows, now 14.4 times as fast as the budget allows.",
        "The dissent of “Operations, buy-availability-client” is gone: The payment page hangs for some buyers before anything reaches us. "
        "We should build this first.",
        "The target over 28 days was 96.5 % (from 56 days with 30,979 valid requests, 906 of them bad) and is 96.7 % (from 84 days with 45,000 "
        "valid requests, 1,200 of them bad) now. The records of then left it open between 96.1 % and 97.1 %; the difference is within that "
        "uncertainty.",
        "What the records say: share of valid requests that were good 97.1 %, now 97.3 %; valid requests 30,979, now 45,000; bad requests 906, now "
        "1,200; complete days 56, now 84. Of the windows predicted then, 85 of 100 lay between 96.1 % and 98.2 %; the new share lies within.",
        "The error budget of 28 days: bad requests allowed 542, now 560; in full outage at usual traffic 23 h 31 min, now 21 h 40 min; spent by the "
        "last window 67 %, now 50 %.",
        "The users in 28 days: share for whom more went wrong than the target allows 4.6 %, now 4.7 %. With 8,109 users, chance alone left the "
        "share below the target open between 4.3 % and 5 % (in 90 of 100 cases); the difference is within that uncertainty.",
        "The money that hangs on it: on bad ones in a usual window EUR 47,120.88, now EUR 57,120.88. Before, what hangs on bad ones lay between "
        "EUR 26,572.25 and EUR 74,676.80 in 90 of 100 windows; the difference is within that uncertainty.",
        "The alerts on what happened: missed: 3 incidents, now 4; paged: 1 incident, now 0.",
        "The rows: read 542,860, now 542,870.",
        f"Versions: numpy “{numpy}”, now “9.9”.",
    ]  # fmt: skip
    found = changes_since(result, new)
    assert list(found.sentences) == expected
    assert found.headline == (
        "Changed since the proposal of 2026-05-04: 8 decisions, 6 figures, 1 fact about the data and 1 part of how it is made. "
        "The threshold was 3 s and is 2 s now."
    )


def test_a_difference_larger_than_the_old_uncertainty_says_so(result):
    said = "\n".join(changes_since(result, changed(result, fit__target="0.98", users__below_target_share=0.1)).sentences)
    assert said.count("the difference is larger than that uncertainty") == 2


def test_a_target_that_the_team_chose_is_told_once_as_a_decision(result):
    old = changed(result, fit__target="0.96", fit__stated_target="0.96")
    found = changes_since(old, changed(old, fit__target="0.965", fit__stated_target="0.965"))
    assert found.sentences == ("The team's own target was 96 % and is 96.5 % now.",)


def test_two_numbers_that_differ_are_never_written_the_same(result):
    (sentence,) = changes_since(result, changed(result, users__no_bad_share=result["users"]["no_bad_share"] + 1e-9)).sentences
    before, now = sentence.split(" met nothing bad ")[1].rstrip(".").split(", now ")
    assert before != now


def test_nothing_new_is_said_as_such_and_another_day_is_no_change(result):
    for new in (result, changed(result, as_of="2026-06-01", next_review_sentence="Overdue.")):
        found = changes_since(result, new)
        assert found.is_empty
        assert found.sentences == ("Nothing has changed since the proposal of 2026-05-04.",)


def leaves(value, steps=()):
    below = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    inner = [leaf for step, one in below for leaf in leaves(one, (*steps, step))]
    return inner or [steps]


ANOTHER = {str: "0.42", int: 123_456_789, float: 0.123456, bool: None, type(None): "2031-01-01", list: ["new"], dict: {"new": 1}}
NO_CHANGE = {("as_of",), ("changes",), ("objective",), ("service",)}  # the last two cannot differ: the reader refuses them


def with_another(result, *places):
    """Return a copy of a result in which the values at these places are others of their kind."""
    new = copy.deepcopy(result)
    for steps in places:
        part = new
        for step in steps[:-1]:
            part = part[step]
        value = part[steps[-1]]
        is_target = steps in [("fit", "target"), ("fit", "stated_target")]
        part[steps[-1]] = not value if isinstance(value, bool) else "0.42" if is_target else ANOTHER[type(value)]
    return new


def assert_all_are_told(result, *places):
    new = with_another(result, *places)
    found = changes_since(result, new)
    covers = [one for changes in found.sections.values() for change in changes for one in change.covers]
    left = [steps for steps in ResultPair(result, new).changed if not any(steps[: len(one)] == one for one in covers)]
    assert bool(left) == bool(found.also), left
    n_told = sum(int(n.replace(",", "")) for n in re.findall(r"\(([\d,]+) values?\)", found.also))
    assert n_told == len(left), (left, found.also)
    assert all(one.sentence.strip() and "nan" not in one.sentence.casefold().split() for part in found.sections.values() for one in part)
    json.dumps(found.as_json(), allow_nan=False)
    assert changes_since(new, new).is_empty


def test_every_kind_of_value_is_told_of_when_it_is_another(result):
    kinds = {tuple(0 if isinstance(step, int) else step for step in steps): steps for steps in leaves(result)}
    for steps in kinds.values():
        if steps not in NO_CHANGE:
            assert_all_are_told(result, steps)


@given(data=st.data())
def test_every_value_is_told_of_when_several_are_others(result, data):
    places = data.draw(st.sets(st.sampled_from([steps for steps in leaves(result) if steps not in NO_CHANGE]), min_size=1, max_size=6))
    assert_all_are_told(result, *places)


# ----------------------------------------------------------------------------------------------------------- the earlier file


def refusal(place, **options):
    with pytest.raises(FindingsError) as raised:
        find_earlier(place, **{"service": "stagedoor", "objectives": [OBJECTIVE], **options})
    (finding,) = raised.value.findings
    assert finding.file
    assert finding.hint
    return finding


@pytest.mark.parametrize(
    ("content", "code", "said"),
    [
        (b"junk", "earlier-no-json", "no JSON"),
        (b"\xff\xfe", "earlier-no-json", "UTF-8"),
        (b"[1]", "earlier-no-json", "no object"),
        (b'{"a": NaN}', "earlier-no-json", "NaN is no number"),
        (b"[" * 100_000, "earlier-no-json", "no JSON"),
        (b"{}", "earlier-form", "result_version is None"),
        (b'{"result_version": 99}', "earlier-form", "result_version is 99"),
        (b'{"result_version": true}', "earlier-form", "True"),
        (b'{"result_version": 1, "objective": 3}', "earlier-form", "another form"),
    ],
)
def test_a_file_that_is_no_result_is_refused_with_its_name_and_what_to_do(tmp_path, content, code, said):
    file = tmp_path / "old.json"
    file.write_bytes(content)
    finding = refusal(file)
    assert finding.code == code
    assert said in finding.message
    assert finding.file == str(file)


def test_a_file_that_is_missing_too_large_or_a_pipe_is_refused_without_reading_it(tmp_path):
    import os

    assert refusal(tmp_path / "none.json").code == "earlier-missing"
    large = tmp_path / "large.json"
    with large.open("wb") as file:
        file.truncate(LARGEST_BYTES + 1)
    assert refusal(large).code == "earlier-too-large"
    os.mkfifo(tmp_path / "pipe")
    assert refusal(tmp_path / "pipe").code == "earlier-missing"
    assert refusal(tmp_path).code == "earlier-missing"


def test_a_result_of_another_objective_or_service_is_refused(tmp_path, result):
    file = tmp_path / "result.json"
    file.write_text(json.dumps(result))
    assert list(find_earlier(file, service="stagedoor", objectives=[OBJECTIVE])) == [OBJECTIVE]
    assert list(find_earlier(tmp_path, service="stagedoor", objectives=[OBJECTIVE])) == [OBJECTIVE]
    assert "stagedoor" in refusal(file, service="other").message
    assert OBJECTIVE in refusal(file, objectives=["another"]).message
    assert "--only" in refusal(file, objectives=[OBJECTIVE, "another"]).hint
    assert read_earlier(file, service="stagedoor", objective=OBJECTIVE) == result


def test_a_result_from_before_there_were_comparisons_is_read(tmp_path, result):
    file = tmp_path / "result.json"
    file.write_text(json.dumps({key: value for key, value in result.items() if key != "changes"}))
    assert changes_since(read_earlier(file, service="stagedoor", objective=OBJECTIVE), result).is_empty


# ------------------------------------------------------------------------------------------------------------ page and result


def test_the_page_tells_the_changes_and_the_result_has_them_in_the_documented_form(history, result, tmp_path):
    earlier = tmp_path / "earlier.json"
    earlier.write_text(json.dumps(changed(result, as_of="2026-04-01", owner="<b>Others</b>", fit__history__bad=900)))
    case = open_case(
        str(STAGEDOOR / "workbook.yaml"), OBJECTIVE, history_dir=str(history), as_of="2026-05-04", against=str(earlier)
    )  # fmt: skip
    said = changes_part(case)
    assert "Compared with the earlier proposal, which was made as of 2026-04-01; this one is of 2026-05-04." in said.text
    assert "The owner was “<b>Others</b>” and is “Ticketing team” now." in said.text
    assert "<b>" not in said.html
    assert "bad requests 900, now 906" in said.text
    assert "Changed since the proposal of 2026-04-01: 1 decision and 1 figure." in case.summary().text
    written = case.result()
    jsonschema.Draft202012Validator(result_schema()).validate(written)
    assert [one["before"] for one in written["changes"]["decisions"]] == ["<b>Others</b>"]
    alone = open_case(str(STAGEDOOR / "workbook.yaml"), OBJECTIVE, history_dir=str(history), as_of="2026-05-04")
    assert changes_part(alone).text == NOT_COMPARED
    assert alone.result()["changes"] is None


def test_no_sentence_of_a_comparison_holds_what_is_no_number():
    assert Changes("2026-04-01", {}).as_json()["also"] == ""


def test_proposals_are_held_against_a_folder_of_earlier_ones_each_against_its_own(tmp_path):
    workbook = write_workbook(tmp_path, "a-28d", "b-28d: two")
    notebook = own_notebook(tmp_path)
    notebook.write_text(notebook.read_text().replace("seed=seed)", "seed=seed, as_of=as_of, against=against)"))
    options = {"seed": 1, "template": notebook}
    list(propose(workbook, tmp_path / "old", only=["a-28d"], as_of=date(2026, 4, 1), **options))
    workbook.write_text(workbook.read_text().replace("id: a-28d, indicator: one,", "id: a-28d, indicator: one, owner: Web,"))
    out = tmp_path / "new"

    def proposed(against=tmp_path / "old"):
        return {one.objective: one for one in propose(workbook, out, as_of=date(2026, 5, 4), against=against, **options)}

    first = proposed()
    assert [one["sentence"] for one in first["a-28d"].result["changes"]["decisions"]] == ["The owner is “Web” now; before, there was none."]
    assert first["b-28d"].result["changes"] is None  # there was none of it
    assert all(one.is_unchanged for one in proposed().values())
    # what lies in the old one's place is part of what a proposal is made of
    earlier = tmp_path / "old" / "svc" / "a-28d" / "result.json"
    earlier.write_text(earlier.read_text().replace('"owner": ""', '"owner": "App"'))
    again = proposed()
    assert [name for name, one in again.items() if not one.is_unchanged] == ["a-28d"]
    assert again["a-28d"].result["changes"]["decisions"][0]["before"] == "App"
    # held against themselves, in their own place
    assert proposed(against=out)["a-28d"].result["changes"]["headline"] == "Nothing has changed since the proposal of 2026-05-04."
    assert not any(one.is_unchanged for one in proposed(against=None).values())
    assert not (out / "svc" / "a-28d" / "earlier.json").exists()


def test_a_notebook_that_is_not_there_is_refused_by_name(tmp_path):
    with pytest.raises(UnusableValue, match=r"there is no notebook .*none\.ipynb"):
        list(propose(write_workbook(tmp_path, "a-28d"), tmp_path / "out", seed=1, template=tmp_path / "none.ipynb"))
    assert not (tmp_path / "out").exists()


def test_a_notebook_that_cannot_compare_is_refused_before_it_runs(tmp_path):
    workbook = write_workbook(tmp_path, "a-28d")
    (old,) = propose(workbook, tmp_path / "old", seed=1, template=own_notebook(tmp_path), as_of=date(2026, 4, 1))
    assert old.result["as_of"] == "2026-04-01"  # also of a notebook that does not say it
    mine = own_notebook(tmp_path, name="mine.ipynb")
    mine.write_text(mine.read_text().replace("against: str", "other: str"))
    with pytest.raises(UnusableValue, match="against"):
        list(propose(workbook, tmp_path / "new", seed=1, template=mine, against=tmp_path / "old"))
    assert not (tmp_path / "new").exists()
