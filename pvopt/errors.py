"""The error tree, by consequence: what a caller does is decided by the class alone."""


class PvoptError(Exception):
    """Anything pvopt raises on purpose."""


class ConfigError(PvoptError):
    """The configuration cannot be used: say all faults at once and stop (exit 2)."""


class SourceError(PvoptError):
    """A reading could not be had now: degrade, keep trying."""


class ActuatorError(PvoptError):
    """An output did not obey: go to the safe value, say so."""


class StoreError(PvoptError):
    """A record could not be kept: count it and go on."""
