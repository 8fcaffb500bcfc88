"""What band importance says in words: whether it tells which bands count, and convergence."""

import numpy as np

from cnnviz.evaluation.agreement import Agreement
from cnnviz.results import Evidence, Finding, method_words, plural

LEVEL = 0.05


def agreement_findings(method: str, agreement: Agreement) -> tuple[Finding, ...]:
    """Say of all classes together whether relevance tells which bands count.

    It does where importance agrees with ablation more than its rotations along the bands do, and
    more than the energy of the clips does; the probability of both is at most `LEVEL`.

    Parameters
    ----------
    method
        Published name of what gave the relevance.
    agreement
        Of importance, and of energy as its control, with ablation.
    """
    observed, control = agreement.observed.mean(), agreement.control.mean()
    low, high = agreement.mean_lead
    p = agreement.p_value
    tells = bool(p <= LEVEL and low > 0)
    is_too_few = bool(np.isnan(low))
    verdict = "tells" if tells else "is not shown to tell"
    interval = f"95 % interval {low:+.2f} to {high:+.2f}"
    return (
        Finding(
            id=f"frequency_agreement:{method}",
            sentence=f"Relevance by {method_words(method)} {verdict} which bands count: over "
            f"{len(agreement.rotated) + 1} bands it agrees with what taking each of them out "
            f"costs by a Spearman correlation of {observed:.2f}, mean over "
            f"{plural(len(agreement.observed), 'class', 'es')} (p = {p:.2g} by rotating the "
            f"bands); the energy of the clips does by {control:.2f} (lead "
            f"{observed - control:+.2f}, "
            f"{'one speaker or recording gives no interval' if is_too_few else interval}).",
            severity="note" if tells or is_too_few else "warning",
            evidence=(
                Evidence(name="p by rotating the bands", value=p),
                Evidence(name="mean correlation", value=observed),
                Evidence(name="mean correlation of energy", value=control),
                *(
                    ()
                    if is_too_few
                    else (
                        Evidence(name="lower end of the lead's interval", value=low),
                        Evidence(name="upper end of the lead's interval", value=high),
                    )
                ),
                Evidence(name="classes", value=len(agreement.observed)),
            ),
            threshold=LEVEL,
        ),
    )


def convergence_findings(method: str, n_converged: int, n_clips: int) -> tuple[Finding, ...]:
    """Say of how many clips the relevance is not within the tolerances of its method."""
    n_missed = n_clips - n_converged
    if not n_missed:
        return ()
    return (
        Finding(
            id=f"frequency_convergence:{method}",
            sentence=f"Not converged in {n_missed} of {plural(n_clips, 'clip')}: their relevance "
            "misses part of the score or still moves with the effort, and so may the curves.",
            severity="warning",
            evidence=(Evidence(name="clips not converged", value=n_missed),),
            threshold=0,
        ),
    )
