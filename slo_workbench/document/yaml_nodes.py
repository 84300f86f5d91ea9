"""YAML text to a tree of nodes: plain data for the model, and the place of every value.

ruamel only splits the text into parse events; nothing is ever constructed from a tag.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from slo_workbench.document.findings import Finding
from slo_workbench.document.yaml_mistakes import YamlRefused, explain_parse_failure, refuse
from slo_workbench.document.yaml_scalars import plain_scalar

__all__ = ["AliasNode", "MappingNode", "Node", "ParsedYaml", "ScalarNode", "SequenceNode", "parse_yaml", "path_of"]

DEEPEST_NESTING = 40
MOST_NODES = 200_000
# ruamel answers odd text, such as the escape \\U99999999, with these beside its own YAMLError.
_STRAY_PARSER_ERRORS = (ArithmeticError, AssertionError, AttributeError, LookupError, RuntimeError, TypeError, ValueError)
_PLAIN_KEY = re.compile(r"[\w-]+")

PathParts = tuple[str | int, ...]


@dataclass
class _Span:
    start: int
    end: int
    size: int = 1


@dataclass
class ScalarNode(_Span):
    """One value as written; ``style`` is ``None`` for a plain one, else its quote or block sign."""

    text: str = ""
    style: str | None = None


@dataclass
class SequenceNode(_Span):
    """A list, in block or flow style."""

    flow: bool = False
    items: list[Node] = field(default_factory=list)


@dataclass
class MappingNode(_Span):
    """Keys and values, in block or flow style."""

    flow: bool = False
    entries: dict[str, tuple[ScalarNode, Node]] = field(default_factory=dict)
    pending_key: ScalarNode | None = None


@dataclass
class AliasNode(_Span):
    """A place that repeats an anchored node."""

    target: Node = field(default_factory=lambda: ScalarNode(0, 0))


Node = ScalarNode | SequenceNode | MappingNode | AliasNode


@dataclass(frozen=True)
class ParsedYaml:
    """What a text holds, and where.

    Parameters
    ----------
    root : Node, optional
        ``None`` when the text is empty or broken.
    data : Any
        Dictionaries, lists, text, ``int``, ``Decimal``, ``bool`` and ``None``.
    positions, key_positions : mapping of path to (line, column)
        Where the value, and the key before it, begins; both count from 1.
    findings : tuple of Finding
    """

    root: Node | None
    data: Any
    positions: Mapping[str, tuple[int, int]]
    key_positions: Mapping[str, tuple[int, int]]
    findings: tuple[Finding, ...]


def parse_yaml(text: str) -> ParsedYaml:
    r"""Read one YAML document; whatever is wrong with it becomes findings, never an exception.

    Examples
    --------
    >>> parsed = parse_yaml("target: 0.999\ncountry: no\n")
    >>> parsed.data, parsed.positions["country"]
    ({'target': Decimal('0.999'), 'country': 'no'}, (2, 10))
    >>> print(parse_yaml("a: 1\na: 2\n").findings[0])
    2:1: error[duplicate-key] the key 'a' stands here a second time; first on line 1
        hint: keep one of the two; when both are needed they are list items, each with its own id
    """
    # Imported here: somebody who only wants the model should not wait for a YAML parser.
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    builder = _TreeBuilder(text)
    findings = builder.findings
    try:
        for event in YAML(typ="safe", pure=True).parse(text):
            builder.take(type(event).__name__, event)
    except YamlRefused as refused:
        return ParsedYaml(None, None, {}, {}, (*findings, refused.finding))
    except (YAMLError, *_STRAY_PARSER_ERRORS) as error:
        return ParsedYaml(None, None, {}, {}, (*findings, explain_parse_failure(error, text)))
    places = dict(_places(builder.root, (), None))
    positions = {where: builder.place(value) for where, (_, value) in places.items()}
    key_positions = {where: builder.place(value if key is None else key) for where, (key, value) in places.items()}
    return ParsedYaml(builder.root, _plain(builder.root), positions, key_positions, tuple(findings))


def path_of(parts: PathParts) -> str:
    """Write a path the way findings show it.

    Examples
    --------
    >>> path_of(("objectives", 0, "target")), path_of(("sources", "my file"))
    ('objectives[0].target', "sources['my file']")
    """
    shown = ""
    for part in parts:
        if isinstance(part, int):
            shown += f"[{part}]"
        elif _PLAIN_KEY.fullmatch(part):
            shown += f".{part}" if shown else part
        else:
            shown += f"[{part!r}]"
    return shown


class _TreeBuilder:
    """Builds nodes from parse events with a stack of its own, so that depth is a finding and no RecursionError."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.line_starts = [0, *(match.end() for match in re.finditer(r"\r\n|\n|\r", text))]
        self.findings: list[Finding] = []
        self.root: Node | None = None
        self.open: list[MappingNode | SequenceNode] = []
        self.anchors: dict[str, Node] = {}
        self.documents = 0
        self.n_nodes = 0

    def place(self, node: _Span) -> tuple[int, int]:
        return self.place_at(node.start)

    def place_at(self, offset: int) -> tuple[int, int]:
        line = bisect_right(self.line_starts, offset)
        return line, offset - self.line_starts[line - 1] + 1

    def take(self, name: str, event: Any) -> None:
        start, end = event.start_mark.index, event.end_mark.index
        if name == "DocumentStartEvent":
            self.documents += 1
            if self.documents > 1:
                raise refuse("several-documents", self.place_at(start))
        elif name == "AliasEvent":
            self._add(self._alias(event.anchor, start, end), None)
        elif name == "ScalarEvent":
            self._refuse_tag(event, start)
            end = self._last_character(start, end) if event.style in ("|", ">") else end
            self._add(ScalarNode(start, end, text=event.value, style=event.style or None), event.anchor)
        elif name == "SequenceStartEvent":
            self._refuse_tag(event, start)
            self._open(SequenceNode(start, end, flow=bool(event.flow_style)), event.anchor)
        elif name == "MappingStartEvent":
            self._refuse_tag(event, start)
            self._open(MappingNode(start, end, flow=bool(event.flow_style)), event.anchor)
        elif name in ("SequenceEndEvent", "MappingEndEvent"):
            self._close(end)

    def _last_character(self, start: int, end: int) -> int:
        """Give where a block scalar really ends: ruamel counts the blank lines after it, which matter only after ``|+``."""
        written = self.text[start:end]
        header = written.split("\n", 1)[0]
        return start + len(re.sub(r"\r?\n\Z", "", written) if "+" in header else written.rstrip())

    def _refuse_tag(self, event: Any, start: int) -> None:
        if event.ctag is not None:
            self.findings.append(refuse("tag-refused", self.place_at(start), tag=str(event.ctag)).finding)

    def _alias(self, anchor: str, start: int, end: int) -> AliasNode:
        target = self.anchors.get(anchor)
        if target is None:
            raise refuse("unknown-alias", self.place_at(start), anchor=anchor)
        if any(target is node for node in self.open):
            raise refuse("alias-in-itself", self.place_at(start), anchor=anchor)
        return AliasNode(start, end, size=target.size, target=target)

    def _open(self, node: MappingNode | SequenceNode, anchor: str | None) -> None:
        if len(self.open) >= DEEPEST_NESTING:
            raise refuse("too-deep", self.place(node), deepest=DEEPEST_NESTING)
        self._add(node, anchor)
        self.open.append(node)

    def _close(self, end: int) -> None:
        node = self.open.pop()
        # A block collection "ends" where the next thing begins; what belongs to it ends with its last child.
        node.end = end if node.flow else max((child.end for child in _children(node)), default=node.end)
        node.size = 1 + sum(child.size for child in _children(node))
        if isinstance(node, MappingNode) and node.pending_key is not None:
            raise refuse("key-not-text", self.place(node.pending_key))

    def _add(self, node: Node, anchor: str | None) -> None:
        self.n_nodes += node.size
        if self.n_nodes > MOST_NODES:
            raise refuse("too-many-values", self.place(node), most=MOST_NODES)
        if anchor:
            self.anchors[anchor] = node
        parent = self.open[-1] if self.open else None
        if parent is None:
            self.root = node
        elif isinstance(parent, SequenceNode):
            parent.items.append(node)
        elif parent.pending_key is None:
            parent.pending_key = self._key(node)
        else:
            self._add_entry(parent, parent.pending_key, node)
            parent.pending_key = None

    def _key(self, node: Node) -> ScalarNode:
        if not isinstance(node, ScalarNode):
            raise refuse("key-not-text", self.place(node))
        return node

    def _add_entry(self, parent: MappingNode, key: ScalarNode, value: Node) -> None:
        if key.text == "<<" and key.style is None:
            self.findings.append(refuse("merge-key", self.place(key)).finding)
        elif key.text in parent.entries:
            first, _ = self.place(parent.entries[key.text][0])
            self.findings.append(refuse("duplicate-key", self.place(key), key=key.text, first=first).finding)
        else:
            if value.start == value.end and isinstance(value, ScalarNode):
                value.start = value.end = self._after_colon(key)
            parent.entries[key.text] = (key, value)

    def _after_colon(self, key: ScalarNode) -> int:
        """Give the place of a value that is not there; ruamel puts it where the next key begins."""
        gap = re.compile(r"\s*:").match(self.text, key.end)
        return gap.end() if gap else key.end


def _children(node: Node) -> list[Node]:
    if isinstance(node, SequenceNode):
        return node.items
    return [value for _, value in node.entries.values()] if isinstance(node, MappingNode) else []


def _places(node: Node | None, path: PathParts, key: ScalarNode | None) -> Iterator[tuple[str, tuple[ScalarNode | None, Node]]]:
    """Walk what is written, not what aliases repeat: the walk is as long as the text."""
    if node is None:
        return
    yield path_of(path), (key, node)
    if isinstance(node, MappingNode):
        for name, (name_node, value) in node.entries.items():
            yield from _places(value, (*path, name), name_node)
    elif isinstance(node, SequenceNode):
        for index, item in enumerate(node.items):
            yield from _places(item, (*path, index), None)


def _plain(node: Node | None) -> Any:
    if isinstance(node, AliasNode):
        return _plain(node.target)
    if isinstance(node, MappingNode):
        return {name: _plain(value) for name, (_, value) in node.entries.items()}
    if isinstance(node, SequenceNode):
        return [_plain(item) for item in node.items]
    return plain_scalar(node.text, node.style) if isinstance(node, ScalarNode) else None
