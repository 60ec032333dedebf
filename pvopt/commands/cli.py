"""The command line: which command, which options, which exit code."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence

from pvopt import __version__
from pvopt.errors import ConfigError, PvoptError

EXIT_OK, EXIT_FAILED, EXIT_USAGE, EXIT_FAULT_FOUND = 0, 1, 2, 3

# One row a command: its module (add_arguments, run) and what it does.
COMMANDS = {
    "run": ("pvopt.commands.run", "run the control loop (what happens without a command)"),
    "check": (
        "pvopt.commands.check",
        "look at configuration, pins, GX, portal and clock: a doctor",
    ),
    "calibrate": (
        "pvopt.commands.calibrate",
        "measure a regulator's curve: watts at each place of its knob",
    ),
    "request": ("pvopt.commands.request", "ask for hot water now, for off, or for automatic again"),
    "password": ("pvopt.commands.password", "make the hash of a password for the page"),
    "export": ("pvopt.commands.export", "what was recorded, as CSV or JSON"),
    "replay": ("pvopt.commands.replay", "recorded days once more, with the same or other settings"),
    "outputs-off": ("pvopt.commands.outputs_off", "switch every output off, whatever else runs"),
    "simulate": ("pvopt.commands.simulate", "a simulated home as a GX, for trying a configuration"),
    "sweep": ("pvopt.commands.sweep", "many simulated homes side by side: which sizes pay?"),
    "migrate": ("pvopt.commands.migrate", "turn an older program's configuration into ours"),
    "benchmark": ("pvopt.commands.benchmark", "measure: what is caught, how fast, at what cost"),
}

DESCRIPTION = """\
pvopt turns solar power that would otherwise be wasted into hot water.

The first start needs no hardware and no account: without --config it runs
Files/config.yaml, a simulated home behind a real Modbus TCP server. Copy that file or
Files/examples/victron.yaml, edit it, look at it with `check`, then run it."""

EPILOG = """\
exit codes:
  0  done, or stopped in order by a signal
  1  something failed while running
  2  the command line or the configuration is wrong; nothing was started
  3  `check` found a fault

`python main.py COMMAND --help` tells more about a command."""


def parser() -> argparse.ArgumentParser:
    """The whole command line, for its help."""
    top = argparse.ArgumentParser(
        prog="python main.py",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action="version", version=f"pvopt {__version__}")
    commands = top.add_subparsers(dest="command", metavar="COMMAND")
    for name, (_, words) in COMMANDS.items():
        commands.add_parser(name, help=words)
    return top


def main(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code; never raises for anything a user can cause."""
    words = list(arguments)
    try:
        if words and words[0] in {"-h", "--help", "--version"}:
            parser().parse_args(words[:1])
        if not words or words[0].startswith("-"):
            words.insert(0, "run")
        if words[0] not in COMMANDS:
            return _unknown(words[0])
        code = _command(words[0], words[1:])
        sys.stdout.flush()  # here, where a fault can still be told
        return code
    except SystemExit as leaving:  # argparse: 0 after --help, 2 for bad arguments
        return leaving.code if isinstance(leaving.code, int) else EXIT_FAILED
    except ConfigError as error:
        print(error, file=sys.stderr)
        return EXIT_USAGE
    except PvoptError as error:
        print(f"pvopt: {error}", file=sys.stderr)
        return EXIT_FAILED
    except KeyboardInterrupt:
        return EXIT_OK
    except BrokenPipeError:  # whoever read what we print has gone, as `| head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_FAILED


def _command(name: str, words: list[str]) -> int:
    module = importlib.import_module(COMMANDS[name][0])
    command = argparse.ArgumentParser(
        prog=f"python main.py {name}",
        description=module.__doc__,
        epilog=EPILOG if name == "run" else None,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    module.add_arguments(command)
    return int(module.run(command.parse_args(words)))


def _unknown(name: str) -> int:
    import difflib  # noqa: PLC0415 (only for this message)

    close = difflib.get_close_matches(name, COMMANDS, n=1, cutoff=0.5)
    meant = f" Did you mean `{close[0]}`?" if close else ""
    print(
        f"pvopt: there is no command {name!r}.{meant} There are: {', '.join(COMMANDS)}. "
        "`python main.py --help` tells what they do.",
        file=sys.stderr,
    )
    return EXIT_USAGE
