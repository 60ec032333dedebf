"""The way in: a file becomes a ``Config``, or one error that names everything wrong with it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from pvopt.config.faults import Fault, InvalidConfigError
from pvopt.config.parse import parse, read_text
from pvopt.config.rules_across import global_faults
from pvopt.config.schema import Config
from pvopt.config.structure import Structurer


def load(path: Path, environ: Mapping[str, str] | None = None, *, secrets: bool = True) -> Config:
    """The configuration in ``path``; ``environ`` (None: the process's own) fills ``${NAME}``.

    ``secrets`` False, for commands that need none: a secret whose variable is not set may stay
    as it is written. Raises ``InvalidConfigError`` (a ``ConfigError``) with every fault at once,
    and nothing else.
    """
    file = str(path)
    text, faults = read_text(path)
    if faults:
        raise InvalidConfigError(file, faults)
    return load_text(text, file, os.environ if environ is None else environ, secrets)


def load_text(text: str, file: str, environ: Mapping[str, str], secrets: bool = True) -> Config:
    """The configuration that ``text`` is; ``file`` is only named. Raises as ``load`` does."""
    root, faults = parse(text, file, environ)
    if root is None:
        raise InvalidConfigError(file, faults)
    structurer = Structurer(file, secrets)
    config = structurer.config(root)
    rule_faults = [
        Fault(file, line, key, words)
        for line, key, words in global_faults(root, structurer.built)
        if not structurer.forgives(key)
    ]
    faults = [*faults, *structurer.faults, *rule_faults]
    if config is None or faults:
        raise InvalidConfigError(file, faults)
    return config
