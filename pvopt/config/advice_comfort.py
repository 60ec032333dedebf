"""What is allowed of comfort and still worth a second look."""

from __future__ import annotations

from collections.abc import Iterator

from pvopt.config.comfort import PeriodEnergy, SeasonEnergy
from pvopt.config.schema import Config
from pvopt.config.site import Site
from pvopt.config.sources import ForecastSolar, OpenMeteo, VrmForecast

FORECASTS = (ForecastSolar, OpenMeteo, VrmForecast)


def of_comfort(config: Config) -> Iterator[str]:
    """``key path: words``."""
    cheap = has_cheap_hours(config.site)
    clouds = any(isinstance(source, FORECASTS) for source in config.sources)
    for load in config.loads:
        where, comfort = f"loads[{load.id}].comfort", load.comfort
        energy = comfort.energy
        key = "min_c" if comfort.min_c is not None else ""
        key = "energy" if isinstance(energy, PeriodEnergy) else key
        if key and not cheap:
            yield (
                f"{where}.{key}: is bought at any hour, for neither site.off_peak nor hours of "
                "site.tariff below its base say which are cheap"
            )
        if isinstance(energy, SeasonEnergy) and not (clouds and config.site.planes):
            yield (
                f"{where}.energy: without a forecast and site.planes tomorrow's clouds count as "
                "100 %: more is bought than need be"
            )


def has_cheap_hours(site: Site) -> bool:
    """Whether some hours are better than others."""
    tariff = site.tariff
    cheaper = tariff is not None and any(one.per_kwh < tariff.base_per_kwh for one in tariff.hours)
    return bool(site.off_peak) or cheaper
