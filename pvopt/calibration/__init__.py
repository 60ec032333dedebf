"""Measuring a regulator's curve: the sweep as a pure state machine, and what is made of it."""
