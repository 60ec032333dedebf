"""Our own law on the ladder: the production decision, tick by tick, and its outputs.

The configuration is an owner's, every line that is not about the loads at its default. Outputs are
relays, digital potentiometers and, for the stages, a device that is told watts; the home's meters
are a second old.
"""

from __future__ import annotations

from collections.abc import Sequence

from pvopt.benchmarks.homes import PLANES
from pvopt.benchmarks.ladder_loads import LADDER, Kind, Member
from pvopt.benchmarks.ladder_plant import Asked, LadderHome
from pvopt.benchmarks.runs import ALLOWED_AGE_S
from pvopt.config.loads import Load
from pvopt.config.outputs import GpioOutput, MqttOutput, Relay, SpiPot
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
    if member.kind == Kind.STEPS:
        told = MqttOutput(
            topic=f"{member.id}/set",
            send="watts",
            min_on_s=member.min_on_s,
            min_off_s=member.min_off_s,
        )
        return Load(
            id=member.id, max_w=member.max_w, drive="steps", steps_w=member.levels_w, output=told
        )
    relay = Relay(pin=pin, min_on_s=member.min_on_s, min_off_s=member.min_off_s)
    if member.kind == Kind.CONTINUOUS:
        knob = SpiPot(kind="mcp4151", isolated_control=True)
        return Load(id=member.id, max_w=member.max_w, output=GpioOutput(relay=relay, knob=knob))
    unknown = member.kind == Kind.UNKNOWN
    return Load(
        id=member.id,
        max_w=member.max_w,
        drive="unknown" if unknown else "on_off",
        output=GpioOutput(relay=relay),
    )


def config_of(place: tuple[float, float], members: Sequence[Member] = LADDER) -> Config:
    """The configuration of the loads, by rank."""
    planes = tuple(Plane(peak_w=w, tilt_deg=t, azimuth_deg=a) for w, t, a in PLANES)
    loads = tuple(load_of(member, pin) for member, pin in zip(members, PINS, strict=True))
    return Config(
        site=Site(latitude=place[0], longitude=place[1], planes=planes), sources=(), loads=loads
    )


class Relayed:
    """A relay, or relay and knob, on the pins."""

    def __init__(self, load: Load) -> None:
        self._params = outlet_params(load)
        self.now = OutletTick(OutletState(), OFF, 0.0, False)

    def drive(self, command: Command, dt_s: float) -> Asked:
        """A tick towards the command."""
        state = self.now.state
        self.now = outlet_step(self._params, state, command.setpoint_w, command.urgent, dt_s)
        if not self.now.state.closed:
            return Asked()
        if not self._params.has_knob:
            return Asked(True, 1.0)
        return Asked(True, knob_w(self.now.state.knob_pct, 1.0, CURVE_PHASE_ANGLE, 0.0, 0.0))

    def view(self) -> tuple[float, bool, bool]:
        """(what it should draw, closed, under way)."""
        return self.now.expected_w, self.now.state.closed, self.now.pending


class Staged:
    """A device that is told watts, and takes its highest stage that is not above them, at once."""

    def __init__(self, load: Load) -> None:
        self._steps_w = load.steps_w
        self._level_w = 0.0

    def drive(self, command: Command, dt_s: float) -> Asked:
        """The stage of the command."""
        del dt_s
        below = [step_w for step_w in self._steps_w if step_w <= command.setpoint_w + 0.5]
        self._level_w = below[-1] if below else 0.0
        return Asked(self._level_w > 0.0, self._level_w / self._steps_w[-1])

    def view(self) -> tuple[float, bool, bool]:
        """(what it should draw, closed, under way)."""
        return self._level_w, self._level_w > 0.0, False


class Ours:
    """Decides and drives once a tick. ``kernels``: TEXT, or ``compiled_kernels()``."""

    def __init__(self, config: Config, kernels: Kernels = TEXT) -> None:
        self.settings = settings_of(config)
        self._kernels = kernels
        self._memory = Memory()
        self._outlets = [
            Staged(load) if load.drive == "steps" else Relayed(load) for load in config.loads
        ]
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
        self._asked_w = [command.setpoint_w for command in decision.commands]
        return [
            outlet.drive(command, dt_s)
            for outlet, command in zip(self._outlets, decision.commands, strict=True)
        ]

    def _snapshot(self, home: LadderHome, now_s: float) -> Snapshot:
        at_s = now_s - AGE_S
        site = site_of(home.plant.home, home.meters_before, at_s, ORIGIN, ALLOWED_AGE_S[AGE_S])
        views = []
        for place, (member, outlet) in enumerate(zip(home.members, self._outlets, strict=True)):
            expected_w, closed, pending = outlet.view()
            own = MISSING
            if member.metered:
                own = Reading(float(round(home.drawn_before_w[place])), at_s, member.id)
            views.append(
                LoadView(
                    id=member.id,
                    asked_w=self._asked_w[place],
                    expected_w=expected_w,
                    closed=closed,
                    pending=pending,
                    actual_w=own,
                )
            )
        return Snapshot(Instant(now_s, home.utc_s), site, tuple(views))
