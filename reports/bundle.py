"""A page as files: one HTML file, or a folder of small ones; addresses to bytes, no disk."""

import base64
import hashlib
import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from importlib.resources import files

from markupsafe import Markup

from . import page as pages
from .html import Context, lower, render_template
from .packing import packed
from .page import Page, to_json
from .parts import JSON, ClipList, Interactive
from .sound import packed as packed_sound

SCRIPTS = (
    *("core", "pcm", "sound", "tables", "clips", "choices", "opacity", "responses", "figures"),
    "search",
)
"""Scripts of the page in order of loading."""
MEDIA = "data: blob:"
_PER_FOLDER = 500


@dataclass(frozen=True, kw_only=True, slots=True)
class Bundle:
    """The page itself, and the files beside it by relative address."""

    html: bytes
    files: Mapping[str, bytes] = field(default_factory=dict)

    @property
    def n_bytes(self) -> int:
        """Size of everything together."""
        return len(self.html) + sum(len(content) for content in self.files.values())


def one_file(page: Page, *, data_folder: str) -> Bundle:
    """Everything inside the HTML; the numbers lie in `data_folder` beside it once more.

    Parameters
    ----------
    page
        What to show.
    data_folder
        Relative address of the folder for CSV and JSON files, ending in ``/``.
    """
    context = Context(
        data_folder=data_folder, audio_links={sound.clip: "" for sound in page.sounds}
    )
    payloads = _payloads(page)
    payloads["audio"] = _audio_inside(page)
    packed_payloads = _figures(page) | {"files": _files(page)}
    scripts = (_script("theme"), "\n".join(map(_script, SCRIPTS)))
    library = _library(page)
    sources = " ".join(_source_hash(text) for text in (*scripts, library) if text)
    html = render_template(
        "page.html",
        page=page,
        policy=policy(sources, own=""),
        css=Markup(_static("report.css")),  # noqa: S704  # our own file
        inline=[Markup(text) for text in scripts],  # noqa: S704  # our own files
        library=Markup(packed(_bytes(library)) if library else ""),  # noqa: S704  # 91 plain signs
        payloads=((name, _inside(value)) for name, value in payloads.items()),
        packed=((name, Markup(text)) for name, text in packed_payloads.items()),  # noqa: S704
        assets={},
        lower=lambda part: lower(part, context),
    )
    return Bundle(html=html, files=_data_files(page, data_folder))


def folder(page: Page) -> Bundle:
    """Small ``index.html``, with scripts, data and audio beside it as classic files."""
    audio = {
        f"audio/{index // _PER_FOLDER:02d}/{sound.clip:06d}.{sound.suffix}": sound
        for index, sound in enumerate(page.sounds)
    }
    context = Context(
        data_folder="data/", audio_links={sound.clip: name for name, sound in audio.items()}
    )
    payloads = _payloads(page)
    payloads["audio"] = {str(clip): name for clip, name in context.audio_links.items()}
    assets = _assets(_library(page))
    html = render_template(
        "page.html",
        page=page,
        policy=policy("'self'", own="'self' "),
        css=None,
        inline=[],
        library="",
        payloads=((name, _inside(value)) for name, value in payloads.items()),
        packed=(),
        assets={kind: name for kind, (name, _) in assets.items()},
        lower=lambda part: lower(part, context),
    )
    beside = _data_files(page, "data/")
    beside |= dict(assets.values())
    beside |= {name: sound.encoded for name, sound in audio.items()}
    for name, text in _figures(page).items():
        call = f"CNNVIZ.put({to_json(name)},{to_json(text)});\n"
        beside[f"data/{name.replace(':', '-')}.js"] = _bytes(call)
    return Bundle(html=html, files=beside)


def policy(scripts: str, *, own: str) -> str:
    """Content-Security-Policy that lets nothing in but what the report brings."""
    return (
        f"default-src 'none'; script-src {scripts}; style-src {own}'unsafe-inline'; "
        f"img-src {own}{MEDIA}; media-src {own}{MEDIA}; base-uri 'none'; form-action 'none'"
    )


def manifest(bundle: Bundle, *, name: str) -> bytes:
    """JSON list of every file with its size and SHA-256; marks a folder as a report."""
    everything = {name: bundle.html, **bundle.files}
    listed = [
        {"name": key, "bytes": len(value), "sha256": hashlib.sha256(value).hexdigest()}
        for key, value in sorted(everything.items())
    ]
    return _bytes(json.dumps({"format": "cnnviz report 1", "files": listed}, indent=1) + "\n")


def _payloads(page: Page) -> dict[str, JSON]:
    """Data for the page's script by name."""
    payloads: dict[str, JSON] = {}
    views: dict[str, JSON] = {}
    for part in pages.every_part(page):
        if isinstance(part, Interactive):
            views[part.name] = [pages.slug(target) for target in part.views]
        elif isinstance(part, ClipList):
            payloads["clips"] = [
                [
                    *(r.clip, r.name, r.true, r.predicted),
                    *(_rounded(r.seconds), r.split, r.note, int(r.explained)),
                ]
                for r in part.rows
            ]
    return payloads | {"views": views}


def _figures(page: Page) -> dict[str, str]:
    """Packed payloads of the interactive figures by name."""
    figures = (part for part in pages.every_part(page) if isinstance(part, Interactive))
    return {f"figure:{part.name}": pages.figure_payload(part) for part in figures}


def _files(page: Page) -> str:
    """Data files, packed: their text, or what of a figure on the page makes it."""
    files = {
        file.name: file.text
        if file.drawn is None
        else asdict(file.drawn) | {"views": [pages.slug(view) for view in file.drawn.views]}
        for file in pages.data_files(page)
    }
    return packed(_bytes(json.dumps(files, ensure_ascii=False) + "\n"))


def _rounded(seconds: float) -> float | None:
    """Length for the script; None where it is not known."""
    return None if math.isnan(seconds) else round(seconds, 4)


def _library(page: Page) -> str:
    """BokehJS if an interactive figure needs it, else nothing."""
    figures = [part for part in pages.every_part(page) if isinstance(part, Interactive)]
    if not figures:
        return ""
    from .figures import bokehjs  # bokeh takes a while; many pages need none

    return bokehjs(webgl=any('"webgl"' in to_json(dict(part.item)) for part in figures))


def _assets(library: str) -> dict[str, tuple[str, bytes]]:
    """Style sheet and scripts by kind: address with a hash of the content, and content."""
    texts = {
        "css": ("report", "css", _static("report.css")),
        "theme": ("theme", "js", _script("theme")),
        "report": ("report", "js", "\n".join(map(_script, SCRIPTS))),
        "library": ("bokeh", "js", library),
    }
    assets = {}
    for kind, (stem, suffix, text) in texts.items():
        if text:
            content = _bytes(text)
            mark = hashlib.sha256(content).hexdigest()[:8]
            assets[kind] = (f"assets/{stem}-{mark}.{suffix}", content)
    return assets


def _audio_inside(page: Page) -> JSON:
    """Packed sound of each clip as base64, with its media type."""
    return {
        str(sound.clip): f"data:{sound.media_type};base64,"
        + base64.b64encode(sound.encoded).decode("ascii")
        for sound in map(packed_sound, page.sounds)
    }


def _data_files(page: Page, data_folder: str) -> dict[str, bytes]:
    """CSV and JSON files by address."""
    return {data_folder + file.name: _bytes(file.text) for file in pages.data_files(page)}


def _source_hash(text: str) -> str:
    """Hash source of an inline script for the policy."""
    digest = hashlib.sha256(_bytes(text)).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"


def _inside(value: JSON) -> Iterator[Markup]:
    """JSON for a data block, an entry at a time, of which sounds have many megabytes."""
    pieces = [to_json(value)] if not isinstance(value, dict) or not value else _entries(value)
    yield from map(Markup, pieces)  # to_json escapes what could end the block


def _entries(values: Mapping[str, JSON]) -> Iterator[str]:
    for place, (name, value) in enumerate(values.items()):
        yield f"{',' if place else '{'}{to_json(name)}:{to_json(value)}"
    yield "}"


def _script(name: str) -> str:
    """Text of one of the page's scripts."""
    return _static(f"js/{name}.js")


def _static(name: str) -> str:
    """Text of a file in ``reports/static``, with Unix line ends."""
    text = files("reports").joinpath("static", *name.split("/")).read_text(encoding="utf-8")
    return re.sub(r"\r\n?", "\n", text)


def _bytes(text: str) -> bytes:
    """UTF-8; what file systems give that is no Unicode becomes a question mark."""
    return text.encode("utf-8", "replace")
