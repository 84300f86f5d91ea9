"""Long work says what it does, how far it is and how long it will take; where there is no terminal it says nothing."""

import io
import re
import time

import pytest

from slo_workbench.history.history import IndicatorQuery
from slo_workbench.history.reduce import reduce_requests
from slo_workbench.progress import Step, show_progress, time_to_go
from slo_workbench.sources.engine import connect_engine
from slo_workbench.sources.open import open_source
from slo_workbench.sources.rows import SourceRequest


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_reduction_tells_its_rows_and_shares_that_follow_on_each_other_up_to_the_whole(tmp_path):
    rows = "\n".join(f"2026-03-02T00:{minute:02}:00Z,200,{minute},u{minute % 3}" for minute in range(60))
    (tmp_path / "r.csv").write_text(f"time,status,latency_ms,user\n{rows}\n")
    steps = []
    with connect_engine() as engine:
        source = open_source(engine, SourceRequest(tmp_path / "r.csv"))
        reduce_requests({"requests": source}, [IndicatorQuery("a", "requests", "true", "status < 500", (20.0,))], progress=steps.append)
    assert [str(step) for step in steps] == [
        "requests: events a minute, 60 rows", "requests: latencies, 60 rows", "requests: users, 60 rows",
    ]  # fmt: skip
    assert 0 < steps[0].done < steps[0].until == steps[1].done < steps[1].until == steps[2].done
    assert steps[2].until == pytest.approx(1)


def test_the_time_to_go_follows_from_the_work_that_is_done():
    half = Step("users", done=0.5, until=0.75)
    share, to_go = time_to_go(half, seconds_before=20, seconds_in_step=0)
    assert (share, to_go) == (0.5, pytest.approx(20))
    share, to_go = time_to_go(half, seconds_before=20, seconds_in_step=5)
    assert (share, to_go) == (pytest.approx(0.625), pytest.approx(15))


def test_a_step_that_takes_longer_than_expected_never_looks_done():
    share, to_go = time_to_go(Step("users", done=0.5, until=1.0), seconds_before=1, seconds_in_step=3600)
    assert 0.5 < share < 1
    assert to_go > 0


def test_a_terminal_shows_rows_share_and_time_to_go():
    terminal = Terminal()
    with show_progress("opening", file=terminal) as tell:
        time.sleep(0.02)
        tell(Step("requests: users", 20_000_000, 0.5, 1.0))
    shown = terminal.getvalue()
    assert "opening (00:00)" in shown
    assert re.search(r"requests: users, 20,000,000 rows \|.*\| 5\d %, 00:00, about \d+ s to go", shown)


def test_nothing_is_written_where_there_is_no_terminal():
    file = io.StringIO()
    with show_progress("opening", file=file) as tell:
        tell(Step("requests: users", 20, 0.5, 1.0))
    assert file.getvalue() == ""
