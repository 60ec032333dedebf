"""``migrate OLD``: the configuration of a program that pvopt descends from becomes ours, and says
how."""

from __future__ import annotations

import contextlib
import os
import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path
from zoneinfo import ZoneInfo

from pvopt.config.faults import InvalidConfigError
from pvopt.config.from_balancer import from_balancer, is_balancer
from pvopt.config.from_distributor import from_distributor, is_distributor
from pvopt.config.from_flat import is_flat, migrate
from pvopt.config.from_linky import from_linky, is_linky
from pvopt.config.migration import Migration
from pvopt.config.parse import parse, read_text
from pvopt.errors import ConfigError

DONE, REFUSED = 0, 2
NO_BALANCER = (
    "this is not the config.ini of the solar energy balancer: it needs the sections [mqtt], "
    "[evaluate] and [equipments]"
)


def add_arguments(parser: ArgumentParser) -> None:
    """The command's own arguments."""
    parser.description = (
        "Turn the flat config.yaml of pv_heater_optimizer, the config.ini of the Python solar "
        "energy balancer, the .env of the B2500 load distributor or the equipment_config.yml of "
        "the photovoltaic power optimizer (with its names in the environment) into a configuration "
        "of pvopt. What was carried, what was not and what to look at goes to standard error. "
        "Passwords are never copied."
    )
    parser.add_argument("old", metavar="OLD", type=Path, help="the old file")
    parser.add_argument(
        "--out",
        metavar="FILE",
        type=Path,
        help="write here (a new file) instead of standard output",
    )


def run(args: Namespace) -> int:
    """Migrate; 0 done, 2 where OLD cannot be used or FILE cannot be written."""
    text, faults = read_text(args.old)
    if faults:
        return _refuse("\n".join(str(fault) for fault in faults))
    try:
        migration = migrated(args.old, text)
    except ConfigError as error:
        return _refuse(str(error))
    if args.out is None:
        print(migration.text, end="")
    else:
        try:
            with args.out.open("x", encoding="utf-8") as file:
                file.write(migration.text)
        except FileExistsError:
            return _refuse(f"{args.out}: is there already; nothing is overwritten")
        except OSError as error:
            return _refuse(f"{args.out}: cannot be written: {error.strerror}")
    _report(migration, args.out)
    return DONE


def migrated(old: Path, text: str) -> Migration:
    """Our text for an old file, whichever of the four programs it belongs to. ConfigError, in
    words: none of them, or nothing could be made of it."""
    zone = machine_timezone()
    try:
        if is_balancer(text):
            return from_balancer(text, zone)
        if is_distributor(text):
            return from_distributor(text, zone)
        if old.suffix.lower() == ".ini":
            raise ValueError(NO_BALANCER)
        root, faults = parse(text, str(old), {})
        if root is None:
            raise ConfigError("\n".join(str(fault) for fault in faults))
        if {"version", "site"} <= root.entries.keys():
            raise ConfigError(f"{old}: this is a configuration of pvopt already")
        if is_linky(root):
            return from_linky(root, zone, os.environ)
        if is_flat(root):
            return migrate(root, zone)
    except InvalidConfigError as error:
        raise ConfigError(f"{old}: no configuration could be made of it\n{error}") from error
    except ValueError as error:
        raise ConfigError(f"{old}: {error}") from error
    raise ConfigError(
        f"{old}: this is not the config.yaml of pv_heater_optimizer (its keys min_battery, "
        "max_grid_draw, fcast_diff, … are missing), nor the config.ini of the solar energy "
        "balancer ([mqtt], [evaluate], [equipments]), nor an equipment_config.yml (equipment:), "
        "nor the .env of the B2500 load distributor (MAX_POWER_BOOST, REBALANCE_RATE, …)"
    )


def machine_timezone(
    name_file: Path = Path("/etc/timezone"), zone_link: Path = Path("/etc/localtime")
) -> str:
    """Name of the time zone that this machine is set to, UTC where it does not say."""
    candidates = []
    with contextlib.suppress(OSError):
        candidates.append(str(zone_link.readlink()).rpartition("zoneinfo/")[2])
    with contextlib.suppress(OSError, ValueError):
        candidates.append(name_file.read_text(encoding="utf-8").strip())
    for name in candidates:
        try:
            return ZoneInfo(name).key
        except (OSError, ValueError, LookupError):
            continue
    return "UTC"


def _refuse(words: str) -> int:
    print(words, file=sys.stderr)
    return REFUSED


def _report(migration: Migration, out: Path | None) -> None:
    for title, lines in (
        ("To do before it can run", migration.todo),
        ("Look at", migration.warnings),
        ("Not carried", migration.left),
        ("Carried", migration.carried),
    ):
        print(f"{title}:", file=sys.stderr)
        for line in lines or ("nothing",):
            print(f"  {line}", file=sys.stderr)
    where = f"--config {out}" if out else "--config with the file you keep it in"
    print(f"Next: python main.py check {where}", file=sys.stderr)
