"""Chance, which keeps many processes from doing a thing at the same time."""

from secrets import SystemRandom

DICE = SystemRandom()
"""Never the numbers of `random`, which the application may have seeded for itself."""
