"""Laws of the ladder that hold whatever the home, its owner and its sensors do."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from hypothesis import given, settings
from hypothesis import strategies as st

from pvopt.decide.settings import LoadSettings
from pvopt.model import (
    Command,
    Decision,
    Instant,
    LoadView,
    Reading,
    Request,
    RequestKind,
    Snapshot,
)
from tests.unit.decide.ladder_rig import LadderRig, knob, ladder, relay, steady, steps
from tests.unit.decide.samples import LOAD, NOON_UTC_S

LOADS: tuple[LoadSettings, ...] = (
    replace(knob("first", 1000.0), before_battery=True),
    replace(knob("boiler"), comfort=LOAD.comfort),  # with a sensor that it needs
    relay("relay", 800.0, 40.0, 30.0),
    steps("steps", 400.0, 900.0),
    replace(relay("unknown", 350.0, 20.0, 10.0), unknown=True, most_starts_h=20.0),
    knob("last", 600.0),
)
BY_NAME = {load.id: load for load in LOADS}
NAMES = tuple(BY_NAME)
SECONDS = 40
DEADBANDS_W = sum(load.drive.deadband_w for load in LOADS) + 1e-6

ASKS = st.builds(
    lambda name, kind, watts, lasts_s: (name, kind, watts, lasts_s),
    st.sampled_from(NAMES),
    st.sampled_from([RequestKind.ON, RequestKind.OFF, RequestKind.BOOST, RequestKind.AUTO]),
    st.floats(50.0, 3000.0),
    st.floats(5.0, 200.0),
)
# One stretch of SECONDS: the sun, the house, the water (None: the sensor is silent), whether the
# meters speak, what is asked at its beginning, and which load's commands are lost on their way.
STRETCH = st.tuples(
    st.floats(0.0, 6000.0),
    st.floats(50.0, 3000.0),
    st.sampled_from([45.0, 50.0, 55.0, 80.0, None]),
    st.sampled_from([True, True, True, False]),
    st.one_of(st.none(), ASKS),
    st.one_of(st.none(), st.sampled_from(NAMES)),
)


@dataclass
class Home(LadderRig):
    """A home whose meters and sensor may fall silent, and whose loads may hear nothing: a deaf one
    goes on as it was."""

    water_c: float | None = 50.0
    meters: bool = True
    deaf: dict[str, float] = field(default_factory=dict)

    def draws(self) -> dict[str, float]:
        return super().draws() | self.deaf

    def snapshot(self, views: tuple[LoadView, ...]) -> Snapshot:
        there = self.live()
        water = Reading(self.water_c, self.now_s, "test")
        views = tuple([replace(view, temperature_c=water) for view in views])
        instant = Instant(self.now_s, NOON_UTC_S + self.now_s)
        return Snapshot(instant, there if self.meters else None, views, requests=self.asks)


class Contacts:
    """How long each contact has been as it is."""

    def __init__(self) -> None:
        self.on = dict.fromkeys(NAMES, False)
        self.since_s = dict.fromkeys(NAMES, 0.0)

    def obey(self, command: Command, free: bool) -> None:
        """``free``: nothing but minimum times has a say."""
        name, load = command.target, BY_NAME[command.target]
        on = command.setpoint_w > 0.0
        if on != self.on[name]:
            least_s = load.limits.min_on_s if self.on[name] else load.limits.min_off_s
            held = self.since_s[name] >= least_s
            assert held or command.urgent or (not on and not free), (command, self.since_s[name])
            self.on[name], self.since_s[name] = on, 0.0
        self.since_s[name] += 1.0


def obeys(decision: Decision, rig: Home, hands: set[str]) -> None:
    """What holds in every tick."""
    knobs_w = whole_w = 0.0
    for command in decision.commands:
        load, watts = BY_NAME[command.target], command.setpoint_w
        assert 0.0 <= watts <= load.drive.max_w
        assert not (command.urgent and watts > 0.0)
        if load.steps_w:
            assert watts in (0.0, *load.steps_w)
        if command.target not in hands and watts > 1.0:
            knobs_w += watts if load.has_knob else 0.0
            whole_w += 0.0 if load.has_knob else watts
    # What whole-step loads draw comes off the budget first, by minimum times even beyond it.
    first_w = 0.0 if "first" in hands else decision.commands[0].setpoint_w
    assert knobs_w <= max(first_w, decision.budget_w - whole_w) + DEADBANDS_W
    hot = rig.water_c is None or rig.water_c >= 75.0
    if hot or not rig.meters:
        boiler = decision.commands[NAMES.index("boiler")]
        assert boiler.setpoint_w == 0.0


@settings(deadline=None, max_examples=15)
@given(st.booleans(), st.lists(STRETCH, min_size=1, max_size=6))
def test_whatever_happens(feed_in: bool, stretches: list[tuple]) -> None:  # type: ignore[type-arg]
    rig = Home(ladder(*LOADS), feed_in=feed_in, accept_w=400.0)
    contacts, hands = Contacts(), set[str]()
    for count, (sun_w, house_w, water_c, meters, ask, deaf) in enumerate(stretches):
        rig.sun_w, rig.house_w = steady(sun_w), steady(house_w)
        rig.water_c, rig.meters = water_c, meters
        rig.deaf = {} if deaf is None else {deaf: rig.draws()[deaf]}
        if ask is not None:
            name, kind, watts, lasts_s = ask
            hands.add(name)
            rig.asks = (Request(f"ask-{count}", name, kind, watts, lasts_s=lasts_s),)
        for _ in range(SECONDS):
            decision = rig.tick()
            obeys(decision, rig, hands)
            for command in decision.commands:
                contacts.obey(command, command.target not in hands)


def test_a_load_in_hand_is_left_alone_whatever_the_sun_does() -> None:
    rig = Home(ladder(*LOADS), feed_in=True)
    rig.run(60)
    rig.asks = (Request("one", "last", RequestKind.BOOST, 500.0),)
    for sun_w in (0.0, 6000.0, 700.0):
        rig.sun_w = steady(sun_w)
        for _ in range(60):
            rig.tick()
            assert rig.asked["last"] == 500.0
