"""It sounds like these: patches of other clips nearest to the stretch that decided."""

from cnnviz.results.nearest_patches import NearestPatches, Patches
from cnnviz.run import Run

from ..chapter import chapter
from ..parts import Cell, Column, Findings, Paragraph, Part, Play, Section, Table
from .unit_exemplars import audible

ORDER = 41
_N_ROWS = 100
_TEXT = (
    "For the stretch of a clip where relevance is largest, the patches of other clips that a layer "
    "holds for most like it: largest cosine over its channels, one patch of a clip, none of the "
    "same speaker or recording where these are known. Play them beside the stretch. What sounds "
    "alike to a layer need not have decided alike."
)


def section(run: Run) -> Section | None:
    """Chapter of nearest patches; None without any."""
    return chapter(
        run.find(NearestPatches),
        _parts,
        title="It sounds like these",
        anchor="nearest-patches",
        text=_TEXT,
    )


def _parts(result: NearestPatches) -> tuple[Part, ...]:
    findings = (Findings(items=result.findings),) if result.findings else ()
    return (*findings, Paragraph(text=_scope(result)), _table(result))


def _scope(result: NearestPatches) -> str:
    """What was compared, and what with."""
    fewest, most = int(result.n_candidates.min()), int(result.n_candidates.max())
    n_clips = f"{fewest:,}" if fewest == most else f"{fewest:,} to {most:,}"
    n_known, n_explained = len(result.cosines), result.n_explained
    missing = (
        ""
        if n_known == n_explained
        else f" {n_known:,} of {n_explained:,} explained clips have them."
    )
    return (
        f"Patches are cells over time of {result.layer}, from {n_clips} other clips with full "
        f"maps.{missing} The stretch is at the peak of {result.method.replace('_', ' ')}. Beside "
        "the cosines stand the one that 95 % of pairs at random times stay below, and the one that "
        "95 % of the stretches of the same clip reach at most with their own nearest patch; both "
        "of times within 20 dB of the loudest 20 ms of a clip, as silence is like silence."
    )


def _table(result: NearestPatches) -> Table:
    n_ranks, n_clips = result.cosines.shape[1], len(result.cosines)
    more = "" if n_clips <= _N_ROWS else f", {_N_ROWS} of {n_clips}; results hold all"
    return Table(
        name=f"nearest-patches-{result.layer}",
        caption=f"Stretches that decided, and the nearest patches with their cosine{more}",
        columns=(
            Column(name="Clip", is_row_name=True),
            Column(name="Stretch"),
            *(Column(name=f"Nearest {rank + 1}") for rank in range(n_ranks)),
            Column(name="95 % of pairs", places=3),
            Column(name="95 % of stretches", places=3),
        ),
        rows=tuple(_row(result, k) for k in range(min(n_clips, _N_ROWS))),
        n_shown=12,
    )


def _row(result: NearestPatches, k: int) -> tuple[Cell, ...]:
    peak = f"{result.peaks_seconds[k]:.3f} s"
    return (
        result.name_of(int(result.decisive.clip_index[k])),
        _play(result, result.decisive, (k,), peak),
        *(
            _play(result, result.nearest, (k, rank), f"{cosine:.3f}")
            for rank, cosine in enumerate(result.cosines[k].tolist())
        ),
        float(result.pairs_95[k]),
        float(result.stretches_95[k]),
    )


def _play(
    result: NearestPatches, patches: Patches, place: tuple[int, ...], words: str
) -> Play | None:
    """Button of one patch; nothing where there is none."""
    clip = int(patches.clip_index[place])
    if clip < 0:
        return None
    ends = float(patches.starts[place]), float(patches.stops[place])
    start, stop = audible(*ends, result.clip_seconds)
    text = words if patches is result.decisive else f"{result.name_of(clip)} {words}"
    return Play(clip=clip, text=text, start=start, stop=stop)
