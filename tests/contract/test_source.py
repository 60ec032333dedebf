"""What every source must do, whatever it reads: one suite, run over each kind.

A kind joins by a function that yields a ``Subject`` and a row in ``KINDS``. ``fail`` takes its
origin away, ``mend`` brings it back; None where a kind has nothing that can fail.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, fields
from pathlib import Path

import pytest

from pvopt.clock import Deadline
from pvopt.errors import SourceError
from pvopt.model import Instant, Reading, Samples, Site
from pvopt.ports import Source
from tests.gx_rig import BUDGET_S, SLACK, GxRig


@dataclass
class Subject:
    """A source at work. ``step``: let the origin go on by a second."""

    source: Source
    step: Callable[[], None]
    fail: Callable[[], None] | None = None
    mend: Callable[[], None] | None = None


@contextmanager
def gx_modbus(folder: Path) -> Iterator[Subject]:
    with GxRig(folder) as rig:
        yield Subject(rig.source, lambda: None, rig.server.stop, rig.again)


KINDS: dict[str, Callable[[Path], AbstractContextManager[Subject]]] = {"gx_modbus": gx_modbus}


@pytest.fixture(params=KINDS)
def subject(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Subject]:
    with KINDS[request.param](tmp_path) as made:
        yield made


def looks(subject: Subject, count: int, start_s: float = 50.0) -> Iterator[tuple[Instant, Samples]]:
    for tick in range(count):
        subject.step()
        instant = Instant(start_s + tick, 1.8e9 + start_s + tick)
        yield instant, subject.source.read(instant, BUDGET_S)


def last_look(subject: Subject, count: int = 3) -> tuple[Instant, Samples]:
    return list(looks(subject, count))[-1]


def readings_of(site: Site) -> list[Reading]:
    found = [getattr(site, f.name) for f in fields(site)]
    single = [part for part in found if isinstance(part, Reading)]
    return [*single, *site.grid_phase_w, *(device.power_w for device in site.pv)]


def site_of(samples: Samples) -> Site:
    assert samples.site is not None
    return samples.site


def test_samples_carry_the_name_of_their_source(subject: Subject) -> None:
    _, samples = last_look(subject)
    assert samples.origin == subject.source.name == site_of(samples).origin


def test_numbers_are_never_from_the_future(subject: Subject) -> None:
    for instant, samples in looks(subject, 12):
        site = site_of(samples)
        assert site.at_s <= instant.mono_s
        times = [r.at_s for r in (*readings_of(site), *(r for _, r in samples.temperatures))]
        assert max(times) <= instant.mono_s


def test_a_site_is_fresh_when_it_comes(subject: Subject) -> None:
    instant, samples = last_look(subject)
    assert 0 <= instant.mono_s - site_of(samples).at_s <= site_of(samples).allowed_age_s <= 300


def test_numbers_are_finite_and_missing_is_none(subject: Subject) -> None:
    _, samples = last_look(subject)
    numbers = [r.value for r in readings_of(site_of(samples))]
    assert all(n is None or (isinstance(n, float) and math.isfinite(n)) for n in numbers)


def test_numbers_are_quantised(subject: Subject) -> None:
    """1 W, 0.1 V, 0.1 %, 0.1 s: what is recorded is what was decided on."""
    _, samples = last_look(subject)
    site = site_of(samples)
    watts = [site.grid_w, site.pv_w, site.load_w, site.battery_w, *site.grid_phase_w]
    assert all(r.value is None or r.value == round(r.value) for r in watts)
    assert all(
        r.value is None or r.value == round(r.value, 1) for r in (site.soc_pct, site.battery_v)
    )
    assert site.at_s == round(site.at_s, 1)


def test_signs_and_ranges(subject: Subject) -> None:
    _, samples = last_look(subject)
    site = site_of(samples)
    for reading in (site.pv_w, site.load_w, site.inverter_out_w):
        assert reading.value is None or reading.value >= 0
    assert site.soc_pct.value is None or 0 <= site.soc_pct.value <= 100


def test_the_balance_closes_but_for_losses(subject: Subject) -> None:
    """grid + pv = load + battery; losses and rounding stay below 15 % and 100 W."""
    _, samples = last_look(subject)
    site = site_of(samples)
    grid_w, pv_w, load_w, battery_w = (
        reading.value for reading in (site.grid_w, site.pv_w, site.load_w, site.battery_w)
    )
    assert grid_w is not None
    assert pv_w is not None
    assert load_w is not None
    assert abs(grid_w + pv_w - load_w - (battery_w or 0.0)) <= 100 + 0.15 * (pv_w + load_w)


def test_reads_keep_their_budget(subject: Subject) -> None:
    for tick in range(5):
        subject.step()
        clock = Deadline(1000.0)
        subject.source.read(Instant(50.0 + tick, 1.8e9), BUDGET_S)
        assert 1000.0 - clock.left_s() < BUDGET_S * SLACK


def test_a_lost_origin_raises_source_error_in_time_and_heals(subject: Subject) -> None:
    if subject.fail is None or subject.mend is None:
        pytest.skip("this kind has nothing that can fail")
    last_look(subject)
    subject.fail()
    for tick in range(3):
        clock = Deadline(1000.0)
        with pytest.raises(SourceError) as caught:
            subject.source.read(Instant(60.0 + tick, 1.8e9), BUDGET_S)
        assert str(caught.value)
        assert 1000.0 - clock.left_s() < BUDGET_S * SLACK
    subject.mend()
    instant, samples = list(looks(subject, 3, 70.0))[-1]
    assert instant.mono_s - site_of(samples).at_s <= site_of(samples).allowed_age_s


def test_close_is_idempotent(subject: Subject) -> None:
    last_look(subject)
    subject.source.close()
    subject.source.close()
