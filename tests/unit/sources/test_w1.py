"""A DS18B20: which readings count, what is told of those that do not, and that nothing waits."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pvopt.clock import VirtualClock
from pvopt.config.temperatures import W1Temperature
from pvopt.errors import SourceError
from pvopt.model import Instant
from pvopt.sources.w1 import Found, W1Source, celsius_of, look_at_all, only_sensor
from tests.w1_bus import OTHER, POWER_ON, SENSOR, Bus, told


class Hands:
    def __init__(self) -> None:
        self.mono_s = 100.0

    def now(self) -> Instant:
        return Instant(self.mono_s, 1.8e9 + self.mono_s)

    def wait_until(self, mono_s: float) -> None:
        raise AssertionError("nobody waits on this clock")


@pytest.fixture
def bus(tmp_path: Path) -> Bus:
    return Bus(tmp_path / "devices")


class Rig:
    """A source whose worker runs when told, once a second of the clock."""

    def __init__(self, bus: Bus, **keys: object) -> None:
        self.clock = Hands()
        config = W1Temperature(**keys)  # type: ignore[arg-type]
        self.source = W1Source("boiler-temperature", config, self.clock, bus.folder, threaded=False)

    def look(self, after_s: float = 1.0) -> float | None:
        """The temperature, as the loop would get it; None: nothing yet."""
        self.clock.mono_s += after_s
        self.source.worker.run_once()
        return self.read()

    def read(self) -> float | None:
        found = dict(self.source.read(self.clock.now(), 0.0).temperatures)
        return found["boiler-temperature"].value if found else None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (told(23.125, "NO"), "garbled reading"),
        (POWER_ON, "tells 85 °C"),
        (told(125.1), "tells 125 °C, which it cannot measure"),
        (told(-55.1), "cannot measure"),
        ("", "gives no temperature"),
        ("00 : crc=00 YES\n", "gives no temperature"),
        (told(23.0).replace("t=23000", "t="), "gives no temperature"),
        (told(23.0).replace("YES", "MAYBE"), "gives no temperature"),
        ("\x00\xff rubbish", "gives no temperature"),
    ],
)
def test_what_is_no_reading(bus: Bus, text: str, words: str) -> None:
    bus.say(text)
    with pytest.raises(SourceError, match=SENSOR) as caught:
        celsius_of(bus.folder, SENSOR)
    assert words in str(caught.value)
    with pytest.raises(SourceError, match=SENSOR):
        Rig(bus).look()


@pytest.mark.parametrize("celsius", [-55.0, -0.062, 0.0, 23.125, 84.937, 85.062, 125.0])
def test_what_is_one(bus: Bus, celsius: float) -> None:
    bus.plug(celsius)
    assert celsius_of(bus.folder, SENSOR) == pytest.approx(celsius, abs=0.0005)
    assert Rig(bus).look() == pytest.approx(celsius, abs=0.006)  # quantised to 0.01


@given(text=st.text(alphabet="0123456789abcdef t=-:YESNO\ncrc", max_size=120))
def test_rubbish_is_no_temperature_or_a_possible_one(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    bus = Bus(tmp_path_factory.mktemp("w1") / "devices")
    bus.say(text)
    try:
        celsius = celsius_of(bus.folder, SENSOR)
    except SourceError:
        return
    assert "YES" in text
    assert -55.0 <= celsius <= 125.0


def test_no_bus(bus: Bus) -> None:
    for _ in range(2):
        with pytest.raises(SourceError, match="dtoverlay=w1-gpio"):
            Rig(bus).look()
        bus.folder.mkdir(exist_ok=True)  # the kernel knows 1-wire, but no pin was given to it


def test_a_bus_without_sensors(bus: Bus) -> None:
    bus.switch_on()
    with pytest.raises(SourceError, match="no sensor answers"):
        Rig(bus).look()
    (bus.folder / "00-400000000000").mkdir()
    with pytest.raises(SourceError, match="resistor of"):
        Rig(bus).look()


def test_several_sensors_must_be_named(bus: Bus) -> None:
    bus.plug(50.0)
    bus.plug(20.0, OTHER)
    with pytest.raises(SourceError, match=f"2 sensors .*{SENSOR}, {OTHER}") as caught:
        Rig(bus).look()
    assert "temperature.sensor" in str(caught.value)
    assert Rig(bus, sensor=OTHER).look() == 20.0
    assert Rig(bus, sensor=SENSOR).look() == 50.0


def test_the_only_one_need_not_be_named(bus: Bus) -> None:
    bus.plug(50.0)
    assert only_sensor(bus.folder) == SENSOR
    assert Rig(bus).look() == 50.0


def test_one_that_is_not_there_is_named_with_those_that_are(bus: Bus) -> None:
    bus.plug(50.0)
    with pytest.raises(SourceError, match=f"{OTHER} is not on the 1-wire bus; there: {SENSOR}"):
        Rig(bus, sensor=OTHER).look()


def test_one_that_is_listed_and_does_not_answer(bus: Bus) -> None:
    bus.plug(50.0)
    bus.fall_silent()
    with pytest.raises(SourceError, match=f"{SENSOR} does not answer"):
        Rig(bus, sensor=SENSOR).look()


@pytest.mark.parametrize(("answers", "celsius"), [(["NO", "YES"], 50.0), (["NO"] * 2, None)])
def test_a_garbled_reading_is_tried_once_more_at_once(
    bus: Bus, monkeypatch: pytest.MonkeyPatch, answers: list[str], celsius: float | None
) -> None:
    bus.plug(50.0)
    texts = iter([told(50.0, crc) for crc in answers])
    monkeypatch.setattr(Path, "read_text", lambda *_, **__: next(texts))
    if celsius is None:
        with pytest.raises(SourceError, match="garbled"):
            celsius_of(bus.folder, SENSOR)
    else:
        assert celsius_of(bus.folder, SENSOR) == celsius
    assert list(texts) == []


def test_the_last_good_one_stays_until_it_is_too_old(bus: Bus) -> None:
    rig = Rig(bus, allowed_age_s=60.0)
    bus.plug(50.0)
    assert rig.look() == 50.0
    bus.unplug()
    assert rig.look(60.0) == 50.0
    with pytest.raises(SourceError, match="no sensor answers"):
        rig.look(0.1)
    bus.plug(48.0)
    assert rig.look() == 48.0


def test_the_reading_is_as_old_as_the_begin_of_its_conversion(bus: Bus) -> None:
    bus.plug(50.0)
    rig = Rig(bus)
    rig.look()
    began_s = rig.clock.mono_s
    rig.clock.mono_s += 30.0
    ((key, reading),) = rig.source.read(rig.clock.now(), 0.0).temperatures
    assert (key, reading.at_s, reading.origin) == ("boiler-temperature", began_s, SENSOR)


def test_a_conversion_that_never_ends_is_silence(bus: Bus) -> None:
    """The worker hangs in the kernel: no fault is ever published."""
    rig = Rig(bus, allowed_age_s=60.0)
    assert rig.read() is None
    rig.clock.mono_s += 60.0
    assert rig.read() is None
    rig.clock.mono_s += 0.1
    with pytest.raises(SourceError, match="does not answer"):
        rig.read()


@pytest.mark.parametrize(("age_s", "wait_s"), [(5, 2.0), (20, 5.0), (60, 10.0), (900, 10.0)])
def test_it_looks_often_enough_for_its_age(bus: Bus, age_s: float, wait_s: float) -> None:
    bus.plug(50.0)
    assert Rig(bus, allowed_age_s=float(age_s)).source.worker.run_once() == wait_s


def test_reading_waits_for_no_conversion(bus: Bus) -> None:
    """The sensor's file blocks (a pipe that nobody feeds), the loop's read does not."""
    bus.plug(50.0)
    path = bus.folder / SENSOR / "w1_slave"
    path.unlink()
    os.mkfifo(path)
    source = W1Source("s", W1Temperature(sensor=SENSOR), VirtualClock(1.8e9), bus.folder)
    instant = Instant(0.0, 1.8e9)
    assert source.read(instant, 0.0).temperatures == ()
    for _ in range(1000):
        source.read(instant, 0.0)
    path.write_text(told(47.0))
    source.worker.stop(5.0)
    assert dict(source.read(instant, 0.0).temperatures)["s"].value == 47.0
    source.close()
    source.close()


def test_look_at_all_names_each(bus: Bus) -> None:
    bus.plug(50.0)
    bus.say(POWER_ON, OTHER)
    first, second = look_at_all(bus.folder)
    assert first == Found(SENSOR, 50.0)
    assert (second.sensor, second.celsius) == (OTHER, None)
    assert "85 °C" in second.fault
