"""What Lightning says of itself, left out."""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

_LOGGERS = ("lightning.pytorch", "lightning.fabric")


def be_quiet() -> None:
    """Leave out tips, remarks on progress, and warnings between libraries, in this process."""
    for name in _LOGGERS:
        logging.getLogger(name).setLevel(logging.WARNING)
    warnings.filterwarnings("ignore", module=r"lightning\.")
    warnings.filterwarnings("ignore", "Grad strides do not match bucket view")  # of channels last
    warnings.simplefilter("ignore", DeprecationWarning)


@contextmanager
def quiet() -> Iterator[None]:
    """Leave it out within a block; the warnings of others come back afterwards."""
    with warnings.catch_warnings():
        be_quiet()
        yield
