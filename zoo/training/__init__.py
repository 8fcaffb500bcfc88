"""One training: what is asked, the Lightning loop, and what it leaves in its run folder."""

from .cross_validation import cross_validate
from .request import Training
from .run import check, input_contract, train

__all__ = ["Training", "check", "cross_validate", "input_contract", "train"]
