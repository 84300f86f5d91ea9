"""Whatever happens, a folder is the old one or the new one, and nobody's files are lost."""

import os

import pytest

from slo_workbench import atomic_files
from slo_workbench.atomic_files import new_folder, replace_text
from slo_workbench.errors import UnusableValue


def old_folder(path):
    path.mkdir()
    (path / "ours.txt").write_text("old")
    return path


def write_new(path):
    with new_folder(path, replaces={"ours.txt"}) as beside:
        (beside / "ours.txt").write_text("new")


def test_a_new_folder_takes_the_place_of_the_old_one_and_leaves_nothing_beside(tmp_path):
    write_new(old_folder(tmp_path / "f"))
    assert (tmp_path / "f" / "ours.txt").read_text() == "new"
    assert [item.name for item in tmp_path.iterdir()] == ["f"]


def test_an_error_while_filling_leaves_the_old_folder(tmp_path):
    folder = old_folder(tmp_path / "f")
    with pytest.raises(RuntimeError), new_folder(folder, replaces={"ours.txt"}):
        raise RuntimeError
    assert (folder / "ours.txt").read_text() == "old"
    assert [item.name for item in tmp_path.iterdir()] == ["f"]


@pytest.mark.parametrize("fails_at", [1, 2])
def test_an_interrupt_between_the_renames_leaves_the_old_folder(tmp_path, monkeypatch, fails_at):
    folder = old_folder(tmp_path / "f")
    calls, rename = [], os.replace

    def interrupted(source, target):
        calls.append(source)
        if len(calls) == fails_at:
            raise KeyboardInterrupt
        rename(source, target)

    monkeypatch.setattr(atomic_files.os, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_new(folder)
    assert (folder / "ours.txt").read_text() == "old"
    assert [item.name for item in tmp_path.iterdir()] == ["f"]


@pytest.mark.parametrize("foreign", ["thesis.txt", "photos/one.jpg", "ours.txt/inner"])
def test_a_folder_that_holds_anything_else_is_never_touched(tmp_path, foreign):
    file = tmp_path / "f" / foreign
    file.parent.mkdir(parents=True)
    file.write_text("years of work")
    with pytest.raises(UnusableValue, match="left alone"):
        write_new(tmp_path / "f")
    assert file.read_text() == "years of work"


def test_the_folder_the_command_runs_in_is_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UnusableValue, match="name a new one"):
        write_new(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_text_file_keeps_its_mode_and_a_link_stays_a_link(tmp_path):
    (tmp_path / "real.txt").write_text("old")
    (tmp_path / "real.txt").chmod(0o640)
    (tmp_path / "link.txt").symlink_to("real.txt")
    replace_text(tmp_path / "link.txt", "new")
    assert (tmp_path / "link.txt").is_symlink()
    assert (tmp_path / "real.txt").read_text() == "new"
    assert (tmp_path / "real.txt").stat().st_mode & 0o777 == 0o640
    assert sorted(item.name for item in tmp_path.iterdir()) == ["link.txt", "real.txt"]
