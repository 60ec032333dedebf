"""German sentences for reason codes; numbers are filled in by name."""

from __future__ import annotations

from pvopt.decide.legionella import Progress
from pvopt.model import Alarm, EssState, Why

DECIMAL = ","

SENTENCES: dict[Why, str] = {
    Why.STARTING: "gerade gestartet",
    Why.NO_SURPLUS: "kein Überschuss: Haus und Batterie nehmen alle Sonne, die da ist",
    Why.VISIBLE: "nimmt, was sonst ins Netz ginge",
    Why.PROBING: "sucht: probiert, ob die Sonne diese Watt trägt",
    Why.RIDING: "nutzt alle Sonne, die jetzt zu haben ist",
    Why.STEP_BACK: "weniger: die letzten Watt trägt die Sonne vielleicht nicht",
    Why.HOLD: "bleibt dabei",
    Why.WAIT_ENABLE: "gleich geht es los: wartet, ob der Überschuss anhält",
    Why.WAIT_DISABLE: "zu wenig Überschuss: wartet, ob er wiederkommt",
    Why.MIN_ON: "bleibt seine Mindestzeit an",
    Why.MIN_OFF: "bleibt seine Mindestzeit aus",
    Why.BUDGET_SPENT: "wartet: die Suche hat in dieser Stunde geborgt, was sie darf",
    Why.HEATER_MAX: "der Heizstab bekommt alles, was er nehmen kann",
    Why.INVERTER_CAP: "vom Wechselrichter begrenzt",
    Why.RANKED: "Verbraucher mit höherem Rang nehmen alles, was da ist",
    Why.TOO_LITTLE: "wartet: was für ihn übrig ist, reicht nicht",
    Why.MOST_STARTS: "in dieser Stunde so oft eingeschaltet, wie erlaubt ist",
    Why.NIGHT: "Nacht",
    Why.SOC_LOW: "die Batterie geht vor: {soc_pct:.0f} % von mindestens {min_pct:.0f} %",
    Why.GRID_DRAW: "das Haus bezieht Strom aus dem Netz",
    Why.BATTERY_DISCHARGE: "die Batterie entlädt sich",
    Why.FORECAST_LOW: "mehr gibt der Himmel nicht her",
    Why.GENERATOR: "der Generator läuft",
    Why.ISLAND: "ohne Netz, und dort darf nicht geheizt werden",
    Why.ESS_STATE: (
        "der Wechselrichter ist in einem Zustand, in dem der Überschuss nicht uns gehört: "
        "{state_name}"
    ),
    Why.NOT_AUTO: "nicht auf Automatik",
    Why.PERSON_OFF: "von Hand ausgeschaltet{until}",
    Why.PERSON_ON: "von Hand eingeschaltet{until}",
    Why.BOOST: "Boost von Hand{until}",
    Why.LEGIONELLA: "Hygiene: heizt von {temperature_c:.1f} °C auf {target_c:.0f} °C",
    Why.LEGIONELLA_LATE: (
        "ALARM: die Hygiene ist überfällig: das Wasser war nicht rechtzeitig lange genug heiß genug"
    ),
    Why.TOO_COLD: "zu kalt: heizt von {temperature_c:.1f} °C auf {eco_c:.0f} °C",
    Why.ENERGY_FLOOR: "die Sonne brachte zu wenig: heizt noch {lacking_wh:.0f} Wh",
    Why.READY_BY: "soll{by} fertig sein: heizt noch {lacking_wh:.0f} Wh",
    Why.TANK_FULL: "voll: nimmt keine Sonne, bis das Wasser unter {solar_min_c:.0f} °C hat",
    Why.ENERGY_ENOUGH: "hat seine Energie: nimmt in diesem Zeitraum keine Sonne mehr",
    Why.STALE: (
        "AUS: der letzte gute Messwert ist {age_s:.0f} s alt (erlaubt sind {allowed_s:.0f} s)"
    ),
    Why.NO_DATA: "AUS: noch kein Messwert vom Haus",
    Why.METER_LOST: "AUS: der Netzzähler ist verloren",
    Why.ALARM: "AUS: Alarm der Anlage: {alarm_name}",
    Why.GRID_LOST: "AUS: das Netz ging vor {since_s:.0f} s weg",
    Why.TOO_HOT: "aus: das Wasser hat {temperature_c:.1f} °C (höchstens {max_c:.0f} °C)",
    Why.SENSOR_LOST: "AUS: der Temperaturfühler des Wassers schweigt",
    Why.SENSOR_BAD: "AUS: der Temperaturfühler des Wassers kann nicht stimmen",
    Why.WELDED: "ALARM: es fließen Watt, obwohl aus ist: Kontakt verschweißt? Sicherung aus",
    Why.TRIAC_SHORT: "ALARM: es fließen Watt bei Regler auf null: er oder die Kupplung ist hin",
    Why.FROZEN: "AUS: kein Zähler rührt sich, obwohl geheizt wird: die Werte sind eingefroren",
    Why.ELEMENT: (
        "ALARM: keine Watt bei kaltem Wasser: Heizstab, Sicherung oder Sicherheitsabschalter"
    ),
    Why.THERMOSTAT_OPEN: "es fließen keine Watt: Thermostat offen oder Sicherung aus",
    Why.OUTPUT_FAULT: "AUS: der Ausgang gehorcht nicht",
    Why.INVERTER_OVER: (
        "AUS: der Wechselrichter gibt {inverter_w:.0f} W von höchstens {limit_w:.0f} W"
    ),
    Why.FAULT: "AUS: ein Fehler in pvopt",
    Why.STOPPING: "hält an",
    Why.CHECKING: "einen Moment aus: prüft, ob Watt fließen, die nicht fließen sollten",
    Why.SHARING: "gibt seinen Teil von dem, was das Haus braucht",
    Why.REBALANCING: "gibt seinen Teil, je nachdem, wie voll er ist: {soc_pct:.0f} %",
    Why.RESTING: "ruht: die anderen tragen, was das Haus braucht, bis er an der Reihe ist",
    Why.NO_NEED: "das Haus braucht nichts von ihm",
    Why.AT_LIMIT: "an seiner Grenze",
    Why.AT_LEAST: "gibt das Wenigste, das er darf",
    Why.CHARGING: "nimmt seinen Teil des Überschusses",
    Why.NOT_FOLLOWING: "folgt nicht: leer, voll oder gebremst; die anderen tragen seinen Teil",
    Why.STORAGE_SILENT: "schweigt: die anderen tragen seinen Teil",
    Why.STORAGE_OFFLINE: "nicht verbunden: die anderen tragen seinen Teil",
    Why.METER_SILENT: "der Netzzähler schweigt: herunter auf sein Wenigstes",
    Why.ASSUMED: "noch nichts von ihm gehört: angenommen, wie eingestellt",
    Why.RETURNING: "wieder da: sein Teil wächst",
    Why.SURPLUS_FIRST: "gibt nichts an Verbraucher, die mit Überschuss laufen",
}

ALARMS: dict[Alarm, str] = {
    Alarm.OVERLOAD: "Wechselrichter überlastet",
    Alarm.LOW_BATTERY: "Batterie schwach",
    Alarm.TEMPERATURE: "Temperatur",
    Alarm.BMS: "Batteriemanagement",
    Alarm.INVERTER: "Fehler des Wechselrichters",
    Alarm.METER_LOST: "Netzzähler verloren",
}

STATES: dict[EssState, str] = {
    EssState.UNKNOWN: "unbekannt",
    EssState.OPTIMIZED: "Eigenverbrauch",
    EssState.KEEP_CHARGED: "Batterien geladen halten",
    EssState.EXTERNAL: "Steuerung von außen",
    EssState.RECHARGE: "lädt die Batterie aus dem Netz nach",
    EssState.PASS_THROUGH: "reicht das Netz nur durch",
    EssState.ISLAND: "Inselbetrieb",
    EssState.CHARGER_ONLY: "nur Ladegerät",
    EssState.OFF: "ausgeschaltet",
    EssState.FAULT: "Fehler",
    EssState.SCHEDULED: "geplantes Laden",
    EssState.PEAK_SHAVING: "Lastspitzen kappen",
}

UNTIL = " bis {hour:02.0f}:{minute:02.0f}"
UNTIL_TOMORROW = " bis morgen {hour:02.0f}:{minute:02.0f}"
BY = " um {hour:02.0f}:{minute:02.0f}"
LEFT = " für noch {left_min:.0f} min"

FORECAST_GATE = (
    "die Vorhersage ({forecast_w:.0f} W) liegt nicht so weit über den Modulen ({pv_w:.0f} W) wie "
    "verlangt"
)

NEEDS_BOTH = "braucht {w:.0f} W mehr, {s:.0f} s lang"
NEEDS_W = "braucht {w:.0f} W mehr"
NEEDS_S = "noch {s:.0f} s lang"

NEXT: dict[Why, str] = {
    Why.WAIT_ENABLE: "entscheidet sich in {s:.0f} s",
    Why.MIN_ON: "darf in {s:.0f} s ausgehen",
    Why.MIN_OFF: "darf in {s:.0f} s angehen",
    Why.PROBING: "wird in {s:.0f} s beurteilt",
    Why.STEP_BACK: "versucht es in {s:.0f} s wieder",
    Why.RIDING: "versucht in {s:.0f} s etwas weniger",
    Why.BUDGET_SPENT: "versucht es in {s:.0f} s wieder",
    Why.THERMOSTAT_OPEN: "versucht es in {s:.0f} s wieder",
    Why.ELEMENT: "versucht es in {s:.0f} s wieder",
    Why.WAIT_DISABLE: "geht in {s:.0f} s aus",
}
NEXT_BOTH: dict[Why, str] = {
    Why.RIDING: "versucht in {s:.0f} s mehr",
    Why.WAIT_DISABLE: "geht in {s:.0f} s aus, wenn nicht {w:.0f} W mehr kommen",
}
# Where a load stands with its hygiene.
HYGIENE: dict[Progress, str] = {
    Progress.DONE: "Hygiene erledigt {done}, die nächste fällig bis {due}",
    Progress.FIRST: "Hygiene fällig bis {due}, denn von diesem Speicher ist noch nichts bekannt",
    Progress.WAITING: "Hygiene fällig bis {due}: wartet auf die Sonne, geheizt wird ab {start}",
    Progress.HEATING: "Hygiene fällig bis {due}: heizt, was immer die Sonne tut",
    Progress.OVERDUE: "Hygiene überfällig seit {due}: nicht lange genug heiß genug",
}
