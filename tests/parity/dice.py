"""Chance that can be repeated: every case has dice of its own."""

import random


class Dice(random.Random):
    """`Dice(seed, family, index)` throws the same for the same three, for ever."""

    def __new__(cls, *names):
        return super().__new__(cls)

    def __init__(self, *names):
        super().__init__("/".join(map(str, names)))

    def chance(self, percent):
        return self.random() * 100 < percent

    def pick(self, *values):
        return self.choice(values)

    def weighted(self, weights):
        """One of the keys, as often as its value says."""
        return self.choices(list(weights), list(weights.values()))[0]

    def some(self, values, percent=50):
        return [each for each in values if self.chance(percent)]

    def call(self, functions, *args):
        """The answer of one of the functions; their weights are the values."""
        return self.weighted(functions)(self, *args)
