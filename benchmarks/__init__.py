"""Figures that the documentation quotes, each reproduced by a command."""
