"""What a model file is, told from its first bytes; nothing is opened that could run code."""

from pathlib import Path

from cnnviz.archive import open_archive
from cnnviz.errors import ModelLoadError

TORCH_ZIP, LEGACY, SAFETENSORS = "torch_zip", "legacy", "safetensors"
TORCHSCRIPT, EXPORTED, PICKLE = "torchscript", "exported", "pickle"
TORCH_MAGIC = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."
_SAVE = "save it with torch.save(model.state_dict(), FILE)"
_FOREIGN_HEADS = (
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file (Keras?)"),
    (b"\x1f\x8b", "a gzip archive; unpack it first"),
    (b"\xfd7zXZ", "an xz archive; unpack it first"),
    (b"7z\xbc\xaf", "a 7z archive; unpack it first"),
    (b"version https://git-lfs", "a Git LFS pointer; fetch the file itself with git lfs pull"),
    (b"GGUF", "a GGUF file"),
    (b"RIFF", "a sound file"),
    (b"fLaC", "a sound file"),
    (b"\x93NUMPY", "a numpy array"),
)


def kind_of(path: Path) -> str:
    """Tell what a model file is.

    Returns
    -------
    str
        ``"torch_zip"``, ``"legacy"`` (torch.save before 1.6), ``"safetensors"``,
        ``"torchscript"``, ``"exported"`` (torch.export) or ``"pickle"`` (not by torch).

    Raises
    ------
    ModelLoadError
        If the file is missing, empty, truncated, a folder, or of another making.
    """
    _require_file(path)
    with path.open("rb") as file:
        head = file.read(4096)
    if head.startswith(b"PK\x03\x04"):
        return _zip_kind(path)
    if head.startswith(TORCH_MAGIC):
        return LEGACY
    if path.suffix == ".safetensors" or _is_safetensors(head, path.stat().st_size):
        return SAFETENSORS
    foreign_format = _foreign_format(head, path)
    if foreign_format is not None:
        raise ModelLoadError(f"{path} is {foreign_format}; allowed: PyTorch files; {_SAVE}")
    if head[:1] == b"\x80" and head[1:2] in (b"\x02", b"\x03", b"\x04", b"\x05"):
        return PICKLE
    raise ModelLoadError(
        f"{path} is not a model file (starts with {head[:8]!r}); allowed: PyTorch files; {_SAVE}"
    )


def _require_file(path: Path) -> None:
    if path.is_dir():
        raise ModelLoadError(
            f"{path} is a folder; allowed: one model file; name the file inside it"
        )
    if not path.is_file():
        raise ModelLoadError(
            f"{path} does not exist; allowed: a model file, zoo:NAME, package.module:factory or "
            "file.py:factory; check the spelling"
        )
    if path.stat().st_size == 0:
        raise ModelLoadError(f"{path} is empty (0 bytes); get a fresh copy")
    if path.suffix == ".py":
        raise ModelLoadError(
            f"{path} is Python source; name the function that builds the network: {path}:build"
        )


def _zip_kind(path: Path) -> str:
    try:
        with open_archive(path) as archive:
            names = archive.namelist()
    except Exception as error:  # a damaged archive fails in any way it likes
        raise ModelLoadError(
            f"{path} is truncated or damaged (zip archive: {error}); get a fresh copy"
        ) from None
    inside = {name.partition("/")[2] for name in names} | set(names)
    if "archive_format" in inside or "serialized_exported_program.json" in inside:
        return EXPORTED
    if "constants.pkl" in inside and any(name.startswith("code/") for name in inside):
        return TORCHSCRIPT
    if "data.pkl" in inside:
        return TORCH_ZIP
    description = "a zip archive that torch did not write"
    if "model.weights.h5" in inside:
        description = "a Keras file"
    elif any(name.endswith(".npy") for name in names):
        description = "a numpy archive"
    raise ModelLoadError(f"{path} is {description}; allowed: PyTorch files; {_SAVE}")


def _is_safetensors(head: bytes, size: int) -> bool:
    length = int.from_bytes(head[:8], "little")
    return head[8:9] == b"{" and 2 <= length <= size


def _foreign_format(head: bytes, path: Path) -> str | None:
    """Say what a file of another making is, or None."""
    checks = (
        *((head.startswith(start), description) for start, description in _FOREIGN_HEADS),
        (path.suffix == ".onnx", "an ONNX file"),
        (head[:1] == b"\x08" and b"pytorch" in head[:64], "an ONNX file"),
        (head[4:8] == b"TFL3", "a TensorFlow Lite file"),
        (b"ustar" in head[257:265], "a tar archive; save it again with a newer torch"),
        (head.lstrip().lower().startswith((b"<!doctype html", b"<html")), "a web page"),
        (_is_text(head), "a text file"),
    )
    return next((description for holds, description in checks if holds), None)


def _is_text(head: bytes) -> bool:
    try:
        text = head.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start < len(head) - 4:
            return False
        text = head[: error.start].decode("utf-8")
    return all(character.isprintable() or character in "\t\r\n\f" for character in text)
