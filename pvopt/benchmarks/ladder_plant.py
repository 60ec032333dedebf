"""A home of the benchmark with the six loads in it, second by second, and its days."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from pvopt.benchmarks.control import inputs_for
from pvopt.benchmarks.course import Course, Plant, inputs_of, lived
from pvopt.benchmarks.homes import home_of
from pvopt.benchmarks.inputs import Inputs
from pvopt.benchmarks.ladder_loads import (
    ENDLESS,
    MAX_W,
    Filled,
    Member,
    filled_step,
    real_w,
)
from pvopt.benchmarks.ladder_watch import Seen, Watch
from pvopt.benchmarks.runs import begun, first_of
from pvopt.simulator.account import OFF, all_knowing_w, without_heater
from pvopt.simulator.compiled import compile_kernel
from pvopt.simulator.home import HomeControls, HomeInputs, home_step
from pvopt.simulator.meters import Meters, read_meters
from pvopt.simulator.regulator import CURVE_LINEAR

REST_S = 60  # without sun and with all loads off the home is left alone so long


class Asked(NamedTuple):
    """What a law's output does to one load: contact closed, and the share of its watts."""

    on: bool = False
    share: float = 0.0


def plant_of(home: str) -> Plant:
    """The home called so, with one heater that stands for all six loads."""
    plant = home_of(home).plant
    return plant._replace(home=plant.home._replace(heater_w=MAX_W, curve=CURVE_LINEAR))


def ladder_second(
    plant: Plant, course: Course, inputs: HomeInputs, before: HomeControls, controls: HomeControls
) -> tuple[Course, Meters]:
    """One second of the home and its bill, and what the meters show then. A kernel."""
    after = lived(plant, course, inputs, before, controls)
    return after, read_meters(plant.home, after.flows, after.inputs)


def rest_seconds(plant: Plant, course: Course, pv_w: Any, load_w: Any, litres: Any) -> Course:
    """Seconds with all loads off. A kernel."""
    for k in range(pv_w.shape[0]):
        inputs = inputs_of(plant, pv_w[k], load_w[k], litres[k])
        course = lived(plant, course, inputs, OFF, OFF)
    return course


def spare_w(plant: Plant, course: Course, inputs: HomeInputs, headroom_w: float) -> float:
    """What all-knowing loads would be given in the coming second (W), the inverter's headroom
    left free. A kernel."""
    begun_home = without_heater(course.home, course.beside)
    _, coming = home_step(plant.home, begun_home, inputs, OFF, 1.0)
    bound = plant.home._replace(inverter_w=max(0.0, plant.home.inverter_w - headroom_w))
    return all_knowing_w(bound, coming)


class LadderHome:
    """Lives through days, one after the other. ``days``: each from one midnight to the next;
    ``members``: the loads by rank; ``enable_s``: the enable delay of each."""

    def __init__(
        self,
        name: str,
        days: Sequence[Inputs],
        members: Sequence[Member],
        enable_s: Sequence[float],
    ) -> None:
        self.plant = plant_of(name)
        self._days = [inputs_for(name, day) for day in days]
        self._day = self._days[0]
        self._second = compile_kernel(ladder_second)
        self._rest = compile_kernel(rest_seconds)
        self._spare = compile_kernel(spare_w)
        self.members = tuple(members)
        self._filled = [Filled()] * len(members)
        self._before = OFF
        self.course = begun(self.plant, first_of(self.plant, self._day))
        self.meters = read_meters(self.plant.home, self.course.flows, self.course.inputs)
        self.meters_before = self.meters
        self.drawn_w = [0.0] * len(members)
        self.drawn_before_w = tuple(self.drawn_w)
        self.watch = Watch(members, enable_s)
        self.k = 0  # second of the day

    @property
    def tick(self) -> int:
        return self.course.tick

    @property
    def utc_s(self) -> float:
        return self._day.start_utc_s + self.k

    @property
    def local_s(self) -> float:
        return (self.utc_s + self._day.local_offset_s) % 86_400.0

    def begin_day(self, number: int) -> None:
        self._day = self._days[number]
        self.k = 0

    @property
    def day_over(self) -> bool:
        return self.k >= self._day.seconds

    def most_w(self) -> tuple[float, ...]:
        """What each load would draw now at its most (W): 0 behind an open thermostat."""
        return tuple(
            [
                0.0 if filled.open else real_w(member, self.tick)
                for member, filled in zip(self.members, self._filled, strict=True)
            ]
        )

    def spare_w(self, headroom_w: float) -> float:
        """What all-knowing loads would be given in the coming second (W), so many watts of the
        inverter left free."""
        return float(self._spare(self.plant, self.course, self._inputs(), headroom_w))

    def is_asleep(self, asked: Sequence[Asked]) -> bool:
        """The sun is down for the next minute, and nothing runs nor shall."""
        if self._before != OFF or any(one.share > 0.0 for one in asked):
            return False
        return not self._day.pv_w[self.k : self.k + REST_S].any()

    def sleep(self, asked: Sequence[Asked]) -> None:
        """A minute of night in which nothing is drawn."""
        last = min(self.k + REST_S, self._day.seconds)
        day = self._day
        part = slice(self.k, last)
        litres = float(day.litres[part].sum())
        for place in range(len(self.members)):
            self._fill(place, 0.0, litres, float(last - self.k))
        self.course = self._rest(
            self.plant, self.course, day.pv_w[part], day.load_w[part], day.litres[part]
        )
        seen = [Seen(one.on, 0.0, 0.0) for one in asked]
        for _ in range(last - self.k):
            self.watch.second(seen)
        self.k = last
        self.meters = read_meters(self.plant.home, self.course.flows, self.course.inputs)
        self.meters_before = self.meters
        self.drawn_before_w = tuple(self.drawn_w)

    def second(self, asked: Sequence[Asked]) -> None:
        """One second with what the outputs let through."""
        most_w = self.most_w()
        drawn = [most * a.share if a.on else 0.0 for most, a in zip(most_w, asked, strict=True)]
        total_w = sum(drawn)
        controls = HomeControls(total_w > 0.0, 100.0 * total_w / MAX_W)
        self.meters_before, self.drawn_before_w = self.meters, tuple(self.drawn_w)
        inputs = self._inputs()
        self.course, self.meters = self._second(
            self.plant, self.course, inputs, self._before, controls
        )
        self._before = controls
        self.drawn_w = drawn
        for place, watts in enumerate(drawn):
            self._fill(place, watts, inputs.draw_l_s, 1.0)
        self.watch.second(
            [Seen(a.on, watts, most) for a, watts, most in zip(asked, drawn, most_w, strict=True)]
        )
        self.k += 1

    def _inputs(self) -> HomeInputs:
        day, k = self._day, self.k
        return inputs_of(self.plant, float(day.pv_w[k]), float(day.load_w[k]), float(day.litres[k]))

    def _fill(self, place: int, drawn_w: float, litres: float, dt_s: float) -> None:
        store = self.members[place].store
        if store is not ENDLESS:
            self._filled[place] = filled_step(store, self._filled[place], drawn_w, litres, dt_s)
