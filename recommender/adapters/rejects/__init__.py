"""Refused rows as JSON lines, for people to look at."""

from recommender.adapters.rejects.keeping import KeptRejects

__all__ = ["KeptRejects"]
