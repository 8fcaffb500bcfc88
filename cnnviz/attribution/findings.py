"""What relevance says about itself: clips whose sum or whose map is not what it should be."""

from functools import partial

import numpy as np

from cnnviz.results import Checks, Evidence, Finding, Silencing, method_words, plural


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
            sentence=f"Not converged: completeness error {_two_digits(100 * error)} %.",
            severity="problem",
            evidence=(Evidence(name="completeness error", value=error),),
            threshold=tolerance,
            fragment=f"attribution={clip}:{method}",
        )
        for clip, error in zip(clip_index.tolist(), errors.tolist(), strict=True)
        if not error <= tolerance
    )


def map_findings(
    method: str, clip_index: np.ndarray, errors: np.ndarray, *, tolerance: float
) -> tuple[Finding, ...]:
    """Name each clip whose map still moves by more than the tolerance with the steps.

    Parameters
    ----------
    method, clip_index, tolerance
        As in `completeness_findings`.
    errors
        Relative L2 distances of the maps of half the steps and of all, (clip,); NaN of one step.
    """
    return tuple(
        Finding(
            id=f"map:{clip}",
            sentence="Not converged: a single gradient, of which nothing says how far the map is "
            "from that of more."
            if np.isnan(error)
            else f"Not converged: twice the steps moved the map by {_two_digits(100 * error)} %.",
            severity="problem",
            evidence=(Evidence(name="gradients", value=1.0),)
            if np.isnan(error)
            else (Evidence(name="map error", value=error),),
            threshold=tolerance,
            fragment=f"attribution={clip}:{method}",
        )
        for clip, error in zip(clip_index.tolist(), errors.tolist(), strict=True)
        if not error <= tolerance
    )


def flat_findings(
    method: str, clip_index: np.ndarray, masses: np.ndarray, *, floor: float
) -> tuple[Finding, ...]:
    """Name each clip whose map is nearly zero: the gradient shows nothing, silent clips included.

    Parameters
    ----------
    method, clip_index
        As in `completeness_findings`.
    masses
        sum |R| of each clip, (clip,).
    floor
        Largest sum that is called flat.
    """
    return tuple(
        Finding(
            id=f"flat:{clip}",
            sentence=f"Flat: the sum of |relevance| is {mass:.2g}, not above {floor:.2g}, and the "
            "map says nothing.",
            severity="warning",
            evidence=(
                Evidence(name="sum of |relevance|", value=mass),
                Evidence(name="largest that is called flat", value=floor),
            ),
            threshold=floor,
            fragment=f"attribution={clip}:{method}",
        )
        for clip, mass in zip(clip_index.tolist(), masses.tolist(), strict=True)
        if mass <= floor
    )


def budget_findings(
    method: str, budget: float, *, n_asked: int, checks: Checks
) -> tuple[Finding, ...]:
    """Say how far the maps came within a time.

    Parameters
    ----------
    method
        Published name.
    budget
        Seconds.
    n_asked
        Clips to explain.
    checks
        Of those that were explained.
    """
    assert checks.is_flat is not None
    n_found, converged = len(checks.is_flat), checks.converged
    evidence = [
        Evidence(name="budget", value=budget, unit="s"),
        Evidence(name="clips with a map", value=n_found),
        Evidence(name="clips to explain", value=n_asked),
    ]
    told = ""
    if converged is not None:
        told = f", {converged.sum()} of them converged"
        evidence.append(Evidence(name="converged", value=int(converged.sum())))
    return (
        Finding(
            id=f"budget:{method}",
            sentence=f"Within {budget:g} s {n_found} of {plural(n_asked, 'clip')} got a map by "
            f"{method_words(method)}{told}.",
            severity="note" if n_found == n_asked else "warning",
            evidence=tuple(evidence),
        ),
    )


def stretch_findings(
    method: str, clip_index: np.ndarray, silencing: Silencing
) -> tuple[Finding, ...]:
    """Say of which clips the marked stretches matter: more than every control.

    Parameters
    ----------
    method, clip_index
        As in `completeness_findings`.
    silencing
        Of the same clips.
    """
    return tuple(
        _stretch_finding(method, int(clip_index[k]), silencing, int(k))
        for k in np.flatnonzero(silencing.matters)
    )


def _stretch_finding(method: str, clip: int, silencing: Silencing, k: int) -> Finding:
    n, drop, draws = silencing.n_stretches[k], silencing.drops[k], silencing.random_drops[k]
    loudest, uniform = silencing.loudest_drops[k], silencing.uniform_drops[k]
    told = partial(_told, digits=_digits_apart(drop, silencing.largest_control[k]))
    return Finding(
        id=f"stretches:{clip}",
        sentence=f"Silencing the {50 * n} ms with the most relevance lowers the score by "
        f"{told(drop)}: more than the loudest {50 * n} ms ({told(loudest)}), each of {len(draws)} "
        f"random draws elsewhere (at most {told(draws.max())}), and making the clip quieter by "
        f"the same share ({told(uniform)}).",
        evidence=(
            Evidence(name="fall of the score", value=drop),
            Evidence(name="loudest stretches", value=loudest),
            Evidence(name="largest of the random draws", value=draws.max()),
            Evidence(name="random draws", value=len(draws)),
            Evidence(name="uniformly quieter", value=uniform),
        ),
        threshold=float(silencing.largest_control[k]),
        null=float(draws.mean()),
        fragment=f"attribution={clip}:{method}",
    )


def _digits_apart(larger: float, smaller: float) -> int:
    """Significant digits, three or more, that show one number above the other."""
    enough = (n for n in range(3, 17) if _told(larger, digits=n) != _told(smaller, digits=n))
    return next(enough, 17)


def _told(value: float, *, digits: int) -> str:
    return f"{value:.{digits}g}"


def _two_digits(value: float) -> str:
    """Two significant digits, and all before the decimal point."""
    return f"{value:,.0f}" if value >= 10 else f"{value:.2g}"
