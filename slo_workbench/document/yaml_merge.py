"""Change what a YAML text says and touch nothing else in it.

A round trip through a YAML library moves comments, re-indents lists and re-joins long lines, so that changing one
target gives a pull request of a hundred lines. Here the text stays, and only the places whose value differs are
cut out and replaced. Whether the result says what it should is checked by whoever asked, by reading it back.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from slo_workbench.document.model import Workbook
from slo_workbench.document.yaml_nodes import MappingNode, Node, ScalarNode, SequenceNode, parse_yaml
from slo_workbench.document.yaml_text import render_after_key, render_entries, render_flow, render_item

__all__ = ["merge_into_text", "render_workbook", "written_values"]

SCHEMA_LINE = "# yaml-language-server: $schema=workbook.schema.json\n"
_ALWAYS_WRITTEN = ("version", "window")
_ABSENT = object()
_Entry = tuple[ScalarNode, Node]


@dataclass(frozen=True)
class _Edit:
    start: int
    end: int
    text: str = ""


def written_values(workbook: Workbook) -> dict[str, Any]:
    """Give what a file must say: everything that is not a default, and the version and windows, which are decisions anyway."""
    full, bare = workbook.model_dump(), workbook.model_dump(exclude_defaults=True)
    kept: dict[str, Any] = _kept(full, bare)
    return kept


def _kept(full: Any, bare: Any) -> Any:
    if isinstance(full, Mapping):
        named = {name: _kept(value, bare.get(name, value)) for name, value in full.items() if name in bare or name in _ALWAYS_WRITTEN}
        return {name: value for name, value in named.items() if value != {}}
    if isinstance(full, tuple):
        return [_kept(value, bare_value) for value, bare_value in zip(full, bare, strict=True)]
    return full


def render_workbook(workbook: Workbook) -> str:
    """Write a workbook as a new file, sections apart and in the order of the workshop.

    Examples
    --------
    >>> from slo_workbench.document.model import Service, Workbook
    >>> print(render_workbook(Workbook(service=Service(name="shop", owner="web"))), end="")
    # yaml-language-server: $schema=workbook.schema.json
    version: 1
    <BLANKLINE>
    service:
      name: shop
      owner: web
    """
    return SCHEMA_LINE + "\n\n".join(render_entries(written_values(workbook), 0)) + "\n"


def merge_into_text(text: str, old: Workbook, new: Workbook) -> str:
    """Give the text that says ``new``, where ``text`` says ``old``: comments, order, quotes and layout stay.

    Parts are matched by ``id`` (reviews by date). A comment right above a part that goes, goes with it.

    Raises
    ------
    ValueError
        When two changes fall on the same place.
    """
    has_dos_lines = "\r\n" in text and "\n" not in text.replace("\r\n", "")
    text = text.replace("\r\n", "\n") if has_dos_lines else text
    root = parse_yaml(text).root
    if not isinstance(root, MappingNode):
        raise ValueError("the text to merge into is no mapping")
    edits = _Merge(text, root).mapping(root, written_values(old), written_values(new))
    merged = _applied(text, edits, 0, len(text))
    return merged.replace("\n", "\r\n") if has_dos_lines else merged


def _applied(text: str, edits: Sequence[_Edit], start: int, end: int) -> str:
    pieces, position = [], start
    for edit in sorted(edits, key=lambda edit: (edit.start, edit.end)):
        if edit.start < position:
            raise ValueError("two changes fall on the same place of the text")
        pieces += [text[position : edit.start], edit.text]
        position = edit.end
    return "".join([*pieces, text[position:end]])


def _identities(values: Sequence[Any]) -> list[tuple[str, int]]:
    """Name list items by id, date or the value itself, counting those that repeat."""
    names: list[tuple[str, int]] = []
    for value in values:
        name = str(value.get("id") or value.get("date") or value.get("start")) if isinstance(value, Mapping) else repr(value)
        names.append((name, sum(seen == name for seen, _ in names)))
    return names


class _Merge:
    """Finds the edits; the methods take a node, what it says, and what it should say."""

    def __init__(self, text: str, root: MappingNode) -> None:
        self.text = text
        self.root = root

    def mapping(self, node: MappingNode, old: Mapping[str, Any], new: Mapping[str, Any]) -> list[_Edit]:
        kept = {name: entry for name, entry in node.entries.items() if name in new or name not in old}
        added = [name for name in new if name not in node.entries and old.get(name, _ABSENT) != new[name]]
        inner = {name: self._value(node, name, old, new) for name in kept}
        if node.flow and (added or len(kept) < len(node.entries)):
            written = [_applied(self.text, inner[name], key.start, value.end) for name, (key, value) in kept.items()]
            fresh = [f"{render_flow(name)}: {render_flow(new[name])}" for name in added]
            return [_Edit(node.start, node.end, "{" + ", ".join([*written, *fresh]) + "}")]
        if not kept:
            rendered = "\n".join(render_entries({name: new[name] for name in added}, self._column(node.start)))
            # to the end of the line: a remark there spoke of what goes
            return [_Edit(node.start, self._line_end(node.end), rendered[self._column(node.start) :])]
        edits = [edit for found in inner.values() for edit in found]
        return edits + self._removed_keys(node, kept) + self._added_keys(node, kept, added, new)

    def _value(self, node: MappingNode, name: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> list[_Edit]:
        value = node.entries[name][1]
        if name not in new or old.get(name, _ABSENT) == new[name]:
            return []
        wanted = new[name]
        if isinstance(value, MappingNode) and value.entries and isinstance(wanted, Mapping):
            return self.mapping(value, old.get(name, {}), wanted)
        if isinstance(value, SequenceNode) and value.items and isinstance(wanted, list):
            return self.sequence(value, old.get(name, []), wanted, is_section=node is self.root)
        if node.flow:
            gap = "" if self.text[value.start - 1] in " \n" else " "
            return [_Edit(value.start, value.end, gap + render_flow(wanted))]
        return [self._replaced(value, render_after_key(wanted, self._column(node.start)))]

    def _replaced(self, value: Node, rendered: str) -> _Edit:
        start = value.start
        while self.text[start - 1] in " \t":
            start -= 1
        if self.text[start - 1] == "\n":  # the value stands on a line of its own
            start, rendered = value.start, rendered.removeprefix(" ")
        return self._swapped(value, start, rendered)

    def _swapped(self, value: Node, start: int, rendered: str) -> _Edit:
        """Put another value in the place of one; the remark at the end of its line must stay on the first line of a block."""
        end, comment = value.end, ""
        first, line_break, rest = rendered.partition("\n")
        if isinstance(value, ScalarNode) and value.style in ("|", ">"):
            comment = "".join(re.findall(r" +#.*", self.text[value.start : self._line_end(value.start)])[:1])
        elif line_break:
            end = self._line_end(value.end)
            comment = self.text[value.end : end]
        return _Edit(start, end, first + comment + line_break + rest)

    def _removed_keys(self, node: MappingNode, kept: Mapping[str, _Entry]) -> list[_Edit]:
        entries = list(node.entries.items())
        edits, lower = [], self._line_start(node.start)
        if entries and entries[0][0] not in kept and self.text[lower : node.start].strip():
            # "- target: 99%": the first key shares its line with the dash, so the next one that stays moves up
            first_kept = next((key.start for name, (key, _) in entries if name in kept), node.end)
            edits.append(_Edit(node.start, first_kept))
            lower = first_kept
        for name, (key, value) in entries:
            if name not in kept and key.start >= lower:
                start, end = self._lead_start(key.start, lower), self._next_line(value.end)
                is_apart = self.text[max(0, start - 2) : start] == "\n\n" and self.text[end : end + 1] in ("", "\n")
                edits.append(_Edit(start - 1 if is_apart else start, end))
            lower = max(lower, self._next_line(value.end))
        return edits

    def _added_keys(self, node: MappingNode, kept: Mapping[str, _Entry], added: Sequence[str], new: Mapping[str, Any]) -> list[_Edit]:
        edits, column, before = [], self._column(node.start), None
        for name in new:
            if name in kept:
                before = kept[name][1]
            if name not in added:
                continue
            lines = render_entries({name: new[name]}, column)[0]
            if before is None:
                first = next(key.start for key, _ in kept.values())
                edits.append(_Edit(first, first, lines[column:] + "\n" + " " * column))
                continue
            place = self._next_line(before.end)
            opening = "\n" if self.text[place - 1] != "\n" else ""
            edits.append(_Edit(place, place, opening + ("\n" if node is self.root else "") + lines + "\n"))
        return edits

    def sequence(self, node: SequenceNode, old: Sequence[Any], new: Sequence[Any], *, is_section: bool) -> list[_Edit]:
        names, wanted = _identities(old), _identities(new)
        target = dict(zip(wanted, new, strict=True))
        inner = [self._item(node, item, old[i], target.get(names[i], old[i])) for i, item in enumerate(node.items)]
        if names == wanted:
            return [edit for found in inner for edit in found]
        if node.flow:
            written = {names[i]: _applied(self.text, inner[i], item.start, item.end) for i, item in enumerate(node.items)}
            return [_Edit(node.start, node.end, "[" + ", ".join(written.get(name) or render_flow(target[name]) for name in wanted) + "]")]
        return [self._rearranged(node, inner, names, target, is_section=is_section and isinstance(new[0], Mapping))]

    def _item(self, node: SequenceNode, item: Node, old: Any, new: Any) -> list[_Edit]:
        if old == new:
            return []
        if isinstance(item, MappingNode) and item.entries:
            return self.mapping(item, old, new)
        if node.flow:
            return [_Edit(item.start, item.end, render_flow(new))]
        column = self._column(node.start)
        return [self._swapped(item, item.start, render_item(new, column)[column + 2 :])]

    def _rearranged(
        self,
        node: SequenceNode,
        inner: Sequence[Sequence[_Edit]],
        names: Sequence[tuple[str, int]],
        wanted: Mapping[tuple[str, int], Any],
        *,
        is_section: bool,
    ) -> _Edit:
        """Lay a block list out anew from the texts of its items, each with its comments, and the gaps between them."""
        starts, ends, column = *self._item_spans(node), self._column(node.start)
        tails = [self.text[end:start] for end, start in zip(ends, starts[1:], strict=False)]
        gap = "\n" if any(tail.strip("\n") != tail for tail in tails) or (is_section and not tails) else ""
        tails.append(gap)
        head = ""
        for i in reversed([i for i, name in enumerate(names) if name not in wanted]):
            # a remark that stands apart, such as a heading, outlives the item above it
            if "#" in tails[i] and i > 0:
                tails[i - 1] += tails[i].lstrip("\n")
            elif "#" in tails[i]:
                head = tails[i].lstrip("\n")
        pieces: list[tuple[str, str]] = []
        for name, value in wanted.items():
            if name in names:
                i = names.index(name)
                pieces.append((_applied(self.text, inner[i], starts[i], ends[i]).removesuffix("\n") + "\n", tails[i]))
            else:
                pieces.append((render_item(value, column) + "\n", gap))
        body = "".join(piece + tail for piece, tail in pieces[:-1]) + pieces[-1][0]
        last_remark = pieces[-1][1].rstrip("\n")
        return _Edit(starts[0], ends[-1], head + body + (last_remark + "\n" if last_remark else ""))

    def _item_spans(self, node: SequenceNode) -> tuple[list[int], list[int]]:
        """Give where each item's lines start, comments right above it included, and where they end."""
        dash = re.compile(rf"^ {{{self._column(node.start)}}}-", re.MULTILINE)
        starts, ends = [self._line_start(node.start)], [self._next_line(node.items[0].end)]
        for item in node.items[1:]:
            found = dash.search(self.text, ends[-1], item.start)
            if found is None:
                raise ValueError("a list item does not begin on a line of its own")
            starts.append(self._lead_start(found.end() - 1, ends[-1]))
            ends.append(self._next_line(item.end))
        return starts, ends

    def _lead_start(self, offset: int, lower: int) -> int:
        """Give where the comments right above a line begin, else the line itself; never before ``lower``."""
        start = self._line_start(offset)
        while start > lower and self.text[(above := self._line_start(start - 1)) : start].lstrip().startswith("#") and above >= lower:
            start = above
        return start

    def _column(self, offset: int) -> int:
        return offset - self._line_start(offset)

    def _line_start(self, offset: int) -> int:
        return self.text.rfind("\n", 0, offset) + 1

    def _line_end(self, offset: int) -> int:
        found = self.text.find("\n", offset)
        return len(self.text) if found < 0 else found

    def _next_line(self, offset: int) -> int:
        return min(self._line_end(offset) + 1, len(self.text))
