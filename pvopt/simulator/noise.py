"""Noise without memory: a hash of a seed, a channel and a whole number. Pure."""

from __future__ import annotations

_MASK = (1 << 64) - 1


def noise(seed: int, channel: int, k: int) -> float:
    """A number 0 <= x < 1 that looks random: the finaliser of SplitMix64 over its arguments."""
    z = (seed * 0x9E3779B97F4A7C15 + channel * 0xD1B54A32D192ED03 + k * 0x8CB92BA72F3D8DD7) & _MASK
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & _MASK
    return ((z ^ (z >> 31)) >> 11) / float(1 << 53)
