"""A team in a real JupyterLab: a slider answers, a decision lands in the workbook, two people vote without seeing each other."""

import pytest

from slo_workbench.document import read_workbook
from slo_workbench.workshop.folder import write_start_folder
from tests.browser.images import keep_image
from tests.browser.running_lab import RunningLab, Visitor, running_browser

OBJECTIVE = "buy-latency-28d"


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    folder = tmp_path_factory.mktemp("room") / "stagedoor"
    write_start_folder(folder, example=True, participants=["developer", "product=product"])
    running = RunningLab(folder, tmp_path_factory.mktemp("jupyter"))
    yield running
    assert running.end() == 0
    assert "Traceback" not in running.said


@pytest.fixture(scope="module")
def browser():
    with running_browser() as chromium:
        yield chromium


@pytest.fixture
def visit(browser, lab):
    visitors = []

    def arrive(notebook, **context):
        visitor = Visitor(browser, lab, **context)
        visitors.append(visitor)
        visitor.open(notebook)
        return visitor

    yield arrive
    for visitor in visitors:
        visitor.context.close()
        assert visitor.odd == []


def with_parameters(lab, notebook, **values):
    """Change the defaults in a notebook's parameters cell, as a reader does by hand."""
    import nbformat

    file = lab.folder / notebook
    read = nbformat.read(file, as_version=4)
    (cell,) = [one for one in read.cells if "parameters" in one.metadata.get("tags", [])]
    lines = cell.source.split("\n")
    for name, value in values.items():
        (place,) = [number for number, line in enumerate(lines) if line.startswith(f"{name}: ")]
        head, _, comment = lines[place].partition("  # ")
        lines[place] = f"{head.partition(' = ')[0]} = {value!r}  # {comment}"
    cell.source = "\n".join(lines)
    nbformat.write(read, file)


def test_the_first_page_greets_and_the_notebook_runs(visit):
    visitor = visit("00_start_here.ipynb")
    visitor.run_all()
    assert visitor.page.locator(".jp-Notebook [data-mime-type='application/vnd.jupyter.stderr']").count() == 0
    visitor.page.locator(".jp-Notebook h1").first.scroll_into_view_if_needed()
    keep_image(visitor.page, "notebook")


def test_a_slider_answers_and_what_is_applied_stands_in_the_workbook(visit, lab):
    with_parameters(lab, "05_targets_from_history.ipynb", objective_id=OBJECTIVE)
    visitor = visit("05_targets_from_history.ipynb")
    visitor.run_all()
    page = visitor.page
    handles = page.locator(".jp-Notebook .noUi-handle:visible")
    assert handles.count() == 2
    threshold, target = handles.nth(0), handles.nth(1)
    picture = page.locator(".jupyter-widgets img:visible").first
    before = picture.get_attribute("alt")
    target.focus()
    for _ in range(3):
        target.press("ArrowLeft")
    page.wait_for_function("([was]) => document.querySelector('.jupyter-widgets img').alt !== was", arg=[before])
    page.wait_for_timeout(1_000)
    moved = picture.get_attribute("alt")
    assert moved != before
    threshold.scroll_into_view_if_needed()
    page.wait_for_timeout(500)
    keep_image(page, "explorer")
    assert read_workbook(lab.folder / "workbook.yaml").objective(OBJECTIVE).target is None  # moving decides nothing
    page.get_by_label("Why").last.fill("Users wait no longer than this.")
    page.get_by_role("button", name="Apply threshold and target").click()
    page.get_by_text("Written to workbook.yaml").last.wait_for()
    decided = read_workbook(lab.folder / "workbook.yaml").objective(OBJECTIVE)
    assert decided.target is not None
    assert decided.reason == "Users wait no longer than this."
    assert f"{float(decided.target) * 100:g} %" in moved


def test_two_people_vote_unseen_and_the_reveal_shows_both(visit, lab):
    developer, product = (visit(f"your_page_{name}.ipynb") for name in ("developer", "product"))
    for visitor, points in ((developer, 5), (product, 2)):
        visitor.run_all()
        visitor.page.get_by_label("Happiness").first.select_option(index=points)
        visitor.page.get_by_label("Measurability").first.select_option(index=4)
        visitor.page.get_by_label("Cost").first.select_option(index=4)
        visitor.page.get_by_role("button", name="Cast my vote").click()
        visitor.page.get_by_text("Until the reveal you can change it").wait_for()
    assert len(list((lab.folder / "votes" / "buy").glob("*.yaml"))) == 2
    developer.page.get_by_text("2 participants voted").first.wait_for()
    keep_image(developer.page, "vote")
    developer.page.get_by_role("button", name="Reveal all scores").click()
    developer.page.get_by_role("button", name="Has everybody voted?").click()
    for visitor in (developer, product):
        visitor.page.get_by_text("the scores are revealed").first.wait_for()
        shown = visitor.page.locator(".jp-Notebook").text_content()
        assert "for happiness developer gave 5 and product (product) 2" in shown
    developer.page.get_by_text("The room disagrees").first.scroll_into_view_if_needed()
    keep_image(developer.page, "reveal")


def test_a_broken_workbook_shows_its_findings_and_no_traceback(visit, lab):
    whole = (lab.folder / "workbook.yaml").read_text()
    try:
        (lab.folder / "workbook.yaml").write_text(whole.replace("  owner: Ticketing team", "  ownr: Ticketing team", 1))
        visitor = visit("06_users_and_revenue.ipynb")
        visitor.run_all()
        shown = visitor.page.locator(".jp-Notebook").text_content()
        assert "there is no key 'ownr' here" in shown
        assert "did you mean 'owner'?" in shown
        assert "Traceback" not in shown
    finally:
        (lab.folder / "workbook.yaml").write_text(whole)


def test_the_notebooks_read_in_the_dark(visit):
    visitor = visit("06_users_and_revenue.ipynb", color_scheme="dark")
    visitor.run_all()
    assert visitor.page.evaluate("document.body.dataset.jpThemeLight") == "false"
    visitor.page.locator(".jp-Notebook img").first.scroll_into_view_if_needed()
    keep_image(visitor.page, "notebook_dark")
