"""Labels between the two alphabets: what people read, and what Mermaid text can hold."""

from __future__ import annotations

import re
from collections.abc import Callable
from html.entities import html5

__all__ = [
    "ENTITY",
    "RESERVED_WORD",
    "decode_label",
    "decode_plain",
    "encode_label",
    "encode_line",
    "encode_name",
    "encode_plain",
    "unknown_entities",
    "without_links",
]

ENTITY = re.compile(r"#(\w+);", re.ASCII)
_LINK = re.compile(r"\[([^\[\]\n]+)\]\(\s*[a-z][a-z0-9+.-]{0,20}:[^()\s]*\)", re.IGNORECASE | re.ASCII)
_LINE_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
# Would end the statement, begin a comment or a directive, or be stripped or mistaken for an option.
_UNSAFE_IN_LABEL = re.compile(r"[#;\r]|<(?=br\s*/?>)|%(?=%)|\A(?=:?(?:no)?wrap:).", re.IGNORECASE | re.DOTALL)
_UNSAFE_IN_PLAIN = re.compile(r"[#;}\r]|%(?=%)")
_UNSAFE_IN_NAME = re.compile(
    r"[+<>():,;#%/\\@\r\n]"
    r"|-(?=[->x)|(]|\Z)|\A-"  # a hyphen that would start an arrow
    r"|(?<=\s)a(?=s(?:\s|\Z))",  # the word "as" introduces a label
    re.IGNORECASE,
)
_KEYWORDS = (
    "participant actor create destroy box loop rect opt alt else par par_over and critical option break end links link properties "
    "details over note activate deactivate title accTitle accDescr sequenceDiagram autonumber off"
)
RESERVED_WORD = re.compile(rf"(?:{'|'.join(_KEYWORDS.split())})\b", re.IGNORECASE)


def _entity_value(match: re.Match[str]) -> str:
    code = match.group(1)
    if re.fullmatch(r"[0-9]{1,9}", code):
        number = int(code)
        is_character = 0 < number < 0x110000 and not 0xD800 <= number < 0xE000
        return chr(number) if is_character else "\ufffd"
    return html5.get(f"{code};", match.group(0))


def without_links(text: str) -> str:
    """Return the words of Markdown links without their addresses.

    Examples
    --------
    >>> without_links("see [the API](https://api.example.org)")
    'see the API'
    """
    return _LINK.sub(r"\1", text)


def unknown_entities(text: str) -> tuple[str, ...]:
    """Return the entity codes in `text` that HTML does not define.

    Examples
    --------
    >>> unknown_entities("I #9829; #hearts; #nonsense;")
    ('#nonsense;',)
    """
    return tuple(match.group(0) for match in ENTITY.finditer(text) if _entity_value(match) == match.group(0))


def decode_plain(text: str) -> str:
    """Replace entity codes such as ``#35;`` and ``#quot;`` by their characters.

    Examples
    --------
    >>> decode_plain("issue #35;7")
    'issue #7'
    """
    return ENTITY.sub(_entity_value, text)


def decode_label(text: str) -> str:
    r"""Return a label as people read it: entity codes replaced, ``<br/>`` a line break.

    Examples
    --------
    >>> decode_label("200 OK<br/>#lt;b#gt;")
    '200 OK\n<b>'
    """
    return "\n".join(decode_plain(part) for part in _LINE_BREAK.split(text))


def _as_entity(match: re.Match[str]) -> str:
    return f"#{ord(match.group(0))};"


def _encode_edges(text: str, encode_inside: Callable[[str], str]) -> str:
    """White space at the ends would be stripped when read again, so it is spelt out."""
    core = text.strip()
    if not core:
        return "".join(f"#{ord(char)};" for char in text)
    before, _, after = text.partition(core)
    spelt = ["".join(f"#{ord(char)};" for char in edge) for edge in (before, after)]
    return spelt[0] + encode_inside(core) + spelt[1]


def encode_label(text: str) -> str:
    r"""Return Mermaid text that reads back as the label `text`.

    Examples
    --------
    >>> encode_label("a; b\nc #1")
    'a#59; b<br/>c #35;1'
    """
    return _encode_edges(text, lambda core: _UNSAFE_IN_LABEL.sub(_as_entity, core).replace("\n", "<br/>"))


def encode_plain(text: str) -> str:
    """Return text for ``accTitle`` and ``accDescr``, where line breaks are kept as they are."""
    return _encode_edges(text, lambda core: _UNSAFE_IN_PLAIN.sub(_as_entity, core))


def encode_line(text: str) -> str:
    """Return text for places that hold one line and no ``<br/>``."""
    return encode_plain(text).replace("\n", "#10;")


def encode_name(name: str) -> str:
    """Return the spelling of a participant's name that no part of the grammar can mistake.

    Examples
    --------
    >>> encode_name("order-service"), encode_name("GET /orders"), encode_name("end")
    ('order-service', 'GET #47;orders', '#101;nd')
    """

    def inside(core: str) -> str:
        spelt = _UNSAFE_IN_NAME.sub(_as_entity, core)
        return f"#{ord(spelt[0])};{spelt[1:]}" if RESERVED_WORD.match(spelt) else spelt

    return _encode_edges(name, inside)
