"""What goes wrong in YAML text, in plain words: one message and one hint for each mistake."""

from __future__ import annotations

from typing import Any

from slo_workbench.document.findings import Finding

__all__ = ["YamlRefused", "explain_parse_failure", "refuse"]

_MISTAKES: dict[str, tuple[str, str]] = {
    "several-documents": ("a second document begins here", "a workbook is one document; remove the line '---' and what follows"),
    "tag-refused": ("the tag {tag} is not allowed", "remove the tag; to keep text as it stands put it in quotes"),
    "unknown-alias": ("there is no anchor '&{anchor}' above", "to begin a text with * put it in quotes"),
    "alias-in-itself": ("'*{anchor}' stands inside the very part it repeats", "write the part out"),
    "too-deep": ("more than {deepest} levels inside each other", "a workbook has about six; look for a stray bracket or indentation"),
    "too-many-values": ("more than {most} values, counting what aliases repeat", "keep data in a source file"),
    "key-not-text": ("a key must be one word or text", "put the key in quotes; '{{' and '[' begin a mapping or a list"),
    "merge-key": ("'<<' merges parts out of sight of the reader", "write the merged keys out"),
    "duplicate-key": (
        "the key {key!r} stands here a second time; first on line {first}",
        "keep one of the two; when both are needed they are list items, each with its own id",
    ),
}

# Left: a part of what ruamel says. Right: what it means to somebody who has never read the YAML specification.
_PLAIN_WORDS: tuple[tuple[str, str, str], ...] = (
    ("'\\t' that cannot start", "a tab stands where YAML wants spaces", "YAML is indented with spaces only; replace the tab by two spaces"),
    (
        "mapping values are not allowed",
        "a second ': ' in one line, or a line indented too far",
        "put text that contains ': ' in quotes, move the line under its neighbours, or give the line above its colon",
    ),
    ("could not find expected ':'", "a key without its colon", "write 'name: value', with a space after the colon"),
    (
        "expected <block end>",
        "this line does not line up with the ones above",
        "lines that belong together start in the same column; look also for text after a closing quote",
    ),
    ("unexpected end of stream", "a quote is opened and never closed", "close it with the same quote sign"),
    ("while scanning a quoted scalar", "a quote is opened and never closed", "close it with the same quote sign"),
    ("expected ',' or", "a bracket is opened and never closed, or a comma is missing", "close it with ] or }; commas between values"),
    ("cannot start any token", "text cannot begin with this character", "put the text in quotes"),
    ("unknown escape character", "an unknown escape after \\ in double quotes", "use single quotes when \\ means itself"),
    ("expected alphabetic or numeric", "the name after & or * is missing", "to begin a text with & or * put it in quotes"),
    ("sequence entries are not allowed", "a list item '- ' cannot begin here", "begin the list on a new line below its key"),
    ("undefined tag handle", "a tag beginning with ! is not allowed", "to begin a text with ! put it in quotes"),
    ("special characters are not allowed", "an invisible control character", "delete it, or type the line anew"),
)


class YamlRefused(Exception):
    """The text cannot be read any further; ``finding`` says why."""

    def __init__(self, finding: Finding) -> None:
        self.finding = finding
        super().__init__(finding.message)


def refuse(code: str, place: tuple[int, int], **details: Any) -> YamlRefused:
    """Make the refusal for one of the known mistakes."""
    if "tag" in details:
        details["tag"] = str(details["tag"]).replace("tag:yaml.org,2002:", "!!")
    message, hint = (text.format(**details) for text in _MISTAKES[code])
    return YamlRefused(Finding(code, message, hint=hint, line=place[0], column=place[1]))


def explain_parse_failure(error: Exception, text: str) -> Finding:
    """Turn what the parser raised into a finding with its place and plain words."""
    said = " ".join(str(error).split("\n"))
    problem = " ".join(filter(None, (getattr(error, "context", None), getattr(error, "problem", None)))) or said
    message, hint = f"this is not YAML: {problem[:200]}", "look at this line and the one above"
    for part, plain_message, plain_hint in _PLAIN_WORDS:
        if part in problem or part in said:
            message, hint = plain_message, plain_hint
            break
    mark = getattr(error, "problem_mark", None)
    if mark is None or "never closed" in message:
        mark = getattr(error, "context_mark", None) or mark
    offset = mark.index if mark is not None else getattr(error, "position", None)
    line, column = _place(text, offset) if isinstance(offset, int) else (None, None)
    return Finding("yaml-syntax", message, hint=hint, line=line, column=column)


def _place(text: str, offset: int) -> tuple[int, int]:
    before = text[:offset].replace("\r\n", "\n").replace("\r", "\n")
    return before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1
