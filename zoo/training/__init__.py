"""One training: what is asked, the Lightning loop, and what it leaves in its run folder."""

from .request import Training
from .run import check, input_contract, train

__all__ = ["Training", "check", "input_contract", "train"]
