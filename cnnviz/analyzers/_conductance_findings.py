"""What conductance says in words: whether it adds up, and which frequencies carry it."""

import numpy as np

from cnnviz.results import Checks, Evidence, Finding, plural

LEVEL, N_PERMUTATIONS, FEWEST = 0.05, 999, 8


def convergence_findings(layer: str, checks: Checks) -> tuple[Finding, ...]:
    """Say how many clips do not add up, or still move with the steps.

    Parameters
    ----------
    layer
        Name of the layer.
    checks
        Of all clips, with tolerances.
    """
    errors, map_errors, converged = checks.completeness_errors, checks.map_errors, checks.converged
    assert errors is not None
    assert map_errors is not None
    assert converged is not None
    n_missed = int((~converged).sum())
    if not n_missed:
        return ()
    return (
        Finding(
            id=f"conductance_convergence:{layer}",
            sentence=f"Not converged in {n_missed} of {plural(len(errors), 'clip')}: the sum over "
            f"{layer} misses up to {100 * errors.max():.2g} % of the score, and twice the steps "
            f"moved its channels by up to {100 * map_errors.max():.2g} %. More steps are "
            f"needed, or part of the score does not go through {layer}.",
            severity="problem",
            evidence=(
                Evidence(name="largest completeness error", value=errors.max()),
                Evidence(name="largest map error", value=map_errors.max()),
                Evidence(name="clips", value=n_missed),
            ),
            threshold=checks.tolerance,
        ),
    )


def frequency_findings(
    layer: str, cell: str, conductance: np.ndarray, centre_hz: np.ndarray, *, seed: int
) -> tuple[Finding, ...]:
    """Say how much of |conductance| the lower half of the channels carries, if chance does not.

    The null permutes the centres of filters. Neighbouring bands answer alike, so that bands are
    rotated along the axis instead. Fewer than eight channels, and those without a centre, say
    nothing.

    Parameters
    ----------
    layer, cell
        As in `ChannelConductance`.
    conductance
        Of converged clips, (clip, channel).
    centre_hz
        (channel,), NaN where not known.
    seed
        Of the permutations.
    """
    known = np.isfinite(centre_hz)
    shares = np.abs(conductance)[:, known]
    totals = shares.sum(1, keepdims=True)
    if not len(shares) or known.sum() < FEWEST or not totals.all():
        return ()
    order = np.argsort(centre_hz[known], kind="stable")
    sorted_shares = (shares / totals).mean(0)[order]  # (channel,), of rising centre
    lower = len(order) // 2
    observed, null = sorted_shares[:lower].sum(), _null(sorted_shares, cell, lower, seed)
    beyond = min((null >= observed).sum(), (null <= observed).sum())
    if 2 * (beyond + 1) / (len(null) + 1) > LEVEL:
        return ()
    border = centre_hz[known][order][lower - 1 : lower + 1].mean()
    smallest, largest = np.percentile(null, (100 * LEVEL / 2, 100 * (1 - LEVEL / 2)))
    drawn = f"{len(null)} permutations of the centres"
    if cell == "band":
        drawn = f"the {len(null)} rotations of the bands"
    return (
        Finding(
            id=f"conductance_frequencies:{layer}",
            sentence=f"The {lower} of {len(order)} {cell}s of {layer} centred below "
            f"{border:,.0f} Hz carry {100 * observed:.0f} % of |conductance|, mean over "
            f"{plural(len(shares), 'clip')}; of {drawn}, 95 % give {100 * smallest:.0f} to "
            f"{100 * largest:.0f} %.",
            evidence=(
                Evidence(name="share of |conductance|", value=observed),
                Evidence(name="border", value=border, unit="Hz"),
                Evidence(name="2.5th percentile by chance", value=smallest),
                Evidence(name="97.5th percentile by chance", value=largest),
            ),
            threshold=float(largest if observed > null.mean() else smallest),
            null=float(null.mean()),
        ),
    )


def _null(shares: np.ndarray, cell: str, lower: int, seed: int) -> np.ndarray:
    """Shares of the lower half by chance, (draw,)."""
    if cell == "band":
        drawn = [np.roll(shares, k) for k in range(1, len(shares))]
    else:
        generator = np.random.default_rng(seed)
        drawn = [generator.permutation(shares) for _ in range(N_PERMUTATIONS)]
    return np.array([one[:lower].sum() for one in drawn])
