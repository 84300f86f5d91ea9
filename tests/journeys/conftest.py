"""Every diagram in tests/golden/diagrams is handed to each test that asks for `diagram_file`."""

from pathlib import Path

import pytest

DIAGRAMS = sorted((Path(__file__).parents[1] / "golden" / "diagrams").glob("*.mmd"))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "diagram_file" in metafunc.fixturenames:
        metafunc.parametrize("diagram_file", DIAGRAMS, ids=[path.stem for path in DIAGRAMS])


@pytest.fixture
def diagram_text(diagram_file: Path) -> str:
    return diagram_file.read_text(encoding="utf-8")
