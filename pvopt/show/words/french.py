"""French sentences for reason codes; numbers are filled in by name."""

from __future__ import annotations

from pvopt.decide.legionella import Progress
from pvopt.model import Alarm, EssState, Why

DECIMAL = ","

SENTENCES: dict[Why, str] = {
    Why.STARTING: "vient de démarrer",
    Why.NO_SURPLUS: "pas de surplus : la maison et la batterie prennent tout le soleil disponible",
    Why.VISIBLE: "prend ce qui partirait au réseau",
    Why.PROBING: "recherche : essaie si le soleil porte ces watts",
    Why.RIDING: "utilise tout le soleil disponible en ce moment",
    Why.STEP_BACK: "moins : le soleil ne porte peut-être pas les derniers watts",
    Why.HOLD: "reste ainsi",
    Why.WAIT_ENABLE: "va démarrer : attend de voir si le surplus dure",
    Why.WAIT_DISABLE: "trop peu de surplus : attend de voir s'il revient",
    Why.MIN_ON: "reste allumé pendant sa durée minimale",
    Why.MIN_OFF: "reste éteint pendant sa durée minimale",
    Why.BUDGET_SPENT: "attend : la recherche a emprunté tout ce qu'elle peut pour cette heure",
    Why.HEATER_MAX: "le chauffe-eau reçoit tout ce qu'il peut prendre",
    Why.INVERTER_CAP: "limité par l'onduleur",
    Why.RANKED: "des appareils de rang supérieur prennent tout ce qu'il y a",
    Why.TOO_LITTLE: "attend : ce qui reste pour lui ne suffit pas",
    Why.MOST_STARTS: "allumé aussi souvent que permis en une heure",
    Why.NIGHT: "nuit",
    Why.SOC_LOW: "la batterie d'abord : {soc_pct:.0f} % sur au moins {min_pct:.0f} %",
    Why.GRID_DRAW: "la maison consomme du réseau",
    Why.BATTERY_DISCHARGE: "la batterie se décharge",
    Why.FORECAST_LOW: "le ciel n'a pas plus à donner",
    Why.GENERATOR: "le groupe électrogène tourne",
    Why.ISLAND: "hors réseau, et chauffer n'y est pas permis",
    Why.ESS_STATE: ("l'onduleur est dans un état où le surplus n'est pas à nous : {state_name}"),
    Why.NOT_AUTO: "pas en automatique",
    Why.PERSON_OFF: "éteint à la main{until}",
    Why.PERSON_ON: "allumé à la main{until}",
    Why.BOOST: "boost à la main{until}",
    Why.LEGIONELLA: "hygiène : chauffe de {temperature_c:.1f} °C à {target_c:.0f} °C",
    Why.LEGIONELLA_LATE: (
        "ALARME : l'hygiène est en retard : l'eau n'a pas été assez chaude assez longtemps à temps"
    ),
    Why.TOO_COLD: "trop froid : chauffe de {temperature_c:.1f} °C à {eco_c:.0f} °C",
    Why.ENERGY_FLOOR: "le soleil a trop peu apporté : chauffe encore {lacking_wh:.0f} Wh",
    Why.READY_BY: "doit être prêt{by} : chauffe encore {lacking_wh:.0f} Wh",
    Why.TANK_FULL: (
        "plein : ne prend pas de soleil avant que l'eau soit sous {solar_min_c:.0f} °C"
    ),
    Why.ENERGY_ENOUGH: "a eu son énergie : ne prend plus de soleil pour cette période",
    Why.STALE: ("ARRÊT : la dernière bonne mesure a {age_s:.0f} s (permis : {allowed_s:.0f} s)"),
    Why.NO_DATA: "ARRÊT : encore aucune mesure de la maison",
    Why.METER_LOST: "ARRÊT : le compteur du réseau est perdu",
    Why.ALARM: "ARRÊT : alarme de l'installation : {alarm_name}",
    Why.GRID_LOST: "ARRÊT : le réseau a disparu il y a {since_s:.0f} s",
    Why.TOO_HOT: "éteint : l'eau est à {temperature_c:.1f} °C (au plus {max_c:.0f} °C)",
    Why.SENSOR_LOST: "ARRÊT : la sonde de température de l'eau se tait",
    Why.SENSOR_BAD: "ARRÊT : la sonde de température de l'eau ne peut pas dire vrai",
    Why.WELDED: "ALARME : des watts passent bien qu'éteint : contact soudé ? Coupez le disjoncteur",
    Why.TRIAC_SHORT: "ALARME : des watts passent, variateur à zéro : lui ou son axe est cassé",
    Why.FROZEN: "ARRÊT : aucun compteur ne bouge alors que l'eau chauffe : les mesures sont figées",
    Why.ELEMENT: "ALARME : aucun watt, eau froide : résistance, fusible ou sécurité thermique",
    Why.THERMOSTAT_OPEN: "aucun watt ne passe : thermostat ouvert, ou disjoncteur coupé",
    Why.OUTPUT_FAULT: "ARRÊT : la sortie n'obéit pas",
    Why.INVERTER_OVER: ("ARRÊT : l'onduleur donne {inverter_w:.0f} W sur au plus {limit_w:.0f} W"),
    Why.FAULT: "ARRÊT : une erreur dans pvopt",
    Why.STOPPING: "s'arrête",
    Why.CHECKING: "éteint un moment : vérifie si des watts passent qui ne devraient pas",
    Why.SHARING: "donne sa part de ce qu'il faut à la maison",
    Why.REBALANCING: "donne sa part, selon son niveau : {soc_pct:.0f} %",
    Why.RESTING: "se repose : les autres portent ce qu'il faut à la maison, son tour viendra",
    Why.NO_NEED: "la maison n'en a pas besoin",
    Why.AT_LIMIT: "à sa limite",
    Why.AT_LEAST: "donne le moins qu'elle peut",
    Why.CHARGING: "prend sa part du surplus",
    Why.NOT_FOLLOWING: "ne suit pas : vide, pleine ou bridée ; les autres portent sa part",
    Why.STORAGE_SILENT: "se tait : les autres portent sa part",
    Why.STORAGE_OFFLINE: "non connectée : les autres portent sa part",
    Why.METER_SILENT: "le compteur du réseau se tait : descend à son minimum",
    Why.ASSUMED: "encore rien entendu d'elle : prise comme configurée",
    Why.RETURNING: "de retour : sa part grandit",
    Why.SURPLUS_FIRST: "ne donne rien aux appareils qui vivent du surplus",
}

ALARMS: dict[Alarm, str] = {
    Alarm.OVERLOAD: "onduleur surchargé",
    Alarm.LOW_BATTERY: "batterie faible",
    Alarm.TEMPERATURE: "température",
    Alarm.BMS: "gestion de la batterie",
    Alarm.INVERTER: "défaut de l'onduleur",
    Alarm.METER_LOST: "compteur du réseau perdu",
}

STATES: dict[EssState, str] = {
    EssState.UNKNOWN: "inconnu",
    EssState.OPTIMIZED: "autoconsommation",
    EssState.KEEP_CHARGED: "garder les batteries chargées",
    EssState.EXTERNAL: "commande extérieure",
    EssState.RECHARGE: "recharge la batterie depuis le réseau",
    EssState.PASS_THROUGH: "laisse passer le réseau",
    EssState.ISLAND: "hors réseau",
    EssState.CHARGER_ONLY: "chargeur seul",
    EssState.OFF: "éteint",
    EssState.FAULT: "défaut",
    EssState.SCHEDULED: "charge programmée",
    EssState.PEAK_SHAVING: "écrêtage des pointes",
}

UNTIL = " jusqu'à {hour:02.0f}:{minute:02.0f}"
UNTIL_TOMORROW = " jusqu'à demain {hour:02.0f}:{minute:02.0f}"
BY = " à {hour:02.0f}:{minute:02.0f}"
LEFT = " pour encore {left_min:.0f} min"

FORECAST_GATE = (
    "la prévision ({forecast_w:.0f} W) ne dépasse pas les panneaux ({pv_w:.0f} W) d'autant que "
    "demandé"
)

NEEDS_BOTH = "il faut {w:.0f} W de plus pendant {s:.0f} s"
NEEDS_W = "il faut {w:.0f} W de plus"
NEEDS_S = "encore pendant {s:.0f} s"

NEXT: dict[Why, str] = {
    Why.WAIT_ENABLE: "décidé dans {s:.0f} s",
    Why.MIN_ON: "peut s'éteindre dans {s:.0f} s",
    Why.MIN_OFF: "peut s'allumer dans {s:.0f} s",
    Why.PROBING: "jugé dans {s:.0f} s",
    Why.STEP_BACK: "réessaie dans {s:.0f} s",
    Why.RIDING: "essaie un peu moins dans {s:.0f} s",
    Why.BUDGET_SPENT: "réessaie dans {s:.0f} s",
    Why.THERMOSTAT_OPEN: "réessaie dans {s:.0f} s",
    Why.ELEMENT: "réessaie dans {s:.0f} s",
    Why.WAIT_DISABLE: "s'éteint dans {s:.0f} s",
}
NEXT_BOTH: dict[Why, str] = {
    Why.RIDING: "essaie davantage dans {s:.0f} s",
    Why.WAIT_DISABLE: "s'éteint dans {s:.0f} s à moins de {w:.0f} W de plus",
}
# Where a load stands with its hygiene.
HYGIENE: dict[Progress, str] = {
    Progress.DONE: "hygiène faite {done}, la prochaine avant {due}",
    Progress.FIRST: "hygiène à faire avant {due}, car rien n’est encore connu de ce ballon",
    Progress.WAITING: "hygiène à faire avant {due} : attend le soleil, la chauffe commence {start}",
    Progress.HEATING: "hygiène à faire avant {due} : chauffe, quoi que fasse le soleil",
    Progress.OVERDUE: "hygiène en retard depuis {due} : pas assez chaud assez longtemps",
}
