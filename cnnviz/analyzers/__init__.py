"""One file per question: a frozen dataclass of parameters with ``run(capture, model)``."""
