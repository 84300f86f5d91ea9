"""A real JupyterLab, started by the command on a started folder: who gets in, what a browser sees, and how it ends."""

import json
import re
import signal
import socket
import urllib.request
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlsplit

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from slo_workbench.workshop.folder import workshop_notebooks, write_start_folder
from tests.browser.running_lab import RunningLab, Visitor, running_browser


def free_port():
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return listening.getsockname()[1]


@pytest.fixture
def shop(tmp_path):
    write_start_folder(tmp_path / "shop", example=True)
    return tmp_path / "shop"


@pytest.fixture
def open_lab(tmp_path):
    running = []

    def start(folder, *arguments):
        running.append(RunningLab(folder, tmp_path / "jupyter", *arguments))
        return running[-1]

    yield start
    for lab in running:
        lab.end()


def test_only_the_token_opens_the_folder_and_the_process_ends_when_told(open_lab, shop):
    lab = open_lab(shop, "--port", str(free_port()))
    with pytest.raises(HTTPError) as refused:
        lab.ask("/api/contents")
    assert refused.value.code == 403
    refused.value.close()
    assert urlsplit(lab.ask("/lab")[0]).path == "/login"
    listed = json.loads(lab.ask("/api/contents", lab.token)[1])["content"]
    assert {file.name for file in workshop_notebooks(shop)} <= {item["name"] for item in listed}
    kept = json.loads(lab.ask("/lab/api/settings/@jupyterlab/apputils-extension:notification", lab.token)[1])
    assert kept["schema"]["properties"]["fetchNews"]["default"] == "false"
    assert lab.end() == 0
    assert "Traceback" not in lab.said


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_with_its_kernels_and_leaves_nothing_behind_by_ctrl_c_without_a_terminal_too(open_lab, shop, tmp_path, sign):
    lab = open_lab(shop, "--port", str(free_port()))
    request = urllib.request.Request(f"{lab.address}/api/kernels", b"{}", {"Authorization": f"token {lab.token}"}, method="POST")
    with urllib.request.urlopen(request, timeout=60):
        assert list((tmp_path / "jupyter" / "runtime").glob("kernel-*.json"))
    assert lab.end(sign) == 0
    assert [file.name for file in (tmp_path / "jupyter" / "runtime").iterdir()] == ["jupyter_cookie_secret"]


def test_a_port_that_is_taken_is_left_to_whoever_has_it(open_lab, shop):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        lab = open_lab(shop, "--port", str(port))
        assert urlsplit(lab.address).port != port


def test_it_listens_on_no_address_that_others_reach(open_lab, shop):
    lab = open_lab(shop, "--port", str(free_port()))
    inode = re.compile(r"^\s*\d+: ([0-9A-F]+):([0-9A-F]{4}) 0+:0000 0A", re.MULTILINE)
    sockets = "".join(Path("/proc/net", name).read_text() for name in ("tcp", "tcp6") if Path("/proc/net", name).exists())
    if not sockets:
        pytest.skip("this system does not say in /proc/net which addresses are listened on")
    port = urlsplit(lab.address).port
    assert [address for address, hexadecimal in inode.findall(sockets) if int(hexadecimal, 16) == port] == ["0100007F"]


NOTEBOOK = new_notebook(
    cells=[
        new_markdown_cell("# Start here", id="title"),
        new_code_cell("import ipywidgets\nipywidgets.IntSlider(description='target')", id="slider"),
        new_code_cell("import matplotlib.pyplot as plt\n_ = plt.plot([1, 2])", id="picture", metadata={"jupyter": {"source_hidden": True}}),
    ],
    metadata={"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}},
)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_opens_without_error_or_pop_up_asks_no_other_server_and_runs_a_notebook(open_lab, shop, scheme):
    nbformat.write(NOTEBOOK, shop / "00_start_here.ipynb")
    lab = open_lab(shop, "--port", str(free_port()))
    assert lab.page == "/lab/tree/00_start_here.ipynb"
    with running_browser() as browser:
        visitor = Visitor(browser, lab, color_scheme=scheme)
        visitor.open("00_start_here.ipynb")
        visitor.run_all()
        visitor.page.locator(".widget-slider").wait_for()
        visitor.page.locator(".jp-OutputArea img").wait_for()
        assert visitor.page.locator(".Toastify__toast, .jp-Dialog").count() == 0
        assert visitor.page.evaluate("document.body.dataset.jpThemeLight") == str(scheme == "light").lower()
        assert visitor.odd == []


def test_three_browsers_edit_one_notebook_when_told_to(open_lab, shop):
    nbformat.write(NOTEBOOK, shop / "00_start_here.ipynb")
    lab = open_lab(shop, "--port", str(free_port()), "--together")
    with running_browser() as browser:
        visitors = [Visitor(browser, lab) for _ in range(3)]
        for visitor in visitors:
            visitor.open("00_start_here.ipynb")
        for visitor, word in zip(visitors, ("development", "operations", "product"), strict=True):
            visitor.page.locator(".jp-CodeCell .cm-content").first.click()
            visitor.page.keyboard.press("Control+Home")
            visitor.page.keyboard.type(f"# agreed by {word}\n")
            for other in visitors:
                other.page.locator(".jp-CodeCell", has_text=f"# agreed by {word}").first.wait_for()
    assert lab.end() == 0
    assert sorted(file.name for file in shop.iterdir() if file.name.startswith(".") and file.name != ".ipynb_checkpoints") == []
