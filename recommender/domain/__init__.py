"""Deterministic arithmetic on values: the standard library without the outside world, and numpy.

Time and chance are arguments; nothing here reads a file, a clock or the environment.
"""
