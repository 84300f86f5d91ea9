"""The commands about workshops: ``start`` makes a folder, ``lab`` opens JupyterLab on it."""

from __future__ import annotations

import os
import shlex
from argparse import Namespace
from pathlib import Path

from slo_workbench.document.findings import FindingsError, render_findings

__all__ = ["lab", "start"]

GOOD = 0


def start(given: Namespace) -> int:
    """Make a workshop's folder, and say what is in it."""
    from slo_workbench.units import counted
    from slo_workbench.workshop.agenda import agenda
    from slo_workbench.workshop.folder import write_start_folder

    files = write_start_folder(
        given.folder, example=given.example, edition=given.edition, plan=given.agenda, participants=given.participant, workbook=given.workbook
    )  # fmt: skip
    pages = [file.name for file in files if file.name.startswith("your_page_")]
    notebooks = [file.name for file in files if file.suffix == ".ipynb" and file.name not in pages]
    workbook = "the worked example and its requests" if given.example else f"{given.workbook}" if given.workbook else "an empty workbook"
    print(f"wrote {given.folder}: the {given.edition} edition, with {workbook}")
    print(f"    {counted(len(notebooks), 'notebook')}, {notebooks[0]} to open first")
    if pages:
        print(f"    {counted(len(pages), 'page')} of participants: {', '.join(pages)}")
    print(f"    agenda.md for {agenda(given.agenda).title.lower()}, and the others after it")
    print(f"    {', '.join(file.name for file in files if file.suffix != '.ipynb' and file.name != 'agenda.md')}")
    print(f"next: slo-workbench lab {_quoted(given.folder)}")
    print(f"then: slo-workbench check {_quoted(given.workbook or given.folder / 'workbook.yaml')}")
    return GOOD


def _quoted(path: Path) -> str:
    return shlex.quote(str(path))


def lab(given: Namespace) -> int:
    """Open JupyterLab on a folder; comes back only where that cannot be."""
    from slo_workbench.workshop import lab as workshop_lab
    from slo_workbench.workshop.lab_settings import write_lab_settings
    from slo_workbench.workshop.trust import trust_notebooks

    problems = workshop_lab.find_lab_problems(given.folder, together=given.together)
    if problems:
        raise FindingsError(problems)
    notes = trust_notebooks(sorted(given.folder.glob("*.ipynb")))
    if notes:
        print(render_findings(notes))
    settings = workshop_lab.settings_folder(together=given.together)
    write_lab_settings(settings, together=given.together)
    sentence = workshop_lab.exposure_sentence(given.ip)
    if sentence:
        print(sentence)
    print(f"JupyterLab opens on {given.folder}; Ctrl-C here ends it, with what runs in it")
    command = workshop_lab.lab_command(
        given.folder,
        settings=settings,
        ip=given.ip,
        port=given.port,
        has_browser=not given.no_browser,
        is_root=hasattr(os, "geteuid") and os.geteuid() == 0,
    )
    workshop_lab.become_lab(command, workshop_lab.lab_environment(os.environ, settings, trust_urls=given.trust_urls))
    return GOOD
