"""``migrate`` of the two MQTT programs: what lives on, what is left, what is never written."""

from __future__ import annotations

from pathlib import Path

import pytest

from pvopt.config.comfort import PeriodEnergy, SeasonEnergy
from pvopt.config.load import load_text
from pvopt.config.meters import MqttMeters
from pvopt.config.migration import Draft
from pvopt.config.mqtt_topics import BalancerRequests, BalancerStatus, Domoticz, LinkyRequests
from pvopt.config.outputs import MqttOutput
from pvopt.config.schema import Config
from pvopt.config.temperatures import MqttTemperature
from tests.unit.commands.test_migrate import migrate

INI = Path(__file__).parents[2] / "data" / "balancer.ini"
YML = """---
equipment:
  - type: TempDrivenVariablePowerEquipment
    id: 3
    name: "water heater"
    max_power: 2400
    temp_min: 44
    temp_eco: 49
    temp_sol_min: 54
    temp_max: 62
    colour: blue
  - type: VariablePowerEquipment
    id: shed
    name: shed
    max_power: 1500
    min_energy: 1800
    period: 86400
  - type: ConstantPowerEquipment
    name: pump
    nominal_power: 800
"""
ENVIRONMENT = {
    "MQTT_BROKER_HOST": "box",
    "MQTT_BROKER_PORT": "1999",
    "MQTT_KEEPALIVE": "900",
    "MQTT_USERNAME": "me",
    "MQTT_PASSWORD": "hidden",
    "INFLUXDB_HOST": "db",
    "HC_START_TIME": "22:30",
    "HC_END_TIME": "06:00",
}


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ENVIRONMENT:
        monkeypatch.delenv(name, raising=False)


def migrated(capsys: pytest.CaptureFixture[str], old: Path) -> tuple[Config, str, str]:
    assert migrate(str(old)) == 0
    said = capsys.readouterr()
    secrets = {"MQTT_USERNAME": "u", "MQTT_PASSWORD": "p"}
    return load_text(said.out, "migrated", secrets), said.out, said.err


def output(config: Config, name: str) -> MqttOutput:
    made = next(load.output for load in config.loads if load.id == name)
    assert isinstance(made, MqttOutput)
    return made


def test_broker_meters_and_law_of_the_balancer(capsys: pytest.CaptureFixture[str]) -> None:
    config, _, _ = migrated(capsys, INI)
    assert config.mqtt is not None
    assert (config.mqtt.host, config.mqtt.port_used) == ("192.168.7.9", 1884)
    assert config.mqtt.requests == (BalancerRequests(topic="regul/force"),)
    status = (BalancerStatus(topic="regul/status"), Domoticz(grid_idx=11))
    assert config.mqtt.status == status
    meters = config.sources[0]
    assert isinstance(meters, MqttMeters)
    assert meters.load is not None
    assert meters.pv is not None
    assert (meters.preset, meters.load.device, meters.pv.topic) == ("pzem", "HOUSE", "shed/power")
    control = config.control
    assert (control.tick_s, control.margin_w, control.tolerance_w) == (3.0, 25.0, 15.0)


def test_loads_of_the_balancer_keep_their_order(capsys: pytest.CaptureFixture[str]) -> None:
    config, _, said = migrated(capsys, INI)
    loads = [(load.id, load.drive, load.max_w) for load in config.loads]
    assert loads == [
        ("tank", "continuous", 2400.0),
        ("radiator", "on_off", 700.0),
        ("towels", "on_off", 450.0),
        ("mystery", "unknown", 900.0),
    ]
    assert "equipments.ghost: has no section [ghost]" in said
    assert "equipments.silent: has no topic_set_power" in said
    assert {load.place for load in config.loads} == {"ac_in"}  # no inverter of a GX before them
    tank = output(config, "tank")
    assert (tank.preset, tank.device, tank.law.min_w) == ("vload", "TANK", 95.0)
    radiator, towels = output(config, "radiator"), output(config, "towels")
    assert (radiator.preset, radiator.device) == ("domoticz", "77")
    assert (towels.topic, towels.on_payload) == ("bath/towels/set", '{"state": "ON"}')
    meter = config.loads[0].meter
    assert meter is not None
    assert (meter.topic, meter.json) == ("smeter/pzem/TANK", "power")


def test_least_energies_of_the_balancer(capsys: pytest.CaptureFixture[str]) -> None:
    config, _, _ = migrated(capsys, INI)
    energy = config.loads[0].comfort.energy
    assert isinstance(energy, SeasonEnergy)
    assert (energy.autumn.day_wh, energy.autumn.two_days_wh) == (7500.0, 12_500.0)
    assert energy.winter == SeasonEnergy().winter  # nothing was said
    assert (energy.morning_wh, energy.full_wh, energy.good_pct) == (3500.0, 13_000.0, 40.0)
    assert (energy.ask_at, energy.reset_at) == ("02:00", "07:00")


def test_no_secret_is_copied_and_what_is_left_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    _, text, said = migrated(capsys, INI)
    assert "secret-of-the-weather" not in text + said
    for words in ("[openweathermap]", "[season]", "mqtt.topic_ecsmode", "tank.min_percent"):
        assert words in said


def test_a_number_that_ours_does_not_allow_is_named(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    old = tmp_path / "config.ini"
    text = INI.read_text(encoding="utf-8")
    old.write_text(text.replace("period = 3", "period = 300"), encoding="utf-8")
    config, _, said = migrated(capsys, old)
    assert config.control.tick_s == 1.0
    assert "evaluate.period: control.tick_s" in said


def test_watts_that_are_none_become_ours_and_are_to_be_put_right(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    old = tmp_path / "config.ini"
    text = INI.read_text(encoding="utf-8")
    old.write_text(text.replace("max_power = 2400", "max_power = lots"), encoding="utf-8")
    config, _, said = migrated(capsys, old)
    assert config.loads[0].max_w == 2000.0
    assert "tank.max_power: loads[tank].max_w `lots` is not a number" in said
    assert "loads[tank].max_w: put what is right" in said


def test_cheap_hours_that_are_none_become_the_old_program_s_own(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = tmp_path / "equipment_config.yml"
    old.write_text(YML, encoding="utf-8")
    monkeypatch.setenv("HC_START_TIME", "25:00")
    monkeypatch.setenv("HC_END_TIME", "06:00")
    config, _, said = migrated(capsys, old)
    assert [(one.start, one.end) for one in config.site.off_peak] == [("02:05", "06:00")]
    assert "HC_START_TIME: site.off_peak[#1].start" in said


def test_an_ini_without_its_sections_is_called_so(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    old = tmp_path / "config.ini"
    old.write_text("[mqtt]\nbroker_ip = 10.0.0.1\n", encoding="utf-8")
    assert migrate(str(old)) == 2
    assert "needs the sections [mqtt], [evaluate] and [equipments]" in capsys.readouterr().err


def test_what_is_no_ini_is_refused_in_words(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    old = tmp_path / "config.ini"
    old.write_text("[mqtt]\nwhat is this\n[evaluate]\n[equipments]\n", encoding="utf-8")
    assert migrate(str(old)) == 2
    assert "what is this" in capsys.readouterr().err


def test_loads_of_the_optimizer(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    old = tmp_path / "equipment_config.yml"
    old.write_text(YML, encoding="utf-8")
    config, _, said = migrated(capsys, old)
    heater, shed = config.loads
    assert (heater.id, heater.max_w) == ("water_heater", 2400.0)
    assert output(config, "water_heater").device == "3"
    assert {load.place for load in config.loads} == {"ac_in"}
    comfort = heater.comfort
    levels = (comfort.min_c, comfort.eco_c, comfort.solar_min_c, comfort.max_c)
    assert levels == (44.0, 49.0, 54.0, 62.0)
    assert isinstance(heater.temperature, MqttTemperature)
    assert heater.temperature.topic == "scr/3/temperature"
    assert shed.comfort.energy == PeriodEnergy(min_wh=1800.0, period_h=24.0)
    assert config.mqtt is not None
    assert config.mqtt.requests[0] == LinkyRequests(load="water_heater", topic="scr/3/control")
    assert "pump (ConstantPowerEquipment)" in said
    assert "colour" in said
    hours = config.site.off_peak[0]
    assert (hours.start, hours.end) == ("02:05", "06:50")


TWINS = """---
equipment:
  - {type: VariablePowerEquipment, id: 1, name: "Séchoir été", max_power: 1500}
  - {type: VariablePowerEquipment, id: 2, name: "Séchoir été", max_power: 1500}
  - {type: VariablePowerEquipment, id: 2, name: "porch", max_power: 1500}
  - {type: VariablePowerEquipment, id: 3, name: "热水器", max_power: 1500}
"""


def test_names_that_ours_does_not_take_are_told_and_none_is_doubled(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    old = tmp_path / "equipment_config.yml"
    old.write_text(TWINS, encoding="utf-8")
    config, _, said = migrated(capsys, old)
    loads = [(load.id, output(config, load.id).device) for load in config.loads]
    assert loads == [("Sechoir_ete", "1"), ("Sechoir_ete_2", "2"), ("load", "3")]
    assert config.mqtt is not None
    requests = config.mqtt.requests
    assert requests[1] == LinkyRequests(load="Sechoir_ete_2", topic="scr/2/control")
    assert "`Séchoir été` is called Sechoir_ete_2 in ours" in said
    assert "equipment porch: another one before it is on scr/2, too" in said


def test_accents_in_the_balancer_s_names(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    old = tmp_path / "config.ini"
    text = INI.read_text(encoding="utf-8").replace("radiator", "sèche serviettes")
    old.write_text(text.replace("max_power = 700", "max_power = x"), encoding="utf-8")
    config, _, said = migrated(capsys, old)
    assert [load.id for load in config.loads][1] == "seche_serviettes"
    assert "`sèche serviettes` is called seche_serviettes in ours" in said
    assert "loads[seche_serviettes].max_w: put what is right" in said


def test_a_long_name_is_cut_and_stays_one_of_its_own() -> None:
    draft = Draft()
    made = [draft.id_of("x" * 40) for _ in range(11)]
    assert made[0] == "x" * 32
    assert made[1] == "x" * 30 + "_2"
    assert made[10] == "x" * 29 + "_11"


def test_names_in_the_environment(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = tmp_path / "equipment_config.yml"
    old.write_text(YML, encoding="utf-8")
    for name, text in ENVIRONMENT.items():
        monkeypatch.setenv(name, text)
    config, text, said = migrated(capsys, old)
    mqtt = config.mqtt
    assert mqtt is not None
    assert (mqtt.host, mqtt.port_used, mqtt.user, mqtt.password) == ("box", 1999, "u", "p")
    assert mqtt.keepalive_s == 15  # 900 s would find a dead broker too late
    assert "MQTT_KEEPALIVE: mqtt.keepalive_s" in said
    assert "INFLUXDB_HOST" in said
    assert "hidden" not in text + said
    hours = config.site.off_peak[0]
    assert (hours.start, hours.end) == ("22:30", "06:00")
