"""JupyterLab on a workshop's folder: on this machine only unless told otherwise, with Lab's token left on.

The command line and the environment are made by plain functions; `open_lab` checks, writes the settings, and becomes JupyterLab.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from importlib.util import find_spec
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import quote

from slo_workbench.document.findings import Finding
from slo_workbench.workshop.folder import first_notebook, workshop_notebooks
from slo_workbench.workshop.lab_settings import folder_state

__all__ = [
    "LOOPBACK",
    "exposure_sentence",
    "find_lab_problems",
    "is_loopback",
    "lab_command",
    "lab_environment",
    "settings_folder",
    "start_page",
]

LOOPBACK = "127.0.0.1"


def lab_command(
    folder: Path,
    *,
    settings: Path,
    ip: str = LOOPBACK,
    port: int | None = None,
    has_browser: bool = True,
    is_root: bool = False,
) -> list[str]:
    """Return the command that opens JupyterLab on a folder.

    Nothing in it touches the token: Lab makes a new one at every start.

    Parameters
    ----------
    folder : Path
        The workshop's folder.
    settings : Path
        Folder of the settings, see `lab_settings`.
    ip : str
        Address to listen on.
    port : int, optional
        Port to begin with; where it is taken, Lab takes the next that is free.
    has_browser : bool
        Whether to open a browser.
    is_root : bool
        Whether it runs as root, which Lab wants to be told.

    Examples
    --------
    >>> command = lab_command(Path("shop"), settings=Path("settings"), port=8899)
    >>> [part for part in command if ".ip" in part or ".port=" in part]
    ['--ServerApp.ip=127.0.0.1', '--ServerApp.port=8899']
    """
    state = folder_state(settings, folder)
    return [
        sys.executable,
        "-P",  # a file of the current folder called json.py is not to be taken for Python's
        "-m",
        "slo_workbench.workshop.lab_process",
        f"--ServerApp.root_dir={folder.resolve()}",
        f"--ServerApp.ip={ip}",
        *([] if port is None else [f"--ServerApp.port={port}"]),
        f"--LabApp.default_url={start_page(folder)}",
        f"--LabApp.user_settings_dir={settings / 'user-settings'}",
        f"--LabApp.workspaces_dir={state / 'workspaces'}",
        f"--SQLiteYStore.db_path={state / 'together.db'}",
        f"--YDocExtension.session_store_path={state / 'together_sessions.json'}",
        f"--ServerApp.open_browser={has_browser}",
        "--ServerApp.answer_yes=True",  # Ctrl-C ends it without asking
        "--ServerApp.log_level=WARN",
        *(["--allow-root"] if is_root else []),
    ]


def start_page(folder: Path) -> str:
    """Return the page Lab opens: the folder's first notebook, or the launcher where there is none.

    Examples
    --------
    >>> start_page(Path("no such folder"))
    '/lab'
    """
    first = first_notebook(folder)
    return "/lab" if first is None else f"/lab/tree/{quote(first)}"


def lab_environment(environment: Mapping[str, str], settings: Path, *, trust_urls: bool = False) -> dict[str, str]:
    """Return the environment of JupyterLab: the given one, with our settings in the place of the user's.

    The kernel of this Python comes before others of the same name, and pictures are drawn in the notebook.

    Examples
    --------
    >>> lab_environment({"MPLBACKEND": "Agg", "HOME": "/home/a"}, Path("/settings"))["JUPYTER_CONFIG_DIR"]
    '/settings'
    """
    dropped = ("JUPYTER_NO_CONFIG", "MPLBACKEND")
    kept = {name: value for name, value in environment.items() if name not in dropped}
    if trust_urls:  # the notebooks' kernels inherit it
        kept["SLO_WORKBENCH_TRUST_URLS"] = "1"
    return {**kept, "JUPYTER_CONFIG_DIR": str(settings), "JUPYTER_CONFIG_PATH": str(settings), "JUPYTER_PREFER_ENV_PATH": "1"}


def settings_folder(*, together: bool = False) -> Path:
    """Return where the settings of workshops lie: beside Jupyter's data of this user, not in their Jupyter settings."""
    from jupyter_core.paths import jupyter_data_dir

    return Path(jupyter_data_dir()).absolute() / "slo-workbench" / ("together" if together else "alone")


def find_lab_problems(folder: Path, *, together: bool = False) -> tuple[Finding, ...]:
    """Return what keeps JupyterLab from opening on a folder."""
    found = []
    if not (folder / "workbook.yaml").is_file() and not workshop_notebooks(folder):
        what = "has no workbook.yaml" if folder.is_dir() else "is no folder"
        hint = f"make a workshop's folder first: slo-workbench start {'NEW_FOLDER' if folder.exists() else folder}"
        found.append(Finding("no-workshop-folder", what, hint=hint, where=str(folder)))
    if find_spec("jupyterlab") is None:
        found.append(Finding("lab-missing", "JupyterLab is not installed", hint="pip install 'slo-workbench[lab]'"))
    if together and find_spec("jupyter_collaboration") is None:
        hint = "pip install 'slo-workbench[collaboration]'; without --together, votes of a room still work from everybody's own tab"
        found.append(Finding("collaboration-missing", "jupyter-collaboration is not installed", hint=hint))
    return tuple(found)


def is_loopback(ip: str) -> bool:
    """Whether only this machine can reach an address.

    Examples
    --------
    >>> [is_loopback(ip) for ip in ("127.0.0.1", "::1", "localhost", "0.0.0.0", "workshop.example")]
    [True, True, True, False, False]
    """
    try:
        return ip_address(ip).is_loopback
    except ValueError:
        return ip.lower() == "localhost"


def exposure_sentence(ip: str) -> str:
    """Say what it means to listen on an address that others reach; empty for this machine alone."""
    if is_loopback(ip):
        return ""
    return (
        f"Listening on {ip}: whoever reaches this machine and has the address with its token can read and change this folder and run any "
        "code as you. It travels unencrypted: use it in a network you trust, pass the token on only to the room, and stop it afterwards."
    )


def become_lab(command: list[str], environment: Mapping[str, str]) -> None:
    """Replace this process by JupyterLab, so that signals and the exit status are its own."""
    sys.stdout.flush()
    sys.stderr.flush()
    os.execve(command[0], command, dict(environment))
