"""The picture of one decision: every question that is asked in a tick, in its order."""

from __future__ import annotations

from tests.tools.pictures.draw import GOOD, NOTE, PLAIN, QUIET, SAFE, SUN, WATER, Look, Sheet

MIDDLE, ASK, SIDE = 330.0, (470.0, 62.0), 660.0
OUTCOME = (400.0, 62.0)
# y, the question, the answer that leads on, the one that leads aside, and what happens there
ROWS: tuple[tuple[float, tuple[str, ...], str, str, tuple[str, ...], Look], ...] = (
    (
        170,
        (
            "Are the numbers fresh, and do they move?",
            "(7 s over Modbus, log interval + 90 s from the portal)",
        ),
        "yes",
        "no",
        ("OFF at once, relay first", "until fresh numbers come"),
        SAFE,
    ),
    (
        262,
        ("Alarm, inverter overloaded,", "or the grid just went away?"),
        "no",
        "yes",
        ("OFF at once, relay first", "minimum times do not count"),
        SAFE,
    ),
    (
        354,
        (
            "May surplus be used now? Daylight, battery",
            "above its minimum, ESS state, no generator",
        ),
        "yes",
        "no",
        ("off in order: knob to zero, relay opens", "(its minimum on-time is kept)"),
        PLAIN,
    ),
    (
        446,
        (
            "Is this heater fit? Water below its maximum,",
            "meters show that it does what it is told",
        ),
        "yes",
        "no",
        ("OFF, relay first; stuck parts are latched", "as an alarm, an open thermostat is retried"),
        SAFE,
    ),
    (
        538,
        ("Does grid or battery give more to us", "than is allowed even for a moment?"),
        "no",
        "yes",
        ("step back at once", "by all that is missing"),
        WATER,
    ),
    (
        630,
        ("Is something exported,", "beyond the margin and the battery's share?"),
        "no",
        "yes",
        ("VISIBLE surplus: take it up at once", "in one step"),
        GOOD,
    ),
)


def flowchart() -> str:
    sheet = Sheet(
        1100,
        1132,
        "How pvopt decides, once a second",
        "A chain of questions: freshness, danger, permission, fitness, debts, export, hidden sun.",
    )
    sheet.text((40, 48), "How pvopt decides, once a second", text_size=20, bold=True)
    sheet.text((40, 72), "The first question that leads aside settles this second.", colour=QUIET)
    sheet.box((MIDDLE - 160, 88), (320, 32), ("One look at the home: a Snapshot",), NOTE)
    sheet.arrow((MIDDLE, 120), (MIDDLE, 139))
    for y, question, onward, aside, outcome, look in ROWS:
        sheet.question((MIDDLE, y), ASK, question)
        sheet.arrow((MIDDLE, y + 31), (MIDDLE, y + 61), words=onward)
        sheet.arrow((MIDDLE + 235, y), (SIDE, y), words=aside)
        sheet.box((SIDE, y - 31), OUTCOME, outcome, look)
    _hidden(sheet)
    _last_word(sheet)
    return sheet.svg()


def _hidden(sheet: Sheet) -> None:
    """The search, which is the heart of it."""
    sheet.question((MIDDLE, 722), ASK, ("Is a solar charger held back?", "(the GX says so itself)"))
    sheet.arrow((MIDDLE + 235, 722), (SIDE, 722), words="yes")
    sheet.box(
        (SIDE, 680),
        (400, 84),
        ("HIDDEN surplus: search", "a few watts more, bounded in energy,", "and watch who answers"),
        SUN,
    )
    sheet.arrow((SIDE + 100, 764), (SIDE + 100, 824))
    sheet.text((SIDE + 92, 790), "the panels", "end", 12, QUIET)
    sheet.arrow((SIDE + 300, 764), (SIDE + 300, 824))
    sheet.text((SIDE + 308, 790), "battery or grid", "start", 12, QUIET)
    sheet.box((SIDE, 824), (192, 62), ("keep the watts,", "next step larger"), GOOD, 0)
    sheet.box((SIDE + 208, 824), (192, 62), ("take them back, wait;", "longer each time"), WATER, 0)
    sheet.arrow((MIDDLE, 753), (MIDDLE, 824), words="no")
    sheet.box(
        (MIDDLE - 235, 824),
        (470, 62),
        ("At the edge: a small step down until a charger", "is held back again, then ride there"),
        WATER,
        0,
    )


def _last_word(sheet: Sheet) -> None:
    joined = SIDE + OUTCOME[0] + 18
    for y in (538, 630):
        sheet.wire((SIDE + OUTCOME[0], y), (joined, y), width=1.8)
    sheet.wire((joined, 538), (joined, 908), (SIDE + 304, 908), width=1.8)
    for x in (MIDDLE, SIDE + 96, SIDE + 304):
        sheet.wire((x, 886), (x, 908), width=1.8)
    sheet.wire((MIDDLE, 908), (SIDE + 304, 908), width=1.8)
    sheet.arrow((550, 908), (550, 930))
    sheet.box(
        (200, 930),
        (700, 58),
        (
            "Share out, and follow calmly",
            "first loads first; delays, minimum times, small differences move nothing",
        ),
    )
    sheet.arrow((550, 988), (550, 1008))
    sheet.box(
        (200, 1008),
        (700, 40),
        ("The guard has the last word: heater and inverter limits, expiry",),
        SAFE,
    )
    sheet.arrow((550, 1048), (550, 1068))
    sheet.box(
        (200, 1068), (700, 40), ("Relay and knob; a line in the log if something changed",), GOOD
    )
