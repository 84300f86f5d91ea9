import shutil

import pytest

from slo_workbench.document import FindingsError, read_workbook
from slo_workbench.history.from_workbook import check_data, check_expressions, reduce_workbook
from tests.conftest import STAGEDOOR


def test_the_worked_example_accounts_for_every_row(stagedoor_history):
    for source in stagedoor_history.provenance.sources:
        assert source.n_rows_read == source.n_rows_used + source.n_rows_refused + source.n_rows_left_out
        assert source.n_rows_refused == 0
    assert [finding.code for finding in stagedoor_history.findings] == []


def test_the_counts_of_the_worked_example_are_those_of_its_generator(stagedoor_history):
    # counted by the generator's author with pandas on the same rows
    buy = stagedoor_history.series_of("buy-availability")
    assert (int(buy["valid"].sum()), int((buy["valid"] - buy["good"]).sum())) == (30_979, 105)
    browse = stagedoor_history.series_of("browse-availability")
    assert (int(browse["valid"].sum()), int((browse["valid"] - browse["good"]).sum())) == (235_722, 109)


def test_only_the_sources_that_are_wanted_are_opened(stagedoor_workbook, tmp_path):
    shutil.copy(STAGEDOOR / "settlement.csv", tmp_path)
    history = reduce_workbook(stagedoor_workbook, tmp_path, only={"settlement-coverage"})
    assert [source.name for source in history.provenance.sources] == ["settlement"]


def test_every_source_that_is_missing_is_reported(stagedoor_workbook, tmp_path):
    with pytest.raises(FindingsError) as caught:
        reduce_workbook(stagedoor_workbook, tmp_path)
    assert [(finding.code, finding.where) for finding in caught.value.findings] == [
        ("source-missing", "sources.requests"), ("source-missing", "sources.orders"), ("source-missing", "sources.deliveries"),
        ("source-missing", "sources.settlement"),
    ]  # fmt: skip


def test_a_link_that_leads_out_of_the_folder_is_refused_and_a_path_the_user_gives_is_not(stagedoor_workbook, tmp_path):
    (tmp_path / "settlement.csv").symlink_to(STAGEDOOR / "settlement.csv")
    with pytest.raises(FindingsError, match="path-outside"):
        reduce_workbook(stagedoor_workbook, tmp_path, only={"settlement-coverage"})
    history = reduce_workbook(
        stagedoor_workbook, tmp_path, only={"settlement-coverage"}, places={"settlement": str(STAGEDOOR / "settlement.csv")}
    )
    assert history.provenance.sources[0].n_rows_read == 56


def test_a_path_for_a_source_the_workbook_does_not_have_is_a_finding(stagedoor_workbook):
    with pytest.raises(FindingsError, match="did you mean 'settlement'"):
        reduce_workbook(
            stagedoor_workbook, STAGEDOOR, only={"settlement-coverage"}, places={"setlement": str(STAGEDOOR / "settlement.csv")}
        )


def test_expressions_are_checked_without_data_and_against_the_real_columns(tmp_path):
    text = (STAGEDOOR / "workbook.yaml").read_text()
    text = text.replace("good: rows_processed - rows_wrong", "good: rows_procesed").replace(
        "good: not degraded", "good: getenv('HOME') = 'x'"
    )
    (tmp_path / "workbook.yaml").write_text(text)
    workbook = read_workbook(tmp_path / "workbook.yaml")
    assert [(finding.code, finding.where) for finding in check_expressions(workbook)] == [("predicate-refused", "indicators[1].good")]
    findings, totals = check_data(workbook, STAGEDOOR)
    found = [(finding.code, finding.where) for finding in findings]
    assert found == [("predicate-refused", "indicators[1].good"), ("unknown-column", "indicators[15].good")]
    assert totals["buy-availability"][:2] == (30_979, 30_874)
    assert round(totals["buy-availability"].n_days) == 56
    assert "browse-quality" not in totals


@pytest.mark.parametrize("url", ["postgresql://db.example/shop?table=requests", "spark://spark.example:7077?table=requests"])
def test_a_server_that_a_workbook_names_is_not_asked_until_the_user_says_so(stagedoor_workbook, tmp_path, url):
    source = stagedoor_workbook.sources["settlement"].model_copy(update={"path": "", "url": url})
    workbook = stagedoor_workbook.model_copy(update={"sources": {**stagedoor_workbook.sources, "settlement": source}})
    with pytest.raises(FindingsError, match="url-not-trusted"):
        reduce_workbook(workbook, tmp_path, only={"settlement-coverage"})
