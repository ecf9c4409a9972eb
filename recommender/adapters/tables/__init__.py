"""RetailRocket's files; the only package that knows pandas."""

from recommender.adapters.tables.retailrocket import RetailRocketFiles

__all__ = ["RetailRocketFiles"]
