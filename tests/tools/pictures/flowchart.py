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
        (
            "OFF, relay first; stuck parts latch an alarm;",
            "open thermostat: knob at zero, tried again",
        ),
        SAFE,
    ),
    (
        538,
        ("Do the numbers come late?", "(more than 15 s old, or as far apart)"),
        "no",
        "yes",
        ("LATE: down at once, up slowly", "an account bounds what is bought"),
        SUN,
    ),
    (
        630,
        ("No step of a search is being judged, and grid or", "battery give more than is allowed?"),
        "no",
        "yes",
        ("step back at once", "by all that is missing"),
        WATER,
    ),
    (
        722,
        (
            "Has enough been exported to be worth a movement,",
            "beyond margin and battery's share?",
        ),
        "no",
        "yes",
        ("VISIBLE surplus: take it up", "in one step"),
        GOOD,
    ),
)


def flowchart() -> str:
    sheet = Sheet(
        1100,
        1224,
        "How pvopt decides, once a second",
        "A chain of questions: freshness, danger, permission, fitness, delay, debts, export, sun.",
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
    sheet.question((MIDDLE, 814), ASK, ("Is a solar charger held back?", "(the GX says so itself)"))
    sheet.arrow((MIDDLE + 235, 814), (SIDE, 814), words="yes")
    sheet.box(
        (SIDE, 772),
        (400, 84),
        ("HIDDEN surplus: search", "a few watts more, bounded in energy,", "and watch who answers"),
        SUN,
    )
    sheet.arrow((SIDE + 100, 856), (SIDE + 100, 916))
    sheet.text((SIDE + 92, 882), "the panels", "end", 12, QUIET)
    sheet.arrow((SIDE + 300, 856), (SIDE + 300, 916))
    sheet.text((SIDE + 308, 882), "battery or grid", "start", 12, QUIET)
    sheet.box((SIDE, 916), (192, 62), ("keep the watts,", "next step larger"), GOOD, 0)
    sheet.box((SIDE + 208, 916), (192, 62), ("take them back, wait;", "longer each time"), WATER, 0)
    sheet.arrow((MIDDLE, 845), (MIDDLE, 916), words="no")
    sheet.box(
        (MIDDLE - 235, 916),
        (470, 62),
        (
            "At the edge: what is missing goes back; else rest,",
            "and every 3 minutes a small step down to look",
        ),
        WATER,
        0,
    )


def _last_word(sheet: Sheet) -> None:
    joined = SIDE + OUTCOME[0] + 18
    for y in (538, 630, 722):
        sheet.wire((SIDE + OUTCOME[0], y), (joined, y), width=1.8)
    sheet.wire((joined, 538), (joined, 1000), (SIDE + 304, 1000), width=1.8)
    for x in (MIDDLE, SIDE + 96, SIDE + 304):
        sheet.wire((x, 978), (x, 1000), width=1.8)
    sheet.wire((MIDDLE, 1000), (SIDE + 304, 1000), width=1.8)
    sheet.arrow((550, 1000), (550, 1022))
    sheet.box(
        (200, 1022),
        (700, 58),
        (
            "Share out, and follow calmly",
            "first loads first; delays, minimum times, small differences move nothing",
        ),
    )
    sheet.arrow((550, 1080), (550, 1100))
    sheet.box(
        (200, 1100),
        (700, 40),
        ("The guard has the last word: heater and inverter limits, expiry",),
        SAFE,
    )
    sheet.arrow((550, 1140), (550, 1160))
    sheet.box(
        (200, 1160), (700, 40), ("Relay and knob; a line in the log if something changed",), GOOD
    )
