"""The mapping from registers to the site: laws that hold for whatever a GX may serve."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pvopt.errors import SourceError
from pvopt.model import Reading, Site
from pvopt.sources.gx_reader import Number, View, quantised_s
from pvopt.sources.gx_site import Scene, site_of, unwrapped
from pvopt.sources.registers import TABLE, Register, Service, decode

NOW_S = 10.0
NOTHING = View({}, NOW_S)
WORD = st.one_of(st.sampled_from([0, 1, 2, 240, 0x7FFF, 0x8000, 0xFFFF]), st.integers(0, 0xFFFF))


def view(**numbers: float) -> View:
    return View({k: Number(n, NOW_S, NOW_S + 7) for k, n in numbers.items()}, NOW_S)


def scene(
    system: View, grid: Iterable[View] = (), vebus: Iterable[View] = (), **more: int
) -> Scene:
    devices = {
        Service.GRID: tuple(enumerate(grid, 30)),
        Service.VEBUS: tuple(enumerate(vebus, 227)),
    }
    phases, expected = more.get("phases", 1), bool(more.get("battery_expected", 0))
    return Scene(
        "gx",
        NOW_S,
        7.0,
        system,
        NOTHING,
        NOTHING,
        devices,
        phases=phases,
        battery_expected=expected,
    )


def core(**changes: float) -> View:
    known = {
        **{f"grid_l{p}": 0.0 for p in (1, 2, 3)},
        **{f"load_l{p}": 100.0 for p in (1, 2, 3)},
        "active_source": 1.0,
        "battery_v": 54.0,
        "battery_a": 2.0,
        "battery_w": 108.0,
        "soc": 80.0,
        "pv_dc": 400.0,
    }
    return view(**(known | changes))


@st.composite
def worlds(draw: st.DrawFn) -> Scene:
    """Any words in any registers of any devices, some of them not offered."""

    def device(service: Service) -> View:
        rows = [r for r in TABLE if r.service == service and r.kind != "text6"]
        offered = draw(st.lists(st.sampled_from(rows), unique_by=lambda r: r.key))
        return view(**{r.key: decode(r, words(r)) for r in offered})

    def words(row: Register) -> tuple[int, ...]:
        return tuple(draw(WORD) for _ in range(row.words))

    plugged = draw(st.sets(st.sampled_from(list(Service))))
    return Scene(
        "gx",
        NOW_S,
        7.0,
        device(Service.SYSTEM),
        device(Service.SETTINGS),
        device(Service.HUB4),
        {service: ((1, device(service)),) for service in sorted(plugged)},
        phases=draw(st.integers(1, 3)),
        meter_lost=draw(st.booleans()),
        battery_expected=draw(st.booleans()),
    )


@given(worlds())
def test_whatever_a_gx_serves_it_is_a_site_or_a_source_error(world: Scene) -> None:
    try:
        site = site_of(world)
    except SourceError as fault:
        assert str(fault)
        return
    for field in fields(Site):
        part = getattr(site, field.name)
        if isinstance(part, Reading) and part.value is not None:
            assert math.isfinite(part.value)
            assert part.at_s <= NOW_S
    assert site.pv_w.value is not None
    assert site.pv_w.value >= 0
    assert (site.load_w.value or 0) >= 0
    assert (site.inverter_out_w.value or 0) >= 0
    assert 0 < (site.soc_pct.value or 1) <= 100
    assert (site.limits.charge_w or 0) >= 0
    assert (site.limits.discharge_w or 0) >= 0
    assert (site.feed_in.cap_w or 0) >= 0


@pytest.mark.parametrize("lost", ["grid_l1", "battery_v", "pv_dc"])
def test_without_a_core_number_there_is_no_site(lost: str) -> None:
    numbers = {k: n for k, n in core().numbers.items() if k != lost}
    with pytest.raises(SourceError):
        site_of(scene(View(numbers, NOW_S)))


def test_no_ac_input_at_all_is_a_home_without_grid() -> None:
    site = site_of(scene(core(active_source=0)))
    assert (site.grid_w.value, site.grid_up) == (None, None)
    assert site.pv_w.value == 400


def test_a_known_meter_makes_grid_known_though_the_input_is_not() -> None:
    site = site_of(scene(core(active_source=0), [view(meter16_l1=-200.0)]))
    assert site.grid_w.value == 0


@pytest.mark.parametrize(
    ("number", "expected", "right"),
    [
        (-25536, 40100, 40000),
        (-350, -300, -350),
        (32767, 32800, 32767),
        (25536, -39900, -40000),
    ],
)
def test_16_bits_that_wrapped(number: float, expected: float, right: float) -> None:
    assert unwrapped(number, expected) == right


def test_a_battery_of_more_than_32_kw() -> None:
    site = site_of(scene(core(battery_v=52.0, battery_a=-769.2, battery_w=25536.0)))
    assert site.battery_w.value == -40000


@pytest.mark.parametrize(("own", "soc"), [(79.5, 79.5), (80.4, 80.4), (78.0, 80.0), (0.0, 80.0)])
def test_the_decimal_of_soc_counts_while_both_agree(own: float, soc: float) -> None:
    world = scene(core())
    world.devices[Service.BATTERY] = ((225, view(own_soc=own)),)
    assert site_of(world).soc_pct.value == soc


@pytest.mark.parametrize(("mono_s", "at_s"), [(10.0, 10.0), (10.19, 10.1), (0.3, 0.3), (8.2, 8.2)])
def test_times_are_the_tenth_before(mono_s: float, at_s: float) -> None:
    assert quantised_s(mono_s) == at_s


def test_inverter_output_is_what_it_makes_from_dc() -> None:
    inverter = view(dc_v=54.0, state=3.0, out_l1=900.0, in_l1=-350.0)
    assert site_of(scene(core(), vebus=[inverter])).inverter_out_w.value == 1250
    charging = view(dc_v=54.0, state=3.0, out_l1=900.0, in_l1=1400.0)
    assert site_of(scene(core(), vebus=[charging])).inverter_out_w.value == 0
    missing = view(dc_v=0.0, out_l1=0.0, in_l1=0.0)
    assert site_of(scene(core(), vebus=[missing])).inverter_out_w.value is None
