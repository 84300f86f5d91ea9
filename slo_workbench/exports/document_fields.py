"""Strangers' documents, read key by key: what has the wrong type is a finding, and so is every key nobody asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from slo_workbench.document.findings import Finding
from slo_workbench.document.yaml_nodes import path_of
from slo_workbench.exports.yaml_documents import YamlDocument

__all__ = ["Fields"]

MOST_UNREAD = 20
MOST_FINDINGS = 1_000


@dataclass
class Fields:
    """One mapping of a document; its readers give an empty value, and a finding, for what is not as it should be.

    Parameters
    ----------
    document : YamlDocument
    data : Any
        The mapping itself; anything else is empty, with a finding.
    findings : list of Finding
        Shared by all parts of a document, and added to.
    path : tuple
    """

    document: YamlDocument
    data: Any
    findings: list[Finding]
    path: tuple[str | int, ...] = ()
    _read: set[str] = field(default_factory=set)
    _parts: list[Fields] = field(default_factory=list)

    def __post_init__(self) -> None:
        if not isinstance(self.data, Mapping):
            self.tell("wrong-type", "expected keys and values", hint="write 'name: value' lines, indented below")
            self.data = {}

    def __contains__(self, name: str) -> bool:
        return self.data.get(name) is not None

    def tell(self, code: str, message: str, name: str | int | None = None, *, severity: Any = "error", hint: str = "") -> None:
        """Add a finding about the part, or about one of its keys; a file that is all wrong is told by its first thousand."""
        if len(self.findings) >= MOST_FINDINGS:
            return
        where = path_of((*self.path, name) if name is not None else self.path)
        line, column = self.document.place(where)
        self.findings.append(Finding(code, message, severity=severity, hint=hint, where=where, line=line, column=column))

    def text(self, name: str, *, is_needed: bool = False) -> str:
        """Give a text; numbers count as such, as people forget quotes."""
        value = self._value(name)
        if isinstance(value, str):
            return value
        if isinstance(value, int | Decimal) and not isinstance(value, bool):
            return f"{value:f}" if isinstance(value, Decimal) and abs(value.adjusted()) < 60 else str(value)
        if value is not None:
            self.tell("wrong-type", "expected text", name)
        elif is_needed:
            self.tell("missing-key", f"there is no {name!r}", hint=f"write '{name}: …'")
        return ""

    def number(self, name: str) -> Decimal | None:
        """Give a number, exactly as written; also one in quotes."""
        value = self._value(name)
        if isinstance(value, int | Decimal) and not isinstance(value, bool):
            return Decimal(value)
        try:
            number = Decimal(value) if isinstance(value, str) and len(value) < 60 else None
        except ArithmeticError:
            number = None
        if value is not None and (number is None or not number.is_finite()):
            self.tell("wrong-type", "expected a number", name)
            return None
        return number

    def is_true(self, name: str) -> bool:
        """Give a yes or no; no where it is not written."""
        value = self._value(name)
        if value is not None and not isinstance(value, bool):
            self.tell("wrong-type", "expected true or false", name)
        return value is True

    def part(self, name: str) -> Fields:
        """Give the mapping below a key, empty where there is none."""
        value = self._value(name)
        return self._child({} if value is None else value, name)

    def parts(self, name: str) -> list[Fields]:
        """Give the mappings of a list."""
        value = self._value(name)
        if value is not None and not isinstance(value, list):
            self.tell("wrong-type", "expected a list", name)
        return [self._child(each, name, number) for number, each in enumerate(value if isinstance(value, list) else [])]

    def texts(self, name: str) -> dict[str, str]:
        """Give the texts of a mapping; of a list its first."""
        part = self.part(name)
        part._read |= set(part.data)
        firsts = {key: value[0] if isinstance(value, list) and value else value for key, value in part.data.items()}
        return {key: str(value) for key, value in firsts.items() if isinstance(value, str | int | Decimal)}

    def skip(self, *names: str) -> None:
        """Take keys as read that mean nothing here."""
        self._read.update(names)

    def _value(self, name: str) -> Any:
        self._read.add(name)
        return self.data.get(name)

    def _child(self, data: Any, *steps: str | int) -> Fields:
        child = Fields(self.document, data, self.findings, (*self.path, *steps))
        self._parts.append(child)
        return child

    def tell_unread(self) -> None:
        """Add a note for each key that nobody asked for, here and below."""
        for fields, name in list(self._unread())[:MOST_UNREAD]:
            fields.tell("not-carried", f"{name!r} is not carried over", name, severity="note", hint="write down by hand what it decided")

    def _unread(self) -> Iterator[tuple[Fields, str]]:
        yield from ((self, name) for name, value in self.data.items() if name not in self._read and value is not None)
        for part in self._parts:
            yield from part._unread()
