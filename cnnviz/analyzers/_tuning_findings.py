"""What measured tuning says: units without a response, sharpness, theory against measurement."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cnnviz.results import Evidence, Finding, plural
from cnnviz.results.tone_tuning import ComputedTuning, LayerTuning

TOLERANCE_DB = 1.0
"""Root mean square difference up to which computed and measured curves are said to agree."""
_NO_NEARER = 0.9  # of the difference to the curves of other units
_PROPORTIONAL = 0.1  # distance of growth from 1 dB per dB


def describe_layer(layer: LayerTuning) -> Iterator[Finding]:
    """Findings of one layer."""
    yield from _silent(layer)
    yield from _sharper(layer)
    yield from _growth(layer)
    if layer.computed is not None:
        yield from _theory(layer, layer.computed)


def _silent(layer: LayerTuning) -> Iterator[Finding]:
    silent = np.isnan(layer.best_hz)
    if silent.any():
        n = len(silent)
        verb, whose = ("does", "its") if silent.sum() == 1 else ("do", "their")
        yield Finding(
            id=f"deaf_to_tones:{layer.layer}",
            sentence=f"{layer.layer}: {plural(int(silent.sum()), 'unit')} of {n:,} {verb} not "
            f"rise above {whose} answer to silence for any tone at the reference level.",
            evidence=(
                Evidence(name="units without a response", value=silent.sum()),
                Evidence(name="units", value=n),
            ),
        )


def _sharper(layer: LayerTuning) -> Iterator[Finding]:
    found = next((one for one in layer.twins if one.name == "sharper units"), None)
    if found is None:
        return
    n = len(layer.best_hz)
    yield Finding(
        id=f"sharper_tuning:{layer.layer}",
        sentence=f"{layer.layer}: {plural(int(found.value), 'unit')} of {n:,} are tuned more "
        "sharply to tones than 95 % of the units of untrained twins; of as many untrained units "
        f"{found.low:.0f} to {found.high:.0f} are.",
        severity="note",
        evidence=(
            Evidence(name="units sharper than 95 % of untrained ones", value=found.value),
            Evidence(name="units", value=n),
            Evidence(name="least among untrained", value=found.low),
            Evidence(name="most among untrained", value=found.high),
        ),
        null=found.high,
    )


def _growth(layer: LayerTuning) -> Iterator[Finding]:
    """Whether responses are proportional to the sound."""
    slopes = layer.slope_db_per_db[np.isfinite(layer.slope_db_per_db)]
    if not len(slopes):
        return
    median = float(np.median(slopes))
    bent = int(np.count_nonzero(np.abs(slopes - 1) > _PROPORTIONAL))
    if not bent:
        return
    yield Finding(
        id=f"growth_with_level:{layer.layer}",
        sentence=f"{layer.layer}: the response to a tone grows by {abs(median):.2f} dB per dB of "
        f"level in the median; on {bent:,} of {plural(len(slopes), 'unit')} it is not proportional "
        "to the sound (1 dB per dB).",
        evidence=(
            Evidence(name="units that do not grow by 1 dB per dB", value=bent),
            Evidence(name="units", value=len(slopes)),
            Evidence(name="median growth", value=median, unit="dB per dB"),
        ),
    )


def _theory(layer: LayerTuning, computed: ComputedTuning) -> Iterator[Finding]:
    known = np.isfinite(computed.difference_db)
    if not known.any():
        return
    differences = computed.difference_db[known]
    others = computed.other_difference_db[known]
    agree = int(np.count_nonzero(differences <= TOLERANCE_DB))
    median = float(np.median(differences))
    control = float(np.nanmedian(others)) if np.isfinite(others).any() else float("nan")
    beside = "" if np.isnan(control) else f" (against the curves of other units {control:.1f} dB)"
    if median > _NO_NEARER * control:
        beside += ", so that the computed response says nothing about tuning here"
    cause = "" if agree == len(differences) else f" {_cause(computed, known)}"
    yield Finding(
        id=f"theory_and_measurement:{layer.layer}",
        sentence=f"{layer.layer}: measured tuning lies within {TOLERANCE_DB:g} dB of the response "
        f"computed from the weights on {agree:,} of {plural(len(differences), 'unit')}; the median "
        f"difference is {median:.2g} dB{beside}.{cause}",
        evidence=(
            Evidence(name="units that agree", value=agree),
            Evidence(name="units compared", value=len(differences)),
            Evidence(name="median difference", value=median, unit="dB"),
            *(
                ()
                if np.isnan(control)
                else (Evidence(name="against other units", value=control, unit="dB"),)
            ),
        ),
        null=None if np.isnan(control) else control,
    )


def _cause(computed: ComputedTuning, known: np.ndarray) -> str:
    """The likely cause of a disagreement, by what was measured of the units that disagree."""
    apart = known & ~(computed.difference_db <= TOLERANCE_DB)
    n = int(apart.sum())
    bent = int(np.count_nonzero(computed.threshold_difference_db[apart] <= TOLERANCE_DB))
    if 2 * bent > n:
        return (
            f"Likely cause: a threshold (bias) before the rectifier, with which {bent:,} of the "
            f"{plural(n, 'other')} agree."
        )
    if computed.policy.startswith("describing function"):
        return f"Computed with the {computed.policy}, which leaves its harmonics out."
    if computed.policy:
        _, _, steps = computed.policy.partition("policy identity: ")
        return (
            f"Likely cause: steps on the way that are not linear (computed with "
            f"{steps or computed.policy}); the probe path_responses computes it in other ways."
        )
    return "Likely cause: not known; a threshold does not explain it."
