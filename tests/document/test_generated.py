"""Whatever is in a file, checking it ends with findings; whatever is in a workbook, it comes back as it was written."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from slo_workbench.document import Finding, Workbook, check_workbook, read_workbook, render_findings, write_workbook
from slo_workbench.document.model import Objective
from slo_workbench.document.yaml_file import check_text
from slo_workbench.document.yaml_nodes import parse_yaml

STEADY = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])

names = st.sampled_from(["a", "b", "c", "buy-ticket", "no", "1", "0x1", "2026-01-01", "null"])
awkward = st.sampled_from(
    [
        "no",
        "12:30",
        "- a",
        "a: b",
        "x # y",
        "'",
        '"',
        "\\",
        "\n",
        "\n\n",
        "  ",
        "\t",
        "|",
        "...",
        "---",
        "{",
        "é",
        "\x85",
        "\u2028",
        "\ufeff",
    ]
)
texts = st.one_of(st.text(st.characters(exclude_categories=["Cs"]), max_size=12), st.lists(awkward, max_size=6).map("".join))
filled = texts.map(lambda text: f"x{text}" if not text.strip() else text)
expressions = st.one_of(st.sampled_from(["status < 500", "route = '/a'", "a\nand b"]), filled)
confidences = st.decimals("0.5", "0.999", places=3).map(str)
shares = st.decimals("0.0001", "0.9999", places=4).map(str)
milliseconds = st.one_of(st.sampled_from([300, 1000, 0.1]), st.floats(1e-6, 1e12))
days = st.dates().map(str)


roles = st.dictionaries(filled, st.sampled_from(["user", "edge", "third_party"]), max_size=2)
rejected = st.fixed_dictionaries({"id": names, "kind": st.just("latency"), "reason": filled}, optional={"specification": texts})
dissent = st.fixed_dictionaries({"about": names, "by": texts, "text": filled})
choices = st.fixed_dictionaries(
    {}, optional={"decided_on": days, "rejected": st.lists(rejected, max_size=2), "dissent": st.lists(dissent, max_size=2)}
)


def optional(**parts: st.SearchStrategy[Any]) -> dict[str, Any]:
    return parts


def part(required: dict[str, Any], **extra: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({name: st.just(value) for name, value in required.items()}, optional=extra)


@st.composite
def workbooks(draw: st.DrawFn) -> Workbook:
    ids = st.lists(names, unique=True, max_size=4)
    service = draw(part({"name": draw(names)}, title=texts, description=texts, owner=texts, currency=texts))
    columns = st.dictionaries(st.one_of(st.sampled_from(["time", "user", "no", "<<"]), filled), expressions, max_size=3)
    sources = {name: draw(part({"path": "a/b.csv"}, columns=columns, where=expressions, description=texts)) for name in draw(ids)}
    journeys = [
        draw(part({"id": name, "name": draw(texts)}, users=texts, why=texts, diagram=texts, roles=roles, choice=choices))
        for name in draw(ids)
    ]
    indicators, objectives = [], []
    if sources and journeys:
        for name in draw(ids):
            thresholds = draw(st.lists(milliseconds, unique=True, max_size=3))
            link = {"journey": draw(st.sampled_from(journeys))["id"], "source": draw(st.sampled_from(sorted(sources)))}
            words = {"specification": draw(texts), "valid": draw(expressions), "good": draw(expressions)}
            indicators.append({"id": name, "kind": "quality", "measured_at": "client", "thresholds_ms": thresholds, **link, **words})
    if indicators:
        for name in draw(ids):
            indicator = draw(st.sampled_from(indicators))
            fixed = {"id": name, "indicator": indicator["id"]}
            if indicator["thresholds_ms"]:
                fixed["threshold_ms"] = draw(st.sampled_from(indicator["thresholds_ms"]))
            window = st.sampled_from(["28d", "7d", "month", "quarter"])
            status = st.sampled_from(["draft", "agreed", "retired"])
            words_of = {"reason": texts, "owner": texts, "next_review": days, "status": status}
            objectives.append(draw(part(fixed, window=window, target=shares, confidence=confidences, **words_of)))
    clauses = [draw(part({"id": name, "budget_spent": draw(shares), "action": draw(texts)}, owner=texts)) for name in draw(ids)]
    policy = draw(part({"clauses": clauses}, agreed_by=st.lists(texts, max_size=3), agreed_on=days, exempt=texts))
    reviews = draw(st.lists(st.fixed_dictionaries({"date": st.sampled_from(["2026-01-01", "2026-02-01"]), "findings": texts}), max_size=3))
    parts = {"sources": sources, "journeys": journeys, "indicators": indicators, "objectives": objectives}
    return Workbook.model_validate({"service": service, "policy": policy, "reviews": reviews, **parts})


@pytest.fixture
def path() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder) / "workbook.yaml"


@given(workbook=workbooks())
@settings(STEADY, max_examples=150)
def test_what_is_written_is_read_and_written_again_without_a_byte_of_change(path: Path, workbook: Workbook) -> None:
    path.unlink(missing_ok=True)
    write_workbook(workbook, path)
    first = path.read_bytes()
    assert read_workbook(path) == workbook
    write_workbook(read_workbook(path), path)
    assert path.read_bytes() == first


@given(old=workbooks(), new=workbooks())
@settings(STEADY, max_examples=150)
def test_any_workbook_can_be_written_over_any_other(path: Path, old: Workbook, new: Workbook) -> None:
    path.unlink(missing_ok=True)
    write_workbook(old, path)
    write_workbook(new, path)
    assert read_workbook(path) == new
    once = path.read_bytes()
    write_workbook(new, path)
    assert path.read_bytes() == once


@given(new=workbooks())
@settings(STEADY, max_examples=80)
def test_any_workbook_can_be_written_over_a_file_typed_by_hand(path: Path, request: pytest.FixtureRequest, new: Workbook) -> None:
    path.write_text(request.getfixturevalue("example"), "utf-8")
    write_workbook(new, path)
    assert read_workbook(path) == new
    assert "# The workbook of the box office." in path.read_text("utf-8")


@given(reason=texts, owner=texts, keep=st.lists(st.booleans(), min_size=2, max_size=2), diagram=filled)
@settings(STEADY, max_examples=80)
def test_remarks_survive_changes_of_what_they_stand_beside(
    path: Path, request: pytest.FixtureRequest, reason: str, owner: str, keep: list[bool], diagram: str
) -> None:
    path.write_text(request.getfixturevalue("example"), "utf-8")
    workbook = read_workbook(path)
    objectives = [
        Objective.model_validate({**part.model_dump(), "reason": reason, "owner": owner, "confidence": "80%"})
        for part, stays in zip(workbook.objectives, keep, strict=True)
        if stays
    ]
    journeys = tuple(part.model_copy(update={"diagram": diagram}) for part in workbook.journeys)
    write_workbook(workbook.model_copy(update={"objectives": tuple(objectives), "journeys": journeys}), path)
    text = path.read_text("utf-8")
    remarks = [
        "# goes into rule names",
        "# one row a request",
        "# The diagram was drawn",
        "# wide indentation",
        "# from the survey",
        "# product",
    ]
    remarks += ["# two nines and a bit"] if keep[0] else []
    remarks += ["# needs a second look"] if keep[1] else []
    assert [remark for remark in remarks if remark not in text] == []


def is_well_formed(finding: Finding) -> bool:
    return bool(finding.code and finding.message) and (finding.line is None or finding.line >= 1)


@given(content=st.binary(max_size=200))
@settings(STEADY, max_examples=200)
def test_no_bytes_break_the_check(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    checked = check_workbook(path)
    assert checked.workbook is not None or checked.findings
    assert all(is_well_formed(finding) for finding in checked.findings)


yaml_like = st.lists(
    st.sampled_from(
        [
            "a",
            "service",
            "name",
            "objectives",
            ": ",
            ":",
            "\n",
            "\n  ",
            "- ",
            "[",
            "]",
            "{",
            "}",
            ", ",
            "&x ",
            "*x",
            "!t ",
            "!!int ",
            "'",
            '"',
            "|\n",
            ">-\n",
            "#",
            "\t",
            "---\n",
            "...",
            "? ",
            "%YAML 1.2\n",
            "<<",
            "\\",
            "1",
            "0.5",
            "é",
            "\x00",
            "\x85",
            "\ufeff",
            "~",
        ]
    ),
    max_size=25,
).map("".join)


@given(text=st.one_of(st.text(max_size=80), yaml_like))
@example(text='a: "\\U99999999"')
@example(text='a: "\\ud800"')
@example(text='service: {name: "\\ud800", "\\ud800": 1}')
@settings(STEADY, max_examples=600)
def test_no_text_breaks_the_check(text: str) -> None:
    checked = check_text(text)
    assert checked.workbook is not None or checked.findings
    assert render_findings(checked.findings, source_lines=checked.lines)
    assert all(is_well_formed(finding) for finding in checked.findings)


@given(data=st.data())
@settings(STEADY, max_examples=300)
def test_no_damage_to_a_sound_file_breaks_the_check(request: pytest.FixtureRequest, data: st.DataObject) -> None:
    text = request.getfixturevalue("example")
    start = data.draw(st.integers(0, len(text)))
    end = start + data.draw(st.integers(0, 40))
    checked = check_text(text[:start] + data.draw(yaml_like) + text[end:])
    assert checked.workbook is not None or checked.findings


values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), texts),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(names | texts, inner, max_size=3)),
    max_leaves=8,
)


@given(section=st.sampled_from(sorted(Workbook.model_fields)), value=values)
@settings(STEADY, max_examples=200)
def test_any_value_in_any_section_is_checked(request: pytest.FixtureRequest, section: str, value: Any) -> None:
    from slo_workbench.document.yaml_text import render_flow

    data = parse_yaml(request.getfixturevalue("example")).data
    checked = check_text(render_flow({**data, section: value}).replace("Decimal", ""))
    assert checked.workbook is not None or checked.findings
