"""What a sample shop is asked to be."""

from dataclasses import dataclass
from datetime import date

DAY_MS = 86_400_000
EPOCH = date(1970, 1, 1).toordinal()

# Timestamps below 1e11 look like seconds to a reader of milliseconds; 1975 keeps every one above.
EARLIEST_DAY = date(1975, 1, 1)


@dataclass(frozen=True, kw_only=True)
class SampleShop:
    """The size, the span and the seed of a sample shop; equal settings give equal files.

    `end` is the last day, inclusive, in UTC. `properties_per_item` counts the filler rows of an item, beside
    its `categoryid` and `available`. Nothing later than `until_ms` is written.
    """

    visitors: int = 20_000
    items: int = 3_000
    days: int = 60
    end: date
    seed: int = 7
    properties_per_item: int = 4
    until_ms: int | None = None

    def __post_init__(self) -> None:
        _expect_between("visitors", self.visitors, 1, 20_000_000)
        _expect_between("items", self.items, 20, 2_000_000)
        _expect_between("days", self.days, 1, 3_660)
        _expect_between("seed", self.seed, 0, 2**63 - 1)
        _expect_between("properties_per_item", self.properties_per_item, 0, 1_000)
        if self.first_day < EARLIEST_DAY.toordinal():
            raise ValueError(f"end: expected a first day of {EARLIEST_DAY} or later, got end {self.end}")
        if self.until_ms is not None and self.until_ms < self.start_ms:
            raise ValueError(
                f"until_ms: expected {self.start_ms} (the first day) or later, got {self.until_ms}"
            )

    @property
    def first_day(self) -> int:
        """The proleptic ordinal of the first day."""
        return self.end.toordinal() - self.days + 1

    @property
    def start_ms(self) -> int:
        """The first moment of the first day."""
        return (self.first_day - EPOCH) * DAY_MS

    @property
    def end_ms(self) -> int:
        """The first moment after the last day."""
        return self.start_ms + self.days * DAY_MS

    @property
    def cut_ms(self) -> int:
        """The first moment that is not written."""
        return self.end_ms if self.until_ms is None else min(self.end_ms, self.until_ms + 1)

    def day_ms(self, day: int) -> int:
        """The first moment of a day, counted from 0."""
        return self.start_ms + day * DAY_MS


def _expect_between(field: str, value: int, low: int, high: int) -> None:
    if not low <= value <= high:
        raise ValueError(f"{field}: expected a whole number from {low} to {high}, got {value}")
