"""The words are explained plainly, and never become markup."""

import pytest

from slo_workbench.errors import UnusableValue
from slo_workbench.workshop.glossary import GLOSSARY, words

ASKED_FOR = (
    "SLI", "SLO", "SLA", "error budget", "burn rate", "valid event", "good event", "critical user journey", "threshold", "window",
    "rolling window", "calendar window", "incident", "page", "ticket", "error budget policy", "confidence", "target", "aspirational target",
    "achievable target", "user", "customer", "coverage gap", "measuring point", "candidate", "percentile",
)  # fmt: skip


@pytest.mark.parametrize("name", ASKED_FOR)
def test_every_word_a_room_stumbles_over_is_explained(name):
    assert words(name).text.startswith(f"{name}: ")


def test_words_come_in_the_order_asked_for_and_by_other_names():
    shown = words("Budget", "service  level indicator")
    assert [line.split(":")[0] for line in shown.text.splitlines()] == ["error budget", "SLI"]


def test_no_name_means_all_words():
    assert len(words().text.splitlines()) == len(GLOSSARY)


def test_a_word_that_is_not_there_names_the_nearest():
    with pytest.raises(UnusableValue, match="did you mean 'error budget'"):
        words("eror budget")


def test_what_follows_a_source_links_it():
    for term in GLOSSARY.values():
        assert bool(term.url) == bool(term.source)
        assert not term.url or f'href="{term.url}"' in words(term.name).html


def test_no_word_is_explained_by_itself_alone_or_at_length():
    for term in GLOSSARY.values():
        assert 6 <= len(term.meaning.split()) <= 50, term.name
