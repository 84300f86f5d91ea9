"""Do promises hold? Every method, walked forward through real incident histories and made-up worlds.

Usage: python bench/calibration.py [--quick]

For each length of history a promise is made at every origin from the days before it, and the next 28 days are looked at.
Told are: the share of windows that missed a promise of 90 % (want 10), the pinball loss at that quantile x 10,000 (lower
is better; a needlessly loose target costs, too), the median budget x 10,000, and the misses of promises of 80 and 95 %.

The real histories are ../shared/data/github_components/daily_minutes.csv (13 components of one service, 2020 to 2026; three were
retired in 2022 and never fail afterwards, so the table is given with and without their empty years). The pool of a
component is the other twelve, of each only the days before the origin.
"""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from slo_workbench.analysis.predicted_window import predict_window

DATA = Path("../shared/data/github_components/daily_minutes.csv")
HISTORIES = (28, 90, 180, 365)
WINDOW = 28
TAUS = (0.8, 0.9, 0.95)
N_DRAWS = 1_000
N_SERVICES, N_OF_POOL = 300, 12


@dataclass(frozen=True)
class Case:
    """One origin: the days before it, what the pool had shown by then, and the bad share of the next window."""

    service: str
    before: pd.DataFrame
    pool: list[pd.DataFrame]
    next_bad_share: float


Method = Callable[[Case, np.random.Generator], np.ndarray]


def mean_of_history(case: Case, rng: np.random.Generator) -> np.ndarray:
    return np.array([1 - case.before["good"].sum() / case.before["valid"].sum()])


def week_bootstrap(case: Case, rng: np.random.Generator) -> np.ndarray:
    n_weeks = len(case.before) // 7
    weeks = case.before[["valid", "good"]].to_numpy()[-7 * n_weeks :].reshape(n_weeks, 7, 2).sum(axis=1)
    drawn = weeks[rng.integers(n_weeks, size=(N_DRAWS, WINDOW // 7))].sum(axis=1)
    return 1 - drawn[:, 1] / drawn[:, 0]


def own_days_and_tail(case: Case, rng: np.random.Generator) -> np.ndarray:
    """Bayesian bootstrap; with probability 1 / (days + 1) a day is worse than any: the worst times a Pareto(1.5) draw."""
    valid, bad = case.before["valid"].to_numpy(float), (case.before["valid"] - case.before["good"]).to_numpy(float)
    worst = max((bad[valid > 0] / valid[valid > 0]).max(), 1 / (valid.sum() + 1))
    n_worse = rng.binomial(WINDOW, 1 / (len(valid) + 1), size=N_DRAWS)
    worse = np.minimum(1, worst * (1 + rng.pareto(1.5, size=(N_DRAWS, WINDOW)))) * (np.arange(WINDOW) < n_worse[:, None])
    times = rng.multinomial(WINDOW - n_worse, rng.dirichlet(np.ones(len(valid)), size=N_DRAWS))
    return (times @ bad + worse.sum(axis=1) * valid.mean()) / (times @ valid + n_worse * valid.mean())


def first_trial(case: Case, rng: np.random.Generator) -> np.ndarray:
    """The pool of the first trial: 28 pseudo-days, no recency, a day of history worth a day."""
    bad, valid = (case.before["valid"] - case.before["good"]).to_numpy(float), case.before["valid"].to_numpy(float)
    n_foreign = rng.binomial(WINDOW, rng.beta(28, len(bad), size=N_DRAWS))
    shares = [(1 - one["good"] / one["valid"]).to_numpy() for one in case.pool]
    picked = rng.integers(len(shares), size=(N_DRAWS, WINDOW))
    lengths, starts = np.array([len(one) for one in shares]), np.cumsum([0, *[len(one) for one in shares[:-1]]])
    days = np.concatenate(shares)[starts[picked] + (rng.random((N_DRAWS, WINDOW)) * lengths[picked]).astype(int)]
    foreign = (days * (np.arange(WINDOW) < n_foreign[:, None])).sum(axis=1)
    times = rng.multinomial(WINDOW - n_foreign, rng.dirichlet(np.ones(len(bad)), size=N_DRAWS))
    return (times @ bad + foreign * valid.mean()) / (times @ valid + n_foreign * valid.mean())


def ours(case: Case, rng: np.random.Generator) -> np.ndarray:
    return predict_window(case.before, window_days=WINDOW, rng=rng, pool=case.pool, n_draws=N_DRAWS).bad_shares


def ours_default_time(case: Case, rng: np.random.Generator) -> np.ndarray:
    return predict_window(case.before, window_days=WINDOW, rng=rng, counts_time=True, n_draws=N_DRAWS).bad_shares


def ours_default(case: Case, rng: np.random.Generator) -> np.ndarray:
    return predict_window(case.before, window_days=WINDOW, rng=rng, n_draws=N_DRAWS).bad_shares


METHODS: dict[str, Method] = {
    "mean of the history": mean_of_history,
    "week-block bootstrap": week_bootstrap,
    "own days and a Pareto tail": own_days_and_tail,
    "first trial: pool of 28 days": first_trial,
    "**shipped, with the pool**": ours,
    "**shipped, default pool, requests**": ours_default,
    "shipped, default pool, time": ours_default_time,
}


def components(*, retired: bool) -> dict[str, pd.DataFrame]:
    """Return the components; without retired years, those that never fail again end with their last bad day."""
    rows = pd.read_csv(DATA, parse_dates=["day"])
    found = {name: days.sort_values("day", ignore_index=True) for name, days in rows.groupby("component")}
    if retired:
        return found
    ends = {name: int(np.flatnonzero(days["valid"] > days["good"])[-1]) + 1 for name, days in found.items()}
    is_retired = {name for name, days in found.items() if len(days) - ends[name] > 365}
    return {name: days.iloc[: ends[name]] if name in is_retired else days for name, days in found.items()}


def walked(services: dict[str, pd.DataFrame], n_days: int, others: dict[str, pd.DataFrame] | None = None) -> Iterator[Case]:
    """Yield every origin of every service; its pool are the other services, or those given."""
    for name, days in services.items():
        for origin in range(n_days, len(days) - WINDOW + 1, WINDOW):
            today = days["day"].iloc[origin]
            pool = [other.iloc[: other["day"].searchsorted(today)] for key, other in (others or services).items() if key != name]
            pool = [other for other in pool if len(other) >= WINDOW]
            yield Case(name, days.iloc[origin - n_days : origin], pool, bad_share(days.iloc[origin : origin + WINDOW]))


def bad_share(days: pd.DataFrame) -> float:
    return 1 - days["good"].sum() / days["valid"].sum()


@dataclass(frozen=True)
class World:
    """A made-up kind of service: requests a day, days between incidents, spread of their lengths."""

    days_between: float = 20.0
    spread: float = 1.0
    requests_a_day: int = 20_000
    drift: float = 1.0  # how much more often incidents come after a year
    is_weekly: bool = False

    def service(self, n_days: int, rng: np.random.Generator) -> pd.DataFrame:
        """Base errors of 0.05 %, incidents of a lognormal length (median 40 minutes) whose impact follows Beta(1, 2)."""
        is_weekend = (np.arange(n_days) % 7 >= 5) & self.is_weekly
        valid = rng.poisson(self.requests_a_day * np.where(is_weekend, 0.2, 1.0))
        rate = self.drift ** (np.arange(n_days) / 365) / self.days_between * np.where(is_weekend, 0.2, 1.0)
        down = np.zeros(n_days)
        for day in np.repeat(np.arange(n_days), rng.poisson(rate)):
            minutes, impact = rng.lognormal(np.log(40), self.spread), rng.beta(1, 2)
            start = rng.uniform(0, 1440)
            while minutes > 0 and day < n_days:
                here = min(minutes, 1440 - start)
                down[day] += impact * here / 1440
                minutes, start, day = minutes - here, 0.0, day + 1
        bad = rng.binomial(valid, np.clip(0.0005 + down, 0, 1))
        return pd.DataFrame({"day": pd.date_range("2025-01-01", periods=n_days), "valid": valid, "good": valid - bad})


WORLDS = {
    "usual (an incident in 20 days)": World(),
    "calm (120 days)": World(days_between=120),
    "rare (60 days)": World(days_between=60),
    "frequent (5 days)": World(days_between=5),
    "heavy tails": World(spread=1.8),
    "drift (four times as often after a year)": World(days_between=40, drift=4.0),
    "weekly rhythm": World(is_weekly=True),
    "low traffic (200 a day)": World(requests_a_day=200),
}


def made_up(world: World, n_days: int, rng: np.random.Generator, n_services: int) -> Iterator[Case]:
    longest = max(HISTORIES)
    for number in range(n_services):
        days = world.service(longest + WINDOW, rng)
        pool = [world.service(longest + WINDOW, rng).iloc[:longest] for _ in range(N_OF_POOL)]
        yield Case(str(number), days.iloc[longest - n_days : longest], pool, bad_share(days.iloc[longest:]))


def judge(cases: list[Case], method: Method) -> np.ndarray:
    """Return misses, pinball losses (x 10,000) and median quantiles (x 10,000) at each of the three confidences."""
    rng = np.random.default_rng(1)
    quantiles = np.array([np.quantile(method(case, rng), TAUS, method="higher") for case in cases])
    found = np.array([case.next_bad_share for case in cases])[:, None]
    missed = (found > quantiles + 1e-12).mean(axis=0)
    loss = np.where(found > quantiles, np.array(TAUS) * (found - quantiles), (1 - np.array(TAUS)) * (quantiles - found)).mean(axis=0)
    return np.array([missed, loss * 1e4, np.median(quantiles, axis=0) * 1e4])


def table(title: str, by_history: dict[int, list[Case]], methods: dict[str, Method]) -> None:
    print(f"\n### {title} ({', '.join(f'{len(cases):,}' for cases in by_history.values())} windows)\n")
    print("| method | " + " | ".join(f"{n_days} d of history" for n_days in by_history) + " | missed at 80 % / 95 % |")
    print("|---" * (len(by_history) + 2) + "|")
    for name, method in methods.items():
        results = [judge(cases, method) for cases in by_history.values()]
        cells = [f"{one[0][1] * 100:.1f} % · {one[1][1]:.2f} · {one[2][1]:.0f}" for one in results]
        others = ", ".join(f"{one[0][0] * 100:.0f} / {one[0][2] * 100:.0f}" for one in results)
        print(f"| {name} | " + " | ".join(cells) + f" | {others} |", flush=True)


def main() -> None:
    is_quick = "--quick" in sys.argv
    print("Missed promises of 90 % · pinball loss x 10,000 · median budget x 10,000")
    if DATA.exists():
        for label, retired in (("GitHub's components", True), ("the same without the empty years of retired components", False)):
            services = components(retired=retired)
            table(label, {n_days: list(walked(services, n_days))[:: 10 if is_quick else 1] for n_days in HISTORIES}, METHODS)
        services = components(retired=True)
        names = sorted(services)
        for label, mine in (("One half of the components, the other half as pool", names[::2]), ("The other way round", names[1::2])):
            half, rest = ({name: services[name] for name in names if (name in mine) == wanted} for wanted in (True, False))
            cases = {n_days: list(walked(half, n_days, rest))[:: 10 if is_quick else 1] for n_days in HISTORIES}
            table(label, cases, {name: METHODS[name] for name in ("week-block bootstrap", "**shipped, with the pool**")})
    else:
        print(f"(without real histories: {DATA} is not there)")
    chosen = {name: METHODS[name] for name in METHODS if name not in ("shipped, default pool, time",)}
    for name, world in WORLDS.items():
        n_services = 20 if is_quick else N_SERVICES
        cases = {n: list(made_up(world, n, np.random.default_rng(20_261_124), n_services)) for n in HISTORIES}
        table(f"World: {name}", cases, chosen)


if __name__ == "__main__":
    main()
