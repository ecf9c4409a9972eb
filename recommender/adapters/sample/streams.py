"""Chance, split so that each part of the shop has its own."""

from dataclasses import dataclass, fields
from typing import Self

import numpy as np
from numpy.random import Generator


@dataclass(frozen=True)
class Streams:
    """One stream of random numbers per part: a change in one part leaves the draws of the others alone."""

    tree: Generator
    items: Generator
    popularity: Generator
    visitors: Generator
    visits: Generator
    browsing: Generator
    funnel: Generator
    bots: Generator
    properties: Generator

    @classmethod
    def of(cls, seed: int) -> Self:
        """All streams of a seed."""
        return cls(*np.random.default_rng(seed).spawn(len(fields(cls))))
