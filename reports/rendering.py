"""Results to a page, a page to files, files to disk."""

from pathlib import Path

from cnnviz.disk import check_room
from cnnviz.errors import ParameterError
from cnnviz.files import write_whole
from cnnviz.run import Run

from .bundle import Bundle, folder, manifest, one_file
from .numerals import size
from .page import Page, sections
from .sound import sounds, within_budget
from .writing import MANIFEST, check_replaceable, write_folder

FORMS = ("auto", "file", "folder")
FILE_UP_TO = 25_000_000
"""Bytes of HTML up to which ``"auto"`` makes one file."""
REFUSED_FROM = 100_000_000
"""Bytes of HTML from which one file needs `force`: browsers stall on larger pages."""


def render(
    run: Run,
    out: Path,
    *,
    title: str,
    as_: str = "auto",
    audio: str = "wav",
    clips: str | int = 500,
    force: bool = False,
) -> Path:
    """Write a report and return the path of its HTML.

    Parameters
    ----------
    run
        Its results, and the sound that its capture holds; a section shows what it understands,
        absent results leave theirs out.
    out
        A path ending in ``.html`` (data go to ``<stem>-data/`` beside it, or, as a folder, the
        report to ``<stem>/``), else a folder, which gets an ``index.html``.
    title
        Heading of the page.
    as_
        ``"file"``: everything in one HTML file; ``"folder"``: small files; ``"auto"``: one file
        while it stays under 25 MB.
    audio
        ``"wav"`` (exact to 16 bits; packed as FLAC inside one file), ``"mp3"`` (compact) or
        ``"none"``.
    clips
        Clips whose audio goes into the report, or ``"all"``.
    force
        Whether one file may be over 100 MB.

    Raises
    ------
    ParameterError
        For a parameter outside its range, a single file over 100 MB without `force`, or a
        folder that holds files no report wrote.
    """
    if as_ not in FORMS:
        raise ParameterError(f"as={as_!r}; allowed: {', '.join(FORMS)}")
    out = Path(out)
    page = compose(run, title=title, audio=audio, clips=clips)
    if as_ == "folder":
        return _write(folder(page), out, as_file=False)
    bundle = one_file(page, data_folder=_data_folder(out))
    if as_ == "auto" and len(bundle.html) > FILE_UP_TO:
        return _write(folder(page), out, as_file=False)
    if len(bundle.html) > REFUSED_FROM and not force:
        raise ParameterError(
            f"the report as one file has {size(len(bundle.html))}; allowed: up to "
            f"{size(REFUSED_FROM)}; use --as folder, fewer --clips, --audio mp3, or --force"
        )
    return _write(bundle, out, as_file=True)


def compose(run: Run, *, title: str, audio: str, clips: str | int) -> Page:
    """Build the page: sections of a run with the audio the budget allows."""
    kept = within_budget(run, 0 if audio == "none" else clips)
    return Page(title=title, sections=sections(kept), sounds=sounds(kept, audio))


def write_page(page: Page, out: Path) -> Path:
    """Write a page as one file, its data beside it, and return the path of its HTML."""
    return _write(one_file(page, data_folder=_data_folder(out)), out, as_file=True)


def _data_folder(out: Path) -> str:
    """Address of the data beside one HTML file."""
    return f"{out.stem}-data/" if _is_html(out) else "data/"


def _write(bundle: Bundle, out: Path, *, as_file: bool) -> Path:
    """Write a bundle where `out` says and return the path of its HTML."""
    if not (_is_html(out) and as_file):
        home = out.with_suffix("") if _is_html(out) else out
        marked = {**bundle.files, "index.html": bundle.html}
        marked[MANIFEST] = manifest(bundle, name="index.html")
        write_folder(marked, home)
        return home / "index.html"
    data = out.with_name(_data_folder(out).rstrip("/"))
    check_replaceable(data)
    check_room(out.parent, bundle.n_bytes, what=f"the page {out}")  # or its data would go first
    beside = {Path(name).name: content for name, content in bundle.files.items()}
    beside[MANIFEST] = manifest(bundle, name=out.name)
    write_folder(beside, data)
    write_whole(out, bundle.html)
    return out


def _is_html(out: Path) -> bool:
    """Whether a path names a page and no folder."""
    return out.suffix.lower() in (".html", ".htm")
