"""Arguments, then pvopt.commands. ``run`` and ``calibrate`` start as the small guardian of the
process that moves the outputs."""

from __future__ import annotations

import os
import sys


def main(arguments: list[str]) -> int:
    """Run a command; the first word not a command means ``run``. Returns the exit code."""
    if is_guarded(arguments):
        from pvopt.pulse import has_guardian  # noqa: PLC0415 (nothing heavy in the guardian)

        if not has_guardian(os.environ):
            return guardian()
    try:
        from pvopt.commands.cli import main as command_line  # noqa: PLC0415

        return command_line(arguments)
    except ModuleNotFoundError as error:
        missing = (error.name or "").partition(".")[0]
        if missing in {"", "pvopt"}:
            raise
        # 2: the guardian does not start anew what cannot get better by that.
        sys.stderr.write(f"pvopt: {missing} is missing. First:  . ./env.sh   (mind the dot)\n")
        return 2


def guardian() -> int:
    """Become the guardian: once more from the start, without the site's packages and without
    the memory that compiling took."""
    from pvopt.guardian import Guardian  # noqa: PLC0415

    words = sys.orig_argv[1:]
    if not sys.flags.no_site:
        os.execv(sys.executable, [sys.executable, "-S", *words])
    words.remove("-S")
    return Guardian([sys.executable, *words]).run()


def is_guarded(arguments: list[str]) -> bool:
    """Whether these arguments move outputs (a question for help or version does not)."""
    if {"-h", "--help", "--version"}.intersection(arguments):
        return False
    return not arguments or arguments[0] in {"run", "calibrate"} or arguments[0].startswith("-")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
