"""From the workbook to the files of other tools, and back: Prometheus, Sloth, Pyrra, OpenSLO, slo-generator, Grafana.

Every export is text made from the document alone: the same workbook gives the same bytes, targets stay exact
decimals, and what a format cannot hold is said by a finding. Burn-rate factors of different formats are not
interchangeable: each file states its own.

References
----------
The formats are those of Prometheus, Sloth, Pyrra, OpenSLO and slo-generator (all Apache-2.0) and of Grafana
(AGPL-3.0; only its dashboard JSON is written). Structures were read in the projects' own code; none of it is used.
"""

from __future__ import annotations
