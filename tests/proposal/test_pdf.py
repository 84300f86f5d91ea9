"""Proposals on paper: the same page as PDF, whole, in order, the same each time; and what is said where it cannot be drawn."""

import http.server
import os
import re
import shutil
import subprocess
import sys
import threading
from html import unescape
from pathlib import Path

import pytest

from slo_workbench.document.findings import FindingsError
from slo_workbench.proposal import pdf
from slo_workbench.proposal.fork_server import ForkServer, can_fork, fork_of
from slo_workbench.proposal.forms import modules_of_forms
from slo_workbench.proposal.run import propose
from tests.conftest import STAGEDOOR
from tests.proposal.small_workbook import write_workbook

A4_POINTS = (595.28, 841.89)
MARGIN_POINTS = 42.5  # 15 mm
OBJECTIVE = "buy-availability-28d"


def asked(tool, *arguments):
    """Return what one of poppler's tools says; a machine without them skips."""
    if shutil.which(tool) is None:
        pytest.skip(f"{tool} is not here: apt-get install poppler-utils")
    done = subprocess.run([tool, *map(str, arguments)], capture_output=True, text=True, check=True)
    return done.stdout


def text_of(file, *arguments):
    return asked("pdftotext", *arguments, file, "-").replace("\u00a0", " ")


def page_of(body, style=""):
    """Write a page in the style of a proposal's, with this on it."""
    css = (Path(pdf.__file__).parent / "page" / "page.css").read_text()
    return f'<!DOCTYPE html><html lang="en"><head><title>t</title><style>{css}{style}</style></head><body><main><h1>T</h1>{body}</main></body></html>'


def words_beyond_the_margin(file):
    words = re.findall(
        r'<word xMin="([\d.]+)" yMin="[\d.]+" xMax="([\d.]+)" yMax="[\d.]+">(.*?)</word>', asked("pdftotext", "-bbox", file, "-")
    )
    assert words
    left, right = MARGIN_POINTS - 1, A4_POINTS[0] - MARGIN_POINTS + 1
    return [text for start, end, text in words if float(start) < left or float(end) > right]


@pytest.fixture(scope="module")
def proposal(tmp_path_factory):
    out = tmp_path_factory.mktemp("pdf")
    (one,) = propose(STAGEDOOR / "workbook.yaml", out, only=[OBJECTIVE], seed=20260302, forms=("html", "pdf", "json"))
    return one


@pytest.fixture(scope="module")
def printed(proposal):
    return proposal.folder / "proposal.pdf"


def test_it_is_a_titled_tagged_document_in_pages_of_a4_that_are_numbered(proposal, printed):
    info = dict(line.split(":", 1) for line in asked("pdfinfo", printed).splitlines() if ":" in line)
    assert info["Title"].strip() == f"{OBJECTIVE}: proposal for a service level objective"
    assert info["Tagged"].strip() == "yes"
    assert info["JavaScript"].strip() == "no"
    assert "(A4)" in info["Page size"]
    n_pages = int(info["Pages"])
    assert n_pages > 5
    for number, page in enumerate(text_of(printed).split("\f")[:n_pages], start=1):
        assert f"{number} / {n_pages}" in page


def test_its_day_is_the_one_that_the_proposal_is_made(proposal, printed):
    asked_for = proposal.result["as_of"].replace("-", "")
    assert f"CreationDate:    D:{asked_for}" in asked("pdfinfo", "-rawdates", printed)


def test_the_first_page_holds_the_summary_alone_and_all_of_it(proposal, printed):
    first, second = (" ".join(text_of(printed, "-f", n, "-l", n).split()) for n in (1, 2))
    for said in (proposal.result["plain_promise"], *proposal.result["summary"].values()):
        assert " ".join(said.replace("\u00a0", " ").split()) in first
    assert "The journey" not in first
    assert "The journey" in second


def test_headings_become_bookmarks_in_the_order_of_the_page(proposal, printed):
    shown = [unescape(one) for one in re.findall(r'<item page="\d+">(.*?)</item>', asked("pdftohtml", "-xml", "-i", "-stdout", printed))]
    headings = [
        unescape(re.sub(r"<a class=\"anchor-link\".*?</a>|<[^>]+>", "", one)).replace("\u00a0", " ")
        for one in re.findall(r"<h[123][^>]*>(.*?)</h[123]>", proposal.page.read_text(), re.DOTALL)
    ]
    assert [one.replace("\u00a0", " ") for one in shown] == headings


def test_every_word_of_the_page_lies_within_its_margins_those_of_pictures_too(printed):
    assert words_beyond_the_margin(printed) == []
    everything = text_of(printed)
    assert "Payment provider" in everything  # of the diagram
    assert "the 28 days up to it" in everything  # of a plot


def test_a_hash_a_path_and_a_long_condition_are_broken_before_they_are_cut_off(tmp_path):
    from slo_workbench.proposal.fragments import code, paragraphs, table

    endless = "a" * 180
    wide = table(["File", "Bytes", "SHA-256", "More"], [("requests.parquet", "3,506,092", endless, f"see {endless}")], numbers=(1,))
    pdf.write_pdf(page_of(wide.html + code(f"valid: {endless}").html + paragraphs("x").html), tmp_path / "wide.pdf")
    assert words_beyond_the_margin(tmp_path / "wide.pdf") == []
    assert text_of(tmp_path / "wide.pdf").count("a" * 5) >= 3


def test_the_same_page_gives_the_same_bytes_whatever_the_order_of_a_process(proposal, tmp_path):
    program = "import sys, pathlib\nfrom slo_workbench.proposal.pdf import write_pdf\nwrite_pdf(pathlib.Path(sys.argv[1]).read_text(), pathlib.Path(sys.argv[2]))"
    written = []
    for seed in ("1", "2"):
        file = tmp_path / f"{seed}.pdf"
        subprocess.run(
            [sys.executable, "-c", program, proposal.page, file],
            check=True,
            env={**os.environ, "PYTHONHASHSEED": seed, "TZ": f"UTC-{seed}"},
        )
        written.append(file.read_bytes())
    assert written[0] == written[1] == (proposal.folder / "proposal.pdf").read_bytes()


def test_it_is_light_on_paper(printed, tmp_path):
    asked("pdftoppm", "-r", "20", "-gray", printed, tmp_path / "page")
    for page in sorted(tmp_path.glob("page*.pgm")):
        pixels = page.read_bytes().split(b"\n", 3)[3]
        assert sum(pixels) / len(pixels) > 200, page.name


def test_it_fetches_nothing_from_the_network_or_from_the_disk(tmp_path):
    asked_for = []

    class Server(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked_for.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *arguments):
            pass

    (tmp_path / "secret.html").write_text("<p>secret words</p>")
    (tmp_path / "secret.css").write_text("main::before { content: 'secret words' }")
    server = http.server.HTTPServer(("127.0.0.1", 0), Server)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        net, disk = f"http://127.0.0.1:{server.server_port}", (tmp_path / "secret").as_uri()
        tags = "".join(
            f'<img src="{place}.svg" alt="x"><link rel="stylesheet" href="{place}.css"><object data="{place}.html"></object><embed src="{place}.html">'
            f'<link rel="attachment" href="{place}.html"><style>@import url("{place}.css"); @font-face {{ font-family: f; src: url("{place}.ttf") }}</style>'
            f'<p style="font-family: f; background: url({place}.png)">words</p>'
            for place in (net, disk)
        )
        pdf.write_pdf(page_of(tags), tmp_path / "x.pdf")
    finally:
        server.shutdown()
        server.server_close()
    assert asked_for == []
    assert "words" in text_of(tmp_path / "x.pdf")
    assert "secret" not in text_of(tmp_path / "x.pdf")
    assert "secret" not in asked("pdfdetach", "-list", tmp_path / "x.pdf")


def test_japanese_does_not_vanish_where_there_is_a_font_for_it(tmp_path):
    if not asked("fc-list", ":lang=ja"):
        pytest.skip("no font here has Japanese: apt-get install fonts-noto-cjk")
    pdf.write_pdf(page_of("<p>購入する</p><table><tr><td>座席を選ぶ</td></tr></table>"), tmp_path / "ja.pdf")
    text = text_of(tmp_path / "ja.pdf")
    assert "購入する" in text
    assert "座席を選ぶ" in text
    assert re.search(r"CJK|IPA|Takao|VL|Gothic|Mincho|Sans", asked("pdffonts", tmp_path / "ja.pdf"))


def test_text_of_strangers_stays_text(tmp_path):
    from slo_workbench.proposal.fragments import paragraphs, table

    hostile = '"><script>alert(1)</script><a href="javascript:alert(1)">x</a>{{7*7}}'
    pdf.write_pdf(page_of(paragraphs(hostile).html + table(["A"], [(hostile,)], caption=hostile).html), tmp_path / "x.pdf")
    assert text_of(tmp_path / "x.pdf").replace("\n", "").count("<script>alert(1)</script>") == 3
    assert "javascript" not in asked("pdfinfo", "-url", tmp_path / "x.pdf")


def test_without_weasyprint_one_finding_names_the_extra_and_nothing_is_made(tmp_path, monkeypatch, run):
    real = pdf.importlib.util.find_spec
    monkeypatch.setattr(pdf.importlib.util, "find_spec", lambda name, *rest: None if name == "weasyprint" else real(name, *rest))
    workbook = write_workbook(tmp_path, "up-28d")
    status, _, err = run("propose", workbook, "--out", tmp_path / "out", "--format", "pdf")
    assert status == 1
    assert "a PDF needs WeasyPrint, which is not installed" in err
    assert "slo-workbench[pdf]" in err
    assert "libpangoft2-1.0-0" in err
    assert not (tmp_path / "out").exists()


def test_a_missing_library_of_the_system_is_one_finding_with_the_packages_of_debian(tmp_path, monkeypatch):
    # as the package does where Pango is missing: it prints, and raises what cffi raises
    (tmp_path / "weasyprint").mkdir()
    error = "cannot load library 'libpango-1.0-0': libpango-1.0-0: cannot open shared object file"
    (tmp_path / "weasyprint" / "__init__.py").write_text(f"print('please carefully follow')\nraise OSError({error!r})\n")
    monkeypatch.setattr(pdf, "_LIBRARIES", ("libnot-there.so.0",))
    monkeypatch.syspath_prepend(tmp_path)
    for name in [name for name in sys.modules if name.partition(".")[0] == "weasyprint"]:
        monkeypatch.delitem(sys.modules, name)
    with pytest.raises(FindingsError) as refused:
        pdf.check_pdf()
    (finding,) = refused.value.findings
    assert finding.code == "pdf-library-missing"
    assert "libpango-1.0-0" in finding.message
    assert "apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0" in finding.hint


@pytest.mark.skipif(not can_fork(), reason="processes are not forked on this system")
def test_the_process_that_forks_can_still_fork_after_it_has_tried_to_print(tmp_path):
    with ForkServer.start(modules_of_forms(["pdf"])) as server, fork_of(server.address, {"run": "kernel", "arguments": []}) as connection:
        connection.settimeout(60)
        assert b"pid" in connection.recv(200)
