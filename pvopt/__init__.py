"""pvopt: solar power that would be wasted becomes hot water."""

__version__ = "0.1.0"  # as in pyproject.toml
