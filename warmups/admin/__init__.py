"""Curation: exercises and the evidence behind them, muscles, equipment, library routines."""

from warmups.admin import evidence, exercises, routines

__all__ = ["evidence", "exercises", "routines"]
