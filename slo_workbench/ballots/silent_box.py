"""A box of a room: a folder beside the workbook, one file a participant, unseen until the reveal.

The silence is an agreement among people who want it, not a lock: whoever opens a file in an editor sees what it holds. What a box gives
is that its own functions show nothing early, that nobody casts after having seen the others, and that a later change is noticed.
"""

from __future__ import annotations

import os
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import ClassVar, Generic, TypeVar

from slo_workbench.ballots.room_files import (
    RoomFile,
    file_name_of,
    one_file_each,
    read_room_file,
    read_room_files,
    warning_of,
    write_room_file,
)  # fmt: skip
from slo_workbench.ballots.room_part import CastPart, CountedFile, RevealPart, is_identifier, one_line
from slo_workbench.document.findings import Finding
from slo_workbench.errors import TooLittleData, UnusableValue

__all__ = ["MARKER", "BoxWords", "SilentBox"]

MARKER = "revealed.yaml"

CastT = TypeVar("CastT", bound=CastPart)
RevealT = TypeVar("RevealT", bound=RevealPart)


@dataclass(frozen=True)
class BoxWords:
    """How a box speaks of what happens with it.

    Parameters
    ----------
    part, values : str
        What is cast, and what of it stays unseen: ``ballot`` and ``scores``.
    event, act, done : str
        What is reopened, what people do and have done: ``vote``, ``vote``, ``voted on``.
    example : str
        A folder of such a box.
    unseen_keys : tuple of str
        Keys of the file of which nothing is told before the reveal.
    """

    part: str
    values: str
    event: str
    act: str
    done: str
    example: str
    unseen_keys: tuple[str, ...]

    @property
    def advice(self) -> str:
        """What to do when it was revealed too early."""
        return f"reopen the {self.event}, let everybody {self.act} again, then reveal it anew"


@dataclass(frozen=True)
class SilentBox(ABC, Generic[CastT, RevealT]):
    """A folder of what people cast, called by the id of what it is about (else ``UnusableValue``); it is made with the first file."""

    words: ClassVar[BoxWords]
    leave_out: ClassVar[re.Pattern[str]] = re.compile(rf"{re.escape(MARKER)}|revealed-[0-9]+\.yaml\.old")

    folder: Path

    def __post_init__(self) -> None:
        object.__setattr__(self, "folder", Path(os.path.abspath(self.folder)))
        if not is_identifier(self.topic):
            kind = self.kinds[0]
            raise UnusableValue(f"a box is called by the id of its {kind.TOPIC}, such as {self.words.example}; {self.topic!r} is none")

    @property
    @abstractmethod
    def kinds(self) -> tuple[type[CastT], type[RevealT]]:
        """What is cast, and the marker of the reveal."""

    @property
    def topic(self) -> str:
        """Id of what the box is about."""
        return self.folder.name

    @property
    def is_revealed(self) -> bool:
        """Whether all is revealed, so that nothing is cast any more."""
        return os.path.lexists(self.folder / MARKER)

    def cast(self, part: CastT) -> Path:
        """Put a part into the box, in the place of the participant's earlier one; return its file.

        It is written whole or not at all. When this returns it counts for certain: a reveal looks once more after it has closed the box.

        Raises
        ------
        UnusableValue
            When the box is revealed (before, or while it was written), the part is for another box, or too long.
        """
        words = self.words
        if part.topic != self.topic:
            place = f"{part.FOLDER}/{part.topic}"
            raise UnusableValue(f"this box is for '{self.topic}', the {words.part} for '{part.topic}'; cast it into {place}")
        if self.is_revealed:
            raise UnusableValue(
                f"the {words.values} of '{self.topic}' are revealed, and who has seen them {words.act}s no more; {words.advice}"
            )
        file = self.folder / file_name_of(part.participant)
        write_room_file(file, part)
        if self.is_revealed:
            raise UnusableValue(
                f"'{self.topic}' was revealed while the {words.part} was cast, so it may not count; look whose count, or {words.advice}"
            )
        return file

    def cast_by(self, participant: str) -> CastT | None:
        """Give a participant's own part, to be put together with a new one; ``None`` where there is none that can be read."""
        name = one_line(participant)
        return next((file.part for file in one_file_each(self._files())[0] if file.part and file.part.participant == name), None)

    def reopen(self) -> Path | None:
        """Let people cast again: put the marker aside as ``revealed-1.yaml.old`` and so on, and return that file.

        What is cast stays as it is until it is cast again. ``None`` when the box was open.
        """
        aside = next(path for number in count(1) if not os.path.lexists(path := self.folder / f"revealed-{number}.yaml.old"))
        try:
            return (self.folder / MARKER).rename(aside)
        except FileNotFoundError:
            return None

    def _files(self) -> list[RoomFile[CastT]]:
        return read_room_files(self.folder, self.kinds[0], about=self.topic, leave_out=self.leave_out)

    def _unseen(self) -> tuple[tuple[CastT, ...], tuple[Finding, ...]]:
        """Give what was cast, of which only the names are told yet, and the findings without what they say of values."""
        files, found = one_file_each(self._files())
        return _by_name(files), self._without_values(found)

    def _close(
        self,
        new_marker: Callable[[Sequence[CastT], tuple[CountedFile, ...]], RevealT],
        before: Callable[[tuple[tuple[CastT, ...], tuple[Finding, ...]]], object],
    ) -> None:
        """Write the marker that ``new_marker`` makes of what is there; nothing where one stands, or where ``before`` raises."""
        if self.is_revealed:
            return
        before(self._counting(self._marker(new_marker)))
        for _ in range(2):  # once more, for who cast before the marker stood there was told that it counts
            write_room_file(self.folder / MARKER, self._marker(new_marker))

    def _marker(self, new_marker: Callable[[Sequence[CastT], tuple[CountedFile, ...]], RevealT]) -> RevealT:
        files, _ = one_file_each(self._files())
        if not files:
            raise TooLittleData(f"nobody has {self.words.done} '{self.topic}' yet, so there is nothing to reveal")
        counting = [CountedFile(participant=file.part.participant, file=file.name, sha256=file.sha256) for file in files if file.part]
        return new_marker(_by_name(files), tuple(counting))

    def _revealed(self) -> tuple[RevealT | None, tuple[CastT, ...], tuple[Finding, ...]]:
        words = self.words
        if not self.is_revealed:
            who = f"who has {words.done.split()[0]}"
            raise UnusableValue(f"the {words.values} of '{self.topic}' stay unseen until the reveal; until then only {who} is told")
        read = read_room_file(self.folder / MARKER, self.kinds[1], about=self.topic)
        if (marker := read.part) is None:
            message = f"which {words.part}s were revealed cannot be read, so none counts"
            hint = f"reopen the {words.event}, which puts it aside; then reveal it anew"
            return None, (), (*read.findings, warning_of(MARKER, "reveal-unreadable", message, hint))
        return marker, *self._counting(marker)

    def _counting(self, marker: RevealT) -> tuple[tuple[CastT, ...], tuple[Finding, ...]]:
        """Give what counts by a marker, whether it is written yet or not, and the findings."""
        in_time, found = self._compared(marker)
        files, findings = one_file_each(in_time)
        odd = [finding for file in files if file.part for finding in self._odd_in(file.name, file.part, marker)]
        return _by_name(files), (*findings, *found, *odd)

    def _odd_in(self, name: str, part: CastT, marker: RevealT) -> list[Finding]:
        """Give what is odd in a file that counts, once it is revealed."""
        return []

    def _compared(self, marker: RevealT) -> tuple[list[RoomFile[CastT]], list[Finding]]:
        """Give the files that were revealed, and say which came later, changed or went."""
        part, event, act = self.words.part, self.words.event, self.words.act
        known = {one.file: one for one in marker.counted}
        hint = f"bring the file back from version control (its line ends, too), or reopen the {event}"
        revealed: list[RoomFile[CastT]] = []
        found: list[Finding] = []
        for file in self._files():
            before = known.pop(file.name, None)
            if before is None:
                message = f"this is none of the revealed {part}s and does not count: it came later, or as a second one of its participant"
                how = f"to count it, reopen the {event}, let the participant {act}, then reveal it anew"
                found += [warning_of(file.name, f"{part}-not-revealed", message, how)] if file.part else file.findings
                continue
            counts = file.part is not None and file.part.participant == before.participant
            if file.sha256 != before.sha256:
                so = "it counts as it stands now" if counts else "it does not count"
                message = f"the {part} of {before.participant} was changed after the reveal; {so}"
                found.append(warning_of(file.name, f"{part}-changed-after-reveal", message, hint))
            if counts:
                revealed.append(file)
            found += file.findings
        gone = [
            warning_of(one.file, f"{part}-gone-after-reveal", f"the {part} of {one.participant} is gone", hint) for one in known.values()
        ]
        return revealed, [*found, *gone]

    def _without_values(self, findings: Sequence[Finding]) -> tuple[Finding, ...]:
        """Keep what is wrong with a file, but not what it says of values."""
        words = self.words
        hidden = {
            "message": f"the {words.values} of this {words.part} cannot be understood", "where": words.values,
            "hint": "let its participant cast it again",
        }  # fmt: skip
        told = [
            one.at(code=f"{words.values}-unreadable", line=None, column=None, example=None, **hidden)
            if one.where.startswith(words.unseen_keys)
            else one
            for one in findings
        ]
        return tuple(dict.fromkeys(told))


def _by_name(files: Sequence[RoomFile[CastT]]) -> tuple[CastT, ...]:
    return tuple(sorted((file.part for file in files if file.part), key=lambda part: part.participant))
