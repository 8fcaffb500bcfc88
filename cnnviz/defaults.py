"""Numbers that commands, notebooks and analyzers share."""

N_SHOWN = 12
"""Clips that a report shows in full: their feature maps, and why they were classified so."""
