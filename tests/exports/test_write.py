import os

import pytest

from slo_workbench.document.alerting_model import Selectors
from slo_workbench.document.yaml_merge import render_workbook
from slo_workbench.exports.formats import EXPORT_FORMATS
from slo_workbench.exports.write import write_exports
from tests.exports.workbooks import BY_BAD, indicator, objective, one_of_each, workbook


@pytest.fixture
def saved(tmp_path):
    """Save a workbook, and give it with its path and the folder to export into."""

    def save(book):
        path = tmp_path / "workbook.yaml"
        path.write_text(render_workbook(book))
        return book, path, tmp_path / "out"

    return save


def export(saved, formats=(), **changes):
    book, path, out = saved
    return write_exports(book, path, formats, out, **changes)


def test_all_formats_are_written_each_into_a_folder_of_its_own(saved, tmp_path):
    written, findings = export(saved(one_of_each()))
    assert {path.relative_to(tmp_path / "out").parts[0] for path in written} == set(EXPORT_FORMATS)
    assert all(path.stat().st_size for path in written)
    assert not [finding for finding in findings if finding.severity == "error"]
    assert sorted(written) == sorted(path for path in (tmp_path / "out").rglob("*") if path.is_file())


def test_two_runs_write_the_same_bytes(saved):
    book = saved(one_of_each())
    first = {path: path.read_bytes() for path in export(book)[0]}
    assert {path: path.read_bytes() for path in export(book)[0]} == first


def test_exports_carry_the_hash_of_the_file_they_were_made_from(saved):
    import hashlib

    book = saved(one_of_each())
    (rules, _), _ = export(book, ["prometheus"])
    assert hashlib.sha256(book[1].read_bytes()).hexdigest() in rules.read_text()


def test_no_path_of_this_machine_is_in_any_file(saved, tmp_path):
    assert not [path for path in export(saved(one_of_each()))[0] if str(tmp_path) in path.read_text()]


def test_nothing_is_written_when_anything_is_wrong(saved, tmp_path):
    broken = workbook(
        [indicator("a", BY_BAD), indicator("b", Selectors(valid="x y", bad="z"))], [objective("aa", "a"), objective("bb", "b")]
    )
    written, findings = export(saved(broken))
    assert written == ()
    assert [finding.code for finding in findings if finding.severity == "error"] == ["selector-unusable"]
    assert not (tmp_path / "out").exists()


def test_an_unknown_format_stops_everything_and_names_the_nearest(saved, tmp_path):
    written, (finding,) = export(saved(one_of_each()), ["prometheus", "slth"])
    assert (written, finding.hint) == ((), "did you mean 'sloth'?")
    assert not (tmp_path / "out").exists()


def test_references_that_lead_nowhere_stop_the_export(saved):
    book = one_of_each()
    lost = book.model_copy(update={"objectives": (objective("a", "nowhere"),)})
    assert [finding.code for finding in export((lost, *saved(book)[1:]))[1]] == ["unknown-indicator"]


def test_a_workbook_without_file_is_a_finding(saved, tmp_path):
    book, _, out = saved(one_of_each())
    written, (finding,) = write_exports(book, tmp_path / "gone.yaml", ["sloth"], out)
    assert (written, finding.code) == ((), "file-unreadable")


def test_a_file_where_a_folder_should_be_is_a_finding(saved, tmp_path):
    (tmp_path / "out").write_text("mine")
    written, findings = export(saved(one_of_each()), ["sloth"])
    assert (written, findings[-1].code) == ((), "file-unwritable")
    assert (tmp_path / "out").read_text() == "mine"


def test_files_of_an_earlier_export_that_are_not_made_any_more_are_told_and_stay(saved, tmp_path):
    old = workbook([indicator("a", BY_BAD)], [objective("old", "a")])
    export(saved(old))
    (tmp_path / "out" / "pyrra" / "notes.txt").write_text("my own")
    new = workbook([indicator("a", BY_BAD)], [objective("new", "a")])
    _, findings = export(saved(new))
    stale = sorted(os.path.basename(finding.file) for finding in findings if finding.code == "stale-export")
    assert stale == ["shop-old.yaml", "shop-old.yaml"]
    assert (tmp_path / "out" / "pyrra" / "shop-old.yaml").exists()


def test_only_the_wanted_formats_are_written(saved, tmp_path):
    written, _ = export(saved(one_of_each()), ["grafana", "grafana"])
    assert [path.relative_to(tmp_path / "out").as_posix() for path in written] == ["grafana/shop-objectives.json"]
