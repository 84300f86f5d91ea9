"""Proposals of a stranger's workbook, in a browser: whatever they wrote is shown as they wrote it, and nothing of it runs or is loaded."""

from __future__ import annotations

import base64
import io
import json
import re
import shutil
import subprocess
import unicodedata
import xml.etree.ElementTree as ET
from contextlib import redirect_stderr, redirect_stdout
from html.parser import HTMLParser
from importlib.util import find_spec

import jsonschema
import pytest

from slo_workbench.cli import main
from slo_workbench.proposal.result_schema import result_schema
from tests.browser.hostile_workbook import PAYLOAD, write_hostile_workbook
from tests.browser.running_lab import running_browser

OBJECTIVE = "paid-28d"
NOT_SHOWN = {"mark-service-", "mark-service-owner-", "mark-arrow-", "mark-route-"}
"""What people write that no page of a proposal tells."""
ELEMENTS_THAT_ACT = "script, iframe, object, embed, link, base, form, foreignObject, meta[http-equiv=refresh], animate, set"


class Folder:
    """The proposals of the hostile workbook, and what the command said."""

    def __init__(self, root, said, marks):
        self.root, self.said, self.marks = root, said, marks
        self.proposal = root / "out" / "hostile" / OBJECTIVE

    @property
    def pages(self):
        return [self.proposal / "proposal.html", *sorted((self.root / "out").rglob("index.html"))]


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    root = tmp_path_factory.mktemp("hostile")
    workbook, texts = write_hostile_workbook(root)
    forms = "html,pdf,notebook,json" if find_spec("weasyprint") else "html,notebook,json"
    said = io.StringIO()
    with redirect_stdout(said), redirect_stderr(said):
        status = main(["propose", str(workbook), "--out", str(root / "out"), "--as-of", "2026-05-04", "--format", forms])
    assert status == 1  # the odd rows and files are told of
    return Folder(root, said.getvalue(), set(texts.marks))


def words(text: str) -> str:
    return " ".join(text.replace("\u00a0", " ").split())


def controls(text: str) -> set[str]:
    return {char for char in text if unicodedata.category(char) == "Cc"} - {"\n", "\t"}


def seen(browser, file):
    """Open a page and return what it shows, what acts in it, and what it asked for, said or ran."""
    odd = []
    page = browser.new_context(viewport={"width": 1100, "height": 1400}).new_page()
    page.on("console", lambda message: odd.append(message.text))
    page.on("pageerror", lambda error: odd.append(str(error)))
    page.on("dialog", lambda dialog: (odd.append(dialog.message), dialog.dismiss()))
    page.on("request", lambda request: odd.append(request.url[:200]) if not request.url.startswith(("data:", file.as_uri())) else None)
    page.goto(file.as_uri())
    page.wait_for_timeout(300)
    found = page.evaluate(
        """selector => ({
            ran: window.ran ?? null,
            acts: document.querySelectorAll(selector).length,
            handlers: [...document.querySelectorAll('*')].filter(one => [...one.attributes].some(each => each.name.startsWith('on'))).length,
            links: [...document.querySelectorAll('[href], [*|href]')].map(one => one.getAttribute('href') ?? one.getAttribute('xlink:href')),
            broken: [...document.images].filter(one => !one.complete || !one.naturalWidth).length,
            is_seen: [...document.querySelectorAll('main, h1')].every(one => one.getBoundingClientRect().height > 0),
            text: document.body.innerText,
        })""",
        ELEMENTS_THAT_ACT,
    )
    return found, odd


def test_nothing_runs_nothing_is_asked_for_and_every_text_is_shown_as_it_was_written(hostile):
    payload = words(PAYLOAD)
    with running_browser() as browser:
        for file in hostile.pages:
            found, odd = seen(browser, file)
            assert odd == [], file
            assert (found["ran"], found["acts"], found["handlers"], found["broken"], found["is_seen"]) == (None, 0, 0, 0, True), file
            assert [link for link in found["links"] if not re.match(r"#|[\w./-]+$", link) or "javascript" in link.casefold()] == []
            text = words(found["text"])
            if file.name == "proposal.html":
                missing = {
                    mark
                    for mark in hostile.marks - {"mark-incident-"}
                    if f"{mark} {payload}\\x1b[31m" not in text and f"{mark} {payload} end" not in text
                }
                assert missing == NOT_SHOWN
                for mark in ("mark-incident-", "mark-actor-", "mark-message-", "mark-signer-0-", "mark-signer-1-", "mark-voter-"):
                    assert f"{mark} <script>window.ran=1</script>" in text, mark
                assert "{{7*7}}" in text
            assert controls(file.read_text()) == set()


class Attributes(HTMLParser):
    """Gathers the addresses of pictures in a page."""

    def __init__(self) -> None:
        super().__init__()
        self.pictures: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.pictures += [value or "" for name, value in attrs if tag == "img" and name == "src"]


def test_pictures_hold_no_script_no_handler_and_no_address(hostile):
    parser = Attributes()
    parser.feed(hostile.pages[0].read_text())
    assert len(parser.pictures) >= 4
    for picture in parser.pictures:
        kind, _, content = picture.partition(",")
        assert kind == "data:image/svg+xml;base64"
        svg = base64.b64decode(content).decode()
        assert controls(svg) == set()
        for element in ET.fromstring(svg).iter():
            name = str(element.tag).rpartition("}")[2]
            assert name not in {"script", "foreignObject", "image", "a", "animate", "set", "iframe"}
            for attribute, value in element.attrib.items():
                assert not attribute.rpartition("}")[2].startswith("on"), (name, attribute)
                assert not attribute.endswith("href") or value.startswith("#")
                assert not re.search(r"url\((?!['\"]?#)", value)
            if name == "style":
                assert not re.search(r"url\(|@import|evil", element.text or "")


def test_the_result_is_json_of_the_documented_form_that_steers_no_terminal(hostile):
    text = (hostile.proposal / "result.json").read_text()
    assert controls(text) == set()
    result = json.loads(text)
    jsonschema.Draft202012Validator(result_schema()).validate(result)
    assert result["owner"].startswith(f"mark-owner- {PAYLOAD}")


def test_the_outputs_of_the_notebook_hold_no_markup_of_strangers(hostile):
    text = (hostile.proposal / "proposal.ipynb").read_text()
    assert controls(text) == set()
    shown = [output["data"] for cell in json.loads(text)["cells"] for output in cell.get("outputs", []) if "data" in output]
    assert len(shown) > 20
    for data in shown:
        html = "".join(data.get("text/html", ""))
        assert not re.search(r"<(script|svg onload|style|a href|img src=//|img src=x|i>|b>)", html), html[:300]
        assert controls("".join(data.get("text/plain", ""))) == set()
        assert set(data) <= {"text/html", "text/plain", "image/svg+xml", "image/png"}


def test_the_terminal_is_not_steered(hostile):
    assert controls(hostile.said) <= {"\r"}
    assert "mark-journey- <script>" in hostile.said


@pytest.mark.skipif(not find_spec("weasyprint") or not shutil.which("pdftotext"), reason="needs WeasyPrint and pdftotext")
def test_the_pdf_shows_the_texts_and_asks_for_nothing(hostile):
    file = hostile.proposal / "proposal.pdf"
    text = words(subprocess.run(["pdftotext", "-layout", str(file), "-"], capture_output=True, text=True, check=True).stdout)
    assert "mark-journey-" in text
    assert "<script>" in text
    assert "{{7*7}}" in text
    content = file.read_bytes()
    assert b"/JavaScript" not in content
    assert b"/Launch" not in content
    assert not re.search(rb"/URI\s*\((?!https://sre\.google|https://)", content)


def test_a_file_that_names_a_command_was_not_run(hostile):
    assert not list(hostile.root.rglob("ran"))
