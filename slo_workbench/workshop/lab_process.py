"""JupyterLab in a process of its own that ends when it is told to: ``python -m slo_workbench.workshop.lab_process``, by `lab_command`.

Two things JupyterLab leaves open. Without a terminal it takes Ctrl-C for an accident and cleans nothing up, so here it means the same as
SIGTERM. And the store of jupyter-collaboration may leave a thread behind that Python would wait for without end (seen with 5.0.4), so the
process ends as soon as Lab has cleaned up.
"""

from __future__ import annotations

import os
import signal
import sys
from types import FrameType

__all__ = ["main"]


def main() -> None:
    """Run JupyterLab with the arguments of this process; never returns."""
    from jupyterlab.labapp import LabApp

    signal.signal(signal.SIGINT, _stop)  # on a terminal, Lab puts its own in this place
    status = 0
    try:
        LabApp.launch_instance()
    except SystemExit as ended:
        status = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
        if isinstance(ended.code, str):
            print(ended.code, file=sys.stderr)
    except KeyboardInterrupt:
        pass
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


def _stop(number: int, frame: FrameType | None) -> None:
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    main()
