"""A made-up online shop in RetailRocket's file format, with known habits that a model can learn."""

from recommender.adapters.sample.settings import SampleShop
from recommender.adapters.sample.summary import SampleSummary
from recommender.adapters.sample.writing import write_sample

__all__ = ["SampleShop", "SampleSummary", "write_sample"]
