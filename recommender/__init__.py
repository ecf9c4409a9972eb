"""Recommendations for online shops, from the click log to an answer over HTTP."""

__version__ = "0.1.0"
