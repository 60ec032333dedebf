"""A 1-wire bus as the kernel shows it: a folder a sensor, with the file that is read."""

from __future__ import annotations

from pathlib import Path

SENSOR = "28-0316a2794bff"
OTHER = "28-0416b3795c00"
POWER_ON = "50 05 4b 46 7f ff 0c 10 1c : crc=1c YES\n50 05 4b 46 7f ff 0c 10 1c t=85000\n"


def told(celsius: float, crc: str = "YES") -> str:
    """What ``w1_slave`` holds. Worked: 23.125 °C ends in ``t=23125``."""
    nine = "72 01 4b 46 7f ff 0e 10 57"
    return f"{nine} : crc=57 {crc}\n{nine} t={round(celsius * 1000)}\n"


class Bus:
    """``folder``: stands for /sys/bus/w1/devices, and is not there before the first device."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def switch_on(self) -> None:
        (self.folder / "w1_bus_master1").mkdir(parents=True, exist_ok=True)

    def plug(self, celsius: float, sensor: str = SENSOR) -> None:
        self.say(told(celsius), sensor)

    def say(self, text: str, sensor: str = SENSOR) -> None:
        self.switch_on()
        (self.folder / sensor).mkdir(exist_ok=True)
        (self.folder / sensor / "w1_slave").write_text(text)

    def fall_silent(self, sensor: str = SENSOR) -> None:
        """The device is still listed, but its file cannot be read."""
        (self.folder / sensor / "w1_slave").unlink()

    def unplug(self, sensor: str = SENSOR) -> None:
        self.fall_silent(sensor)
        (self.folder / sensor).rmdir()
