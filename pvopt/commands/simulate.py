"""Live virtual days in a simulated home: the real loop, as fast as the machine can.

The home is the one of the configuration's `demo` section (Files/config.yaml without --config);
its heater is the first of `loads`. Sky and household are made up (see `demo.sky`, `demo.seed`),
or come from your own measurements: --weather and --load take CSV files, plain or .gz, with the
columns  time,ghi,dni,dhi,air_temperature,load  in any order (W/m2, degC, W; time as
2026-06-21T11:00Z; a row a minute up to a row an hour). --load needs only time and load.

Into the folder --out are written:
  2026-06-21.png   a picture of each day (needs matplotlib:  . ./env.sh sim)
  summary.txt      what was caught, missed and bought, day by day, with what each number means
  ticks.csv.gz     every tick, see below
Ctrl-C ends in order, and what has been done so far is saved. Files of an older run with the same
names are overwritten, nothing else is touched.

Columns of ticks.csv.gz:
{columns}
  {note}

With --serve the home stands still in real time as a Victron GX over Modbus TCP instead, for
trying a configuration: point a source at the address that is printed first (`host` and `port`).
The heater in that home draws nothing: nothing connects the outputs of another process with it;
the demonstration (`python main.py`) does that within one process. Its clock begins at the
demo's `start`, whatever the wall says; a pvopt that runs against it goes by the machine's
clock, so at night give it `daylight: {{mode: always}}`. Nothing can be written to this GX. It
ends with Ctrl-C or SIGTERM.

With --mqtt it stands behind an MQTT broker (HOST:PORT; without it the configuration's own): the
meters of the configuration publish there, and each load that is switched by MQTT is an appliance
that obeys, with a tank of its own if it is regulated or has a sensor. It lives in real time, or
--speed times faster, for any program that speaks to that broker, such as
`python main.py --config FILE` in another terminal; what is said of the night above holds for that
one. With --serve as well the same home is a GX, too. With --days the production loop lives
through whole days against it, in step, as fast as the broker passes messages on; there a heater on
a pin is simulated, too.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from pvopt.commands.options import add_config, add_measured, days, local_start, number
from pvopt.errors import ConfigError
from pvopt.show.ticks_csv import COLUMNS, NOTE

__doc__ = (__doc__ or "").format(
    columns="\n".join(f"  {name:<20} {words}" for name, words in COLUMNS.items()), note=NOTE
)

HIGHEST_PORT = 65_535
ONLY_DAYS = ("days", "start", "weather", "load", "place", "out", "no_pictures")
NOT_BY_MQTT = ("weather", "load", "place", "out", "no_pictures")
OWN_BROKER = "the configuration's"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the command. None: not given."""
    add_config(parser)
    add = parser.add_argument
    add("--days", type=days, metavar="N", help="how many days, 0.001 to 3660 (default: 1)")
    add(
        "--start",
        type=local_start,
        metavar="DATE",
        help='local date, or "DATE HH:MM" (default: the day of demo.start, or the first measured)',
    )
    add_measured(parser, "measured sun and air; see above", "measured load of the house; see above")
    add("--out", type=Path, metavar="DIR", help="folder for what is written (default: simulated)")
    add("--no-pictures", action="store_true", default=None, help="draw none")
    add(
        "--serve",
        metavar="HOST:PORT",
        type=_address,
        help="be a simulated GX in real time; e.g. 127.0.0.1:5020; port 0 takes any free one",
    )
    add(
        "--mqtt",
        metavar="HOST[:PORT]",
        nargs="?",
        const=OWN_BROKER,
        type=_broker,
        help="be a simulated home behind a broker; alone: at the configuration's own",
    )
    add(
        "--speed",
        type=_speed,
        metavar="X",
        help="with --serve or --mqtt: simulated seconds a second, 0.1 to 10000 (default: the "
        "demo's, or 1)",
    )


def _speed(text: str) -> float:
    return number(text, 0.1, 10_000.0)


def _broker(text: str) -> tuple[str, int | None] | str:
    if text == OWN_BROKER:
        return text
    return _address(text) if ":" in text else (text, None)


def _address(text: str) -> tuple[str, int]:
    host, colon, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not colon or not host or not port.isascii() or not port.isdigit():
        raise argparse.ArgumentTypeError(f"{text!r} is not HOST:PORT, e.g. 127.0.0.1:5020")
    if int(port) > HIGHEST_PORT:
        raise argparse.ArgumentTypeError(f"port {port} is above {HIGHEST_PORT}")
    return host, int(port)


def run(args: argparse.Namespace) -> int:
    """Virtual days, or a GX to read. ConfigError for what cannot go together."""
    if args.mqtt is not None:
        return _behind_broker(args)
    given = [name for name in ONLY_DAYS if getattr(args, name) is not None]
    if args.serve is not None:
        if given:
            option = given[0].replace("_", "-")
            raise ConfigError(f"--{option} means nothing with --serve: leave one of them out")
        from pvopt.commands.simulate_serve import serve  # noqa: PLC0415 (only what is needed)

        return serve(args.config, args.serve, args.speed)
    if args.speed is not None:
        raise ConfigError(
            "--speed needs --serve or --mqtt: without it days pass as fast as the machine can"
        )
    from pvopt.commands.simulate_days import simulate  # noqa: PLC0415

    return simulate(args)


def _behind_broker(args: argparse.Namespace) -> int:
    given = [name for name in NOT_BY_MQTT if getattr(args, name) is not None]
    if given:
        option = given[0].replace("_", "-")
        raise ConfigError(f"--{option} means nothing with --mqtt: leave one of them out")
    live = [name for name in ("speed", "serve") if getattr(args, name) is not None]
    if args.days is not None and live:
        raise ConfigError(
            f"--{live[0]} means nothing with --mqtt and --days: leave one of them out"
        )
    from pvopt.commands.simulate_mqtt import simulate  # noqa: PLC0415

    return simulate(args)
