"""What the filters of a bank are together, in sentences beside untrained twins."""

from __future__ import annotations

import numpy as np

from cnnviz.dsp.frame_bounds import NULL_POWER
from cnnviz.filterbanks.facts import BankFacts, make_finding, number
from cnnviz.results import BankSummary, CentreScales, Evidence, Finding, Frame, TwinRange, plural
from cnnviz.results.bank_summary import CONDITION, EFFECTIVE, SLOPE

_MOST_NAMED = 4


def describe_summary(bank: BankFacts) -> tuple[Finding, ...]:
    """Findings on scales, bandwidths, repetition and what leaves no trace; none without summary."""
    if bank.summary is None:
        return ()
    claims = (_scales, _bandwidths, _effective, _unheard, _condition)
    return tuple(finding for claim in claims for finding in claim(bank, bank.summary))


def _scales(bank: BankFacts, summary: BankSummary) -> list[Finding]:
    """The set that is not rejected, never one winner."""
    scales = summary.scales
    if scales is None:
        return []
    who = (
        f"Centres of {plural(scales.n_centres, 'filter')} from {scales.low_hz:,.0f} to "
        f"{scales.high_hz:,.0f} Hz"
    )
    if scales.compatible:
        sentence = f"{who} are compatible with even steps on: {', '.join(scales.compatible)}"
        sentence += f"; rejected: {', '.join(scales.rejected) or 'none'}{_caveat(scales)}"
    else:
        sentence = f"{who} lie evenly on none of the scales {', '.join(scales.names)}"
    order = np.argsort(-scales.p, kind="stable")
    p = [number(f"p, {scales.names[k]}", scales.p[k]) for k in order]
    distances = [number(f"distance, {scales.names[k]}", scales.distances[k]) for k in order]
    sentence += _twins_of(scales, bank)
    return make_finding(
        bank,
        "centre_scales",
        f"{sentence}.",
        *p,
        *distances,
        number("centres", scales.n_centres),
        *_shares(scales),
        threshold=scales.level,
    )


def _caveat(scales: CentreScales) -> str:
    """Pairs with a scale that is not rejected which so few centres fit both of."""
    pairs = [" and ".join(pair) for pair in scales.confusable if set(pair) & set(scales.compatible)]
    if not pairs:
        return ""
    named = ", ".join(pairs[:_MOST_NAMED])
    more = f" and {len(pairs) - _MOST_NAMED} more" if len(pairs) > _MOST_NAMED else ""
    return f"; so many centres in this range cannot tell apart {named}{more}"


def _twins_of(scales: CentreScales, bank: BankFacts) -> str:
    """How often untrained twins are compatible with the same scales, or with any."""
    if not np.isfinite(scales.untrained_shares).all():
        return ""
    shares = dict(zip(scales.names, scales.untrained_shares, strict=True))
    named = scales.compatible or [name for name in scales.names if shares[name] > 0]
    listed = ", ".join(f"{name} in {shares[name]:.0%}" for name in named)
    return f"; {_whose(bank)}: {listed or 'none either'}"


def _shares(scales: CentreScales) -> list[Evidence]:
    return [
        number(f"share of untrained twins not rejected, {name}", share)
        for name, share in zip(scales.names, scales.untrained_shares, strict=True)
        if np.isfinite(share)
    ]


def _bandwidths(bank: BankFacts, summary: BankSummary) -> list[Finding]:
    trend, beside = summary.bandwidths, summary.range_of(SLOPE)
    if trend is None:
        return []
    return make_finding(
        bank,
        "bandwidth_slope",
        f"Bandwidths go with the power {trend.slope:.2f} of the centre frequency (95 % interval "
        f"{trend.low:.2f} to {trend.high:.2f}; 0 is constant bandwidth, 1 constant Q)"
        f"{_beside(beside, bank, 2)}; the median is {trend.ratio_to_hearing:.2g} times that of "
        "human hearing.",
        number("slope", trend.slope),
        number("lower end of its interval", trend.low),
        number("upper end of its interval", trend.high),
        number("median of bandwidth over that of hearing", trend.ratio_to_hearing),
        number("filters", trend.n_filters),
        *_limits(beside),
        null=_middle(beside),
    )


def _effective(bank: BankFacts, summary: BankSummary) -> list[Finding]:
    beside = summary.range_of(EFFECTIVE)
    if summary.n_filters < 2 or not np.isfinite(summary.effective_number):
        return []
    return make_finding(
        bank,
        "effective_filters",
        f"{plural(summary.n_filters, 'live filter')} amount to {summary.effective_number:.1f} "
        f"different magnitude responses{_beside(beside, bank, 1)}.",
        number("effective number", summary.effective_number),
        number("live filters", summary.n_filters),
        *_limits(beside),
        null=_middle(beside),
    )


def _unheard(bank: BankFacts, summary: BankSummary) -> list[Finding]:
    """Sounds that leave no trace in the output of the layer."""
    frame = summary.frame
    if frame is None or (frame.lower > 0 and not len(frame.null_hz)):
        return []
    parts = []
    if len(frame.null_hz):
        parts.append(f"no filter passes tones at {_tones(frame.null_hz)}")
    if frame.lost_share:
        parts.append(
            f"with {plural(summary.n_filters, 'live filter')} and {plural(frame.stride, 'sample')} "
            f"a step {frame.lost_share:.0%} of the dimensions of a sound leave no trace"
        )
    if not parts:
        parts.append(f"a mixture of tones at {_mixed(frame.weakest_hz, frame)} leaves no trace")
    sentence = "; ".join(parts)
    return make_finding(
        bank,
        "unheard_sounds",
        f"{sentence[:1].upper()}{sentence[1:]}.",
        number("least output energy re largest", frame.lower / frame.upper),
        *(
            number(f"unheard {end}", hz, "Hz")
            for band in frame.null_hz
            for end, hz in zip(("from", "to"), band, strict=True)
        ),
        number("share of dimensions lost", frame.lost_share),
        number("filters", summary.n_filters),
        number("samples a step", frame.stride),
        threshold=NULL_POWER,
    )


def _condition(bank: BankFacts, summary: BankSummary) -> list[Finding]:
    """By how much the layer favours some sounds over others."""
    frame, beside = summary.frame, summary.range_of(CONDITION)
    if frame is None or not frame.lower:
        return []
    decibels = 10 * np.log10(frame.condition)
    most, least = (_mixed(hz, frame) for hz in (frame.strongest_hz, frame.weakest_hz))
    kind = "tones" if frame.stride == 1 else "mixtures of tones"
    return make_finding(
        bank,
        "frame_condition",
        f"Of two sounds of equal energy the layer gives one up to {decibels:.1f} dB more than the "
        f"other, most to {kind} at {most}, least to {kind} at {least}"
        f"{_beside(beside, bank, 1, ' dB')}.",
        number("condition number", decibels, "dB"),
        number("lower frame bound", frame.lower),
        number("upper frame bound", frame.upper),
        number("strongest", frame.strongest_hz, "Hz"),
        number("weakest", frame.weakest_hz, "Hz"),
        number("samples a step", frame.stride),
        *_limits(beside),
        null=_middle(beside),
    )


def _tones(bands: np.ndarray) -> str:
    """The lowest bands and single tones (band, 2), and how many more there are."""
    named = ", ".join(
        f"{low:,.0f} Hz" if low == high else f"{low:,.0f} to {high:,.0f} Hz"
        for low, high in bands[:_MOST_NAMED]
    )
    n_more = len(bands) - _MOST_NAMED
    return named + (f" and {n_more:,} more" if n_more > 0 else "")


def _mixed(hertz: float, frame: Frame) -> str:
    """A frequency, with those that steps cannot tell it from."""
    if frame.stride == 1:
        return f"{hertz:,.0f} Hz"
    return f"{hertz:,.0f} Hz and multiples of {frame.step_rate:,.0f} Hz from it"


def _beside(found: TwinRange | None, bank: BankFacts, digits: int, unit: str = "") -> str:
    if found is None:
        return ""
    return f"; {_whose(bank)}: {found.low:.{digits}f} to {found.high:.{digits}f}{unit}"


def _whose(bank: BankFacts) -> str:
    return "untrained twins" if bank.untrained.is_own else "untrained ones"


def _limits(found: TwinRange | None) -> list[Evidence]:
    if found is None:
        return []
    names = ("untrained twins from", "untrained twins to")
    return [number(name, end) for name, end in zip(names, (found.low, found.high), strict=True)]


def _middle(found: TwinRange | None) -> float | None:
    return None if found is None else (found.low + found.high) / 2
