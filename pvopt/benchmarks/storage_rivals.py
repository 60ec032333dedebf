"""Two other projects' laws for storages, made again from what they do.

``Distributor``: the B2500 load distributor (seeds: its README and settings), with its faults. It
knows two storages; for more it is written out in the same spirit. ``Balancer``: the steering of
AstraMeter 2.2 for storages that poll an emulated meter (``ct002/balancer.py``), with its defaults:
an even share of a predicted grid error, corrected towards even power, paced, damped. What it does
for other batteries (charging, probes, saturation) has no part here.
"""

from __future__ import annotations

import math

from pvopt.benchmarks.storage_home import BOOST_W, LEAST_W, MOST_W, Said

THRESHOLD_PCT, RATE = 3.0, 1.0
LEAST_SHARE, MOST_SHARE = 0.1, 0.9


class Distributor:
    """Every meter message: what is wanted in all, shared; each is told target less present."""

    def __init__(
        self,
        least_w: float = LEAST_W,
        most_w: float = MOST_W,
        boost_w: float = BOOST_W,
        change_w: float = 0.0,
    ) -> None:
        self._least_w, self._most_w = least_w, most_w
        self._boost_w, self._change_w = boost_w, change_w
        self._told: tuple[float, ...] = ()

    def tell(self, second: int, grid_w: float, said: tuple[Said, ...]) -> tuple[float, ...]:
        given = [-one.power_w for one in said]
        targets = self.targets(sum(given) + grid_w, tuple([one.soc_pct for one in said]))
        fresh = [
            float(-round(target_w - now_w)) for target_w, now_w in zip(targets, given, strict=True)
        ]
        before = self._told or (math.inf,) * len(fresh)
        self._told = tuple(
            [
                new_w if abs(new_w - old_w) >= self._change_w else old_w
                for new_w, old_w in zip(fresh, before, strict=True)
            ]
        )
        return self._told

    def targets(self, wanted_w: float, socs_pct: tuple[float, ...]) -> tuple[float, ...]:
        """Watts of each, >= 0."""
        count = len(socs_pct)
        if wanted_w >= count * self._most_w:
            return (self._most_w + self._boost_w,) * count
        if wanted_w <= count * self._least_w:
            return (self._least_w,) * count
        targets = [wanted_w * weight for weight in _weights(socs_pct)]
        for place in range(count):
            held_w = min(self._most_w, max(self._least_w, targets[place]))
            rest_w = (targets[place] - held_w) / max(1, count - 1)
            targets = [
                held_w if other == place else watts + rest_w for other, watts in enumerate(targets)
            ]
        return tuple(targets)


def _weights(socs_pct: tuple[float, ...]) -> list[float]:
    count = len(socs_pct)
    if count < 2 or max(socs_pct) - min(socs_pct) < THRESHOLD_PCT:
        return [1.0 / count] * count
    total, mean = sum(socs_pct) or 1.0, sum(socs_pct) / count
    weights = [
        min(MOST_SHARE, max(LEAST_SHARE, soc / total + RATE * 2.0 * (soc - mean) / 100.0))
        for soc in socs_pct
    ]
    return [weight / sum(weights) for weight in weights]


class _Unit:
    """What the balancer remembers of one storage."""

    def __init__(self) -> None:
        self.cap_w = 0.0
        self.sign = 0
        self.before_w = math.nan
        self.hunting = 0.0
        self.hunting_sign = 0


class Balancer:
    """Each storage is answered when it looks."""

    GAIN, DEAD_BAND_W, BOOST_FROM_W, BOOST, MOST_STEP_W = 0.2, 25.0, 150.0, 0.5, 80.0
    PACE_W, PACE_MOST_W, TRACKS_W = 30.0, 100.0, 5.0
    DAMP, DAMP_UP, DAMP_DOWN, DAMP_BELOW_W = 0.95, 0.3, 0.05, 300.0
    TRUST, TRUST_LEAST, TRUST_MOST, INNOVATION_W = 0.5, 0.15, 0.9, 40.0
    ALONE_W, TRIM_W, TRIM_BELOW_W, TRIM_AFTER = 60.0, 15.0, 120.0, 6

    def __init__(self, count: int) -> None:
        self._units = [_Unit() for _ in range(count)]
        self._told = [math.nan] * count
        self._grid_w = self._pool_w = math.nan
        self._seen = self._trimmed = -1
        self._trust, self._innovation, self._dwell = self.TRUST, 0, 0

    def tell(self, second: int, grid_w: float, said: tuple[Said, ...]) -> tuple[float, ...]:
        given = [-one.power_w for one in said]
        for place, one in enumerate(said):
            if one.looks:
                self._told[place] = -self._reading(place, second, grid_w, given)
        return tuple(self._told)

    def _reading(self, place: int, second: int, grid_w: float, given: list[float]) -> float:
        """The meter reading for one storage: + to give more."""
        control_w = self._trim(self._predicted(second, grid_w, sum(given)), second)
        count, mine_w = len(given), given[place]
        mean_w = sum(given) / count
        balanced = all(abs(mean_w - watts) < self.DEAD_BAND_W for watts in given)
        if count > 1 and 0.0 < abs(control_w) < self.ALONE_W and balanced:
            busiest = max(range(count), key=lambda k: (abs(given[k]), k))
            wish_w = control_w if busiest == place else 0.0
        else:
            wish_w = control_w / count + self._correction(mean_w - mine_w)
        unit = self._units[place]
        return self._paced(unit, self._damped(unit, wish_w), mine_w)

    def _predicted(self, second: int, grid_w: float, pool_w: float) -> float:
        """The grid as it should be by now: what storages have given since comes off at once, the
        meter is trusted as far as its surprises have one sign."""
        if math.isnan(self._grid_w):
            self._grid_w, self._pool_w, self._seen = grid_w, pool_w, second
            return grid_w
        self._grid_w -= pool_w - self._pool_w
        self._pool_w = pool_w
        if second != self._seen:
            self._seen = second
            surprise_w = grid_w - self._grid_w
            sign = (surprise_w > 0.0) - (surprise_w < 0.0)
            if abs(surprise_w) >= self.INNOVATION_W and sign:
                if self._innovation in (0, sign):
                    self._trust = min(self.TRUST_MOST, self._trust + 0.2)
                else:
                    self._trust = max(self.TRUST_LEAST, 0.5 * self._trust)
                self._innovation = sign
            self._grid_w += self._trust * surprise_w
        return self._grid_w

    def _trim(self, control_w: float, second: int) -> float:
        """A small import that stays is covered."""
        if second == self._trimmed:
            return control_w
        self._trimmed = second
        self._dwell = self._dwell + 1 if 0.0 < control_w < self.TRIM_BELOW_W else 0
        return control_w + self.TRIM_W if self._dwell >= self.TRIM_AFTER else control_w

    def _correction(self, error_w: float) -> float:
        """Towards even power."""
        size_w = abs(error_w)
        if size_w < self.DEAD_BAND_W:
            return 0.0
        gain = self.GAIN * (1.0 + min(size_w / self.BOOST_FROM_W, 1.0) * self.BOOST)
        return max(-self.MOST_STEP_W, min(self.MOST_STEP_W, gain * error_w))

    def _damped(self, unit: _Unit, wish_w: float) -> float:
        """Less while it turns back and forth near nothing."""
        sign = (wish_w > 0.0) - (wish_w < 0.0)
        turned = sign != 0 and unit.hunting_sign not in (0, sign)
        large = abs(wish_w) > self.DAMP_BELOW_W
        if turned and not large:
            unit.hunting = min(1.0, unit.hunting + self.DAMP_UP)
        else:
            unit.hunting *= 1.0 - self.DAMP_DOWN
        unit.hunting_sign = sign or unit.hunting_sign
        return wish_w if large else wish_w * (1.0 - self.DAMP * unit.hunting)

    def _paced(self, unit: _Unit, wish_w: float, mine_w: float) -> float:
        """No more at once than the storage has shown that it follows."""
        sign = (wish_w > 0.0) - (wish_w < 0.0)
        cap_w = unit.cap_w or self.PACE_W
        if sign == 0 or sign != unit.sign:
            cap_w = self.PACE_W
        elif abs(wish_w) > max(self.PACE_W, cap_w):
            moved_w = (mine_w - unit.before_w) * sign
            cap_w = min(2.0 * cap_w, self.PACE_MOST_W) if moved_w >= self.TRACKS_W else cap_w
        else:
            cap_w = max(self.PACE_W, abs(wish_w))
        cap_w = min(cap_w, self.PACE_MOST_W)
        unit.cap_w, unit.sign, unit.before_w = cap_w, sign, mine_w
        most_w = max(self.PACE_W, cap_w)
        return max(-most_w, min(most_w, wish_w))
