"""Homes of the shopper memory."""

from recommender.adapters.memory.process import ProcessMemory

__all__ = ["ProcessMemory"]
