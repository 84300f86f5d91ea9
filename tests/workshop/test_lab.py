"""The command that opens JupyterLab: what it is told, what it is kept from, and what is refused before it starts."""

import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest
from nbformat.sign import NotebookNotary
from nbformat.v4 import new_code_cell, new_notebook, new_output

from slo_workbench.workshop import lab as workshop_lab
from slo_workbench.workshop.folder import write_start_folder
from slo_workbench.workshop.lab import exposure_sentence, find_lab_problems, lab_command, lab_environment, settings_folder
from slo_workbench.workshop.lab_settings import COLLABORATION_EXTENSIONS, folder_state, lab_settings, write_lab_settings
from slo_workbench.workshop.trust import trust_notebooks
from tests.conftest import PROJECT


@pytest.fixture(autouse=True)
def _own_jupyter_data(tmp_path, monkeypatch):
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "jupyter data"))


@pytest.fixture
def shop(tmp_path):
    write_start_folder(tmp_path / "my shop", example=True)
    return tmp_path / "my shop"


@pytest.fixture
def started(monkeypatch, run):
    """Run the command ``lab`` up to the point where it would become JupyterLab."""
    became = SimpleNamespace(command=[], environment={})

    def become(command, environment):
        became.command, became.environment = command, environment

    monkeypatch.setattr(workshop_lab, "become_lab", become)

    def run_lab(*arguments):
        return (*run("lab", *arguments), became)

    return run_lab


def value(command, option):
    (found,) = [part.partition("=")[2] for part in command if part.startswith(f"--{option}=")]
    return found


def write_notebook(path, *outputs):
    nbformat.write(new_notebook(cells=[new_code_cell("1", id="one", outputs=list(outputs))]), path)
    return path


def is_trusted(path):
    notary = NotebookNotary()
    try:
        return notary.check_signature(nbformat.read(path, as_version=4))
    finally:
        notary.store.close()


def test_lab_listens_on_this_machine_only_and_its_token_is_never_touched(started, shop):
    status, out, _, became = started(shop)
    assert status == 0
    assert value(became.command, "ServerApp.ip") == "127.0.0.1"
    assert "Listening" not in out
    assert not [part for part in became.command if "token" in part.lower() or "password" in part.lower()]
    assert "token" not in json.dumps(lab_settings()).lower()


def test_another_address_is_listened_on_when_told_and_what_that_means_is_said(started, shop):
    status, out, _, became = started(shop, "--ip", "0.0.0.0")
    assert status == 0
    assert value(became.command, "ServerApp.ip") == "0.0.0.0"
    assert "Listening on 0.0.0.0: whoever reaches this machine and has the address with its token can" in out


@pytest.mark.parametrize("ip", ["127.0.0.1", "127.0.0.2", "::1", "localhost", "LOCALHOST"])
def test_nothing_is_said_of_addresses_that_only_this_machine_reaches(ip):
    assert exposure_sentence(ip) == ""


@pytest.mark.parametrize("ip", ["", "*", "::", "192.168.1.4", "workshop.example"])
def test_it_is_said_of_every_other_address(ip):
    assert "run any code as you" in exposure_sentence(ip)


def test_lab_opens_on_the_first_notebook_of_the_folder(tmp_path, shop):
    write_notebook(shop / "00_start here.ipynb")
    command = lab_command(shop, settings=tmp_path)
    assert value(command, "LabApp.default_url") == "/lab/tree/00_start%20here.ipynb"
    assert value(command, "ServerApp.root_dir") == str(shop)


def test_root_a_port_and_no_browser_reach_lab(tmp_path, shop):
    command = lab_command(shop, settings=tmp_path, port=8899, has_browser=False, is_root=True)
    assert value(command, "ServerApp.port") == "8899"
    assert value(command, "ServerApp.open_browser") == "False"
    assert "--allow-root" in command
    plain = lab_command(shop, settings=tmp_path)
    assert "--allow-root" not in plain
    assert not [part for part in plain if "port=" in part]


@pytest.mark.parametrize("port", ["0", "65536", "http"])
def test_a_port_that_is_none_is_wrong_usage(run, shop, port):
    assert run("lab", shop, "--port", port)[0] == 2


def test_the_users_own_jupyter_settings_are_neither_read_nor_written(started, shop, tmp_path):
    became = started(shop)[-1]
    own = settings_folder()
    assert own == tmp_path / "jupyter data" / "slo-workbench" / "alone"
    assert became.environment["JUPYTER_CONFIG_DIR"] == became.environment["JUPYTER_CONFIG_PATH"] == str(own)
    for option in ("LabApp.user_settings_dir", "LabApp.workspaces_dir", "SQLiteYStore.db_path"):
        assert value(became.command, option).startswith(f"{own}{os.sep}")


def test_which_tabs_are_open_is_kept_for_each_folder_apart(tmp_path):
    assert folder_state(tmp_path, tmp_path / "a") != folder_state(tmp_path, tmp_path / "b")
    assert folder_state(tmp_path, tmp_path / "a") == folder_state(tmp_path, tmp_path / "b" / ".." / "a")


def test_pictures_are_drawn_in_notebooks_even_where_make_draws_to_files(tmp_path):
    made = lab_environment({"MPLBACKEND": "Agg", "JUPYTER_NO_CONFIG": "1", "HOME": "/home/a"}, tmp_path)
    assert set(made) == {"HOME", "JUPYTER_CONFIG_DIR", "JUPYTER_CONFIG_PATH", "JUPYTER_PREFER_ENV_PATH"}


def test_lab_asks_nobody_for_news_updates_or_extensions(tmp_path):
    write_lab_settings(tmp_path)
    overrides = json.loads((tmp_path / "labconfig" / "default_setting_overrides.json").read_text())
    assert overrides["@jupyterlab/apputils-extension:notification"] == {"fetchNews": "false", "checkForUpdates": False}
    app = json.loads((tmp_path / "jupyter_server_config.json").read_text())["LabApp"]
    assert app["news_url"] is None
    assert app["check_for_updates_class"].endswith("NeverCheckForUpdate")
    assert app["extension_manager"] == "readonly"


def test_the_settings_are_names_that_the_installed_lab_knows():
    from jupyterlab.commands import get_app_dir
    from jupyterlab.labapp import LabApp

    for plugin, values in lab_settings()["labconfig/default_setting_overrides.json"].items():
        package, _, name = plugin.partition(":")
        # Lab's own plugins, and those of extensions
        places = (Path(get_app_dir(), "schemas", package), Path(sys.prefix, "share/jupyter/labextensions", package, "schemas", package))
        (file,) = [place / f"{name}.json" for place in places if (place / f"{name}.json").is_file()]
        schema = json.loads(file.read_text(encoding="utf-8"))
        assert set(values) <= set(schema["properties"])
    assert set(lab_settings()["jupyter_server_config.json"]["LabApp"]) <= set(LabApp.class_trait_names())
    for extension in COLLABORATION_EXTENSIONS:
        assert Path(sys.prefix, "share", "jupyter", "labextensions", extension).is_dir()


@pytest.mark.parametrize("together", [False, True])
def test_editing_together_is_off_unless_asked_for_in_the_server_and_in_the_page(together):
    settings = lab_settings(together=together)
    assert settings["jupyter_server_config.json"]["ServerApp"]["jpserver_extensions"]["jupyter_server_ydoc"] is together
    assert set(settings["labconfig/page_config.json"]["disabledExtensions"].values()) == {not together}
    assert settings_folder(together=True) != settings_folder()


def without(name):
    return lambda wanted: None if wanted == name else object()


def test_without_jupyterlab_the_extra_to_install_is_named(started, shop, monkeypatch):
    monkeypatch.setattr(workshop_lab, "find_spec", without("jupyterlab"))
    status, _, err, became = started(shop)
    assert status == 1
    assert "error[lab-missing]" in err
    assert "pip install 'slo-workbench[lab]'" in err
    assert became.command == []


def test_without_jupyter_collaboration_only_together_is_refused(shop, monkeypatch):
    monkeypatch.setattr(workshop_lab, "find_spec", without("jupyter_collaboration"))
    assert find_lab_problems(shop) == ()
    (finding,) = find_lab_problems(shop, together=True)
    assert finding.code == "collaboration-missing"
    assert "slo-workbench[collaboration]" in finding.hint


def test_a_folder_without_a_workbook_is_refused_with_the_command_that_makes_one(started, tmp_path):
    status, _, err, _ = started(tmp_path / "nowhere")
    assert status == 1
    assert f"{tmp_path / 'nowhere'}: is no folder" in err
    assert f"slo-workbench start {tmp_path / 'nowhere'}" in err
    assert "has no workbook.yaml" in find_lab_problems(tmp_path)[0].message


def test_notebooks_without_outputs_are_trusted_beforehand(started, shop):
    assert not is_trusted(shop / "proposal.ipynb")
    assert started(shop)[0] == 0
    assert is_trusted(shop / "proposal.ipynb")


def test_outputs_of_somebody_else_are_not_trusted_but_named(started, shop):
    foreign = write_notebook(shop / "01_foreign.ipynb", new_output("display_data", {"text/html": "<script>alert(1)</script>"}))
    status, out, _, _ = started(shop)
    assert status == 0
    assert "note[notebook-not-trusted]" in out
    assert "01_foreign.ipynb" in out
    assert not is_trusted(foreign)


def test_what_the_user_trusted_is_not_named_again(tmp_path):
    mine = write_notebook(tmp_path / "01_mine.ipynb", new_output("stream", text="1"))
    notary = NotebookNotary()
    notary.sign(nbformat.read(mine, as_version=4))
    notary.store.close()
    assert trust_notebooks([mine]) == ()


@pytest.mark.parametrize("text", ["", "not JSON", "[1]", '{"cells": 1}', "\0"])
def test_a_file_that_is_no_notebook_is_named_and_the_others_are_trusted(tmp_path, text):
    (tmp_path / "00_broken.ipynb").write_text(text)
    good = write_notebook(tmp_path / "01_good.ipynb")
    (finding,) = trust_notebooks([tmp_path / "00_broken.ipynb", good])
    assert (finding.code, finding.file) == ("notebook-unreadable", str(tmp_path / "00_broken.ipynb"))
    assert is_trusted(good)


def test_start_and_lab_are_offered_with_examples_and_say_what_comes_next(run, tmp_path):
    status, out, _ = run("start", tmp_path / "my shop", "--edition", "facilitator", "--agenda", "half-day")
    assert status == 0
    assert f"next: slo-workbench lab '{tmp_path / 'my shop'}'" in out
    assert "example:\n  slo-workbench lab shop\n" in run("lab", "--help")[1]


@pytest.mark.parametrize("wrong", [["--edition", "facilitators"], ["--agenda", "2h"]])
def test_an_edition_or_agenda_there_is_not_is_wrong_usage_and_makes_nothing(run, tmp_path, wrong):
    status, _, err = run("start", tmp_path / "shop", *wrong)
    assert status == 2
    assert "there is no" in err
    assert list(tmp_path.glob("shop*")) == []


def test_the_help_of_lab_loads_no_jupyter():
    code = (
        "import sys\nfrom slo_workbench.cli import main\ntry: main(['lab', '--help'])\n"
        "except SystemExit: print([name for name in ('jupyterlab', 'nbformat', 'zmq', 'jupyter_core') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=PROJECT)
    assert done.stdout.splitlines()[-1] == "[]"


def test_a_pipe_a_device_and_endless_brackets_are_named_and_hold_nobody_up(started, shop):
    os.mkfifo(shop / "a_pipe.ipynb")
    (shop / "a_device.ipynb").symlink_to("/dev/zero")
    (shop / "brackets.ipynb").write_text("[" * 200_000)
    status, out, _, became = started(shop)
    assert status == 0
    assert became.command
    for name in ("a_pipe.ipynb", "a_device.ipynb", "brackets.ipynb"):
        assert name in out
