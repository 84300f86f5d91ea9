from hypothesis import given
from hypothesis import strategies as st

from slo_workbench.document import Finding
from slo_workbench.proposal.fragments import code, findings_list, paragraphs, picture, table
from slo_workbench.text_tables import without_controls

HOSTILE = "<script>alert('x')</script>&\"><img src=x onerror=alert(1)>"


def test_nothing_from_data_becomes_markup():
    finding = Finding("c", HOSTILE, hint=HOSTILE, where=HOSTILE, example=HOSTILE)
    for piece in (paragraphs(HOSTILE), code(HOSTILE), table([HOSTILE], [[HOSTILE]], caption=HOSTILE), findings_list([finding])):
        assert "<script" not in piece.html
        assert "<img" not in piece.html


@given(st.text(max_size=50))
def test_any_text_can_be_read_back_from_the_page(text):
    from html import unescape

    assert without_controls(text) in unescape(code(text).html)


def test_a_picture_has_an_alternative_text_and_needs_no_other_file():
    from matplotlib.figure import Figure

    piece = picture(Figure().subplots(), alt='the "SLI"')
    assert 'alt="the &quot;SLI&quot;"' in piece.html
    assert 'src="data:image/svg+xml;base64,' in piece.html


def test_findings_stand_worst_first_and_none_is_said():
    listed = findings_list([Finding("a", "first", severity="note"), Finding("b", "second", severity="error")]).html
    assert listed.index("second") < listed.index("first")
    assert "Nothing odd" in findings_list([]).html


def test_numbers_stand_to_the_right_and_an_empty_header_is_left_out():
    assert '<td class="number">1</td>' in table(["a", "b"], [["x", 1]], numbers=(1,)).html
    assert "<thead>" not in table(["", ""], [["x", 1]]).html
