"""Looks that repeat themselves end when they should, and are dropped without a word with their loop."""

import asyncio
import gc
import subprocess
import sys

from slo_workbench.errors import UnusableValue
from slo_workbench.widgets.room_status import RepeatedLook, RoomStatus, folder_state


def test_a_repeated_look_looks_until_it_is_stopped() -> None:
    async def run() -> tuple[int, bool]:
        looks: list[int] = []
        done = asyncio.Event()

        def look() -> None:
            looks.append(1)
            if len(looks) == 3:
                repeated.stop()
                done.set()

        repeated = RepeatedLook(look, every_s=0.001, for_s=100)
        repeated.start()
        await done.wait()
        repeated.stop()
        n_looks = len(looks)
        await asyncio.sleep(0.02)
        return len(looks) - n_looks, repeated.is_running

    assert asyncio.run(run()) == (0, False)


def test_a_repeated_look_ends_by_itself() -> None:
    async def run() -> int:
        looks: list[int] = []
        repeated = RepeatedLook(lambda: looks.append(1), every_s=0.001, for_s=0.003)
        repeated.start()
        while repeated.is_running:
            await asyncio.sleep(0.001)
        return len(looks)

    assert asyncio.run(run()) == 3


def test_without_a_loop_nothing_is_started() -> None:
    repeated = RepeatedLook(lambda: None)
    repeated.start()
    assert not repeated.is_running


def test_a_look_that_is_left_when_the_loop_ends_says_nothing() -> None:
    code = (
        "import asyncio\nfrom slo_workbench.widgets.room_status import RepeatedLook\n"
        "async def run():\n    RepeatedLook(lambda: None, every_s=60).start()\nasyncio.run(run())"
    )
    done = subprocess.run([sys.executable, "-X", "dev", "-c", code], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    gc.collect()


def test_a_look_that_cannot_be_made_is_told_and_escaped_and_the_next_one_recovers() -> None:
    broken = [True]

    def look() -> str:
        if broken:
            raise UnusableValue("no <script> here")
        return "<p>fine</p>"

    status = RoomStatus(look, lambda: len(broken))
    status.look()
    assert "no &lt;script&gt; here" in status.html.value
    broken.clear()
    status.look_if_new()
    assert "<p>fine</p>" in status.html.value


def test_a_folders_state_differs_when_a_file_comes_changes_or_goes(tmp_path) -> None:
    box = tmp_path / "box"
    states = [folder_state(box)]
    box.mkdir()
    states.append(folder_state(box))
    (box / "a.yaml").write_text("1")
    states.append(folder_state(box))
    (box / "a.yaml").write_text("12")
    states.append(folder_state(box))
    (box / "a.yaml").unlink()
    states.append(folder_state(box))
    assert all(one != other for one, other in zip(states, states[1:], strict=False))
