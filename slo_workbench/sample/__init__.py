"""Stagedoor, a made-up ticket shop: eight weeks of requests with known truth, from one seed."""

from slo_workbench.sample.fingerprint import content_hash
from slo_workbench.sample.incidents import INCIDENTS, Effect, Incident
from slo_workbench.sample.world import DEFAULT_SEED, DEFAULT_WEEKS, Sample, make_sample
from slo_workbench.sample.write import SampleSummary, write_sample

__all__ = [
    "DEFAULT_SEED",
    "DEFAULT_WEEKS",
    "INCIDENTS",
    "Effect",
    "Incident",
    "Sample",
    "SampleSummary",
    "content_hash",
    "make_sample",
    "write_sample",
]
