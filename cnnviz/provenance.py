"""What ran on what: the record every result carries."""

import hashlib
import json
import platform
import shlex
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from importlib import metadata
from pathlib import PureWindowsPath

_PACKAGES = ("torch", "captum", "numpy", "scipy", "librosa", "h5py", "umap-learn", "scikit-learn")


def versions() -> tuple[str, ...]:
    """Read the versions of cnnviz and of the packages its numbers rest on."""
    texts = []
    for name in ("cnnviz", *_PACKAGES):
        try:
            texts.append(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            texts.append(f"{name} unknown")
    return tuple(texts)


def describe_platform() -> str:
    """Describe operating system, Python and processor in one line."""
    return f"{platform.system()} {platform.release()}, Python {platform.python_version()}, " + (
        platform.machine()
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Provenance:
    """Record of one computation.

    Parameters
    ----------
    analyzer
        Name of the analyzer as users type it; empty for a capture or scores.
    created
        UTC time, ISO 8601, seconds. Passed in, never read inside a computation.
    command
        The command line or call that asked for it.
    model_name, model_digest, output_role
        Name of the model, SHA-256 over its weights, and what its output was read as, one of
        `cnnviz.roles.ROLES` or ``"unknown"``; empty when no model took part.
    model_notices
        What loading the model had to say, such as that no weights were given.
    clips_digest
        SHA-256 over the names and lengths of the clips; empty when none took part.
    seed
        Seed of every random choice, or None when nothing was random.
    parameters
        The analyzer's own parameters as JSON text.
    versions
        Package versions as ``"name version"``.
    platform
        Operating system, Python and processor.
    device
        ``"cpu"``, or the accelerator and its name.
    """

    analyzer: str = ""
    created: str = ""
    command: str = ""
    model_name: str = ""
    model_digest: str = ""
    output_role: str = ""
    model_notices: tuple[str, ...] = ()
    clips_digest: str = ""
    seed: int | None = None
    parameters: str = "{}"
    versions: tuple[str, ...] = field(default_factory=versions)
    platform: str = field(default_factory=describe_platform)
    device: str = "cpu"

    @property
    def digest(self) -> str:
        """Eight hexadecimal digits over parameters, model and clips: what was asked of what.

        A role counts unless it is that of a classifier.
        """
        role = () if self.output_role in ("", "classes") else (self.output_role,)
        return digest_text(self.parameters, self.model_digest, self.clips_digest, *role)[:8]


def now() -> str:
    """UTC time in ISO 8601 with seconds; only the command line, notebooks and locks call it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def command_line() -> str:
    """The running command as a shell takes it, without its path; a package by its name."""
    program, *arguments = sys.argv or [""]
    path = PureWindowsPath(program)  # takes / and \ alike
    name = path.parent.name if path.name == "__main__.py" else path.name
    return shlex.join([name, *arguments])


def digest_text(*texts: str) -> str:
    """SHA-256 over texts, each ended by a NUL so that borders count."""
    hashed = hashlib.sha256()
    for text in texts:
        hashed.update(text.encode("utf-8", "surrogateescape") + b"\0")
    return hashed.hexdigest()


def to_json(parameters: Mapping[str, object]) -> str:
    """Write parameters as JSON text with sorted keys."""
    return json.dumps(dict(parameters), sort_keys=True, default=str)


def describe_parameters(analyzer: object) -> str:
    """Fields of a dataclass as JSON, with its `files_digest` of files that it reads, if any."""
    fields: dict[str, object] = asdict(analyzer)  # type: ignore[call-overload]
    digest = getattr(analyzer, "files_digest", "")
    return to_json(fields | {"files_digest": digest} if digest else fields)
