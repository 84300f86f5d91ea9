"""The words of service levels, explained plainly: people who mean different things by one word promise different things.

Spelled as "The Site Reliability Workbook" spells them, explained in our own words; where a definition follows a source, the source is linked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from slo_workbench.document.findings import nearest_hint
from slo_workbench.errors import UnusableValue

__all__ = ["GLOSSARY", "Term", "find_term"]

_ART = ("The Art of SLOs, Google, CC BY 4.0", "https://sre.google/resources/practices-and-processes/art-of-slos/")
_BOOK = ("Site Reliability Engineering, chapter 4", "https://sre.google/sre-book/service-level-objectives/")
_IMPLEMENTING = ("The Site Reliability Workbook, chapter 2", "https://sre.google/workbook/implementing-slos/")
_ALERTING = ("The Site Reliability Workbook, chapter 5", "https://sre.google/workbook/alerting-on-slos/")
_POLICY = ("The Site Reliability Workbook, appendix B", "https://sre.google/workbook/error-budget-policy/")


@dataclass(frozen=True)
class Term:
    """One word.

    Parameters
    ----------
    name : str
        As it is written.
    meaning : str
        In one or two sentences, for somebody who hears it for the first time.
    source, url : str
        What the explanation follows; empty where it is this project's own.
    also : tuple of str
        Other ways to write it.
    """

    name: str
    meaning: str
    source: str = ""
    url: str = ""
    also: tuple[str, ...] = ()


def _term(name: str, meaning: str, source: tuple[str, str] = ("", ""), *also: str) -> Term:
    return Term(name, meaning, *source, also)


_TERMS = (
    _term("user", "Anyone who uses the service, whether they pay or not; a program that calls it is one, too.", _ART),
    _term("customer", "A user who pays, or who signed a contract. Keep the two apart: most users of a shop buy nothing today.", _ART),
    _term("critical user journey",
          "The steps that a user takes towards one thing they came for, and without which the service is of no use to them: to find, to buy, to get in.",
          _IMPLEMENTING, "CUJ", "journey"),
    _term("sequence diagram",
          "A picture of a journey: who takes part stands side by side, and each arrow is one message, in the order of time from top to bottom.",
          ("Mermaid's documentation", "https://mermaid.js.org/syntax/sequenceDiagram.html")),
    _term("event", "One thing that is counted: a request, a delivery, a nightly run, or a slice of time."),
    _term("valid event",
          "An event that counts for an indicator. Health checks, crawlers and other people's journeys are not valid: they are left out, neither good nor bad.",
          _ART),
    _term("good event", "A valid event that went as the user expected. What is valid and not good is bad; there is no third kind.", _ART),
    _term("SLI",
          "Service level indicator: the share of valid events that were good, from 0 % to 100 %. It should fall when users suffer, and rise when they are well.",
          _ART, "service level indicator", "indicator"),
    _term("SLO",
          "Service level objective: a target for an SLI over a window. The team promises it to itself, and acts when it is missed.",
          _BOOK, "service level objective", "objective"),
    _term("SLA",
          "Service level agreement: a contract with customers in which missing a level has a price. It should be easier to keep than the SLO.",
          _BOOK, "service level agreement"),
    _term("target", "The share of valid events that should be good, such as 99.9 %. 100 % is the wrong target for nearly everything.", _ART),
    _term("threshold",
          "How long is still good, in milliseconds: an event counts as good when it went well and took no longer. One indicator may have several.",
          _IMPLEMENTING),
    _term("window", "The stretch of time over which good and valid events are added up before they are divided.", _IMPLEMENTING),
    _term("rolling window", "The last so many days, counted anew every day. It remembers as users do: a bad day counts until it has dropped out.",
          _IMPLEMENTING),
    _term("calendar window", "A week, month or quarter that begins anew on a fixed day. It fits plans and reports; in its middle the rest is a forecast.",
          _IMPLEMENTING),
    _term("error budget",
          "The bad events that a target allows in a window: all of them less the target. It may be spent, on releases or on bad luck; when it is gone, "
          "the policy says what happens.",
          _BOOK, "budget"),
    _term("burn rate",
          "How fast the error budget is being spent. At a burn rate of 1 it lasts exactly one window, at 14 a fourteenth of it.", _ALERTING),
    _term("error budget policy", "What a team does when the budget is spent: agreed in advance, in writing, by those who must keep it.", _POLICY, "policy"),
    _term("incident", "A stretch of time in which far more was bad than usual, and about which somebody should have done something."),
    _term("alert", "A message from a rule that watches: so much of the budget burns so fast that somebody should look.", _ALERTING),
    _term("page", "An alert that wakes a person, because waiting until morning costs too much budget.", _ALERTING),
    _term("ticket", "An alert that can wait for working hours. A support ticket is another thing: a user who took the trouble to complain.", _ALERTING),
    _term("confidence", "How sure a promise should be: of 100 windows like the coming one, so many keep it."),
    _term("pool",
          "Days of other services, your own or from public reports of incidents, drawn beside your days to predict a window; their share fades as the "
          "history grows."),
    _term("achievable target", "A target that comes from the history: what was kept so far. It says nothing about whether users are content.",
          _IMPLEMENTING, "achievable"),
    _term("aspirational target", "A target that comes from a need rather than from the history. At first it is missed, and it triggers no policy.",
          _IMPLEMENTING, "aspirational"),
    _term("measuring point",
          "Where events are counted: in the server's log, in the application, at the load balancer, by a prober, or at the client. The nearer to the user, "
          "the more is seen, and the more it costs.",
          _ART),
    _term("candidate", "An indicator that could be chosen for a journey: with what it would see, and what it would miss."),
    _term("coverage gap", "A way in which the journey can fail that no chosen indicator sees. There always are some; they are written down.", _ART, "gap"),
    _term("percentile",
          "The value that so many of a hundred stay within: when the 95th percentile is 800 ms, 95 of 100 requests took 800 ms or less. Percentiles cannot be averaged.",
          _BOOK, "quantile"),
    _term("latency", "The time from the request to the answer, in milliseconds. Say where the timer starts and stops.", _BOOK),
    _term("distribution", "How many requests took how long, all of them, and not the mean alone."),
    _term("history", "The requests of the past weeks, added up minute by minute. Every figure of the workshop comes from it."),
    _term("gap in the data", "A stretch of time without rows where rows were to be expected. It is neither good nor bad: nobody knows.", ("", ""), "gap in data"),
    _term("dissent", "What somebody who does not agree wants written down. It stands beside the decision, so that the next review finds it."),
    _term("workbook", "The file workbook.yaml, in which the team's decisions stand, with their reasons."),
)  # fmt: skip
GLOSSARY: Mapping[str, Term] = MappingProxyType({term.name: term for term in _TERMS})
"""All words by name, in an order in which they can be read."""

_BY_ANY_NAME = {name.casefold(): term for term in _TERMS for name in (term.name, *term.also)}


def find_term(name: str) -> Term:
    """Return the term of a name: in any case, usual or another one, such as ``"CUJ"``.

    Raises
    ------
    UnusableValue
        For a word that is not explained here, with the nearest one that is.

    Examples
    --------
    >>> find_term("cuj").name
    'critical user journey'
    """
    found = _BY_ANY_NAME.get(" ".join(name.split()).casefold())
    if found is None:
        known = [other for term in _TERMS for other in (term.name, *term.also)]
        raise UnusableValue(f"{name!r} is not explained here: {nearest_hint(name, known)}")
    return found
