"""Make the hash of a password for the page.

Asks for the password twice, without showing it, and prints the line for the section `page` of
the configuration. The hash opens nothing by itself, but keep it out of public places: short
passwords can be guessed from it. Forgotten? Make a new one.
"""

from __future__ import annotations

import argparse
import getpass
import sys

from pvopt.errors import ConfigError
from pvopt.show.web.passwords import LONGEST, hashed

SHORTEST = 8


def add_arguments(parser: argparse.ArgumentParser) -> None:
    del parser


def run(args: argparse.Namespace) -> int:
    """Exit 0 with the line printed. ConfigError for what is no password."""
    del args
    password = _asked("Password for the page: ")
    if len(password) < SHORTEST:
        raise ConfigError(f"too short: {SHORTEST} letters or more, several words are best")
    if len(password) > LONGEST:
        raise ConfigError(f"too long: {LONGEST} letters at most")
    if sys.stdin.isatty() and _asked("Once more: ") != password:
        raise ConfigError("the two are not the same; nothing was made")
    print("Write into the section `page` of your configuration, then start pvopt anew:")
    print(f"  password_hash: {hashed(password)}")
    return 0


def _asked(words: str) -> str:
    """Without showing it; from a pipe its first line."""
    try:
        if sys.stdin.isatty():
            return getpass.getpass(words)
    except EOFError as end:
        raise ConfigError("no password was given") from end
    return sys.stdin.readline().rstrip("\n")
