"""Whether maps show what a network learned, in words with an interval."""

import numpy as np

from cnnviz.evaluation.groups import number_groups
from cnnviz.results import Evidence, Finding, Sanity, method_words, plural
from cnnviz.results.sanity import FLOOR, MARGIN

HALF = 0.5
"""Agreement at which what maps share, the clip, has half the variance of their ranks, and what
they do not share, the network, the other half."""


def randomisation_findings(method: str, sanity: Sanity | None) -> tuple[Finding, ...]:
    """Say of a method whether its maps follow the clip more than the network.

    They do where the interval of the agreement with wholly drawn networks lies above one half,
    and do not where it lies below. That training moved them is said where the network agrees
    with drawn ones less than these do with each other, and the interval of that lies above 0.
    """
    if sanity is None or not sanity.layers:
        return ()
    last, means = len(sanity.layers) - 1, sanity.means
    agreement, floor = float(means[last]), float(means[sanity.row(FLOOR)])
    margin, (margin_low, _) = float(means[sanity.row(MARGIN)]), sanity.intervals[sanity.row(MARGIN)]
    low, high = sanity.intervals[last]
    if not np.isfinite([agreement, floor, low, margin_low]).all():
        return ()
    moved = "; training moved them further than another draw does" if margin_low > 0 else ""
    return (
        Finding(
            id=f"randomisation:{method}",
            sentence=f"Maps by {method_words(method)} {_verdict(low, high)}: with all layers "
            f"drawn anew they agree with their own by {agreement:.2f} ({low:.2f} to {high:.2f}), "
            f"and networks drawn anew with each other by {floor:.2f}{moved}; {_clips(sanity)}.",
            severity="warning" if low > HALF else "note",
            evidence=(
                Evidence(name="agreement with all layers drawn anew", value=agreement),
                Evidence(name="from", value=low),
                Evidence(name="to", value=high),
                Evidence(name="agreement of networks drawn anew with each other", value=floor),
                Evidence(name="difference of the two", value=margin),
                Evidence(name="difference at least", value=margin_low),
            ),
            threshold=HALF,
            null=floor,
            fragment=f"attribution-randomisation-{method}",
        ),
    )


def _verdict(low: float, high: float) -> str:
    """What an interval of the agreement allows to say."""
    if low > HALF:
        return "depend on the clip more than on what the network learned"
    if high < HALF:
        return "depend on the network more than on the clip"
    return "are not shown to depend on the network more than on the clip"


def _clips(sanity: Sanity) -> str:
    """How many clips, and of how many speakers."""
    n_clips = len(sanity.groups)
    n_groups = int(number_groups(sanity.groups, n_clips).max()) + 1
    speakers = "" if n_groups == n_clips else f" of {plural(n_groups, 'speaker')} or recordings"
    return plural(n_clips, "clip") + speakers
