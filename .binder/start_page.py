"""Give Binder's JupyterLab the workshop's settings, and let it open on the first notebook: start_page.py FOLDER SETTINGS."""

import json
import sys
from pathlib import Path
from urllib.parse import quote

from slo_workbench.atomic_files import replace_text
from slo_workbench.workshop.folder import first_notebook
from slo_workbench.workshop.lab_settings import write_lab_settings

folder, settings = Path(sys.argv[1]), Path(sys.argv[2])
write_lab_settings(settings)
page = f"/lab/tree/{quote(f'{folder.name}/{first_notebook(folder)}')}"
place = settings / "jupyter_server_config.d" / "slo_workbench.json"
place.parent.mkdir(parents=True, exist_ok=True)
replace_text(place, json.dumps({"ServerApp": {"default_url": page}}))
