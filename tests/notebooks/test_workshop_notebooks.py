"""The workshop's notebooks read as the style guide asks, and work for a team of its own by the parameters cell alone.

That each runs untouched on the worked example, says nothing on stderr and leaves its workbook as it was, is asked while nbmake runs them:
see ``conftest.py`` beside the Makefile.
"""

import re
import shutil

import nbformat
import pytest
from nbclient.exceptions import CellExecutionError

from slo_workbench.document import read_workbook
from slo_workbench.proposal.parameters import check_parameters, read_parameters
from slo_workbench.workshop.decisions import decide
from tests.conftest import PROJECT
from tests.notebooks.second_service import write_second_service

NOTEBOOKS = sorted((PROJECT / "notebooks").glob("[0-9][0-9]_*.ipynb"))
NAMES = [path.name for path in NOTEBOOKS]
TAGS = {"parameters", "facilitator", "solution", "exercise", "hide-input", "check"}
ENDING = ["Decide", "Check yourself", "Your turn", "Words used here", "Next"]
BANNED = re.compile(r"\b(simply|just|obviously)\b", re.IGNORECASE)
COMPUTED = re.compile(r"\d[\d,]*\.\d+|\d{1,3}(?:,\d{3})+|\b\d+\s?%")
"""A number that looks computed: with a decimal point, with thousands, or a percentage; no counts such as 28 days."""
AN_EXAMPLE = re.compile(r"such as|for example|may be", re.IGNORECASE)
NO_NUMBER = re.compile(r"`[^`]*`|\]\([^)]*\)|https?://\S+|CC BY(?:-\w+)* 4\.0|\b100\s?%")
"""Code, addresses, licences, and the 100 % that nobody should promise."""

each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def cells_of(path):
    return nbformat.read(path, as_version=4).cells


def tags_of(cell):
    return set(cell.metadata.get("tags", []))


def prose_of(path):
    return [cell for cell in cells_of(path) if cell.cell_type == "markdown"]


# ------------------------------------------------------------------------------------------------ how they read


@each_notebook
def test_its_title_is_a_question_and_says_what_to_bring_what_to_leave_with_and_how_long(path):
    title, *rest = [line for line in cells_of(path)[0].source.splitlines() if line.strip()]
    assert title.startswith("# ")
    assert title.endswith("?")
    assert len(rest) == 3


@each_notebook
def test_its_parameters_say_what_they_mean(path):
    parameters = read_parameters(path)
    assert "workbook_path" in parameters
    assert not [name for name, one in parameters.items() if not one.meaning]
    # a decision is empty until somebody decides, so that Run All changes nothing
    settled = {"workbook_path", "out_dir", "try_policy", "plan"}
    assert not [
        name for name, one in parameters.items() if one.kind == "str" and one.default and name not in settled and not name.endswith("_id")
    ]


@each_notebook
def test_its_cells_are_few_short_and_named(path):
    cells = cells_of(path)
    assert 25 <= len(cells) <= 50
    ids = [cell.id for cell in cells]
    assert len(set(ids)) == len(ids)
    assert not [id for id in ids if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", id) or re.fullmatch(r"[0-9a-f]{8}", id)]
    lines = [line for cell in cells if cell.cell_type == "code" for line in cell.source.splitlines()]
    assert not [line for line in lines if len(line) > 140]
    assert not [cell.id for cell in cells if tags_of(cell) - TAGS]
    assert [cell.id for cell in cells if "check" in tags_of(cell)]


@each_notebook
def test_its_prose_is_short_and_types_no_computed_number(path):
    for cell in prose_of(path):
        prose = NO_NUMBER.sub(" ", cell.source)
        assert not BANNED.search(prose), f"{cell.id}: {BANNED.search(prose)}"
        if tags_of(cell) & {"facilitator", "exercise"}:  # timings; what an exercise takes as given
            continue
        assert len(prose.split()) < 120, cell.id
        typed = [
            sentence for sentence in re.split(r"(?<=[.?!:;])\s", prose) if COMPUTED.search(sentence) and not AN_EXAMPLE.search(sentence)
        ]
        assert not typed, f"{cell.id} types a number that code should print: {typed}"


@each_notebook
def test_it_ends_in_a_decision_a_check_exercises_words_and_the_way_on(path):
    headings = re.findall(r"^## (.+)$", "\n\n".join(cell.source for cell in prose_of(path)), re.MULTILINE)
    assert headings[-len(ENDING) :] == ENDING
    assert 3 <= len(headings) - len(ENDING) <= 8
    place = NAMES.index(path.name)
    onward = "\n".join(cell.source for cell in prose_of(path)).partition("## Next")[2]
    links = re.findall(r"\]\((\d\d_[^)#]+\.ipynb)\)", onward)
    assert not {NAMES[other] for other in (place - 1, place + 1) if 0 <= other < len(NAMES)} - set(links)
    assert not set(links) - set(NAMES)


@each_notebook
def test_notes_for_the_facilitator_are_marked_and_answers_are_folded(path):
    notes = [cell for cell in cells_of(path) if "facilitator" in tags_of(cell)]
    assert notes
    assert not [cell.id for cell in notes if not cell.source.startswith("> **Facilitator.**")]
    answers = [cell for cell in cells_of(path) if "solution" in tags_of(cell)]
    assert answers
    assert not [cell.id for cell in answers if cell.cell_type == "markdown" and "<summary>Answer" not in cell.source]


# ---------------------------------------------------------------------------------- on a team's own data and columns

ORDER = {"objective_id": "order-availability-28d"}
DECISIONS = {
    "00": {"service_title": "Snacks at noon", "owner": "Snack team", "description": "Takes orders for snacks in an office."},
    "01": {"journey_id": "order", "name": "Order a snack", "why": "A hungry guest does not come back."},
    "02": {
        "source_id": "access", "requests_path": "access.csv", "time_zone": "Europe/Berlin",
        "columns": "time=ts, route=path, method=verb, status=code, latency_ms=took_s * 1000, user=account, value=basket_total",
        "journey_id": "order", "journey_name": "Order snacks", "valid": "route = '/order'", "good": "status < 500",
    },
    "03": {
        "journey_id": "order", "take": "order-latency", "reject": "order-availability-client=The page sends no events yet.",
        "decided_by": "Product, Operations",
    },
    "04": {
        "indicator_id": "order-latency", "step_indicator_id": "", "try_ms": 300.0, "thresholds_ms": "500, 1000",
        "specification": "The share of orders that are taken within half a second, and within a second.",
    },
    "05": {
        "objective_id": "lunch-promise", "indicator_id": "order-availability", "window": "14d", "target": "99%",
        "reason": "Guests shrug at one failed order in a hundred.",
    },
    "06": {**ORDER, "owner": "Snack team", "reason": "For guests at noon.", "ambition": "achievable", "next_review": "2027-01-11"},
    "07": {**ORDER, "policy_name": "gentle", "agreed_by": "Product, Operations", "alert_preset": "pyrra"},
    "08": {**ORDER, "status": "proposed", "owner": "Snack team", "next_review": "2027-01-11", "out_dir": "pages"},
}  # fmt: skip
WRITTEN = {
    "00": lambda workbook: (workbook.service.title, workbook.service.owner),
    "01": lambda workbook: [(one.name, one.why) for one in workbook.journeys],
    "02": lambda workbook: (workbook.sources["access"].columns["latency_ms"], [(one.valid, one.good) for one in workbook.indicators]),
    "03": lambda workbook: ([one.id for one in workbook.indicators], [one.id for one in workbook.journey("order").choice.rejected]),
    "04": lambda workbook: workbook.indicator("order-latency").thresholds_ms,
    "05": lambda workbook: [(one.indicator, str(one.target), str(one.window)) for one in workbook.objectives if one.id == "lunch-promise"],
    "06": lambda workbook: (objective(workbook).owner, str(objective(workbook).next_review)),
    "07": lambda workbook: ([clause.id for clause in workbook.policy.clauses], workbook.policy.agreed_by, workbook.alerting.preset),
    "08": lambda workbook: (objective(workbook).status, str(objective(workbook).next_review)),
}
EXPECTED = {
    "00": ("Snacks at noon", "Snack team"),
    "01": [("Order a snack", "A hungry guest does not come back.")],
    "02": ("took_s * 1000", [("route = '/order'", "status < 500")]),
    "03": (["order-availability", "order-latency"], ["order-availability-client"]),
    "04": (500, 1000),
    "05": [("order-availability", "0.99", "14d")],
    "06": ("Snack team", "2027-01-11"),
    "07": (["look", "repair-first"], ("Product", "Operations"), "pyrra"),
    "08": ("proposed", "2027-01-11"),
}


def objective(workbook):
    return workbook.objective("order-availability-28d")


def prepare(number, workbook_path):
    """Bring the workbook to where a team has it when it opens a notebook."""
    text = workbook_path.read_text()
    if number == "02":  # nothing yet but the service
        workbook_path.write_text(text[: text.index("sources:")])
    elif number == "03":  # the latency is not chosen yet
        chosen, _, promised = text.partition("  - id: order-latency\n")
        workbook_path.write_text(chosen + promised[promised.index("objectives:") :].partition("  - {id: order-latency-28d")[0])
    elif number == "08":  # a target is decided
        decide(workbook_path, "objective", "order-availability-28d", target="99%", reason="As notebook 05 decided.")


@pytest.fixture(scope="module")
def second_service(tmp_path_factory):
    return write_second_service(tmp_path_factory.mktemp("kiosk")).parent


@pytest.fixture
def workbook_path(second_service, tmp_path):
    shutil.copytree(second_service, tmp_path / "kiosk")
    return tmp_path / "kiosk" / "workbook.yaml"


def executed(path, workbook_path, **parameters):
    """Run a notebook by papermill in a folder of its own; return it with its outputs."""
    import papermill
    from traitlets.config import Config

    check_parameters(parameters, read_parameters(path))
    config = Config()
    config.KernelManager.transport = "ipc"  # no port to clash over
    folder = workbook_path.parent
    return papermill.execute_notebook(
        str(path), str(folder / path.name), parameters={"workbook_path": "workbook.yaml", **parameters}, progress_bar=False, log_output=False,
        kernel_name="python3", cwd=str(folder), config=config,
    )  # fmt: skip


@each_notebook
def test_with_its_parameters_changed_it_decides_for_another_service_with_other_columns(path, workbook_path):
    number = path.name[:2]
    prepare(number, workbook_path)
    before = read_workbook(workbook_path)
    assert number == "02" or WRITTEN[number](before) != EXPECTED[number]
    notebook = executed(path, workbook_path, **DECISIONS[number])
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    assert not [output for output in outputs if output.get("name") == "stderr"]
    assert WRITTEN[number](read_workbook(workbook_path)) == EXPECTED[number]


@pytest.mark.parametrize("path", [path for path in NOTEBOOKS if path.name[:2] >= "05"], ids=lambda path: path.stem)
def test_on_a_workbook_that_lacks_what_it_needs_it_says_which_notebook_makes_it(path, tmp_path):
    from nbclient import NotebookClient

    notebook = nbformat.read(path, as_version=4)
    (tmp_path / "workbook.yaml").write_text("service: {name: shop}\n")
    cell = next(cell for cell in notebook.cells if "parameters" in tags_of(cell))
    cell.source += '\nworkbook_path, objective_id = "workbook.yaml", ""'
    client = NotebookClient(notebook, timeout=60, resources={"metadata": {"path": str(tmp_path)}})
    with pytest.raises(CellExecutionError):
        client.execute()
    error = next(output for cell in notebook.cells for output in cell.get("outputs", []) if output.output_type == "error")
    assert re.search(r"notebook 0[35]", "\n".join(error.traceback))
    assert "Traceback" not in "\n".join(error.traceback)
