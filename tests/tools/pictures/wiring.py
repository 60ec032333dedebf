"""The wiring diagram, in two variants: a servo on the knob, a chip into an isolated input."""

from __future__ import annotations

from tests.tools.pictures.draw import GOOD, NOTE, PLAIN, QUIET, SAFE, WATER, Look, Sheet

LINE, NEUTRAL, EARTH = "#8b4513", "#1f6fbf", "#3a9b35"
LOW, GROUND, SIGNAL = "#c0392b", "#222222", "#7d3c98"
DASH = "7 4"
MAINS = Look("#fbeae6", SAFE.edge)


def wiring() -> str:
    sheet = Sheet(
        1160,
        1190,
        "Wiring of relay, contactor, regulator and heater",
        "Low voltage on the left, mains on the right; variant A turns the regulator's knob with a "
        "servo, variant B drives an isolated control input with a digital potentiometer.",
    )
    sheet.text((40, 48), "Wiring", text_size=20, bold=True)
    sheet.text(
        (40, 72),
        "Tinted red: mains voltage, an electrician's work. The rest is harmless, and must stay so: "
        "keep its wires away.",
        colour=QUIET,
    )
    _legend(sheet)
    _variant(sheet, 126.0, "A · servo on the knob of an ordinary SCR regulator", servo=True)
    _variant(
        sheet,
        660.0,
        "B · digital potentiometer into a galvanically ISOLATED control input",
        servo=False,
    )
    return sheet.svg()


def _legend(sheet: Sheet) -> None:
    entries = (
        ("L", LINE, ""),
        ("N", NEUTRAL, ""),
        ("PE", EARTH, DASH),
        ("5 V / 3.3 V", LOW, ""),
        ("GND", GROUND, ""),
        ("signal", SIGNAL, ""),
    )
    x = 40.0
    for words, colour, dash in entries:
        sheet.wire((x, 96), (x + 34, 96), colour=colour, width=3, dash=dash)
        sheet.text((x + 42, 100), words, text_size=12)
        x += 64 + 7.5 * len(words)


def _variant(sheet: Sheet, top: float, title: str, servo: bool) -> None:
    sheet.box((20, top), (1120, 512), (), NOTE)
    sheet.text((40, top + 30), title, text_size=15, bold=True)
    corners = ((503, 44), (1136, 44), (1136, 504), (568, 504), (568, 226), (503, 226))
    sheet.area(*((x, top + y) for x, y in corners), look=MAINS)
    _mains(sheet, top, servo)
    _pi(sheet, top)
    if servo:
        _servo(sheet, top)
    else:
        _pot(sheet, top)


def _pi(sheet: Sheet, top: float) -> None:
    """The Pi with its network, and the relay board in both variants."""
    sheet.box(
        (40, top + 60),
        (150, 330),
        ("Raspberry Pi", "", "network to the", "router, and so", "to the Victron GX"),
        GOOD,
    )
    sheet.box(
        (350, top + 60), (150, 104), ("Relay board", "for 3.3 V signals", "(or opto board)"), PLAIN
    )
    pins = (
        (82, "5 V · pin 2 (*)", "VCC", LOW),
        (112, "GPIO17 · pin 11", "IN", SIGNAL),
        (142, "GND · pin 9", "GND", GROUND),
    )
    for y, pin, end, colour in pins:
        sheet.wire((190, top + y), (350, top + y), colour=colour)
        sheet.text((196, top + y - 5), pin, text_size=11)
        sheet.text((345, top + y - 5), end, "end", 11)
    sheet.text((196, top + 184), "(*) VCC as your board says. An opto board's", text_size=11)
    sheet.text((196, top + 199), "signal side: 3.3 V · pin 1, never 5 V", text_size=11)
    # COM and NO of the relay switch the contactor's coil.
    sheet.wire((500, top + 90), (650, top + 90), (650, top + 116), colour=LINE)
    sheet.text((506, top + 84), "COM", text_size=11)
    sheet.wire((500, top + 134), (530, top + 134), (530, top + 196), (600, top + 196), colour=LINE)
    sheet.text((506, top + 128), "NO", text_size=11)


def _servo(sheet: Sheet, top: float) -> None:
    sheet.box(
        (350, top + 250), (150, 104), ("Servo", "on the knob by an", "insulating coupling"), PLAIN
    )
    sheet.wire((190, top + 272), (350, top + 272), colour=SIGNAL)
    sheet.text((196, top + 267), "GPIO18 · pin 12", text_size=11)
    sheet.wire((190, top + 302), (350, top + 302), colour=GROUND)
    sheet.text((196, top + 297), "GND · pin 14", text_size=11)
    sheet.box((230, top + 400), (210, 62), ("5 V supply, 2 A", "for the servo alone"), PLAIN, 1, 12)
    sheet.wire((270, top + 400), (270, top + 302), colour=GROUND)
    sheet.dot((270, top + 302), GROUND)
    sheet.wire((390, top + 400), (390, top + 354), colour=LOW)
    sheet.text((397, top + 384), "+5 V", text_size=11)
    sheet.text((276, top + 384), "grounds joined", text_size=11)
    sheet.wire((500, top + 302), (660, top + 302), colour=QUIET, width=6)
    sheet.text((514, top + 290), "turns", text_size=11, colour=QUIET)


def _pot(sheet: Sheet, top: float) -> None:
    sheet.box((350, top + 222), (150, 168), ("Digital", "potentiometer", "(MCP4151 …)"), PLAIN)
    pins = (
        (244, "3.3 V · pin 17", "VDD", LOW),
        (274, "GPIO8 · pin 24", "CS", SIGNAL),
        (304, "GPIO11 · pin 23", "SCK", SIGNAL),
        (334, "GPIO10 · pin 19", "SDI", SIGNAL),
        (364, "GND · pin 20", "VSS", GROUND),
    )
    for y, pin, end, colour in pins:
        sheet.wire((190, top + y), (350, top + y), colour=colour)
        sheet.text((196, top + y - 5), pin, text_size=11)
        sheet.text((345, top + y - 5), end, "end", 11)
    for y, end in ((268, "A"), (302, "W"), (336, "B")):
        sheet.wire((500, top + y), (660, top + y), colour=SIGNAL)
        sheet.text((506, top + y - 5), end, text_size=11)
    sheet.box(
        (40, top + 414),
        (500, 76),
        (
            "Only where the regulator's manual promises galvanic isolation, and its",
            "reference stays below the chip's supply voltage. Never in place of the",
            "potentiometer of an ordinary board: that one is at mains potential.",
        ),
        SAFE,
        0,
        11.5,
    )


def _mains(sheet: Sheet, top: float, servo: bool) -> None:
    line_y, neutral_y, earth_y = top + 68, top + 440, top + 478
    # supply
    sheet.box(
        (960, top + 50), (160, 60), ("From the board:", "RCD 30 mA,", "16 A breaker"), SAFE, 0, 12
    )
    sheet.wire((960, line_y), (720, line_y), (720, top + 116), colour=LINE, width=3)
    sheet.text((728, top + 62), "L", text_size=12)
    # the contactor: coil left, contact right
    sheet.box((600, top + 116), (200, 100), (), SAFE)
    sheet.text((700, top + 138), "Contactor", "middle", bold=True)
    sheet.text((700, top + 156), "16 A AC-1 or more", "middle", 12)
    sheet.text((606, top + 188), "A1", text_size=11)
    sheet.text((606, top + 210), "A2", text_size=11)
    sheet.wire((600, top + 206), (580, top + 206), (580, neutral_y), colour=NEUTRAL)
    sheet.dot((580, neutral_y), NEUTRAL)
    sheet.wire((650, top + 90), (650, line_y), (720, line_y), colour=LINE)
    sheet.dot((720, line_y), LINE)
    sheet.wire((720, top + 216), (720, top + 252), colour=LINE, width=3)
    # the regulator
    words = (
        ("SCR regulator", "used to half its rating,", "on a heatsink, in a", "closed metal case")
        if servo
        else ("Power regulator", "with an ISOLATED", "control input; half its", "rating, heatsink")
    )
    sheet.box((660, top + 252), (180, 110), words, SAFE, 1, 12)
    sheet.wire((840, top + 307), (900, top + 307), colour=LINE, width=3)
    # the heater
    sheet.box(
        (900, top + 196),
        (220, 196),
        (
            "Water heater",
            "safety cut-out,",
            "mechanical thermostat,",
            "resistive element:",
            "all in line, untouched",
            "",
            "mixing valve if the water",
            "gets above 60 °C",
        ),
        WATER,
        1,
        12,
    )
    _returns(sheet, neutral_y, earth_y, top)


def _returns(sheet: Sheet, neutral_y: float, earth_y: float, top: float) -> None:
    """Neutral and earth."""
    sheet.wire(
        (580, neutral_y),
        (1128, neutral_y),
        (1128, top + 96),
        (1120, top + 96),
        colour=NEUTRAL,
        width=3,
    )
    sheet.text((590, neutral_y - 6), "N", text_size=12)
    sheet.wire((970, top + 392), (970, neutral_y), colour=NEUTRAL, width=3)
    sheet.dot((970, neutral_y), NEUTRAL)
    board = ((980, top + 110), (980, top + 150), (870, top + 150), (870, earth_y))
    sheet.wire(*board, colour=EARTH, width=3, dash=DASH)
    sheet.text((876, top + 172), "PE", text_size=12)
    sheet.wire((800, earth_y), (1060, earth_y), colour=EARTH, width=3, dash=DASH)
    sheet.dot((870, earth_y), EARTH)
    sheet.text((790, earth_y + 4), "PE to case, heatsink and tank", "end", 12)
    sheet.wire((1060, top + 392), (1060, earth_y), colour=EARTH, width=3, dash=DASH)
    sheet.wire((800, top + 362), (800, earth_y), colour=EARTH, width=3, dash=DASH)
