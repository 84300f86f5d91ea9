"""A real Prometheus rule engine fires in the same minutes as the replay.

``promtool test rules`` loads histories minute by minute, evaluates rules every minute and is asked at every minute which alerts fire. Rules come in three
forms, over two series without labels:

- ``counts``: each sample is the number of events of the minute that ends with it, and ``sum_over_time(bad[W - 1s])`` adds them up. That holds exactly the
  W samples of the last W minutes, whether a range excludes its beginning (Prometheus 3) or not (Prometheus 2), and is exact for whole numbers. Holes
  are minutes without a sample.
- ``counters``: samples of growing counters, and ``increase(bad[W + 1s])``, which holds the samples at both ends of the W minutes. It extrapolates the second
  by which the range is longer, and in a young series some more, but by the same factor for bad and valid events, so their ratio is right. The
  counters begin high, as extrapolation stops where a counter would have been zero. Only for histories without holes: what a counter
  grows in a hole is seen after it.
- ``plain``: counters and ``rate(bad[W])``, as people write it. Prometheus 3 leaves out the first of the W minutes, so the minutes next to the start and
  end of a firing are not compared.

The threshold is written as one decimal: ``14.4 * 0.001`` in binary is 0.014400000000000001.
"""

import shutil
import subprocess
from dataclasses import dataclass, replace
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from slo_workbench.analysis.alert_replay import replay_alerts
from slo_workbench.analysis.alert_tiers import AlertTier, preset_tiers
from tests.analysis.alert_histories import START

MINUTE = pd.Timedelta(minutes=1)
WORKBOOK = preset_tiers("workbook", 28)
PYRRA = preset_tiers("pyrra", 28)
FAST = AlertTier("page-fast", "page", 60, 5, Decimal("14.4"))
KEPT = replace(FAST, id="kept", keep_firing_minutes=12)
PATIENT = replace(FAST, id="patient", pending_minutes=4)
BOTH = replace(FAST, id="both", pending_minutes=3, keep_firing_minutes=12)
SHORT = AlertTier("short", "ticket", 20, 2, Decimal(3), pending_minutes=1)
HOLE = -1


@dataclass(frozen=True)
class Scenario:
    """A history (valid and bad events by minute; ``HOLE`` where there is no sample), tiers and a target."""

    name: str
    valid: np.ndarray
    bad: np.ndarray
    tiers: tuple[AlertTier, ...] = WORKBOOK
    target: str = "0.999"
    form: str = "counts"
    hole: str = "_"

    @property
    def series(self):
        minutes = pd.date_range(START, periods=len(self.valid), freq="min", unit="us")
        frame = pd.DataFrame({"minute": minutes, "valid": self.valid, "good": self.valid - self.bad})
        return frame[self.valid != HOLE]

    def firing_minutes(self):
        """Minutes at which each tier fires in the replay, those next to a change, and the last moment of the data."""
        played = replay_alerts(self.series, self.tiers, target=Decimal(self.target), window_days=28, resolution_minutes=1)
        fires, edges = {tier.id: set() for tier in self.tiers}, {tier.id: set() for tier in self.tiers}
        for row in played.firings.to_dict("records"):
            start = (row["start"] - START) // MINUTE
            end = len(self.valid) + 1 if pd.isna(row["end"]) else (row["end"] - START) // MINUTE
            fires[row["tier"]] |= set(range(start, end))
            edges[row["tier"]] |= {start - 1, start, end - 1, end}
        return fires, edges, (played.end - START) // MINUTE


def steady(n_minutes, valid=1_000, *, bad_share=0.0, start=0, end=None):
    """Traffic with a bad share from start to end."""
    bad = np.zeros(n_minutes, dtype=np.int64)
    bad[start:end] = round(valid * bad_share)
    return np.full(n_minutes, valid), bad


def outage(name, bad_share, *, lasting=200, **changes):
    valid, bad = steady(700, valid=changes.pop("traffic", 10_000), bad_share=bad_share, start=150, end=150 + lasting)
    return Scenario(name, valid, bad, **changes)


def flapping(name, n_on, n_off, **changes):
    valid, bad = steady(500)
    bad[100:400] = np.where(np.arange(300) % (n_on + n_off) < n_on, 300, 0)
    return Scenario(name, valid, bad, **changes)


def with_hole(name, *stretches, value=HOLE, **changes):
    valid, bad = steady(600, bad_share=0.2, start=200, end=400)
    for start, end in stretches:
        valid[start:end], bad[start:end] = value, value
    return Scenario(name, valid, bad, **changes)


def random(seed, form="counts"):
    """Few events, bursts of errors, and holes where the form can bear them."""
    rng = np.random.default_rng(seed)
    valid = rng.poisson(rng.choice([0.5, 3, 40]), 900)
    bad = rng.binomial(valid, np.repeat(rng.choice([0, 0, 0.01, 0.1, 1], 60), 15))
    if form == "counts":
        gone = np.repeat(rng.random(90) < 0.15, 10)
        valid, bad = np.where(gone, HOLE, valid), np.where(gone, HOLE, bad)
        valid[0], bad[0] = 5, 0
    return Scenario(f"random {seed}, {form}", valid, bad, (FAST, KEPT, PATIENT, BOTH, SHORT, *PYRRA[1:3]), "0.99", form)


SCENARIOS = [
    outage("everything fails", 1.0),
    outage("half fails", 0.5),
    outage("a tenth fails", 0.1),
    outage("two in a hundred fail", 0.02),
    outage("five in a thousand fail for long", 0.005, lasting=500),
    outage("a share that is just met", 0.0144, tiers=(FAST,)),
    outage("a share that is just exceeded", 0.0145, tiers=(FAST,)),
    outage("a share in between that binary floats round down", 0.12096, tiers=WORKBOOK[:1], target="0.991", traffic=100_000),
    outage("an outage shorter than the short window", 1.0, lasting=3, tiers=(FAST, PATIENT, KEPT, BOTH)),
    outage("pending times", 0.2, tiers=PYRRA),
    outage("an outage shorter than the pending time", 0.3, lasting=11, tiers=(*PYRRA[1:], FAST)),
    outage("a slower target", 0.3, tiers=WORKBOOK, target="0.99"),
    flapping("five minutes in twenty", 5, 15, tiers=(FAST, PATIENT, KEPT, BOTH)),
    flapping("one minute in five", 1, 4, tiers=(PATIENT, KEPT, BOTH, *PYRRA)),
    flapping("one minute in seventeen, kept firing at the last evaluation", 1, 16, tiers=(KEPT, BOTH)),
    flapping("nine minutes in ten", 9, 1),
    with_hole("a hole in an outage", (250, 290)),
    with_hole("a hole in an outage, marked stale", (250, 290), hole="stale"),
    with_hole("a hole from the outage past the long window", (350, 480), tiers=(FAST, KEPT, SHORT)),
    with_hole("single samples between holes", *[(minute, minute + 7) for minute in range(210, 380, 8)], tiers=(FAST, PATIENT, KEPT, SHORT)),
    with_hole("no traffic in an outage", (250, 290), value=0),
    with_hole("no traffic past the long window", (350, 480), value=0, tiers=(FAST, KEPT, SHORT)),
    *[random(seed) for seed in (1, 2, 3, 4)],
    outage("counters of a tenth that fails", 0.1, form="counters"),
    outage("counters in a total outage with pending times", 1.0, tiers=PYRRA, form="counters"),
    flapping("counters in a flapping service", 5, 15, tiers=(FAST, PATIENT, KEPT, BOTH), form="counters"),
    with_hole("counters without traffic in an outage", (250, 290), value=0, form="counters"),
    *[random(seed, "counters") for seed in (5, 6)],
    outage("plain rates of a tenth that fails", 0.1, form="plain"),
    flapping("plain rates of a flapping service", 20, 40, form="plain"),
]


@pytest.fixture(autouse=True, scope="module")
def promtool():
    if not shutil.which("promtool"):
        pytest.skip("promtool is not installed: apt-get install prometheus")


def expression(tier, scenario):
    limit = (tier.burn_rate * (1 - Decimal(scenario.target))).normalize()
    add, seconds = {"counts": ("sum_over_time", -1), "counters": ("increase", 1), "plain": ("rate", 0)}[scenario.form]
    parts = []
    for minutes in (tier.long_minutes, tier.short_minutes):
        window = f"[{minutes * 60 + seconds}s]"
        parts.append(f"{add}(bad{window}) / ({add}(valid{window}) > 0) > {limit:f}")
    return " and ".join(parts)


def rules(scenario):
    lines = ["groups:", "- name: tiers", "  interval: 1m", "  rules:"]
    for tier in scenario.tiers:
        lines += [f"  - alert: {tier.id}", f"    expr: {expression(tier, scenario)}", f"    labels: {{severity: {tier.severity}}}"]
        lines += [f"    for: {tier.pending_minutes}m"] if tier.pending_minutes else []
        lines += [f"    keep_firing_for: {tier.keep_firing_minutes}m"] if tier.keep_firing_minutes else []
    return "\n".join(lines) + "\n"


def samples(numbers, scenario):
    """Write what is known at the end of each minute; at the very beginning a counter is there and no minute is over."""
    if scenario.form == "counts":
        return " ".join(["_", *(scenario.hole if number == HOLE else str(number) for number in numbers)])
    return " ".join(str(10**9 + number) for number in [0, *np.cumsum(numbers)])


def questions(scenario, *, shift=0):
    """Ask at every minute whether each tier fires; the minutes next to a change are left out for plain rates."""
    fires, edges, last = scenario.firing_minutes()
    for tier in scenario.tiers:
        for minute in range(last + 1):
            if scenario.form == "plain" and minute in edges[tier.id]:
                continue
            alerts = f"[{{exp_labels: {{severity: {tier.severity}}}}}]" if minute - shift in fires[tier.id] else "[]"
            yield f"  - {{eval_time: {minute}m, alertname: {tier.id}, exp_alerts: {alerts}}}"


def ask_promtool(scenario, folder, **options):
    (folder / "rules.yml").write_text(rules(scenario))
    test = [
        "rule_files: [rules.yml]", "evaluation_interval: 1m", "tests:", "- interval: 1m", "  input_series:",
        *(f"  - {{series: {name}, values: '{samples(getattr(scenario, name), scenario)}'}}" for name in ("bad", "valid")),
        "  alert_rule_test:", *questions(scenario, **options),
    ]  # fmt: skip
    (folder / "test.yml").write_text("\n".join(test) + "\n")
    return subprocess.run(["promtool", "test", "rules", "test.yml"], cwd=folder, capture_output=True, text=True)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_the_engine_fires_in_the_same_minutes(scenario, tmp_path):
    done = ask_promtool(scenario, tmp_path)
    assert (done.returncode, "SUCCESS" in done.stdout) == (0, True), done.stdout[:2_000] + done.stderr[:2_000]


def test_most_scenarios_fire_and_some_tiers_stay_silent():
    fired = [fires for scenario in SCENARIOS for fires in scenario.firing_minutes()[0].values()]
    assert sum(map(bool, fired)) > 100
    assert sum(not fires for fires in fired) >= 4


@pytest.mark.parametrize("shift", [-1, 1])
def test_the_engine_contradicts_a_firing_that_is_a_minute_off(shift, tmp_path):
    done = ask_promtool(outage("everything fails", 1.0), tmp_path, shift=shift)
    assert done.returncode == 1
    assert "FAILED" in done.stdout + done.stderr


# journeys, times and indicators: data/stagedoor/incidents.csv; targets: its workbook
@pytest.mark.parametrize("form", ["counts", "counters"])
@pytest.mark.parametrize(
    ("incident", "indicator", "target", "start"),
    [
        ("payment-down", "buy-availability", "0.991", "2026-04-14T19:15"),
        ("retry-storm", "seats-availability", "0.995", "2026-04-02T09:03"),
        ("seatmap-shards", "seats-availability", "0.995", "2026-03-14T17:05"),
    ],
)
def test_the_engine_fires_in_the_same_minutes_of_the_worked_example(stagedoor_history, tmp_path, incident, indicator, target, start, form):
    minutes = pd.date_range(pd.Timestamp(start) - 26 * 60 * MINUTE, periods=36 * 60, freq="min", unit="us")
    around = stagedoor_history.series_of(indicator).set_index("minute").reindex(minutes, fill_value=0)
    first = int((around["valid"] > 0).to_numpy().argmax())
    around = around[first:]
    scenario = Scenario(
        incident, around["valid"].to_numpy(), (around["valid"] - around["good"]).to_numpy(), (*WORKBOOK, KEPT, PATIENT), target, form
    )
    fires, *_ = scenario.firing_minutes()
    assert fires["page-fast"]
    assert fires["ticket-slow"]
    done = ask_promtool(scenario, tmp_path)
    assert (done.returncode, "SUCCESS" in done.stdout) == (0, True), done.stdout[:2_000] + done.stderr[:2_000]
