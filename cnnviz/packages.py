"""Optional packages, beyond those that cnnviz always has."""

from importlib.util import find_spec

from cnnviz.errors import CnnvizError


def require(*packages: str, needed_by: str, extra: str) -> None:
    """Refuse to begin without packages; they are not imported.

    Parameters
    ----------
    packages
        To be imported later.
    needed_by
        What needs them, for people.
    extra
        Extra of cnnviz that installs them.

    Raises
    ------
    CnnvizError
        With the line that installs them.
    """
    for package in packages:
        if find_spec(package) is None:
            raise CnnvizError(
                f"{needed_by} needs the package {package}, which is not installed; "
                f"install it: pip install 'cnnviz[{extra}]'"
            )
