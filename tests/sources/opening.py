"""Opens a file as a user would, and checks that every row is accounted for."""

import pytest

from slo_workbench.document.findings import FindingsError
from slo_workbench.sources.open import open_source
from slo_workbench.sources.rows import SourceRequest


def opened(engine, path, **options):
    table = open_source(engine, SourceRequest(path, **options))
    assert table.n_rows_read == table.n_rows_used + table.n_rows_refused + table.n_rows_left_out
    assert table.n_rows_left_out >= 0
    assert table.n_rows_used == table.table.count().to_pyarrow().as_py()
    return table


def rows_of(table):
    return table.table.to_pyarrow().to_pylist()


def refusals_of(table):
    return {refusal.reason: refusal.n_rows for refusal in table.refusals}


def codes_of(engine, path, **options):
    with pytest.raises(FindingsError) as caught:
        open_source(engine, SourceRequest(path, **options))
    assert all(finding.message and finding.hint for finding in caught.value.findings if finding.severity == "error")
    return [finding.code for finding in caught.value.findings]
