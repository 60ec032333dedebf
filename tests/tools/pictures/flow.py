"""The picture of one watt through the files, with the numbers of one second."""

from __future__ import annotations

from tests.tools.pictures.draw import GOOD, NOTE, PLAIN, QUIET, SAFE, SUN, WATER, Look, Sheet

# title, what it does, its files, what one second looked like
STATIONS: tuple[tuple[str, tuple[str, ...], tuple[str, ...], tuple[str, ...], Look], ...] = (
    (
        "sources",
        ("read the home", "within 0.8 s"),
        ("sources/victron_modbus.py", "sources/victron_vrm.py", "sources/forecast.py"),
        ("sun 1621 W", "house 1120 W", "panels held back"),
        SUN,
    ),
    (
        "Snapshot",
        ("all that is known,", "each number with its age"),
        ("sources/collect.py", "model.py"),
        ("read this second", "with gx, not the portal"),
        PLAIN,
    ),
    (
        "decide",
        ("pure arithmetic:", "no clock, no network"),
        ("decide/gates.py", "decide/hunt.py", "decide/guard.py"),
        ("searching: the panels", "answered the last step,", "so 720 W now"),
        WATER,
    ),
    (
        "act",
        ("relay, then knob,", "never a pause"),
        ("act/gpio.py", "act/relay.py", "act/servo.py"),
        ("720 W of 2000 W", "= knob at 41 %", "= pulse of 1335 µs"),
        GOOD,
    ),
    (
        "show",
        ("a line when", "something changed"),
        ("show/journal.py", "show/words/"),
        ("720 W, searching:", "trying whether the", "sun carries these"),
        NOTE,
    ),
)
WIDTH, GAP, LEFT = 196.0, 24.0, 40.0


def flow() -> str:
    sheet = Sheet(
        1156,
        492,
        "One watt through the files",
        "sources, Snapshot, decide, act, show, within loop.py, and the guardian around them.",
    )
    sheet.text((40, 48), "One watt through the files", text_size=20, bold=True)
    sheet.text(
        (40, 72),
        "One tick of pvopt/loop.py, once a second. Files are in pvopt/.",
        colour=QUIET,
    )
    for number, (title, work, files, second, look) in enumerate(STATIONS):
        x = LEFT + number * (WIDTH + GAP)
        sheet.box((x, 96), (WIDTH, 78), (title, *work), look)
        if number:
            sheet.arrow((x - GAP, 135), (x, 135))
        for row, name in enumerate(files):
            sheet.text((x + 6, 200 + row * 19), name, text_size=12, colour=QUIET)
        sheet.box((x, 276), (WIDTH, 74), second, NOTE, 0, 12)
    sheet.text((LEFT, 268), "for example:", text_size=12, colour=QUIET)
    # Outcomes come back as knowledge of the next tick.
    start, end = LEFT + 3 * (WIDTH + GAP) + WIDTH / 2, LEFT + WIDTH + GAP + WIDTH / 2
    sheet.arrow((start, 350), (start, 378), (end, 378), (end, 350))
    sheet.text(
        ((start + end) / 2, 397),
        "Outcomes: what the outputs did is part of the next second's Snapshot",
        "middle",
        12,
        QUIET,
    )
    sheet.box(
        (LEFT, 416),
        (5 * WIDTH + 4 * GAP, 52),
        (
            "guardian.py, a small process of its own: 5 s without a whole tick, or the loop's end,",
            "and it switches the outputs off by a second path (off.py) and starts the loop again",
        ),
        SAFE,
        0,
    )
    return sheet.svg()
