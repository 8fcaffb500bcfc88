"""One forward pass on a short noise clip, read as layers, convolutions and fields."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import torch
from torch import Tensor, nn

from cnnviz.dsp.composite import Kernel
from cnnviz.errors import ShapeError, UnsupportedModelError
from cnnviz.grid import EXACT, UNKNOWN, UPPER, ReceptiveField
from cnnviz.hooks import borrowed, named_tensors
from cnnviz.model import AudioModel
from cnnviz.trace.bands import fourier_cycles
from cnnviz.trace.details import module_detail, operation_detail
from cnnviz.trace.geometry import BANDS, FREQUENCY, PLAIN, TIME, Extent, Geometry, Part, labels_of
from cnnviz.trace.paths import Paths
from cnnviz.trace.recorder import Event, Node, Recorder
from cnnviz.trace.records import UNKNOWN_FIELD, Convolution, LayerCall, NetworkTrace, OutputAxes
from cnnviz.trace.weights import as_copy, as_float64
from cnnviz.trace.windows import per_axis

_N_CLIPS = 2  # one clip alone would hide the clip axis among axes of length one


def trace(model: AudioModel, n_samples: int) -> NetworkTrace:
    """Run a network once on noise; what `cnnviz.trace.trace` remembers."""
    if not model.has_graph:
        raise UnsupportedModelError(getattr(model.network, "hint", "the model has no graph"))
    recorder, output = _run(model, n_samples)
    frames = model.frontend.grid(n_samples).receptive_field or UNKNOWN_FIELD
    tensors = [tensor for _, tensor in named_tensors(output)]
    result = recorder.geometry(tensors[0]) if tensors else None
    registered = {
        tensor.untyped_storage().data_ptr()
        for tensor in (*model.network.parameters(), *model.network.buffers())
    }
    convolutions = [event for event in recorder.events if _is_convolution(event)]
    paths = Paths(recorder.events, recorder.nodes)
    return NetworkTrace(
        n_samples=n_samples,
        calls=_calls(recorder.events, frames),
        convolutions=tuple(
            _convolution(event, frames, registered, recorder.nodes) for event in convolutions
        ),
        covered=_covered(result, frames, n_samples),
        output_field=_field(result, TIME, frames),
        output_cells=0 if result is None else result.length(TIME),
        outputs=tuple(_output_axes(tensor, recorder.geometry(tensor)) for tensor in tensors),
        find_path=paths,
        find_operations=paths.operations,
        find_followers=paths.followers,
    )


def _output_axes(tensor: Tensor, geometry: Geometry | None) -> OutputAxes:
    extent = None if geometry is None else geometry.extents.get(TIME)
    status = UNKNOWN if extent is None else extent.field.status
    time_axis = _axis(geometry, TIME)
    return OutputAxes(
        shape=tuple(tensor.shape[1:]),
        time_axis=time_axis,
        is_known=status == EXACT or (status == UPPER and time_axis is not None),
    )


def _run(model: AudioModel, n_samples: int) -> tuple[Recorder, object]:
    """Forward pass under the recorder; a program exported for one clip gets one."""
    failure: Exception | None = None
    for n_clips in (model.batch_size,) if model.batch_size else (_N_CLIPS, 1):
        recorder = Recorder()
        try:
            # inference mode hides the operations that a layer is made of
            with torch.inference_mode(mode=False), borrowed(model.network), torch.no_grad():
                inputs = _inputs(model, n_clips, n_samples)
                recorder.start(inputs, _input_geometry(model, inputs))
                with _module_calls_reported(model.network, recorder), recorder:
                    return recorder, model.network(inputs)
        except (RuntimeError, ValueError, IndexError, AssertionError) as error:
            failure = failure or error
    raise ShapeError(
        f"the network fails on clips of n_samples={n_samples} ({failure}); allowed: the length "
        "and layout it was trained on; add --n-samples N or --layout"
    ) from failure


def _inputs(model: AudioModel, n_clips: int, n_samples: int) -> Tensor:
    generator = torch.Generator().manual_seed(0)
    waveforms = 0.1 * torch.randn(n_clips, n_samples, generator=generator)
    return model.network_input(waveforms)


def _input_geometry(model: AudioModel, inputs: Tensor) -> Geometry:
    shape = tuple(inputs.shape)
    if inputs.ndim > 3:
        labels = [PLAIN] * (inputs.ndim - 2) + [FREQUENCY, TIME]
    elif inputs.ndim == 2:
        labels = [PLAIN, TIME]
    else:
        labels = [PLAIN, PLAIN, TIME] if model.layout == "bct" else [PLAIN, TIME, PLAIN]
    dims: tuple[tuple[Part, ...], ...] = tuple(
        ((label, n),) for label, n in zip(labels, shape, strict=True)
    )
    extents = {
        label: Extent(field=ReceptiveField(), start=0.0, stop=float(n))
        for label, n in zip(labels, shape, strict=True)
        if label != PLAIN
    }
    return Geometry(dims=dims, extents=extents)


@contextmanager
def _module_calls_reported(network: nn.Module, recorder: Recorder) -> Iterator[None]:
    """Tell the recorder which module is being called."""
    handles = []
    for name, module in network.named_modules():
        if "parametrizations" in name.split("."):
            continue

        def enter(module: nn.Module, inputs: object, name: str = name) -> None:  # noqa: ARG001
            recorder.enter(name, module, is_leaf=_is_leaf(module))

        def leave(module: nn.Module, inputs: object, output: object) -> None:  # noqa: ARG001
            recorder.leave(output)

        handles.append(module.register_forward_pre_hook(enter))
        handles.append(module.register_forward_hook(leave))
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def _is_leaf(module: nn.Module) -> bool:
    children = [name for name, _ in module.named_children() if name != "parametrizations"]
    return not children or isinstance(module, nn.MultiheadAttention)


def _is_convolution(event: Event) -> bool:
    return event.operation is not None and event.operation.name.endswith("convolution")


def _calls(events: list[Event], frames: ReceptiveField) -> tuple[LayerCall, ...]:
    """Leaf modules, and the functions called outside of them."""
    details = {e.name: operation_detail(e.operation) for e in events if e.operation is not None}
    counted: set[int] = set()
    calls = []
    for event in events:
        if event.operation is not None and event.module is not None:
            continue  # runs inside a leaf module, which has its own event
        n_parameters = 0
        if event.module is not None and id(event.module) not in counted:
            counted.add(id(event.module))
            n_parameters = sum(p.numel() for p in event.module.parameters())
        calls.append(
            LayerCall(
                name=event.name,
                kind=event.kind,
                detail=details.get(event.name) or module_detail(event.module),
                output_shape=_shape(event),
                n_parameters=n_parameters,
                time_field=_field(event.geometry, TIME, frames),
                frequency_field=_frequency_field(event.geometry),
                is_module=event.module is not None,
                time_axis=_axis(event.geometry, TIME),
                frequency_axis=_frequency_axis(event.geometry),
            )
        )
    return tuple(calls)


def _axis(geometry: Geometry | None, label: str) -> int | None:
    """Position of a label's axis, not counting that of the clips."""
    axis = None if geometry is None else geometry.dim_of(label)
    is_unmerged = axis and geometry is not None and len(geometry.dims[axis]) == 1
    return axis - 1 if axis and is_unmerged else None


def _frequency_axis(geometry: Geometry | None) -> int | None:
    axis = _axis(geometry, FREQUENCY)
    return _axis(geometry, BANDS) if axis is None else axis


def _frequency_field(geometry: Geometry | None) -> ReceptiveField | None:
    field = _field(geometry, FREQUENCY, ReceptiveField())
    return _field(geometry, BANDS, ReceptiveField()) if field is None else field


def _shape(event: Event) -> tuple[int, ...]:
    if event.output is None:
        return ()
    shape = tuple(event.output.shape[1:])
    flat = event.module is None and event.kind.endswith("1d") and len(shape) == 3
    return (shape[0], *shape[2:]) if flat else shape  # one-dimensional pools run as 2-D ones


def _field(geometry: Geometry | None, label: str, frames: ReceptiveField) -> ReceptiveField | None:
    if geometry is None or label not in geometry.extents:
        return None
    field = geometry.extents[label].field
    return UNKNOWN_FIELD if field.status == UNKNOWN else field.on(frames)


def _convolution(
    event: Event, frames: ReceptiveField, registered: set[int], nodes: Sequence[Node]
) -> Convolution:
    op = event.operation
    assert op is not None
    values, n_axes = op.arguments, op.arguments["weight"].ndim - 2
    source = op.source
    labels = tuple((labels_of(dim) or (PLAIN,))[0] for dim in source.dims)
    axes = tuple(FREQUENCY if label == BANDS else label for label in labels[2:])
    bands = source.extents.get(BANDS)
    cycles = () if bands is None or BANDS not in labels else bands.cycles
    field = _field(source, TIME, frames) or UNKNOWN_FIELD
    bias = values.get("bias")
    has_time_axis = TIME in axes and field.status != UNKNOWN
    is_module = isinstance(event.module, nn.Conv1d | nn.Conv2d | nn.Conv3d)
    return Convolution(
        name=event.name,
        weight=_weight(event, nodes),
        bias=None if bias is None else as_float64(bias),
        stride=per_axis(values["stride"], n_axes, 1),
        dilation=per_axis(values["dilation"], n_axes, 1),
        padding=per_axis(values["padding"], n_axes, 0),
        groups=int(values["groups"]),
        transposed=bool(values["transposed"]),
        registered=is_module or values["weight"].untyped_storage().data_ptr() in registered,
        time_axis_jump=field.jump if has_time_axis else float("nan"),
        input_field=field,
        axes=axes,
        band_cycles=np.array(cycles),
        is_fourier=fourier_cycles(op) is not None,
    )


def _weight(event: Event, nodes: Sequence[Node]) -> np.ndarray:
    """Weights of a convolution, one copy for it and for the step of the graph."""
    assert event.operation is not None
    steps = nodes[event.node].steps if event.node >= 0 else None
    first = steps[0] if steps else None
    return first.taps if isinstance(first, Kernel) else as_copy(event.operation.arguments["weight"])


def _covered(
    geometry: Geometry | None, frames: ReceptiveField, n_samples: int
) -> tuple[int, int] | None:
    """First and one-past-last audio sample that any output can see."""
    extent = None if geometry is None else geometry.extents.get(TIME)
    if extent is None or UNKNOWN in (extent.field.status, frames.status):
        return None
    start = frames.offset + extent.start * frames.jump
    stop = frames.offset + (extent.stop - 1) * frames.jump + frames.size
    return int(max(0, start)), int(min(n_samples, stop))
