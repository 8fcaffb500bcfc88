"""Corpora that can be fetched, one per file; each file exposes its entry as ``CORPUS``."""
