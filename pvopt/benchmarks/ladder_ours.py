"""Our own law on the ladder: the production decision, tick by tick, and its outputs.

The configuration is an owner's, every line that is not about the loads at its default. Outputs are
relays and digital potentiometers; the home's meters are a second old.
"""

from __future__ import annotations

from pvopt.benchmarks.homes import PLANES
from pvopt.benchmarks.ladder_loads import LADDER, Kind, Member
from pvopt.benchmarks.ladder_plant import Asked, LadderHome
from pvopt.benchmarks.runs import ALLOWED_AGE_S
from pvopt.config.loads import Load
from pvopt.config.outputs import GpioOutput, Relay, SpiPot
from pvopt.config.schema import Config
from pvopt.config.site import Plane, Site
from pvopt.decide.memory import Memory
from pvopt.decide.policy import TEXT, Kernels, decide
from pvopt.model import MISSING, Command, Instant, LoadView, Reading, Snapshot
from pvopt.settings_of import settings_of
from pvopt.simulator.account import OFF
from pvopt.simulator.outlet import OutletState, OutletTick, outlet_params, outlet_step
from pvopt.simulator.regulator import CURVE_PHASE_ANGLE, knob_w
from pvopt.simulator.told_site import site_of

ORIGIN = "gx"
AGE_S = 1
PINS = (4, 17, 22, 23, 24, 25)


def load_of(member: Member, pin: int) -> Load:
    """The load's lines of the configuration."""
    relay = Relay(pin=pin, min_on_s=member.min_on_s, min_off_s=member.min_off_s)
    if member.kind == Kind.CONTINUOUS:
        knob = SpiPot(kind="mcp4151", isolated_control=True)
        output = GpioOutput(relay=relay, knob=knob)
        return Load(id=member.id, max_w=member.max_w, output=output)
    return Load(id=member.id, max_w=member.max_w, drive="on_off", output=GpioOutput(relay=relay))


def config_of(place: tuple[float, float]) -> Config:
    """The configuration of the six loads."""
    planes = tuple(Plane(peak_w=w, tilt_deg=t, azimuth_deg=a) for w, t, a in PLANES)
    loads = tuple(load_of(member, pin) for member, pin in zip(LADDER, PINS, strict=True))
    return Config(
        site=Site(latitude=place[0], longitude=place[1], planes=planes), sources=(), loads=loads
    )


class Ours:
    """Decides and drives once a tick. ``kernels``: TEXT, or ``compiled_kernels()``."""

    def __init__(self, config: Config, kernels: Kernels = TEXT) -> None:
        self.settings = settings_of(config)
        self._kernels = kernels
        self._memory = Memory()
        self._params = [outlet_params(load) for load in config.loads]
        self._outlets = [OutletTick(OutletState(), OFF, 0.0, False) for _ in config.loads]
        self._asked_w = [0.0] * len(config.loads)
        self._last_s = 0.0

    def tick(self, home: LadderHome) -> list[Asked]:
        """One tick: what each output lets through now."""
        now_s = float(home.tick)
        dt_s = max(1.0, now_s - self._last_s)
        self._last_s = now_s
        decision, self._memory = decide(
            self._snapshot(home, now_s), self._memory, self.settings, self._kernels
        )
        return [
            self._drive(place, command, dt_s) for place, command in enumerate(decision.commands)
        ]

    def _snapshot(self, home: LadderHome, now_s: float) -> Snapshot:
        at_s = now_s - AGE_S
        allowed_s = ALLOWED_AGE_S[AGE_S]
        site = site_of(home.plant.home, home.meters_before, at_s, ORIGIN, allowed_s)
        views = []
        for place, (member, outlet) in enumerate(zip(LADDER, self._outlets, strict=True)):
            own = MISSING
            if member.metered:
                own = Reading(float(round(home.drawn_before_w[place])), at_s, member.id)
            views.append(
                LoadView(
                    id=member.id,
                    asked_w=self._asked_w[place],
                    expected_w=outlet.expected_w,
                    closed=outlet.state.closed,
                    pending=outlet.pending,
                    actual_w=own,
                )
            )
        return Snapshot(Instant(now_s, home.utc_s), site, tuple(views))

    def _drive(self, place: int, command: Command, dt_s: float) -> Asked:
        """The output of one load on its way to what it is told."""
        self._asked_w[place] = command.setpoint_w
        params = self._params[place]
        moved = outlet_step(
            params, self._outlets[place].state, command.setpoint_w, command.urgent, dt_s
        )
        self._outlets[place] = moved
        if not moved.state.closed:
            return Asked()
        if not params.has_knob:
            return Asked(True, 1.0)
        return Asked(True, knob_w(moved.state.knob_pct, 1.0, CURVE_PHASE_ANGLE, 0.0, 0.0))
