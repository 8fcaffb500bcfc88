"""Which part of a sound spoke for a target: relevance over time and over frequency."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from cnnviz.results import Evaluation, Relevance, Silencing, method_words, plural
from cnnviz.run import Run
from reports.numerals import decimal
from reports.own_names import differences, own_names
from reports.parts import (
    Badge,
    Cell,
    Choice,
    Column,
    Fact,
    Facts,
    Findings,
    Link,
    Option,
    Paragraph,
    Part,
    Play,
    Section,
    Table,
)

from ._agreement import agreement_parts
from ._clips import Clip, clips, explained_clips, spectrogram
from ._listening import listening_parts
from ._maps import map_parts
from ._proof import proof_parts, verdicts
from ._sanity import sanity_parts
from ._segments import segment_table, segments

ORDER = 40
_TEXT = (
    "Relevance of each part of a clip for the score that is named with it, red for it and blue "
    "against it. Of methods that promise it, the whole adds up to the score minus that of the "
    "baseline, or, where a method has none, minus what constants of the network absorb, as far as "
    "the completeness error says. Of methods that follow a path, the map error "
    "says how far twice the steps moved the map, of those that draw at random how far half the "
    "draws are from all. Neither says that the network uses what the map marks: for that the "
    "stretches with the most relevance are silenced in clips long enough for it, and so are as "
    "long ones that are the loudest or drawn at random."
)


def section(run: Run) -> Section | None:
    """Chapter of attributions; None without any."""
    relevances = sorted(run.find(Relevance), key=lambda one: not one.promises_completeness)
    if not relevances:
        return None
    explained = np.unique(np.concatenate([one.clip_index for one in relevances]))
    kept = explained_clips(run)
    parts: list[Part] = [*verdicts(relevances), _summary(relevances, _confidences(run))]
    if len(explained) > len(kept):
        parts.append(
            Paragraph(
                text=f"Showing {len(kept)} of {len(explained):,} explained clips, "
                "evenly spread and those asked for; the table has all."
            )
        )
    options = tuple(_option(run, clip, relevances) for clip in clips(run, kept.tolist()))
    parts.append(Choice(label="Clip", options=options))
    titles = _titles(relevances)
    parts += [*proof_parts(relevances, titles), *sanity_parts(relevances, titles)]
    parts += agreement_parts(relevances, titles)
    return Section(title="Saliency", anchor="attribution", text=_TEXT, parts=tuple(parts))


def _method_name(relevance: Relevance) -> str:
    """Published name as a title begins with it."""
    words = method_words(relevance.method)
    return words[0].upper() + words[1:]


def _titles(relevances: Sequence[Relevance]) -> tuple[str, ...]:
    """Methods in words, with the parameters that tell two results of one method apart."""
    names = map(_method_name, relevances)
    told = differences(relevances)
    return tuple(f"{name} ({one})" if one else name for name, one in zip(names, told, strict=True))


def _anchor(relevance: Relevance, clip: int) -> str:
    """Part of the page that shows one clip by one method."""
    return f"attribution={clip}:{relevance.method}"


def _option(run: Run, clip: Clip, relevances: Sequence[Relevance]) -> Option:
    """All methods for one clip."""
    choice = Choice(
        label="Method",
        options=tuple(
            own_names(
                relevance,
                Option(
                    title=title,
                    anchor=_anchor(relevance, clip.index),
                    parts=_parts(run, clip, relevance, int(row)),
                ),
            )
            for relevance, title in zip(relevances, _titles(relevances), strict=True)
            for row in np.flatnonzero(relevance.clip_index == clip.index)[:1]
        ),
    )
    return Option(
        title=clip.title.partition(" · ")[0] + f" {clip.index}",
        anchor=f"attribution={clip.index}",
        parts=(Play(clip=clip.index, text=clip.title), choice),
    )


def _parts(run: Run, clip: Clip, relevance: Relevance, row: int) -> tuple[Part, ...]:
    """Findings, numbers, coloured waveform, planes and top segments of one clip."""
    anchor, samples, plane = _anchor(relevance, clip.index), relevance.samples, relevance.plane
    findings = tuple(one for one in relevance.findings if one.fragment == anchor)
    parts: list[Part] = [Findings(items=findings)] if findings else []
    parts.append(_facts(relevance, row))
    parts += listening_parts(run, relevance, row, clip)
    method = method_words(relevance.method)
    parts += [
        part for one in relevance.maps for part in map_parts(clip, relevance, one, row, method)
    ]
    if clip.waveform.size:
        parts.append(spectrogram(clip))
    if samples is not None and plane is not None:
        strongest = segments(samples, plane, row, relevance.sample_rate)
        parts.append(segment_table(strongest, clip=clip.index, method=relevance.method))
    return tuple(parts)


def _facts(relevance: Relevance, row: int) -> Facts:
    """What was explained, against what, and how far the numbers can be trusted."""
    checks = relevance.checks
    facts = [
        Fact(label="Target", value=relevance.target.words[row], note=relevance.score_name),
        Fact(
            label="Score",
            value=decimal(float(relevance.scores[row]), 4),
            note=""
            if relevance.baseline_scores is None
            else f"baseline {decimal(float(relevance.baseline_scores[row]), 4)}",
        ),
    ]
    facts += [Fact(label="Layer", value=one.layer) for one in relevance.maps[:1] if one.layer]
    if relevance.baseline is not None:
        n_steps = relevance.n_steps if checks.n_steps is None else checks.n_steps[row]
        steps = "" if n_steps is None else plural(int(n_steps), "step")
        facts.append(Fact(label="Baseline", value=relevance.baseline.partition(",")[0], note=steps))
    if checks.completeness_errors is not None:
        error = decimal(100 * float(checks.completeness_errors[row]), 2)
        note = _verdict(relevance, row).text
        facts.append(Fact(label="Completeness error", value=f"{error} %", note=note))
    if checks.absorbed is not None:
        share = decimal(float(checks.absorbed[row]), 4)
        facts.append(Fact(label="Absorbed by constants", value=share, note="of the score"))
    is_flat = checks.is_flat is not None and checks.is_flat[row]
    if checks.map_errors is not None and np.isfinite(checks.map_errors[row]) and not is_flat:
        error = decimal(100 * float(checks.map_errors[row]), 2)
        limit = checks.map_tolerance
        note = "" if limit is None else f"converged up to {100 * limit:g} %"
        facts.append(Fact(label="Map error", value=f"{error} %", note=note))
    if checks.fits is not None:
        fit = decimal(float(checks.fits[row]), 2)
        facts.append(Fact(label="Fit (R²)", value=fit, note="on sounds it was not fitted to"))
    if relevance.silencing is not None and relevance.silencing.n_stretches[row]:
        facts.append(_silenced(relevance.silencing, row))
    return Facts(items=tuple(facts))


def _silenced(silencing: Silencing, row: int) -> Fact:
    """What silencing the marked stretches does to the score, beside all controls."""
    draws = silencing.random_drops[row]
    return Fact(
        label=f"Fall of the score without its {50 * silencing.n_stretches[row]} ms",
        value=decimal(float(silencing.drops[row]), 3),
        note=f"loudest {decimal(float(silencing.loudest_drops[row]), 3)}, random "
        f"{decimal(float(draws.min()), 3)} to {decimal(float(draws.max()), 3)} in {len(draws)} "
        f"draws, quieter as a whole {decimal(float(silencing.uniform_drops[row]), 3)}",
    )


def _verdict(relevance: Relevance, row: int) -> Badge:
    """Whether relevance adds up and stays as well as its method promises."""
    converged, is_flat = relevance.checks.converged, relevance.checks.is_flat
    if is_flat is not None and is_flat[row]:
        return Badge(text="flat", tone="bad")
    if converged is None or not relevance.promises_completeness:
        return Badge(text="none promised")
    if converged[row]:
        return Badge(text="converged", tone="good")
    return Badge(text="not converged", tone="bad")


def _summary(relevances: Sequence[Relevance], confidences: Mapping[int, float]) -> Table:
    """Every clip and method with the numbers that say how far to trust them."""
    has_classes = any(one.true_classes for one in relevances)
    return Table(
        name="attribution",
        caption="Explained clips",
        columns=(
            Column(name="Clip", is_row_name=True),
            *(Column(name=name) for name in ("True class", "Answer") if has_classes),
            *((Column(name="Confidence", unit="%", places=1),) if confidences else ()),
            Column(name="Method"),
            Column(name="Target"),
            Column(name="Explained score"),
            Column(name="Score"),
            Column(name="Baseline score"),
            Column(name="Sum of relevance"),
            Column(name="Sum error", unit="%", digits=2),
            Column(name="Map error", unit="%", digits=2),
            Column(name="Convergence"),
        ),
        rows=tuple(
            row
            for relevance, title in zip(relevances, _titles(relevances), strict=True)
            for row in _rows(relevance, title, confidences, has_classes=has_classes)
        ),
        n_shown=10,
    )


def _answer(relevance: Relevance, k: int) -> tuple[Cell, Cell]:
    """True class of a clip, and whether the network found it."""
    if not relevance.true_classes or not relevance.true_classes[k]:
        return None, None
    true, predicted = relevance.true_classes[k], relevance.predicted_classes[k]
    if true == predicted:
        return true, Badge(text="right", tone="good")
    return true, Badge(text=f"wrong: {predicted}", tone="bad")


def _confidences(run: Run) -> dict[int, float]:
    """Probability of the answer, in per cent, by clip; of those that were scored."""
    return {
        clip: 100 * float(largest)
        for evaluation in run.find(Evaluation)
        for clip, largest in zip(
            evaluation.clip_index.tolist(), evaluation.probabilities.max(1), strict=True
        )
    }


def _rows(
    relevance: Relevance, title: str, confidences: Mapping[int, float], *, has_classes: bool
) -> Iterator[tuple[Cell, ...]]:
    """Each clip by one method."""
    checks, totals = relevance.checks, relevance.maps[0].totals
    for k, clip in enumerate(relevance.clip_index.tolist()):
        yield (
            Link(text=str(clip), target=relevance.fragment(_anchor(relevance, clip))),
            *(_answer(relevance, k) if has_classes else ()),
            *((confidences.get(clip),) if confidences else ()),
            title,
            relevance.target.words[k],
            relevance.score_name,
            float(relevance.scores[k]),
            _entry(relevance.baseline_scores, k),
            float(totals[k]),
            _entry(checks.completeness_errors, k, scale=100),
            _entry(checks.map_errors, k, scale=100),
            _verdict(relevance, k),
        )


def _entry(values: np.ndarray | None, k: int, *, scale: float = 1) -> float | None:
    """One number of a column that a method may not have."""
    return None if values is None else scale * float(values[k])
