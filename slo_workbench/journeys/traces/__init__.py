"""A journey's sequence diagram, learned from distributed traces."""

from slo_workbench.journeys.traces.learning import LearnedJourney, learn_journey
from slo_workbench.journeys.traces.reading import read_spans
from slo_workbench.journeys.traces.spans import Span
from slo_workbench.journeys.traces.trees import Trace, build_traces

__all__ = ["LearnedJourney", "Span", "Trace", "build_traces", "learn_journey", "read_spans"]
