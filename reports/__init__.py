"""HTML reports of results; sees results, plots, registry and errors only."""

from .rendering import render

__all__ = ["render"]
