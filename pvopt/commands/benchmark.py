"""Measure: what the law catches, how fast it runs, what pvopt needs of this machine.

benchmark control    every law in six homes through the same days: how much of the sun that would
                     have been wasted becomes heat, and how much of the heat is not solar
benchmark ladder     six loads by rank, switched and variable, beside two other projects' laws: how
                     much they catch, and whether ranks and minimum times hold
benchmark storages   two to eight storages that share what a house needs, beside two other
                     projects' laws
benchmark limits     what nobody could exceed: the exact surplus, 2 s late, seen or climbed to
benchmark speed      steps per second of the production loop, the law, and law and home compiled
benchmark footprint  CPU and memory of the running program and its guardian

`python main.py benchmark KIND --help` tells more. Exit code: 0 done and every aim met, 1 an aim
is missed or something failed, 2 the command line or a file is wrong.
"""

from __future__ import annotations

import argparse
import importlib

# One row a kind: its module (add_arguments, run) and what it does.
KINDS = {
    "control": ("pvopt.commands.benchmark_control", "what every law catches, in six homes"),
    "ladder": ("pvopt.commands.benchmark_ladder", "six loads by rank, in six homes"),
    "storages": ("pvopt.commands.benchmark_storages", "storages that share, and other laws"),
    "limits": ("pvopt.commands.benchmark_limits", "what nobody could exceed, in six homes"),
    "speed": ("pvopt.commands.benchmark_speed", "steps per second of loop, law and home"),
    "footprint": (
        "pvopt.commands.benchmark_footprint",
        "CPU and memory of the running program",
    ),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    kinds = parser.add_subparsers(dest="kind", required=True, metavar="KIND")
    for name, (module, words) in KINDS.items():
        made = importlib.import_module(module)
        kind = kinds.add_parser(
            name,
            help=words,
            description=made.__doc__,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        made.add_arguments(kind)


def run(args: argparse.Namespace) -> int:
    """As the kind says."""
    return int(importlib.import_module(KINDS[args.kind][0]).run(args))
