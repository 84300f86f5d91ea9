"""The settings JupyterLab is started with: quiet, local, light or dark with the system; kept apart from the user's own Lab.

They lie in a folder that takes the place of ``~/.jupyter`` while the workshop runs, so neither reads nor changes the other.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from slo_workbench.atomic_files import replace_text

__all__ = ["COLLABORATION_EXTENSIONS", "folder_state", "lab_settings", "write_lab_settings"]

# what jupyter-collaboration adds to the page; without the server's part they must not load
COLLABORATION_EXTENSIONS = ("@jupyter/collaboration-extension", "@jupyter/docprovider-extension")
_WARN = 30


def lab_settings(*, together: bool = False, has_curve: bool = True) -> dict[str, Any]:
    """Return the settings files by their path in the settings folder.

    Parameters
    ----------
    together : bool
        Whether several people edit one notebook at once.
    has_curve : bool
        Whether ZeroMQ can encrypt what Lab and its kernels say to each other.

    Examples
    --------
    >>> lab_settings()["labconfig/default_setting_overrides.json"]["@jupyterlab/apputils-extension:themes"]
    {'adaptive-theme': True}
    """
    return {
        "jupyter_server_config.json": {
            "ServerApp": {
                "jpserver_extensions": {"jupyterlab": True, "jupyter_server_ydoc": together, "jupyter_server_fileid": together},
                "tornado_settings": {"ws_ping_timeout": 30_000},  # milliseconds; what Tornado would make of Lab's own value, with a warning
            },
            # asks nobody for news, for updates or for a list of extensions
            "LabApp": {
                "news_url": None,
                "check_for_updates_class": "jupyterlab.handlers.announcements.NeverCheckForUpdate",
                "extension_manager": "readonly",
                "log_level": _WARN,
            },
            "FileIdExtension": {"log_level": _WARN},
            "YDocExtension": {"log_level": _WARN},
            **({"KernelManager": {"transport_encryption": "auto"}} if has_curve else {}),
        },
        "labconfig/page_config.json": {"disabledExtensions": dict.fromkeys(COLLABORATION_EXTENSIONS, not together)},
        "labconfig/default_setting_overrides.json": {
            "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False},
            "@jupyterlab/apputils-extension:themes": {"adaptive-theme": True},
            # a notebook opened again shows its widgets as they were, until it is run
            "@jupyter-widgets/jupyterlab-manager:plugin": {"saveState": True},
        },
    }


def write_lab_settings(folder: Path, *, together: bool = False) -> None:
    """Write the settings files into a folder, each whole; other files there stay."""
    for name, content in lab_settings(together=together, has_curve=_has_curve()).items():
        _write_json(folder / name, content)


def _has_curve() -> bool:
    import zmq

    return bool(zmq.has("curve"))


def _write_json(path: Path, content: Mapping[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_text(path, json.dumps(content, indent=2) + "\n")


def folder_state(settings: Path, folder: Path) -> Path:
    """Return where Lab keeps which tabs are open in a workshop's folder: one place for each folder, outside of it.

    Examples
    --------
    >>> folder_state(Path("settings"), Path("a")) == folder_state(Path("settings"), Path("b"))
    False
    """
    return settings / "folders" / sha256(str(folder.resolve()).encode()).hexdigest()[:16]
