"""What relevance says about itself: clips whose relevance does not add up."""

import numpy as np

from cnnviz.results import Evidence, Finding


def completeness_findings(
    method: str, clip_index: np.ndarray, errors: np.ndarray, *, tolerance: float
) -> tuple[Finding, ...]:
    """Name each clip whose completeness error is above the tolerance of the method.

    Parameters
    ----------
    method
        Published name.
    clip_index
        Positions in the run's clips, (clip,).
    errors
        Completeness errors, (clip,).
    tolerance
        Largest error of a converged clip.
    """
    return tuple(
        Finding(
            id=f"completeness:{clip}",
            sentence=f"Not converged: {_two_digits(100 * error)} % of the score unexplained.",
            severity="problem",
            evidence=(Evidence(name="completeness error", value=error),),
            threshold=tolerance,
            fragment=f"attribution={clip}:{method}",
        )
        for clip, error in zip(clip_index.tolist(), errors.tolist(), strict=True)
        if not error <= tolerance
    )


def _two_digits(value: float) -> str:
    """Two significant digits, and all before the decimal point."""
    return f"{value:,.0f}" if value >= 10 else f"{value:.2g}"
