"""A reader of what Prometheus is told, made from its description alone."""

from __future__ import annotations

import re

Key = tuple[str, tuple[tuple[str, str], ...]]
SAMPLE = re.compile(r'([a-zA-Z_:][\w:]*)(?:\{((?:\w+="(?:\\.|[^"\\])*",?)*)\})? (\S+)', re.DOTALL)
LABEL = re.compile(r'(\w+)="((?:\\.|[^"\\])*)"', re.DOTALL)
MEANT = {"n": "\n", '"': '"', "\\": "\\"}


def read(text: str) -> dict[Key, float]:
    """Every sample; AssertionError for what is against the format."""
    found: dict[Key, float] = {}
    kinds: dict[str, str] = {}
    helped: set[str] = set()
    assert text.endswith("\n") or not text
    for line in text.removesuffix("\n").split("\n") if text else ():
        if line.startswith("# HELP "):
            name = line.split(" ", 3)[2]
            assert name not in helped, f"{name} is explained twice"
            helped.add(name)
        elif line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ")
            assert kind in {"gauge", "counter"} and name not in kinds and name in helped
            assert name.endswith("_total") == (kind == "counter"), name
            kinds[name] = kind
            last = name
        else:
            match = SAMPLE.fullmatch(line)
            assert match, line
            assert match[1] == last, f"{match[1]} stands among the samples of {last}"
            key = (
                match[1],
                tuple((name, _plain(value)) for name, value in LABEL.findall(match[2] or "")),
            )
            assert key not in found, f"{line}: twice"
            found[key] = float(match[3])
    return found


def _plain(value: str) -> str:
    return re.sub(r"\\(.)", lambda one: MEANT[one[1]], value)
