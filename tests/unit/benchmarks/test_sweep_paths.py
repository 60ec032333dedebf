"""What can be varied, and the words for what cannot."""

from __future__ import annotations

import pytest

from pvopt.benchmarks.sweep_paths import INSTEAD, PATHS, Axis, axes_of
from pvopt.benchmarks.sweep_paths import _is_key as is_key
from pvopt.errors import ConfigError


def refusal(*words: str, weather: bool = False, load: bool = False) -> str:
    with pytest.raises(ConfigError) as caught:
        axes_of(words, weather, load)
    return str(caught.value)


def test_paths_and_their_values() -> None:
    words = ["demo.battery_wh=2400,4800", "site.planes.1.tilt_deg = 20", "demo.feed_in_cap_w=,900"]
    assert axes_of(words, False, False) == (
        Axis("demo.battery_wh", ("2400", "4800")),
        Axis("site.planes.1.tilt_deg", ("20",)),
        Axis("demo.feed_in_cap_w", ("", "900")),
    )


@pytest.mark.parametrize("path", [*PATHS, *INSTEAD])
def test_every_path_is_a_key_of_the_configuration(path: str) -> None:
    assert is_key(path)
    assert not is_key(f"{path}.more")


@pytest.mark.parametrize(
    ("word", "words"),
    [
        ("demo.batery_wh=3", "is no key of the configuration. Did you mean demo.battery_wh"),
        ("battery_wh=3", "Did you mean demo.battery_wh"),
        ("loads.0.output.relay.pin=4", "has no effect on a simulated run"),
        ("sources.0.host=a,b", "has no effect on a simulated run"),
        ("log.level=info", "has no effect on a simulated run"),
        ("site.name=a", "has no effect on a simulated run"),
        ("loads.1.max_w=3", "has one heater, the first of the list: loads.0"),
        ("control.tick_s=1,2", "ticks once a second"),
        ("demo.start=x", "--start"),
        ("demo.tank_l=100,100", "'100' stands here twice"),
        ("demo.tank_l", "must be a path and its values"),
        ("=3", "must be a path and its values"),
    ],
)
def test_what_is_refused(word: str, words: str) -> None:
    assert words in refusal(word)
    assert refusal(word).startswith(f"--vary {word}: ")


def test_all_faults_at_once() -> None:
    told = refusal("foo=1", "demo.tank_l=200", "log.level=info").splitlines()
    assert len(told) == 2


def test_a_path_twice() -> None:
    assert "behind one =" in refusal("demo.tank_l=100", "demo.tank_l=200")


def test_nothing_to_vary() -> None:
    assert "says nothing" in refusal()


@pytest.mark.parametrize("path", ["demo.sky", "site.latitude", "site.longitude"])
def test_measured_weather_has_its_own_sky(path: str) -> None:
    assert "--weather" in refusal(f"{path}=1", weather=True)
    assert axes_of([f"{path}=1"], False, True)


def test_a_measured_load_is_not_made_up() -> None:
    assert "is measured" in refusal("demo.load_w=100", load=True)
    assert axes_of(["demo.load_w=100"], True, False)
