"""What a calibration says, before, meanwhile and after."""

from __future__ import annotations

from pvopt.calibration.shapes import End

ENDS: dict[End, str] = {
    End.DRAWS_NOTHING: (
        "no watts flow although the knob is open: the thermostat has opened (hot water must be "
        "drawn first), a fuse is off, or the meter does not see this load"
    ),
    End.DRAWS_AT_ZERO: (
        "watts flow with the knob at zero: the regulator is broken, the coupling has slipped, or "
        "the knob turns the wrong way (`reverse`)"
    ),
    End.DRAWS_TOO_MUCH: (
        "the load draws much more than its `max_w` of {max_w:.0f} W: correct that first, and look "
        "whether the regulator may bear it"
    ),
    End.NO_REST: (
        "the house changes too often for measuring beside it: try again when nothing cooks, washes "
        "or pumps, such as at night"
    ),
    End.NO_SAMPLES: (
        "the meter told nothing new for 20 s: calibrating needs one that tells every few seconds "
        "(a GX over Modbus TCP, a meter of the load)"
    ),
    End.NO_ROOM: (
        "the inverter has no room for the heater beside the house (`site.inverter`): try again "
        "when the house takes less"
    ),
    End.OUTPUTS: "the output did not arrive where it was sent within 30 s",
}
STOPPED = "stopped: off, regulator at zero, nothing written"
NO_MATPLOTLIB = "no picture: that needs matplotlib:  . ./env.sh sim"
HEAD = (
    "{load}: {places} places of the knob in about {minutes:.0f} min; the water gets about "
    "{kwh:.1f} kWh from wherever they come. Ctrl-C switches off and ends it."
)
DEMONSTRATION = "a demonstration: a simulated regulator is measured, on mock pins"
