from slo_workbench.document.findings import Finding, is_clean, nearest_hint, render_findings


def test_findings_are_printed_like_a_compiler_does_worst_first_with_the_line_and_a_caret():
    lines = ["version: 1", "objectives:", "  - targt: 99%"]
    note = Finding("journey-without-diagram", "no diagram", severity="note", file="w.yaml", line=1)
    error = Finding("unknown-key", "unknown key 'targt'", file="w.yaml", line=3, column=5, hint="did you mean 'target'?")
    assert render_findings([note, error], source_lines=lines).splitlines() == [
        "w.yaml:3:5: error[unknown-key] unknown key 'targt'",
        "    3 |   - targt: 99%",
        "            ^",
        "    hint: did you mean 'target'?",
        "w.yaml:1: note[journey-without-diagram] no diagram",
        "    1 | version: 1",
        "1 error, 1 note",
    ]


def test_control_characters_of_a_strangers_data_do_not_reach_the_terminal():
    shown = str(Finding("x", "m", example="\x1b[31mred\x07"))
    assert "\x1b" not in shown
    assert "\\x1b[31mred\\x07" in shown


def test_a_long_example_keeps_both_ends():
    example = Finding("x", "m", example="start" + "." * 1000 + "stop").example
    assert example.startswith("start")
    assert example.endswith("stop")
    assert len(example) < 300


def test_only_notes_are_clean():
    assert is_clean([Finding("x", "m", severity="note")])
    assert not is_clean([Finding("x", "m", severity="warning")])


def test_a_name_like_none_lists_what_there_is():
    assert nearest_hint("zzz", ["time", "route"]) == "there is: route, time"
    assert nearest_hint("zzz", []) == "there is nothing to choose from"
