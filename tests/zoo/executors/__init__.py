"""Tests of the executors of sweeps."""
