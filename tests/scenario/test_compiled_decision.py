"""The decision for one heater, compiled: the same watts, reasons and memory as the same text."""

from __future__ import annotations

import pytest

from pvopt.decide.one_heater import HeaterState, heater_params, heater_step
from pvopt.decide.past import past_now
from pvopt.decide.site_now import load_now, site_now
from pvopt.decide.sky import Sky, forecast_w, sky_step
from pvopt.simulator.compiled import available, compile_kernel
from tests.unit.decide.streams import Stream
from tests.unit.decide.test_one_heater import rules

TICKS = 900


@pytest.mark.slow
@pytest.mark.skipif(not available(), reason="numba is not installed: . ./env.sh sim")
def test_compiled_and_interpreted_decide_alike() -> None:
    compiled = compile_kernel(heater_step)
    for seed in range(10):
        stream, settings = Stream(seed), rules(seed)
        params, state, sky, last_s = heater_params(settings), HeaterState(), Sky(), 1000.0
        for tick in range(TICKS):
            snapshot = stream.next()
            instant = snapshot.instant
            now = site_now(snapshot.site, instant)
            load = load_now(snapshot.loads[0], now.now_s)
            sky = sky_step(settings.daylight, sky, instant, now.pv_w)
            promised_w = forecast_w(snapshot.forecast, instant)
            dt_s = min(60.0, max(0.0, instant.mono_s - last_s))
            last_s = instant.mono_s
            past = past_now(state.world, load.expected_w)
            rest = (now, load, sky.day, sky.clear_w, promised_w, dt_s, past)
            slow = heater_step(params, state, *rest)
            fast = compiled(params, state, *rest)
            # Of the whole state, too; NaN is equal to itself in words only.
            assert repr(fast) == repr(slow), (seed, tick)
            state = slow.state
            stream.commands = {"boiler": slow.setpoint_w}
