"""The door of the document floor: every name is there, and opening it loads nothing heavy."""

from __future__ import annotations

import subprocess
import sys

import pytest

from slo_workbench import document


def test_every_public_name_can_be_had() -> None:
    assert [name for name in document.__all__ if getattr(document, name, None) is None] == []
    assert set(document.__all__) <= set(dir(document))


def test_a_name_that_is_not_there_says_so() -> None:
    with pytest.raises(AttributeError, match="no attribute 'chek_workbook'"):
        _ = document.chek_workbook


def test_importing_it_loads_neither_pydantic_nor_a_yaml_parser() -> None:
    code = "import sys, slo_workbench.document; print(sorted({'pydantic', 'ruamel'} & {name.split('.')[0] for name in sys.modules}))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_the_model_alone_needs_no_yaml_parser_and_no_engine() -> None:
    code = "import sys; from slo_workbench.document import Workbook; print([n for n in ('ruamel', 'numpy', 'pandas', 'ibis') if n in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
