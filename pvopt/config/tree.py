"""The text of a configuration as a tree whose every node knows its line and its key path.

YAML's own guesses about types are left out on purpose: ``22:00``, ``no``, ``010`` and ``1e3``
stay text until the class that asks for them says what they ought to be (``scalars.py``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from attrs import define, field

LABEL_KEYS = ("id", "name", "kind")
PLAIN_LABEL = re.compile(r"[\w.-]{1,24}")
PLACEHOLDER = re.compile(r"\$\$\{|\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^{}]*))?\}|\$\{")


@define
class Node:
    """``path`` is printable: ``loads[boiler].output.relay.pin``."""

    path: str
    line: int


@define
class Scalar(Node):
    """One text. ``plain``: written without quotes. ``shown``: as it stands in the file."""

    text: str = field(repr=False)
    plain: bool
    shown: str = field(repr=False)
    fault: str = ""

    @property
    def empty(self) -> bool:
        """Whether it stands for "nothing": an unquoted blank, ``~`` or ``null``."""
        return self.plain and self.text in {"", "~", "null", "Null", "NULL"}


@define
class Table(Node):
    """Keys with what they hold. ``key_lines``: where each key is written."""

    entries: dict[str, Node]
    key_lines: dict[str, int]


@define
class Rows(Node):
    """A list."""

    items: list[Node]


def label(position: int, entries: Mapping[str, str]) -> str:
    """Name of a list item for people: its id, name or kind, else its number from 1."""
    for key in LABEL_KEYS:
        if PLAIN_LABEL.fullmatch(entries.get(key, "")):
            return entries[key]
    return f"#{position + 1}"


# A fault that no environment cures.
NO_NAME = "`${` begins a name"


def fill_in(raw: str, environ: Mapping[str, str]) -> tuple[str, str]:
    """``(text, fault)`` after every ``${NAME}`` took its value from the environment.

    ``${NAME:-text}`` is the text where the name is not set or empty; ``$${`` stands for a plain
    ``${``. The fault names what is missing, never any value.
    """
    faults: list[str] = []

    def one(match: re.Match[str]) -> str:
        name, instead = match.groups()
        if match.group() == "$${":
            return "${"
        if name is None:
            faults.append(f"{NO_NAME} such as ${{VRM_TOKEN}}; write `$${{` for the text itself")
        elif not environ.get(name) and instead is not None:
            return str(instead)
        elif not environ.get(name):
            state = "empty" if name in environ else "not set"
            faults.append(
                f"the environment variable {name} is {state}; set it before the start "
                f"(`export {name}=...`, for the service a line `{name}=...` in /etc/pvopt/secrets)"
            )
        return environ.get(name or "", "")

    return PLACEHOLDER.sub(one, raw), "; ".join(faults)
