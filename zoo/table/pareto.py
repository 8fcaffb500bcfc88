"""The Pareto front: networks that no other beats with fewer parameters."""

from collections.abc import Sequence


def pareto_front(n_parameters: Sequence[int], accuracies: Sequence[float]) -> tuple[int, ...]:
    """Find what is not dominated: nothing else is as small and as accurate, and better in one.

    Parameters
    ----------
    n_parameters, accuracies
        Of each network, same length.

    Returns
    -------
    tuple of int
        Indices by growing size; of equals all are kept.

    Examples
    --------
    >>> pareto_front([100, 200, 300], [0.8, 0.7, 0.9])
    (0, 2)
    """
    order = sorted(range(len(accuracies)), key=lambda i: (n_parameters[i], -accuracies[i], i))
    front: list[int] = []
    for i in order:
        best = front[-1] if front else None
        is_equal = best is not None and (
            (n_parameters[best], accuracies[best]) == (n_parameters[i], accuracies[i])
        )
        if best is None or is_equal or accuracies[i] > accuracies[best]:
            front.append(i)
    return tuple(front)
