"""Czech sentences for reason codes; numbers are filled in by name."""

from __future__ import annotations

from pvopt.decide.legionella import Progress
from pvopt.model import Alarm, EssState, Why

DECIMAL = ","

SENTENCES: dict[Why, str] = {
    Why.STARTING: "právě spuštěno",
    Why.NO_SURPLUS: "žádný přebytek: dům a baterie berou všechno slunce, které je",
    Why.VISIBLE: "bere, co by jinak odteklo do sítě",
    Why.PROBING: "hledá: zkouší, zda slunce tyto watty unese",
    Why.RIDING: "využívá všechno slunce, které je teď k mání",
    Why.STEP_BACK: "méně: poslední watty slunce možná neunese",
    Why.HOLD: "zůstává při tom",
    Why.WAIT_ENABLE: "brzy začne: čeká, zda přebytek vydrží",
    Why.WAIT_DISABLE: "příliš malý přebytek: čeká, zda se vrátí",
    Why.MIN_ON: "zůstává po minimální dobu zapnuto",
    Why.MIN_OFF: "zůstává po minimální dobu vypnuto",
    Why.BUDGET_SPENT: "čeká: hledání si v této hodině půjčilo vše, co smí",
    Why.HEATER_MAX: "ohřívač dostává vše, co dokáže odebrat",
    Why.INVERTER_CAP: "omezeno střídačem",
    Why.RANKED: "spotřebiče s vyšším pořadím berou vše, co je",
    Why.TOO_LITTLE: "čeká: na něj zbývá příliš málo",
    Why.MOST_STARTS: "za hodinu zapnuto tolikrát, kolikrát se smí",
    Why.NIGHT: "noc",
    Why.SOC_LOW: "baterie má přednost: {soc_pct:.0f} % z nejméně {min_pct:.0f} %",
    Why.GRID_DRAW: "dům odebírá ze sítě",
    Why.BATTERY_DISCHARGE: "baterie se vybíjí",
    Why.FORECAST_LOW: "obloha víc nedá",
    Why.GENERATOR: "běží generátor",
    Why.ISLAND: "bez sítě, a tam se topit nesmí",
    Why.ESS_STATE: "střídač je ve stavu, kdy přebytek není náš: {state_name}",
    Why.NOT_AUTO: "není v automatice",
    Why.PERSON_OFF: "vypnuto ručně{until}",
    Why.PERSON_ON: "zapnuto ručně{until}",
    Why.BOOST: "ruční boost{until}",
    Why.LEGIONELLA: "hygiena: ohřívá z {temperature_c:.1f} °C na {target_c:.0f} °C",
    Why.LEGIONELLA_LATE: ("ALARM: hygiena je po termínu: voda nebyla včas dost dlouho dost horká"),
    Why.TOO_COLD: "příliš studená: ohřívá z {temperature_c:.1f} °C na {eco_c:.0f} °C",
    Why.ENERGY_FLOOR: "slunce přineslo málo: ohřívá ještě {lacking_wh:.0f} Wh",
    Why.READY_BY: "má být hotovo{by}: ohřívá ještě {lacking_wh:.0f} Wh",
    Why.TANK_FULL: "plno: slunce nebere, dokud voda nebude pod {solar_min_c:.0f} °C",
    Why.ENERGY_ENOUGH: "svou energii už má: v tomto období slunce nebere",
    Why.STALE: ("VYPNUTO: poslední dobrý údaj je starý {age_s:.0f} s (povoleno {allowed_s:.0f} s)"),
    Why.NO_DATA: "VYPNUTO: z domu zatím není žádný údaj",
    Why.METER_LOST: "VYPNUTO: elektroměr sítě je ztracen",
    Why.ALARM: "VYPNUTO: alarm zařízení domu: {alarm_name}",
    Why.GRID_LOST: "VYPNUTO: síť vypadla před {since_s:.0f} s",
    Why.TOO_HOT: "vypnuto: voda má {temperature_c:.1f} °C (nejvýše {max_c:.0f} °C)",
    Why.SENSOR_LOST: "VYPNUTO: čidlo teploty vody mlčí",
    Why.SENSOR_BAD: "VYPNUTO: čidlo teploty vody nemůže mít pravdu",
    Why.WELDED: "ALARM: watty tečou, ačkoli je vypnuto: svařený kontakt? Vypněte jistič ohřívače",
    Why.TRIAC_SHORT: "ALARM: s regulátorem na nule tečou watty: je vadný on nebo jeho spojka",
    Why.FROZEN: "VYPNUTO: žádný elektroměr se nehýbe, ačkoli se topí: údaje zamrzly",
    Why.ELEMENT: "ALARM: žádné watty při studené vodě: těleso, jistič nebo tepelná pojistka",
    Why.THERMOSTAT_OPEN: "netečou žádné watty: termostat je rozepnutý nebo je vypnutý jistič",
    Why.OUTPUT_FAULT: "VYPNUTO: výstup neposlouchá",
    Why.INVERTER_OVER: "VYPNUTO: střídač dává {inverter_w:.0f} W z nejvýše {limit_w:.0f} W",
    Why.FAULT: "VYPNUTO: chyba uvnitř pvopt",
    Why.STOPPING: "končí",
    Why.CHECKING: "na chvíli vypnuto: ověřuje, zda netečou watty, které téci nemají",
    Why.SHARING: "dává svůj díl toho, co dům potřebuje",
    Why.REBALANCING: "dává svůj díl podle toho, jak je plné: {soc_pct:.0f} %",
    Why.RESTING: "odpočívá: co dům potřebuje, nesou ostatní, přijde na něj řada",
    Why.NO_NEED: "dům od něj nic nepotřebuje",
    Why.AT_LIMIT: "na své mezi",
    Why.AT_LEAST: "dává nejméně, co smí",
    Why.CHARGING: "bere svůj díl přebytku",
    Why.NOT_FOLLOWING: "neposlouchá: prázdné, plné nebo brzděné; jeho díl nesou ostatní",
    Why.STORAGE_SILENT: "mlčí: jeho díl nesou ostatní",
    Why.STORAGE_OFFLINE: "nepřipojeno: jeho díl nesou ostatní",
    Why.METER_SILENT: "elektroměr sítě mlčí: dolů na své minimum",
    Why.ASSUMED: "zatím o něm není nic slyšet: bere se podle nastavení",
    Why.RETURNING: "zpět: jeho díl roste",
    Why.SURPLUS_FIRST: "nic nedává spotřebičům, které běží na přebytek",
}

ALARMS: dict[Alarm, str] = {
    Alarm.OVERLOAD: "přetížený střídač",
    Alarm.LOW_BATTERY: "slabá baterie",
    Alarm.TEMPERATURE: "teplota",
    Alarm.BMS: "správa baterie",
    Alarm.INVERTER: "porucha střídače",
    Alarm.METER_LOST: "ztracený elektroměr sítě",
}

STATES: dict[EssState, str] = {
    EssState.UNKNOWN: "neznámý",
    EssState.OPTIMIZED: "vlastní spotřeba",
    EssState.KEEP_CHARGED: "udržovat baterie nabité",
    EssState.EXTERNAL: "řízení zvenčí",
    EssState.RECHARGE: "dobíjí baterii ze sítě",
    EssState.PASS_THROUGH: "síť jen prochází",
    EssState.ISLAND: "ostrovní provoz",
    EssState.CHARGER_ONLY: "jen nabíječ",
    EssState.OFF: "vypnutý",
    EssState.FAULT: "porucha",
    EssState.SCHEDULED: "plánované nabíjení",
    EssState.PEAK_SHAVING: "ořezávání špiček",
}

UNTIL = " do {hour:02.0f}:{minute:02.0f}"
UNTIL_TOMORROW = " do zítřka {hour:02.0f}:{minute:02.0f}"
BY = " v {hour:02.0f}:{minute:02.0f}"
LEFT = " ještě {left_min:.0f} min"

FORECAST_GATE = (
    "předpověď ({forecast_w:.0f} W) nepřevyšuje panely ({pv_w:.0f} W) o tolik, kolik je žádáno"
)

NEEDS_BOTH = "potřebuje o {w:.0f} W víc po dobu {s:.0f} s"
NEEDS_W = "potřebuje o {w:.0f} W víc"
NEEDS_S = "ještě {s:.0f} s"

NEXT: dict[Why, str] = {
    Why.WAIT_ENABLE: "rozhodne se za {s:.0f} s",
    Why.MIN_ON: "smí se vypnout za {s:.0f} s",
    Why.MIN_OFF: "smí se zapnout za {s:.0f} s",
    Why.PROBING: "posoudí se za {s:.0f} s",
    Why.STEP_BACK: "zkusí to znovu za {s:.0f} s",
    Why.RIDING: "zkusí o něco méně za {s:.0f} s",
    Why.BUDGET_SPENT: "zkusí to znovu za {s:.0f} s",
    Why.THERMOSTAT_OPEN: "zkusí to znovu za {s:.0f} s",
    Why.ELEMENT: "zkusí to znovu za {s:.0f} s",
    Why.WAIT_DISABLE: "vypne se za {s:.0f} s",
}
NEXT_BOTH: dict[Why, str] = {
    Why.RIDING: "zkusí víc za {s:.0f} s",
    Why.WAIT_DISABLE: "vypne se za {s:.0f} s, nepřijde-li o {w:.0f} W víc",
}
# Where a load stands with its hygiene.
HYGIENE: dict[Progress, str] = {
    Progress.DONE: "hygiena hotova {done}, další nejpozději {due}",
    Progress.FIRST: "hygiena nejpozději {due}, protože o této nádrži ještě není nic známo",
    Progress.WAITING: "hygiena nejpozději {due}: čeká na slunce, ohřev začne {start}",
    Progress.HEATING: "hygiena nejpozději {due}: ohřívá, ať slunce dělá cokoli",
    Progress.OVERDUE: "hygiena po termínu od {due}: voda nebyla dost dlouho dost horká",
}
