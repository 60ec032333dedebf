"""What is understood of each form, byte for byte, and what is refused in words."""

from __future__ import annotations

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from pvopt.config.comfort import Comfort
from pvopt.config.load import load_text
from pvopt.config.loads import Load
from pvopt.config.outputs import GpioOutput, Relay
from pvopt.config.temperatures import GxTemperature
from pvopt.settings_of import least_w
from pvopt.sources.paper import BadRequestError, Paper
from pvopt.sources.request_forms import balancer, fitted, linky, own
from tests.unit.config.samples import BASE

[BARE] = load_text(BASE, "c.yaml", {}).loads
LOAD = evolve(BARE, temperature=GxTemperature(), comfort=Comfort(max_c=70.0))
LEAST_W = least_w(LOAD)


def plain(paper: Paper) -> tuple[object, ...]:
    """All that a form says; that each has an id and says who asked is looked at here."""
    assert len(paper.id) == 12
    assert paper.by == "MQTT"
    return (*paper[1:8], paper.temp)


def paper(kind: str, temp: str = "max", **given: object) -> tuple[object, ...]:
    made = Paper("x", str(given.pop("target", "boiler")), kind, temp=temp)
    return (*made._replace(**given)[1:8], temp)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("payload", "meant"),
    [
        (b"on", paper("on")),
        (b" OFF\n", paper("off")),
        (b"Auto", paper("auto")),
        (b"boost", paper("boost")),
        (b"release", paper("release")),
        (b'{"kind": "boost"}', paper("boost")),
        (
            b'{"kind": "boost", "watts": 1500, "minutes": 30}',
            paper("boost", watts=1500.0, minutes=30.0),
        ),
        (
            b'{"kind": "on", "until": "18:30", "until_c": 55}',
            paper("on", until="18:30", until_c=55.0),
        ),
        (b'{"kind": "set-temp", "to_c": 50.5}', paper("set-temp", until_c=50.5)),
        (
            b'{"kind": "set-temp", "to_c": 45, "temp": "min"}',
            paper("set-temp", "min", until_c=45.0),
        ),
    ],
)
def test_our_own(payload: bytes, meant: tuple[object, ...]) -> None:
    assert plain(own(payload, "boiler")) == meant


@pytest.mark.parametrize(
    ("payload", "words"),
    [
        (b"", "not understood; write on, off, auto"),
        (b"boots", "not understood"),
        (b"set-temp", "not understood"),
        (b"1500", "not understood"),
        (b"\xff\xfe", "is no text"),
        (b"{", "is no JSON"),
        (b'{"watts": 700}', "lacks 'kind'"),
        (b'{"kind": "dance"}', "wants 'dance'"),
        (b'{"kind": "on", "power": 700}', "unknown 'power'; there are: kind, watts"),
        (b'{"kind": "on", "target": "pool"}', "unknown 'target'"),
        (b'{"kind": "on", "until_utc_s": 9}', "unknown 'until_utc_s'"),
        (b'{"kind": "on", "watts": NaN}', "'watts' that cannot be"),
        (b'{"kind": "on", "watts": 0}', "heat with 0"),
        (b'{"kind": "on", "until": "25:00"}', "no time of day"),
        (b'{"kind": "set-temp"}', "lacks 'until_c'"),
        (b'{"kind": "set-temp", "to_c": 50, "until_c": 60}', "either of them"),
        (b'{"kind": "set-temp", "to_c": 50, "temp": "sun"}', "there are: max, min, eco"),
    ],
)
def test_our_own_refused(payload: bytes, words: str) -> None:
    with pytest.raises(BadRequestError, match=words):
        own(payload, "boiler")


@pytest.mark.parametrize(
    ("payload", "meant"),
    [
        (
            b'{"command":"force","name":"ecs","power":1500,"duration":600}',
            paper("on", target="ecs", watts=1500.0, minutes=10.0),
        ),
        (
            b'{"command": "force", "name": "ecs", "power": 1500}',
            paper("on", target="ecs", watts=1500.0, minutes=1440.0),
        ),
        (
            b'{"command": "force", "name": "ecs", "power": 1500, "duration": null}',
            paper("on", target="ecs", watts=1500.0, minutes=1440.0),
        ),
        (b'{"command":"force","name":"ecs","power":0}', paper("off", target="ecs")),
        (
            b'{"command":"force","name":"ecs","power":0,"duration":90}',
            paper("off", target="ecs", minutes=1.5),
        ),
        (b'{"command":"unforce","name":"ecs"}', paper("release", target="ecs")),
    ],
)
def test_the_solar_balancers(payload: bytes, meant: tuple[object, ...]) -> None:
    assert plain(balancer(payload)) == meant


@pytest.mark.parametrize(
    ("payload", "words"),
    [
        (b"force", "is no JSON"),
        (b"[]", "no JSON with keys"),
        (b'{"command":"unforce"}', "lacks the 'name'"),
        (b'{"command":"unforce","name":5}', "lacks the 'name'"),
        (b'{"command":"toggle","name":"ecs"}', "neither force nor unforce"),
        (b'{"command":"force","name":"ecs"}', "'power' that is no number"),
        (b'{"command":"force","name":"ecs","power":"1500"}', "'power' that is no number"),
        (b'{"command":"force","name":"ecs","power":-1}', "'power' that is no number"),
        (b'{"command":"force","name":"ecs","power":true}', "'power' that is no number"),
        (b'{"command":"force","name":"ecs","power":1e400}', "'power' that is no number"),
        (b'{"command":"force","name":"ecs","power":9,"duration":"1"}', "'duration' that is no"),
    ],
)
def test_the_solar_balancers_refused(payload: bytes, words: str) -> None:
    with pytest.raises(BadRequestError, match=words):
        balancer(payload)


@pytest.mark.parametrize(
    ("payload", "meant"),
    [
        (b"ON", paper("on", minutes=1440.0)),
        (b"OFF", paper("off")),
        (b"AUTO", paper("release")),
        (b"MIN;45", paper("set-temp", "min", until_c=45.0)),
        (b"MAX;60.5", paper("set-temp", "max", until_c=60.5)),
        (b"ECO;50", paper("set-temp", "eco", until_c=50.0)),
    ],
)
def test_the_linky_optimizers(payload: bytes, meant: tuple[object, ...]) -> None:
    assert plain(linky(payload, "boiler")) == meant


@pytest.mark.parametrize("payload", [b"on", b"MIN", b"MIN;", b"MIN;warm", b"SOL;5", b"MAX;-5", b""])
def test_the_linky_optimizers_refused(payload: bytes) -> None:
    with pytest.raises(BadRequestError, match="there are ON, OFF, AUTO"):
        linky(payload, "boiler")


@given(st.binary(max_size=200) | st.text(max_size=80).map(str.encode))
def test_no_rubbish_does_more_than_to_be_refused(payload: bytes) -> None:
    for read in (balancer, lambda raw: own(raw, "boiler"), lambda raw: linky(raw, "boiler")):
        try:
            made = read(payload)
        except BadRequestError as fault:
            assert len(str(fault)) < 200
        else:
            assert made.by == "MQTT"


# -- within what a load can do ----------------------------------------------------------------


def fit(payload: bytes, load: Load = LOAD, until_full: bool = False) -> Paper:
    return fitted(own(payload, "boiler"), load, until_full)


def test_more_than_the_most_is_the_most() -> None:
    assert fit(b'{"kind": "on", "watts": 9000}').watts == 2000.0
    assert fit(b'{"kind": "set-temp", "to_c": 90}').until_c == 70.0
    assert fit(b'{"kind": "on", "minutes": 5000}').minutes == 1440.0
    assert fit(b'{"kind": "off", "minutes": 5000}').minutes == 5000.0


def test_the_least() -> None:
    assert fit(b'{"kind": "on", "watts": %r}' % LEAST_W).watts == LEAST_W
    with pytest.raises(BadRequestError, match=r"draws \d+ W or more"):
        fit(b'{"kind": "on", "watts": %r}' % (LEAST_W - 0.1))
    assert fit(b'{"kind": "set-temp", "to_c": 20}').until_c == 20.0
    assert fit(b'{"kind": "set-temp", "to_c": 5, "temp": "min"}').until_c == 5.0
    with pytest.raises(BadRequestError, match="20 °C or more"):
        fit(b'{"kind": "set-temp", "to_c": 19.9}')


def test_all_or_nothing_needs_no_watts() -> None:
    switch = evolve(LOAD, drive="on_off", output=GpioOutput(relay=Relay(pin=17)))
    assert fit(b'{"kind": "on", "watts": 500}', switch).watts is None


@pytest.mark.parametrize(
    ("payload", "words"),
    [
        (b'{"kind": "off", "watts": 700}', "watts, which mean nothing with off"),
        (b'{"kind": "auto", "minutes": 5}', "an end, which means nothing with auto"),
        (b'{"kind": "release", "until": "18:00"}', "an end, which means nothing with release"),
        (b'{"kind": "on", "until": "18:00", "minutes": 5}', "either of them"),
        (b'{"kind": "off", "until_c": 50}', "degrees, which mean nothing with off"),
    ],
)
def test_what_cannot_be_meant(payload: bytes, words: str) -> None:
    with pytest.raises(BadRequestError, match=words):
        fit(payload)


def test_degrees_need_a_sensor() -> None:
    with pytest.raises(BadRequestError, match="boiler has no temperature sensor"):
        fit(b'{"kind": "set-temp", "to_c": 50}', BARE)


def test_on_until_it_is_full() -> None:
    assert fit(b"on", until_full=True).until_c == 70.0
    assert fit(b"on", BARE, until_full=True).until_c is None
    assert fit(b"off", until_full=True).until_c is None
    assert fit(b"on").until_c is None
