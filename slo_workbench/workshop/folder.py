"""A workshop's folder: the notebooks, an empty or worked workbook with the schema that editors complete by, and the agenda."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

from slo_workbench.atomic_files import new_folder
from slo_workbench.document import schema_text
from slo_workbench.errors import SloWorkbenchError, UnusableValue
from slo_workbench.workshop.agenda import agenda
from slo_workbench.workshop.agenda_pages import agendas_page, facilitator_page
from slo_workbench.workshop.editions import check_edition, edition_of
from slo_workbench.workshop.folder_parameters import for_folder
from slo_workbench.workshop.participant_pages import PAGE, write_participant_pages

__all__ = ["example_folder", "first_notebook", "is_workshop_notebook", "notebooks_folder", "workshop_notebooks", "write_start_folder"]

_PACKAGE = Path(__file__).parents[1]
_NUMBERED = re.compile(r"\d\d_.+\.ipynb")
_UNNUMBERED = ("proposal.ipynb", PAGE)


def example_folder() -> Path:
    """Return the worked example: beside the package when installed, else in the project's data."""
    return _shipped("data/stagedoor")


def notebooks_folder() -> Path:
    """Return the folder of the notebooks: beside the package when installed, else the project's."""
    return _shipped("notebooks")


def _shipped(name: str) -> Path:
    installed = _PACKAGE / name
    return installed if installed.is_dir() else _PACKAGE.parent / name


def is_workshop_notebook(name: str) -> bool:
    """Whether a file's name is one of a workshop's: numbered, a participant's own page, or the proposal.

    Examples
    --------
    >>> [is_workshop_notebook(name) for name in ("00_start_here.ipynb", "proposal.ipynb", "scratch.ipynb")]
    [True, True, False]
    """
    return name in _UNNUMBERED or _NUMBERED.fullmatch(name) is not None


def workshop_notebooks(folder: Path) -> tuple[Path, ...]:
    """Return a folder's notebooks of the workshop in their order, those without a number last."""
    return tuple(sorted(file for file in folder.glob("*.ipynb") if is_workshop_notebook(file.name)))


def first_notebook(folder: Path) -> str | None:
    """Return the name of the notebook to open first: ``00_…``, else the first there is; None in a folder without any."""
    names = [file.name for file in workshop_notebooks(folder)] or sorted(file.name for file in folder.glob("*.ipynb"))
    return next((name for name in names if name.startswith("00_")), names[0] if names else None)


def write_start_folder(
    folder: Path,
    *,
    example: bool = False,
    edition: str = "participant",
    plan: str = "90min",
    participants: Sequence[str] = (),
    workbook: Path | None = None,
    notebooks: Path | None = None,
) -> tuple[Path, ...]:
    """Make a workshop's folder; with the request data too for the worked example.

    Parameters
    ----------
    folder : Path
        New, or empty.
    example : bool
        Whether the workbook is the worked example instead of an empty one.
    edition : {"participant", "facilitator"}
    plan : {"90min", "half-day", "day"}
        The agenda that comes first.
    participants : sequence of str
        ``NAME`` or ``NAME=ROLE`` of those who get a page of their own.
    workbook : Path, optional
        A workbook elsewhere that the notebooks speak about, such as the room's own; none is written then.
    notebooks : Path, optional
        Folder to take the notebooks from; the package's own when left out.

    Returns
    -------
    tuple of Path
        The files written.

    Raises
    ------
    UnusableValue
        When the folder holds anything (nothing is overwritten), there is no such edition or agenda, a participant's name is none, or there is no such
        workbook.
    """
    check_edition(edition)
    agenda(plan)
    if workbook is not None and (example or not workbook.is_file()):
        raise UnusableValue(
            f"{workbook} is no workbook" if not example else "a workbook elsewhere and the worked example do not go together"
        )
    spoken_of = "workbook.yaml" if workbook is None else os.path.relpath(workbook.resolve(), folder.resolve())
    with new_folder(folder) as beside:
        if workbook is None:
            _write_workbook(beside, example=example)
        source = notebooks or notebooks_folder()
        names = _write_notebooks(beside, source, example=example, edition=edition, plan=plan, workbook_path=spoken_of)
        write_participant_pages(beside, participants)
        _write_pages(beside, names, example=example, edition=edition, plan=plan, workbook_path=spoken_of)
        written = sorted(file.name for file in beside.iterdir())
    return tuple(folder / name for name in written)


def _write_workbook(folder: Path, *, example: bool) -> None:
    if example:
        for file in sorted(example_folder().iterdir()):
            if file.is_file() and not file.name.startswith("."):  # what is hidden was counted here before, and is counted again there
                shutil.copyfile(file, folder / file.name)
    else:
        shutil.copyfile(_PACKAGE / "empty_workbook.yaml", folder / "workbook.yaml")
    (folder / "workbook.schema.json").write_text(schema_text(), encoding="utf-8")


def _write_notebooks(folder: Path, source: Path, *, example: bool, edition: str, plan: str, workbook_path: str) -> tuple[str, ...]:
    import nbformat

    files = workshop_notebooks(source)
    if not files:
        raise SloWorkbenchError(f"the notebooks are not in {source}: install the package again, or take the whole project")
    for file in files:
        notebook = edition_of(nbformat.read(file, as_version=4), edition)
        nbformat.write(for_folder(notebook, example=example, plan=plan, workbook_path=workbook_path), folder / file.name)
    return tuple(file.name for file in files)


def _write_pages(folder: Path, notebooks: tuple[str, ...], *, example: bool, edition: str, plan: str, workbook_path: str) -> None:
    readme = _readme(folder, example=example, edition=edition, workbook_path=workbook_path)
    pages = {"agenda.md": agendas_page(plan, notebooks=notebooks), "README.md": readme}
    if edition == "facilitator":
        pages["facilitator.md"] = facilitator_page(plan, notebooks=notebooks)
    for name, text in pages.items():
        (folder / name).write_text(text, encoding="utf-8")


def _readme(folder: Path, *, example: bool, edition: str, workbook_path: str) -> str:
    first = first_notebook(folder) or "proposal.ipynb"
    elsewhere = workbook_path != "workbook.yaml"
    workbook = "the room's own" if elsewhere else "empty: the notebooks and you fill it in"
    workbook = "the worked example, *Stagedoor*, with its requests" if example else workbook
    rows = [
        (f"[{first}]({first})", "open this first; the others follow by number, and each ends in a decision"),
        (f"[{workbook_path}]({quote(workbook_path)})", f"what the team decides ({workbook}); every notebook reads and writes it"),
        ("[agenda.md](agenda.md)", "who does what when: 90 minutes, half a day, a day"),
        *([("[facilitator.md](facilitator.md)", "for the facilitator: prompts for every role")] if edition == "facilitator" else []),
        *(
            [
                (
                    "[your_page.ipynb](your_page.ipynb)",
                    "silent votes, estimates, a signature; each participant duplicates it, or has a copy by name",
                )
            ]
            if (folder / "your_page.ipynb").exists()
            else []
        ),
        ("[proposal.ipynb](proposal.ipynb)", "the proposal to sign; `slo-workbench propose` runs it for every objective"),
        *([] if elsewhere else [("workbook.schema.json", "lets editors complete and check the workbook")]),
    ]
    table = "\n".join(f"| {name} | {what} |" for name, what in rows)
    return f"""# A workshop on service level objectives

The {edition}s' folder. In a terminal, in this folder:

    slo-workbench lab .

opens JupyterLab here, on [{first}]({first}). With JupyterLab open already, open that notebook and choose *Run > Run All Cells*.

| file | what for |
|---|---|
{table}

After each step, and before anybody signs:

    slo-workbench check {workbook_path}
    slo-workbench propose {workbook_path} --out proposals
"""
