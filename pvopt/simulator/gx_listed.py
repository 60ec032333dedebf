"""Which registers a GX lists, service by service, and which of them are reserved.

From Victron's public register list (revision 53).
"""

from __future__ import annotations

from collections.abc import Mapping

# Listed registers of each service, (first, last): what is not in here is unknown (0x02).
LISTED: Mapping[str, tuple[tuple[int, int], ...]] = {
    "system": ((800, 919), (5400, 5407)),
    "settings": ((2700, 2708), (2710, 2715), (2718, 2723), (2900, 2903), (4701, 4704)),
    "hub4": ((2709, 2709), (2716, 2717), (2724, 2724)),
    "vebus": ((3, 147), (200, 247)),
    "battery": ((256, 331), (1282, 1343)),
    "solarcharger": ((771, 793), (3700, 3747)),
    "pvinverter": ((1026, 1077),),
    "grid": ((2600, 2657),),
    "temperature": ((3300, 3327),),
    "multi": ((4500, 4616), (4620, 4633)),
    "inverter": ((3100, 3103), (3105, 3107), (3110, 3118), (3125, 3144), (3148, 3177)),
    "genset": ((3200, 3210), (3212, 3225), (3228, 3240)),
    "acload": ((3900, 3934), (3940, 3947)),
    "evcharger": ((3800, 3838), (3840, 3847)),
    "tank": ((3000, 3008), (3010, 3017)),
}
RESERVED: Mapping[str, tuple[tuple[int, int], ...]] = {
    "system": (
        (827, 829),
        (836, 839),
        (847, 849),
        (852, 854),
        (856, 859),
        (861, 864),
        (867, 867),
    ),
    "settings": ((2719, 2719),),
    "vebus": ((122, 129), (138, 139), (212, 212), (223, 229), (235, 239)),
    "solarcharger": ((782, 783), (3704, 3707), (3739, 3739)),
    "pvinverter": ((1065, 1069),),
    "grid": ((2649, 2649),),
    "temperature": ((3315, 3319),),
}
SERVICE_OF = {
    address: service
    for service, ranges in LISTED.items()
    for first, last in ranges
    for address in range(first, last + 1)
}
RESERVED_WORDS = {
    service: dict.fromkeys(
        (address for first, last in ranges for address in range(first, last + 1)), 0xFFFF
    )
    for service, ranges in RESERVED.items()
}
