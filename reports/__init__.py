"""HTML reports of results; sees results, plots, registry and errors only."""
