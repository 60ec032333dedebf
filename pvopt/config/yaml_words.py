"""Words for the owner of a file that is no YAML: where it went wrong, and what to write instead.

A parser notices a fault where it can go no further, often lines below the cause. The commonest
causes are looked for in the text itself. No text of the file is repeated: it could be a secret.
"""

from __future__ import annotations

import re

KEY = re.compile(r"(?P<dashes>(?:- +)*)(?P<key>[\w.-]+)\s*:(?=\s|$)")
QUOTED = re.compile(r"""\s*(?:- +)*(?:[\w.-]+:\s+)?(?P<quote>["'])(?P<rest>.*)""")
NO_BLANK = re.compile(r"\s*(?:- +)*[A-Za-z_]\w*:[^\s/:]")
SECOND_COLON = "mapping values are not allowed here"
OUT_OF_STEP = "expected <block end>, but found '<block"
SWALLOWED = ("found unexpected end of stream", "expected <block end>, but found '<scalar>'")
OTHER_WORDS = {  # for what remains of the commonest complaints
    "could not find expected ':'": "this line, or the one before it, lacks a colon after its key",
    SECOND_COLON: (
        "a second colon in one line, or a line that is indented too far; "
        "a text with a colon and a blank needs quotes"
    ),
    "expected <block end>, but found '<block mapping start>'": (
        "the indentation does not fit the lines above"
    ),
    "expected <block end>, but found '-'": "a `-` where the lines above allow none",
    "expected <block end>, but found '<scalar>'": (
        "a text behind the end of a quote; a text that holds quotes needs the other kind around it"
    ),
    "found unexpected end of stream": "a quote or a bracket is opened and never closed",
}


def explain(problem: str, line: int, opened: int, text: str) -> tuple[int, str]:
    """``(line, words)`` for the parser's ``problem`` in ``line`` (from 1). ``opened``: the line
    where what it was reading began, 0: it does not say.
    """
    lines = text.splitlines()
    if problem.startswith(SWALLOWED):
        quote = _open_quote(lines[:line])
        if quote:
            return quote, "a quote is opened here and never closed"
    if "expected ',' or" in problem:
        return opened or line, "a bracket is opened here and not closed, or a comma is missing"
    for number in (line - 1, line):
        if 0 < number <= len(lines) and NO_BLANK.match(lines[number - 1]):
            return number, "the colon needs a blank after it, as in `phase: 1`"
    if problem == SECOND_COLON or problem.startswith(OUT_OF_STEP):
        steps = _out_of_step(lines[:line])
        if steps:
            return line, f"the indentation does not fit: {steps}"
    return line, OTHER_WORDS.get(problem, f"cannot be read as YAML: {problem}")


def lacks_blank(text: str) -> bool:
    """Whether a plain text is rather a key whose colon has no blank after it."""
    return NO_BLANK.match(text) is not None


def _open_quote(lines: list[str]) -> int:
    """First line whose text begins with a quote that does not end in it; 0: none."""
    for number, line in enumerate(lines, 1):
        found = QUOTED.match(line)
        if found is None:
            continue
        rest = found["rest"].replace("\\\\", "").replace('\\"', "").replace("''", "")
        if found["quote"] not in rest:
            return number
    return 0


def _out_of_step(lines: list[str]) -> str:
    """How the last line is indented and how it could be; empty if that is not its fault."""
    keys: list[int] = []
    dashes: list[int] = []
    opens = False  # the line above is a key whose section begins now, with any blanks
    for line in lines[:-1]:
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        at, found = _blanks(line), KEY.match(line.lstrip())
        keys, dashes = [k for k in keys if k < at], [d for d in dashes if d < at]
        if line.lstrip().startswith("- "):
            dashes.append(at)
        if found:
            keys.append(at + len(found["dashes"]))
        opens = line.partition(" #")[0].rstrip().endswith(":")
    last = lines[-1]
    at = _blanks(last)
    fitting = dashes if last.lstrip().startswith("- ") else keys
    if not fitting or at in fitting or (opens and at > keys[-1]):
        return ""
    *others, highest = (str(number) for number in fitting[-3:])
    allowed = f"{', '.join(others)} or {highest}" if others else highest
    return f"{at} blanks at the beginning of the line; by the lines above it must be {allowed}"


def _blanks(line: str) -> int:
    return len(line) - len(line.lstrip(" "))
