"""Sweeps: many trainings from one grid file, resumable, on one machine or many.

`read_results` gives what a sweep found, from its folder.
"""

from .results import TrialResult, read_results

__all__ = ["TrialResult", "read_results"]
