"""What preferred sounds say: how far they are beyond tones, and whether restarts agree."""

import numpy as np

from cnnviz.results.finding import Evidence, Finding, plural
from cnnviz.results.preferred_input import PreferredSounds

AGREE = 0.8
"""Mean cosine of the spectra of restarts below which they found different sounds."""


def excitation_findings(one: PreferredSounds) -> tuple[Finding, ...]:
    """How much a layer's sounds excite beside the best tone, and units of several sounds."""
    return (*_beyond_tones(one), *_several(one))


def _beyond_tones(one: PreferredSounds) -> tuple[Finding, ...]:
    known = np.isfinite(one.over_noise)
    if not known.any():
        return ()
    found, tone = one.over_noise[known], one.tone_over_noise[known]
    n_beyond, n_known = int((found > tone).sum()), int(known.sum())
    return (
        Finding(
            id=f"preferred_sound:{one.layer}",
            sentence=f"{one.layer}: the sounds found lie {np.median(found):.1f} standard "
            f"deviations of noise above noise of the same root mean square (median over "
            f"{plural(n_known, 'unit')}), the best pure tone {np.median(tone):.1f}; {n_beyond} of "
            f"{n_known} are excited more than by the tone.",
            evidence=(
                Evidence(name="median over noise", value=np.median(found)),
                Evidence(name="median of the best tone over noise", value=np.median(tone)),
                Evidence(name="units excited more than by the tone", value=n_beyond),
                Evidence(name="units", value=n_known),
            ),
            null=float(np.median(tone)),
            fragment=f"preferred-{one.layer}",
        ),
    )


def _several(one: PreferredSounds) -> tuple[Finding, ...]:
    apart = one.agreement < AGREE  # NaN of a single restart is not
    if not apart.any():
        return ()
    return (
        Finding(
            id=f"several_preferred_sounds:{one.layer}",
            sentence=f"{one.layer}: in {int(apart.sum())} of {plural(len(apart), 'unit')} the "
            f"{one.activation.shape[1]} restarts end in different spectra (mean cosine below "
            f"{AGREE}), so that no single sound describes what excites them.",
            evidence=(
                Evidence(name="lowest mean cosine", value=float(np.nanmin(one.agreement))),
                Evidence(name="units", value=int(apart.sum())),
                Evidence(name="units looked at", value=len(apart)),
            ),
            threshold=AGREE,
            fragment=f"preferred-{one.layer}",
        ),
    )
