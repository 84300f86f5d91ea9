"""Twenty people at once, a restart, and two folders put together: nothing that anybody wrote is lost."""

import shutil
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from slo_workbench.ballots.ballot import Ballot
from slo_workbench.ballots.ballot_box import BallotBox
from slo_workbench.ballots.estimates import cast_estimate, estimate_status, reveal_estimates
from slo_workbench.ballots.signatures import read_signatures, record_signature
from slo_workbench.document.yaml_file import read_workbook

AT = datetime(2026, 3, 2, 10, tzinfo=UTC)
N_PEOPLE = 20
WORKBOOK = """\
service: {name: shop}
sources: {logs: {path: logs.csv}}
journeys: [{id: buy, name: Buy}]
indicators:
  - {id: up, journey: buy, kind: availability, specification: It works., measured_at: server_log, source: logs,
     valid: "true", good: "status < 500"}
objectives: [{id: up-28d, indicator: up, target: 99.9%}]
"""
ALL_AT_ONE_WORD = """
import sys, time
from pathlib import Path
from tests.ballots.test_room_at_once import say_everything
file, number, go = Path(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])
Path(f"{go}.{number}").touch()
while not go.exists():
    time.sleep(0.001)
for _ in range(2):
    say_everything(file, f"participant {number}", number)
"""


def say_everything(file, who, number):
    score = {"happiness": 1 + number % 5, "measurability": 3, "cost": 3}
    BallotBox(file.parent / "votes" / "buy").cast(
        Ballot(journey="buy", participant=who, cast_at=AT, scores={"paid": score}, dots={"paid": 1 + number % 3})
    )
    cast_estimate(file, "too-slow", participant=who, value=f"{100 + number}ms", at=AT)
    record_signature(file, "up-28d", participant=who, role="product", at=AT)


@pytest.fixture
def file(tmp_path):
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "workbook.yaml").write_text(WORKBOOK)
    return folder / "workbook.yaml"


def everything(file):
    """Give whatever anybody said, by name: points, dots, estimate and signature."""
    ballots, odd = BallotBox(file.parent / "votes" / "buy").reveal(decided_candidates=["paid"], at=AT)
    shown = reveal_estimates(file, "too-slow", at=AT)
    signatures = read_signatures(file.parent, read_workbook(file), "up-28d")
    assert (odd, shown.findings, signatures.findings, signatures.outdated) == ((), (), (), ())
    return {
        "points": {one.participant: one.scores["paid"].happiness for one in ballots},
        "dots": {one.participant: one.dots["paid"] for one in ballots},
        "estimates": {one.participant: int(one.value) for one in shown.estimates},
        "signed": {one.participant for one in signatures.valid},
    }


def expected(numbers):
    return {
        "points": {f"participant {number}": 1 + number % 5 for number in numbers},
        "dots": {f"participant {number}": 1 + number % 3 for number in numbers},
        "estimates": {f"participant {number}": 100 + number for number in numbers},
        "signed": {f"participant {number}" for number in numbers},
    }


def test_twenty_processes_saying_everything_at_once_lose_nothing(file, tmp_path):
    go = tmp_path / "go"
    project = Path(__file__).parents[2]
    running = [
        subprocess.Popen([sys.executable, "-c", ALL_AT_ONE_WORD, str(file), str(number), str(go)], cwd=project)
        for number in range(N_PEOPLE)
    ]
    try:
        until = time.monotonic() + 240
        while len(list(tmp_path.glob("go.*"))) < N_PEOPLE and time.monotonic() < until:
            time.sleep(0.01)
        go.touch()
        assert [process.wait(120) for process in running] == [0] * N_PEOPLE
    finally:
        for process in running:
            process.kill()
            process.wait()
    # this process has seen none of it: what it finds are files, as after a restart
    assert everything(file) == expected(range(N_PEOPLE))
    assert [one.name for one in file.parent.rglob("*.tmp")] == []


def test_two_folders_put_together_give_the_union(file, tmp_path):
    other = tmp_path / "elsewhere" / "workbook.yaml"
    shutil.copytree(file.parent, other.parent)
    for number in range(3):
        say_everything(file, f"participant {number}", number)
    for number in range(3, 6):
        say_everything(other, f"participant {number}", number)
    for source in [path for path in other.parent.rglob("*.yaml") if path != other]:
        target = file.parent / source.relative_to(other.parent)
        assert not target.exists()  # two people never write one file, so git has nothing to ask
        shutil.copy(source, target)
    assert everything(file) == expected(range(6))


def test_what_a_killed_process_left_beside_is_nobodys(file):
    say_everything(file, "participant 0", 0)
    for written in list(file.parent.rglob("participant-0-*.yaml")):
        (written.parent / f".{written.name}.1234abcd.tmp").write_bytes(written.read_bytes()[:30])
    assert estimate_status(file, "too-slow").findings == ()
    assert everything(file) == expected([0])
