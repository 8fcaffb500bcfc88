"""``package.module:factory`` or ``file.py:factory``: the user's own network."""

import importlib
import importlib.util
import inspect
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import replace
from importlib.machinery import SourceFileLoader
from io import StringIO
from pathlib import Path
from types import ModuleType

from torch import nn

from cnnviz.errors import ModelLoadError
from cnnviz.hooks import seeded
from cnnviz.loaders._finish import finish
from cnnviz.loaders._request import Request
from cnnviz.loaders._weights import load_weights
from cnnviz.model import AudioModel, ModelSpec, read_checkpoint

ORDER = 30


def load(request: Request) -> AudioModel | None:
    """Build the user's network and fill it; None when the reference is no factory.

    The factory is the user's code and is run; the weights file is only read.

    Raises
    ------
    ModelLoadError
        If there is no such factory, it fails, or the weights do not fit.
    ParameterError
        If the contract is incomplete.
    """
    source, colon, attribute = request.reference.rpartition(":")
    if request.kind or not colon or source == "zoo":
        return None
    files = [Path(source)] if source.endswith(".py") else []
    spec, notices = ModelSpec(), ["no weights given: the network is as its factory leaves it"]
    folder = Path(source).parent if files else Path.cwd()
    with _importable(folder), seeded(0):  # so that fresh weights are the same each time
        factory = _find(source, attribute, request)
        network = _build(factory, request)
    if request.weights is not None:
        notices = list(load_weights(network, request.weights, reference=request.reference))
        files.insert(0, request.weights)
        spec = _spec_inside(request.weights)
    model = finish(
        network.eval(),
        request.contract(spec, *files),
        name=Path(source).stem if files and source.endswith(".py") else source.rpartition(".")[2],
        reference=request.reference,
        notices=tuple(notices),
    )
    if isinstance(factory, nn.Module):
        return model

    def rebuild() -> nn.Module:
        with _importable(folder), redirect_stdout(StringIO()):
            return _build(factory, request)

    return replace(model, rebuild=rebuild)


def _spec_inside(path: Path) -> ModelSpec:
    """The contract of a weights file that is a cnnviz checkpoint."""
    try:
        checkpoint = read_checkpoint(path)
    except ModelLoadError:
        return ModelSpec()
    return ModelSpec() if checkpoint is None else checkpoint[1]


@contextmanager
def _importable(folder: Path) -> Iterator[None]:
    """Let modules beside the user's file, or in the current folder, be imported."""
    entry = str(folder.resolve())
    sys.path.insert(0, entry)
    try:
        yield
    finally:
        if entry in sys.path:
            sys.path.remove(entry)


def _find(source: str, attribute: str, request: Request) -> object:
    """Find the factory, or the network itself."""
    module = _import_module(source, request.reference)
    factory: object = module
    for part in attribute.split("."):
        if not hasattr(factory, part):
            names = [name for name, value in vars(module).items() if _is_factory(name, value)]
            raise ModelLoadError(
                f"{source} has no {attribute!r}; it has: {', '.join(names) or 'nothing to call'}"
            )
        factory = getattr(factory, part)
    return factory


def _build(factory: object, request: Request) -> nn.Module:
    """Call the factory."""
    if isinstance(factory, nn.Module):
        return factory
    _require_callable(factory, request.reference)
    network = _call_factory(factory, request.reference)
    if not isinstance(network, nn.Module):
        raise ModelLoadError(
            f"{request.reference} returned {type(network).__name__}; allowed: a torch.nn.Module"
        )
    return network


def _is_factory(name: str, value: object) -> bool:
    is_network = isinstance(value, type) and issubclass(value, nn.Module)
    return not name.startswith("_") and (inspect.isfunction(value) or is_network)


def _import_module(source: str, reference: str) -> ModuleType:
    try:
        if not source.endswith(".py"):
            return importlib.import_module(source)
        return _import_file(Path(source))
    except ModuleNotFoundError as error:
        raise ModelLoadError(
            f"{reference} cannot be imported: no module named {error.name!r}; run from the folder "
            "that holds it, or give its file: path/to/file.py:factory"
        ) from error
    except ModelLoadError:
        raise
    except Exception as error:  # the user's module fails in any way it likes
        raise ModelLoadError(
            f"{reference} cannot be imported ({type(error).__name__}: {error}); mend the module"
        ) from error


def _import_file(path: Path) -> ModuleType:
    if not path.is_file():
        raise ModelLoadError(f"{path} does not exist; allowed: a Python file with a factory")
    loader = SourceFileLoader(path.stem, str(path))
    spec = importlib.util.spec_from_file_location(path.stem, path, loader=loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    previous = sys.modules.get(path.stem)
    sys.modules[path.stem] = module  # dataclasses and pickles look their module up here
    try:
        # no __pycache__ beside the user's file, nor what one holds of another second's version
        code = loader.source_to_code(path.read_bytes(), str(path))
        exec(code, vars(module))  # noqa: S102 (code of the user, who asked for it)
    except BaseException:
        sys.modules.pop(path.stem)
        raise
    finally:
        if previous is not None:
            sys.modules[path.stem] = previous
    return module


def _require_callable(factory: object, reference: str) -> None:
    if not callable(factory):
        raise ModelLoadError(
            f"{reference} is {type(factory).__name__}; allowed: a function without arguments that "
            "returns a torch.nn.Module, or the module itself"
        )
    try:
        inspect.signature(factory).bind()
    except TypeError as error:
        raise ModelLoadError(
            f"{reference} cannot be called without arguments ({error}); write a function that "
            "fills them in: def build(): return Net(n_classes=35)"
        ) from None
    except ValueError:
        return  # some built-in names do not show their signature


def _call_factory(factory: object, reference: str) -> object:
    assert callable(factory)
    try:
        return factory()
    except Exception as error:  # the user's factory fails in any way it likes
        raise ModelLoadError(
            f"{reference} failed ({type(error).__name__}: {error}); mend the factory"
        ) from error
