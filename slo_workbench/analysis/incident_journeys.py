"""Which journeys of a workbook the incidents of a list mean: by id or name, upper or lower case."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import pandas as pd

from slo_workbench.document.findings import Finding, nearest_hint
from slo_workbench.units import counted

__all__ = ["name_journeys"]


def name_journeys(incidents: pd.DataFrame, names: Mapping[str, str]) -> tuple[pd.DataFrame, tuple[Finding, ...]]:
    """Write the ids of journeys where a list says their name, or either in another case.

    Parameters
    ----------
    incidents : DataFrame
        With ``journeys`` (tuple of str), as :func:`slo_workbench.sources.incident_list.read_incidents` gives them.
    names : mapping of str to str
        Id to name of every journey there is.

    Returns
    -------
    (DataFrame, tuple of Finding)
        The incidents with ids; names that are no journey are kept as they are, and told in one finding.

    Examples
    --------
    >>> listed = pd.DataFrame({"id": ["a", "b"], "journeys": [("BUY", "Browse events"), ("bui",)]})
    >>> known, findings = name_journeys(listed, {"buy": "Buy a ticket", "browse": "Browse events"})
    >>> known["journeys"].tolist(), findings[0].hint
    ([('buy', 'browse'), ('bui',)], "did you mean 'buy'?")
    """
    # an id goes before a name that looks like it
    ids = {_folded(name): id for id, name in names.items()} | {_folded(id): id for id in names}
    found = [tuple(dict.fromkeys(ids.get(_folded(name), name) for name in of_one)) for of_one in incidents["journeys"]]
    named = incidents.assign(journeys=pd.Series(found, dtype=object, index=incidents.index))
    unknown = Counter(name for of_one in found for name in of_one if name not in names)
    if not unknown:
        return named, ()
    n_incidents = sum(any(name in unknown for name in of_one) for of_one in found)
    what = "a journey that is none" if len(unknown) == 1 else f"{counted(len(unknown), 'journey')} that are none"
    message = f"{counted(n_incidents, 'incident')} {'names' if n_incidents == 1 else 'name'} {what} of the workbook"
    example = unknown.most_common(1)[0][0]
    return named, (
        Finding("incident-journey-unknown", message, "warning", nearest_hint(_folded(example), ids), count=n_incidents, example=example),
    )


def _folded(name: str) -> str:
    return " ".join(name.split()).casefold()
