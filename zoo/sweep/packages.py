"""The packages that sweeps need, beyond those of cnnviz."""

from importlib.util import find_spec

from cnnviz.errors import CnnvizError

NEEDED = ("filelock", "lightning", "pydantic")


def check_packages() -> None:
    """Refuse to begin without the packages a sweep needs.

    Raises
    ------
    CnnvizError
        With the line that installs them.
    """
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        raise CnnvizError(
            f"sweeps need the package {missing[0]}, which is not installed; "
            "install it: pip install 'cnnviz[zoo]'"
        )
