"""Arguments, then pvopt.commands. ``run`` starts as the small guardian of the process that runs."""

from __future__ import annotations

import os
import sys


def main(arguments: list[str]) -> int:
    """Run a command; the first word not a command means ``run``. Returns the exit code."""
    if is_run(arguments):
        from pvopt.pulse import has_guardian  # noqa: PLC0415 (nothing heavy in the guardian)

        if not has_guardian(os.environ):
            from pvopt.guardian import Guardian  # noqa: PLC0415

            return Guardian([sys.executable, *sys.orig_argv[1:]]).run()
    from pvopt.commands.cli import main as command_line  # noqa: PLC0415

    return command_line(arguments)


def is_run(arguments: list[str]) -> bool:
    """Whether these arguments start the main job (a question for help does not)."""
    if "-h" in arguments or "--help" in arguments:
        return False
    return not arguments or arguments[0] == "run" or arguments[0].startswith("-")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
