"""A folder to start from: an empty workbook or the worked example, with the schema that editors complete by."""

from __future__ import annotations

import shutil
from pathlib import Path

from slo_workbench.atomic_files import new_folder
from slo_workbench.document import schema_text

__all__ = ["example_folder", "write_start_folder"]


def example_folder() -> Path:
    """Return the worked example: beside the package when installed, else in the project's data."""
    package = Path(__file__).parent
    installed = package / "data" / "stagedoor"
    return installed if installed.is_dir() else package.parent / "data" / "stagedoor"


def write_start_folder(folder: Path, *, example: bool = False) -> tuple[Path, ...]:
    """Make a folder with ``workbook.yaml`` and its schema; with the request data too for the worked example.

    Parameters
    ----------
    folder : Path
        New, or empty.
    example : bool

    Returns
    -------
    tuple of Path
        The files written.

    Raises
    ------
    UnusableValue
        When the folder holds anything: nothing is overwritten.
    """
    with new_folder(folder) as beside:
        if example:
            for file in sorted(example_folder().iterdir()):
                shutil.copyfile(file, beside / file.name)
        else:
            shutil.copyfile(Path(__file__).parent / "empty_workbook.yaml", beside / "workbook.yaml")
        (beside / "workbook.schema.json").write_text(schema_text(), encoding="utf-8")
        names = sorted(file.name for file in beside.iterdir())
    return tuple(folder / name for name in names)
