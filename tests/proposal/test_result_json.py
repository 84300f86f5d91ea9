"""``result.json`` has the documented form, holds the figures of the page, and is JSON that every reader understands."""

from __future__ import annotations

import json
import math
import re
from html import unescape

import jsonschema
import numpy as np
import pandas as pd
import pytest

from slo_workbench.analysis.risks import weigh_risks
from slo_workbench.analysis.user_coverage import cover_users
from slo_workbench.history.store import write_history
from slo_workbench.proposal.case import open_case
from slo_workbench.proposal.plain_values import plain, plain_rows
from slo_workbench.proposal.result_schema import result_schema
from tests.conftest import PROJECT, STAGEDOOR


@pytest.fixture(scope="module")
def cases(stagedoor_history, stagedoor_workbook, tmp_path_factory):
    folder = tmp_path_factory.mktemp("history") / "h"
    write_history(stagedoor_history, folder)
    return {
        one.id: open_case(str(STAGEDOOR / "workbook.yaml"), one.id, history_dir=str(folder), as_of="2026-05-04")
        for one in stagedoor_workbook.objectives
    }


@pytest.fixture(scope="module")
def results(cases, tmp_path_factory):
    folder = tmp_path_factory.mktemp("results")
    for name, case in cases.items():
        case.write_result(str(folder / f"{name}.json"))
    return {name: json.loads((folder / f"{name}.json").read_text(), parse_constant=pytest.fail) for name in cases}


def test_every_result_of_the_worked_example_has_the_documented_form(results):
    validator = jsonschema.Draft202012Validator(result_schema())
    for result in results.values():
        assert [error.message for error in validator.iter_errors(result)] == []


def test_a_result_that_lacks_a_key_or_has_one_more_does_not_pass(results):
    validator, result = jsonschema.Draft202012Validator(result_schema()), results["buy-availability-28d"]
    assert not validator.is_valid({key: value for key, value in result.items() if key != "risks"})
    assert not validator.is_valid({**result, "risk": None})


def test_every_key_is_explained_in_the_docs(results):
    told = (PROJECT / "docs" / "proposal.md").read_text(encoding="utf-8")
    assert [key for key in result_schema()["properties"] if f"`{key}`" not in told] == []


def test_figures_equal_the_analysis_called_directly(cases, results):
    case, result = cases["buy-availability-28d"], results["buy-availability-28d"]
    covered = cover_users(case.history, "buy-availability", target=case.assessment.target, event="request")
    assert result["users"]["sentences"] == list(covered.sentences)
    assert result["users"]["below_target_share"] == pytest.approx(covered.shown.below_target_share)
    risks = weigh_risks(case.workbook.risks, target=case.assessment.target, window_days=28)
    assert result["risks"]["bad_minutes_a_year"] == pytest.approx(risks.bad_minutes_a_year)
    assert result["alternatives"][0]["bad_events_allowed"] == result["fit"]["budget"]["bad_events_allowed"]
    assert len(result["past_promises"]) == result["fit"]["past_promises"]["made"]
    assert result["coverage"]["n_unseen"] == 8


def test_sentences_of_the_page_are_those_of_the_result(cases, results):
    case, result = cases["buy-availability-28d"], results["buy-availability-28d"]
    page = unescape(re.sub(r"<[^>]+>", " ", case.summary().html)).replace("\u00a0", " ")
    for said in (result["plain_promise"], *result["summary"].values()):
        assert said in page


def test_an_objective_without_a_policy_to_trigger_has_no_alerts(results):
    assert results["seats-availability-28d"]["alerts"] is None
    assert results["seats-availability-28d"]["policy"]["replay"] is None
    assert results["buy-availability-28d"]["policy"]["replay"]["by_clause"]


def test_what_is_missing_or_endless_becomes_null():
    odd = pd.DataFrame({"a": [math.nan, 1.5], "b": [pd.NaT, pd.Timestamp("2026-03-02")], "c": [np.inf, np.float64(2)]})
    assert plain_rows(odd) == [{"a": None, "b": None, "c": None}, {"a": 1.5, "b": "2026-03-02T00:00:00", "c": 2.0}]
    assert plain({1: (np.int64(2), None, True)}) == {"1": [2, None, True]}


def test_the_schema_is_printed_by_the_command_or_written_to_a_file(run, tmp_path):
    status, out, _ = run("schema", "--result")
    assert (status, json.loads(out)) == (0, result_schema())
    assert run("schema", "--result", "--out", tmp_path / "result.schema.json")[0] == 0
    assert (tmp_path / "result.schema.json").read_text() == out
