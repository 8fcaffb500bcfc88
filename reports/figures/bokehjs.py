"""The BokehJS library as text, from the wheel of bokeh that is installed."""

from pathlib import Path

import bokeh

from cnnviz.errors import CnnvizError

COMPONENTS = ("bokeh", "bokeh-gl")


def bokehjs(*, webgl: bool = False) -> str:
    """Read BokehJS, with the WebGL glyphs for large scatter plots if asked for.

    The text is a classic script of one piece, to be inlined or written beside a page; its
    SHA-256 can stand in a Content-Security-Policy. It needs no ``unsafe-eval`` as long as a
    figure holds no custom JavaScript.

    Raises
    ------
    CnnvizError
        If the installed bokeh carries no JavaScript.
    """
    folder = Path(bokeh.__file__).parent / "server" / "static" / "js"
    names = COMPONENTS if webgl else COMPONENTS[:1]
    return "\n".join(_component(folder / f"{name}.min.js") for name in names)


def _component(path: Path) -> str:
    if not path.is_file():
        raise CnnvizError(
            f"bokeh {bokeh.__version__} has no {path.name}; its wheel from PyPI carries it; "
            "reinstall with: pip install --force-reinstall bokeh"
        )
    text = path.read_text(encoding="utf-8")
    return text.replace("</script", "<\\/script")  # a string or comment may not end the element
