"""What goes wrong while proposals are written: the others stay whole, the old ones stand, and it is said where it stopped."""

import errno
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest
import zmq

from slo_workbench.errors import UnusableValue
from slo_workbench.proposal.failure_report import ProposalFailed
from slo_workbench.proposal.forked_kernels import ForkedKernelManager
from slo_workbench.proposal.one_proposal import write_proposal
from slo_workbench.proposal.order import ProposalOrder
from slo_workbench.proposal.run import propose
from slo_workbench.proposal.service_folder import alone_in
from tests.proposal.small_workbook import own_notebook, write_workbook

linux = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
FOR_ONE = "if objective_id == 'one-28d':\n    "


def written(workbook, out, template):
    """Return the proposals that were written, and what was said of the others."""
    proposals = []
    try:
        for one in propose(workbook, out, seed=1, jobs=2, template=template):
            proposals.append(one)
    except ProposalFailed as failure:
        return proposals, str(failure)
    return proposals, ""


def test_a_failing_cell_is_told_with_all_there_is_and_the_others_are_whole(tmp_path):
    workbook = write_workbook(tmp_path, "one-28d", "again-28d")
    proposals, failure = written(
        workbook, tmp_path / "out", own_notebook(tmp_path, f"{FOR_ONE}raise RuntimeError('\x1b[31mthe roof\x07 leaks')")
    )
    assert [one.objective for one in proposals] == ["again-28d"]
    partial = tmp_path / "out" / "svc" / "one-28d.failed.ipynb"
    assert "one-28d: cell 5 of own.ipynb failed with RuntimeError: the roof\\x07 leaks" in failure
    assert "| RuntimeError: the roof\\x07 leaks" in failure
    assert "seed = 1, result_path = 'result.json'" in failure
    assert f"the partial notebook is {partial}" in failure
    assert not (tmp_path / "out" / "svc" / "one-28d").exists()
    outputs = nbformat.read(partial, as_version=4).cells[-1].outputs
    assert outputs[-1].ename == "RuntimeError"
    mended, failure = written(workbook, tmp_path / "out", own_notebook(tmp_path))
    assert ({one.objective for one in mended}, failure) == ({"one-28d", "again-28d"}, "")
    assert not partial.exists()


def test_a_kernel_that_is_killed_leaves_the_old_proposal_and_the_partial_notebook(tmp_path):
    workbook = write_workbook(tmp_path, "one-28d", "again-28d")
    before, _ = written(workbook, tmp_path / "out", own_notebook(tmp_path))
    page = {one.objective: one.page.read_bytes() for one in before}
    killing = own_notebook(tmp_path, f"import os, signal\n{FOR_ONE}os.kill(os.getpid(), signal.SIGKILL)")
    proposals, failure = written(workbook, tmp_path / "out", killing)
    assert [one.objective for one in proposals] == ["again-28d"]
    assert "one-28d: the kernel died while running cell 5 of own.ipynb; was memory short?" in failure
    assert (tmp_path / "out" / "svc" / "one-28d" / "proposal.html").read_bytes() == page["one-28d"]
    partial = nbformat.read(tmp_path / "out" / "svc" / "one-28d.failed.ipynb", as_version=4)
    assert partial.cells[2].outputs, "what was run before is in it"


@linux
def test_without_the_process_that_forks_the_others_are_written_in_the_ordinary_way(tmp_path):
    workbook = write_workbook(tmp_path, "one-28d", "again-28d", "last-28d")
    killing = own_notebook(tmp_path, f"import os, signal\n{FOR_ONE}os.kill(os.getppid(), signal.SIGKILL)")
    proposals, failure = written(workbook, tmp_path / "out", killing)
    assert "last-28d" in [one.objective for one in proposals]
    assert all(f"{one}: the kernel died" in failure for one in {"one-28d", "again-28d"} - {one.objective for one in proposals})


def test_a_notebook_that_writes_no_figures_is_told_so(tmp_path):
    workbook = write_workbook(tmp_path, "one-28d")
    template = own_notebook(tmp_path)
    notebook = nbformat.read(template, as_version=4)
    notebook.cells.pop()
    nbformat.write(notebook, template)
    assert (
        "own.ipynb wrote no figures; its last cell reads case.write_result(result_path)" in written(workbook, tmp_path / "out", template)[1]
    )


# ---------------------------------------------------------------------------------------------------- the start of a kernel


def job(tmp_path, template):
    workbook = write_workbook(tmp_path, "one-28d")
    next(propose(workbook, tmp_path / "out", seed=1, template=template))
    from slo_workbench.document import read_workbook

    document, out = read_workbook(workbook), tmp_path / "out" / "svc"
    order = ProposalOrder(workbook, document, out, out / "_history", template, {}, {}, 2, "2026-05-04", ("html", "json"))
    return order.job(document.objectives[0], order.checked_parameters(document.objectives)["one-28d"])


class InUse(ForkedKernelManager):
    """Finds the address in use so many times."""

    times = 0

    async def _async_launch_kernel(self, *arguments, **options):
        type(self).times -= 1
        if type(self).times >= 0:
            raise zmq.ZMQError(errno.EADDRINUSE, "Address already in use")
        await super()._async_launch_kernel(*arguments, **options)


def test_an_address_in_use_is_tried_once_more_and_no_oftener(tmp_path):
    one = job(tmp_path, own_notebook(tmp_path))
    InUse.times = 1
    write_proposal(one, kernel_manager_class=InUse)
    assert InUse.times == -1
    InUse.times = 2
    with pytest.raises(ProposalFailed, match=r"one-28d: no kernel started for own.ipynb, tried twice\n.*Address already in use"):
        write_proposal(one, kernel_manager_class=InUse)
    assert InUse.times == 0


# -------------------------------------------------------------------------------------------------------------- disks


def run_command(tmp_path, *more, limit_bytes=None):
    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit_bytes, limit_bytes))

    arguments = [sys.executable, "-m", "slo_workbench.cli", "propose", tmp_path / "workbook.yaml", *more]
    return subprocess.run(arguments, capture_output=True, text=True, preexec_fn=limit if limit_bytes else None, timeout=120)


def test_files_that_cannot_be_written_leave_the_old_proposals_and_exit_1(tmp_path):
    write_workbook(tmp_path, "one-28d", "again-28d")
    template = own_notebook(tmp_path, "from IPython.display import HTML\nHTML('x' * (3_000_000 if objective_id == 'one-28d' else 10))")
    options = ("--out", tmp_path / "out", "--template", template, "--jobs", "2")
    good = run_command(tmp_path, *options)
    assert good.returncode == 0, good.stderr
    pages = {path: path.read_bytes() for path in (tmp_path / "out").rglob("proposal.html")}
    full = run_command(tmp_path, *options, "--seed", "7", limit_bytes=1_000_000)
    assert full.returncode == 1
    assert "one-28d: it could not be written: File too large" in full.stderr
    assert "again-28d: Over 28 days" in full.stdout
    old = tmp_path / "out" / "svc" / "one-28d" / "proposal.html"
    assert old.read_bytes() == pages[old]
    assert not [path for path in (tmp_path / "out" / "svc").iterdir() if path.name.startswith(".one")]


@linux
def test_a_full_disk_leaves_the_old_proposal(tmp_path):
    write_workbook(tmp_path, "one-28d")
    small = tmp_path / "small"
    small.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", small], capture_output=True).returncode:
        pytest.skip("no file system can be mounted here")
    try:
        template = own_notebook(tmp_path, "from IPython.display import HTML\nHTML('x' * (10 if seed == 1 else 5_000_000))")
        options = ("--out", small, "--template", template)
        assert run_command(tmp_path, *options, "--seed", "1").returncode == 0
        page = (small / "svc" / "one-28d" / "proposal.html").read_bytes()
        full = run_command(tmp_path, *options, "--seed", "2")
        assert full.returncode == 1
        assert "one-28d: it could not be written: No space left on device" in full.stderr
        assert (small / "svc" / "one-28d" / "proposal.html").read_bytes() == page
    finally:
        subprocess.run(["umount", small], check=True)


# ------------------------------------------------------------------------------------------------------------- stopping


def of_this_test(mark):
    """Return the commands that run with a mark in their environment, which they inherit from one another."""
    found = []
    for process in Path("/proc").iterdir():
        try:
            if process.name.isdigit() and mark.encode() in (process / "environ").read_bytes():
                found.append((process / "cmdline").read_text())
        except OSError:
            continue
    return [command for command in found if command]


@linux
@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGKILL])
def test_ctrl_c_and_a_kill_leave_no_process_and_the_old_proposals(tmp_path, stop):
    workbook, out = write_workbook(tmp_path, "one-28d", "again-28d"), tmp_path / "out"
    before, _ = written(workbook, out, own_notebook(tmp_path))
    pages = {one.page: one.page.read_bytes() for one in before}
    marks, temporary = tmp_path / "marks", tmp_path / "t"
    marks.mkdir()
    temporary.mkdir()
    template = own_notebook(
        tmp_path,
        f"import pathlib, time\npathlib.Path({str(marks)!r}, objective_id).touch()\ntime.sleep(100)",
        name="slow.ipynb",
        before=True,
    )
    mark = f"SLO_TEST_MARK={tmp_path}"
    arguments = [sys.executable, "-m", "slo_workbench.cli", "propose", workbook, "--out", out, "--template", template, "--jobs", "2"]
    env = {**os.environ, "SLO_TEST_MARK": str(tmp_path), "TMPDIR": str(temporary)}
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(arguments, text=True, start_new_session=True, env=env, **streams) as command:
        wait_until(lambda: len(list(marks.iterdir())) == 2 or command.poll() is not None)
        assert len(of_this_test(mark)) >= 4
        os.killpg(command.pid, stop)
        _, errors = command.communicate(timeout=60)
    if stop == signal.SIGINT:
        assert command.returncode == 130, errors
        assert "stopped; what is written is whole" in errors
    wait_until(lambda: not of_this_test(mark))
    assert not list(temporary.iterdir()), "sockets and settings of kernels are cleared away"
    assert {page: page.read_bytes() for page in pages} == pages
    assert sorted(path.name for path in (out / "svc").iterdir() if path.is_dir()) == ["_history", "again-28d", "one-28d"]


def wait_until(is_so, seconds=60):
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, "it took too long"
        time.sleep(0.1)


def test_a_run_clears_away_what_a_killed_one_left_and_puts_an_old_proposal_back(tmp_path):
    (tmp_path / ".one-28d.abcd1234").mkdir()
    (tmp_path / ".two-28d.old.abcd1234" / "old").mkdir(parents=True)
    (tmp_path / ".two-28d.old.abcd1234" / "old" / "result.json").write_text("{}")
    (tmp_path / ".mine.abcd1234").mkdir()
    with alone_in(tmp_path, ["one-28d", "two-28d"]), pytest.raises(UnusableValue, match="another run"), alone_in(tmp_path, []):
        pass
    assert sorted(path.name for path in tmp_path.iterdir()) == [".mine.abcd1234", "two-28d"]
    assert (tmp_path / "two-28d" / "result.json").read_text() == "{}"
