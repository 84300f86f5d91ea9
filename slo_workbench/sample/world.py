"""One made-up world: all tables from one seed, nothing written."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from slo_workbench.errors import UnusableValue
from slo_workbench.sample.deliveries import deliver, tabulate_deliveries
from slo_workbench.sample.incidents import INCIDENTS
from slo_workbench.sample.machines import crawl, probe
from slo_workbench.sample.orders_by_hour import count_orders
from slo_workbench.sample.people import draw_sessions
from slo_workbench.sample.requests import hide_rows, order_rows, tabulate_requests
from slo_workbench.sample.rows import stack_rows
from slo_workbench.sample.settlement import settle
from slo_workbench.sample.tickets import open_tickets
from slo_workbench.sample.traffic import Season, plan_season
from slo_workbench.sample.visits import walk_visits

DEFAULT_SEED = 20260302
DEFAULT_WEEKS = 8

INCIDENTS_SCHEMA = pa.schema([pa.field(n, pa.string()) for n in ("id", "start", "end", "cause", "injected", "journeys")])


@dataclass(frozen=True)
class Sample:
    """The tables of the worked example, as Arrow tables; `data/README.md` explains their columns."""

    requests: pa.Table
    deliveries: pa.Table
    settlement: pa.Table
    orders_by_hour: pa.Table
    incidents: pa.Table
    tickets: pa.Table


def list_incidents(season: Season) -> pa.Table:
    """The known truth: incidents that end inside the season. Journeys are joined by ``;`` and empty when none is harmed."""
    inside = [incident for incident in INCIDENTS if incident.end_ms <= season.end_ms]
    rows = [(i.id, i.start, i.end, i.cause, i.injected, ";".join(i.journeys)) for i in inside]
    return pa.table([list(column) for column in zip(*rows, strict=True)] if rows else [[]] * 6, schema=INCIDENTS_SCHEMA)


def make_sample(*, seed: int = DEFAULT_SEED, weeks: int = DEFAULT_WEEKS, scale: float = 1.0) -> Sample:
    """All tables of a made-up ticket shop, from one seed.

    Parameters
    ----------
    seed : int
        Equal seeds, weeks and scales give equal values. Each table has its own random stream, but sales shape deliveries,
        and both shape settlement and tickets; the order service's counts follow from the requests without a draw.
    weeks : int
        Whole weeks from Monday 2026-03-02T00:00Z, at least 1. Incidents are fixed in time: a shorter world has fewer.
    scale : float
        Times the usual number of visitors, above 0; 1 gives about 500,000 requests in eight weeks.

    Returns
    -------
    Sample

    Raises
    ------
    UnusableValue
        When `weeks` or `scale` is out of range.

    Examples
    --------
    >>> make_sample(weeks=1, scale=0.01).settlement.num_rows
    7
    """
    if weeks < 1:
        raise UnusableValue(f"A sample needs at least 1 whole week, got weeks={weeks}.")
    if not 0 < scale < float("inf"):
        raise UnusableValue(f"The scale of a sample must be a finite number above 0, got scale={scale}; 1 is the usual size.")
    streams = [np.random.default_rng(child) for child in np.random.SeedSequence(seed).spawn(7)]
    for_season, for_people, for_visits, for_machines, for_deliveries, for_settlement, for_tickets = streams
    season = plan_season(for_season, weeks=weeks, scale=scale)
    visits = walk_visits(draw_sessions(season, for_people, scale=scale), season, for_visits)
    machines = [crawl(season, for_machines, scale=scale), probe(season, for_machines)]
    truth = order_rows(stack_rows([visits, *machines]), season)
    deliveries = deliver(truth, season, for_deliveries)
    return Sample(
        requests=tabulate_requests(hide_rows(truth)),
        deliveries=tabulate_deliveries(deliveries),
        settlement=settle(deliveries, season, for_settlement),
        orders_by_hour=count_orders(truth, season),
        incidents=list_incidents(season),
        tickets=open_tickets(truth, deliveries, season, for_tickets, scale=scale),
    )
