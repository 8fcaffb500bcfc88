"""Oracles for the mathematics."""
