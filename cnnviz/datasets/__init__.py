"""Corpus layouts, one per file; `read_clips` recognises them or takes one by name."""

from cnnviz.datasets._recognition import read_clips

__all__ = ["read_clips"]
