"""Whoever changes a file waits for who is changing it; a lock left behind holds nobody up."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from slo_workbench.document.exclusive_change import exclusive_change
from slo_workbench.document.findings import FindingsError

ADD_ONE = """
import sys, time
from pathlib import Path
from slo_workbench.document.exclusive_change import exclusive_change
file, go, number = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
Path(f"{go}.{number}").touch()
while not go.exists():
    time.sleep(0.001)
for _ in range(20):
    with exclusive_change(file, patience_s=60):
        read = int(file.read_text())
        time.sleep(0.001)
        file.write_text(str(read + 1))
"""
HOLD_UNTIL_KILLED = """
import sys, time
from slo_workbench.document.exclusive_change import exclusive_change
with exclusive_change(sys.argv[1]):
    print("held", flush=True)
    time.sleep(600)
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "workbook.yaml").write_text("0")
    return tmp_path / "workbook.yaml"


def test_eight_processes_counting_up_at_once_lose_no_count(file: Path, tmp_path: Path, run_at_once) -> None:
    run_at_once(ADD_ONE, file, n_processes=8)
    assert file.read_text() == "160"
    assert not (tmp_path / ".workbook.yaml.lock").exists()


def test_who_does_not_get_the_file_in_time_is_told_so_and_who_was_killed_holds_it_no_more(file: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", HOLD_UNTIL_KILLED, str(file)], stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(FindingsError, match="file-busy"), exclusive_change(file, patience_s=0.1):
            pass
        holder.kill()
        holder.wait()
    assert (file.parent / ".workbook.yaml.lock").exists()
    with exclusive_change(file, patience_s=5):
        pass
    assert os.listdir(file.parent) == ["workbook.yaml"]


def test_a_lock_that_its_last_holder_removed_in_between_is_not_taken_for_one(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = sys.modules[exclusive_change.__module__]
    lock, really, removed = file.parent / ".workbook.yaml.lock", module._try_lock, []

    def lock_what_was_removed(descriptor: int) -> None:
        if not removed:
            removed.append(lock.unlink())
        really(descriptor)

    monkeypatch.setattr(module, "_try_lock", lock_what_was_removed)
    with exclusive_change(file), pytest.raises(FindingsError, match="file-busy"), exclusive_change(file, patience_s=0):
        pass


def test_an_error_in_the_change_lets_go_of_the_file(file: Path) -> None:
    with pytest.raises(KeyboardInterrupt), exclusive_change(file):
        raise KeyboardInterrupt
    with exclusive_change(file, patience_s=0):
        pass
    assert os.listdir(file.parent) == ["workbook.yaml"]


def test_two_names_of_one_file_share_a_lock(file: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    link = tmp_path / "elsewhere" / "same.yaml"
    link.symlink_to(file)
    with exclusive_change(link), pytest.raises(FindingsError, match="file-busy"), exclusive_change(file, patience_s=0):
        pass


def test_where_there_is_no_file_nothing_is_locked(tmp_path: Path) -> None:
    with exclusive_change(tmp_path / "no" / "workbook.yaml"):
        assert os.listdir(tmp_path) == []
