"""Whether the maps of a method are more faithful than their controls, in words with a test."""

import numpy as np
from scipy import stats

from cnnviz.evaluation.groups import number_groups
from cnnviz.results import Evidence, Finding, Proof, method_words, plural
from cnnviz.results.proof import ENERGY, MAP, RANDOM, UNIFORM, UNTRAINED

METRIC, LEVEL = "faithfulness", 0.05
_WORDS = {
    ENERGY: "where the clip is loud",
    RANDOM: "places drawn at random",
    UNIFORM: "a quieter clip",
    UNTRAINED: "the untrained network's map",
}


def beats(proof: Proof, control: str) -> tuple[int, float]:
    """On how many clips the map is more faithful than a control, and a one-sided sign test.

    Clips of one speaker or recording count once in the test, by the mean of their differences.

    Returns
    -------
    tuple
        Number of clips, and the probability of as many speakers by chance.
    """
    differences = proof.of(METRIC, MAP) - proof.of(METRIC, control)  # (clip,)
    index = number_groups(proof.groups, len(proof.groups))
    of_groups = np.bincount(index, differences) / np.bincount(index)
    decided = of_groups[of_groups != 0]
    if not len(decided):
        return int((differences > 0).sum()), 1.0
    test = stats.binomtest(int((decided > 0).sum()), len(decided), alternative="greater")
    return int((differences > 0).sum()), float(test.pvalue)


def faithfulness_findings(method: str, proof: Proof | None) -> tuple[Finding, ...]:
    """Say of a method whether its maps beat every control on these clips.

    A method is called better only where the sign test holds against each control at once; then
    the largest of the probabilities is that of the whole claim.
    """
    if proof is None or not len(proof.groups):
        return ()
    n_clips, n_groups = (
        len(proof.groups),
        int(number_groups(proof.groups, len(proof.groups)).max()) + 1,
    )
    of_groups = (
        ""
        if n_groups == n_clips
        else f" of {plural(n_groups, 'speaker')} or recording{'s' * (n_groups > 1)}"
    )
    results = {control: beats(proof, control) for control in proof.rows[1:]}
    told = ", ".join(
        f"than {_WORDS[control]} on {wins} (p = {_p(p)})" for control, (wins, p) in results.items()
    )
    worst = max(p for _, p in results.values())
    is_better = worst < LEVEL
    verdict = "are more faithful than every control" if is_better else "are not shown to be better"
    is_too_few = 0.5**n_groups >= LEVEL  # not even if each of them agreed
    if is_too_few:
        verdict += f", for which {n_groups} are too few"
    name = method_words(method)
    return (
        Finding(
            id=f"faithfulness:{method}",
            sentence=f"Maps by {name} {verdict}: of {plural(n_clips, 'clip')}{of_groups} more "
            f"faithful {told}.",
            severity="note" if is_better or is_too_few else "warning",
            evidence=(
                Evidence(name="largest p of the sign tests", value=worst),
                *(
                    Evidence(name=f"clips more faithful than {_WORDS[control]}", value=wins)
                    for control, (wins, _) in results.items()
                ),
            ),
            threshold=LEVEL,
            fragment=f"attribution-faithfulness-{method}",
        ),
    )


def _p(value: float) -> str:
    return f"{value:.1g}" if value < 0.1 else f"{value:.2f}"
