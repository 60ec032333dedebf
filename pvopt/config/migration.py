"""A configuration of ours in the making, out of another program's: line by line, each with its
origin, until it loads."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping, Sequence

from attrs import Factory, define, frozen

from pvopt.config.faults import InvalidConfigError
from pvopt.config.load import load_text

LONGEST_ID = 32


@frozen
class Migration:
    """Our text; what was carried, what was not, what has to be done and what to look at."""

    text: str
    carried: tuple[str, ...]
    left: tuple[str, ...]
    todo: tuple[str, ...]
    warnings: tuple[str, ...]


@define
class Line:
    """One line of our text. ``path`` finds its faults, ``origin`` names the old key; ``instead``
    takes its place if it is at fault, where ours cannot be without such a line."""

    text: str
    path: str = ""
    origin: str = ""
    instead: str = ""


@define
class Draft:
    """``old``: what stood in the old file, by key."""

    old: Mapping[str, str] = Factory(dict)
    lines: list[Line] = Factory(list)
    left: list[str] = Factory(list)
    todo: list[str] = Factory(list)
    warnings: list[str] = Factory(list)
    ids: list[str] = Factory(list)

    def id_of(self, name: str) -> str:
        """What a load of this name is called in ours: ASCII, and as nobody before it.

        Worked: ``Séchoir été`` is ``Sechoir_ete``, a second one ``Sechoir_ete_2``.
        """
        plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
        first = re.sub(r"[^A-Za-z0-9_-]+", "_", plain).strip("_")[:LONGEST_ID] or "load"
        made, number = first, 1
        while made in self.ids:
            number += 1
            made = f"{first[: LONGEST_ID - 1 - len(str(number))]}_{number}"
        self.ids.append(made)
        if made != name:
            self.warnings.append(f"loads: `{name}` is called {made} in ours")
        return made

    def put(
        self,
        indent: int,
        key: str,
        text: str,
        path: str = "",
        origin: str = "",
        instead: str = "",
    ) -> None:
        """One key; ``text`` empty: a section follows. ``instead``: what is written if ours does
        not allow the text, and the key is required."""
        head = f"{' ' * indent}{key}:"
        other = f"{head} {instead}" if instead else ""
        self.lines.append(Line(f"{head} {text}".rstrip(), path, origin, other))

    def carried(self) -> tuple[str, ...]:
        """What became of which old key."""
        return tuple(f"{line.origin} -> {line.path}" for line in self.lines if line.origin)

    def made(self, secrets: Sequence[str] = ()) -> Migration:
        """What came of it all."""
        text = self.until_it_loads(secrets)
        return Migration(
            text, self.carried(), tuple(self.left), tuple(self.todo), tuple(self.warnings)
        )

    def until_it_loads(self, secrets: Sequence[str] = ()) -> str:
        """The text, after every line that ours does not allow was left out and named.

        ``secrets``: variables of the environment that it will find. Raises ``InvalidConfigError``
        if it does not load even so.
        """
        environ = dict.fromkeys(secrets, "set")
        while True:
            text = "\n".join(line.text for line in self.lines) + "\n"
            try:
                load_text(text, "the migrated text", environ)
            except InvalidConfigError as error:
                words = {fault.key: fault.text for fault in error.faults}
                bad = [line for line in self.lines if line.origin and line.path in words]
                if not bad:  # a rule about two keys blames one at its default: drop the other
                    sections = {key.rpartition(".")[0]: key for key in words}
                    bad = [
                        line
                        for line in self.lines
                        if line.origin and line.path.rpartition(".")[0] in sections
                    ]
                if not bad:
                    raise
                reasons = " ".join(f"{key} {text}" for key, text in words.items())
                self.left += [
                    f"{line.origin}: {line.path} {words.get(line.path, reasons)}" for line in bad
                ]
                self.todo += [f"{line.path}: put what is right" for line in bad if line.instead]
                self.lines = [
                    Line(line.instead, line.path) if line in bad else line
                    for line in self.lines
                    if line not in bad or line.instead
                ]
            else:
                return text


def quoted(text: str) -> str:
    """A text as YAML takes it, whatever is in it."""
    return json.dumps(text, ensure_ascii=False).replace("${", "$${")
