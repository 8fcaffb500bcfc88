"""Printed networks beside the study, and classical models."""

from zoo import printed


def test_networks_carry_their_printed_scores() -> None:
    found = {n.name: (n.n_classes, n.scored_on, n.accuracy) for n in printed.networks()}

    assert found == {
        "simple_1d_net": (12, "validation", 0.9258),
        "se_resnet3": (12, "validation", 0.9716),
        "vgg_net1": (12, "validation", 0.9532),
        "nsynth_preliminary": (10, "test", 0.410400390625),
        "nsynth_optimized": (10, "test", 0.901611328125),
    }


def test_classical_models_have_accuracy_and_kappa() -> None:
    models = printed.tabular_models()

    best = max(models, key=lambda model: model.accuracy)
    assert (len(models), models[0].kappa) == (13, 0.011735)
    assert (best.name, best.accuracy, best.kappa) == (
        "Fully connected tabular network, tuned",
        0.9443,
        None,
    )
