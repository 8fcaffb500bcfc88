"""One file per family of architectures.

A family names its variants (``VARIANTS``), and has ``build(variant, n_classes)``,
``spec(variant, class_names)`` and ``recipe(variant)``. A family imports torch only when it
builds, so that listing stays quick.
"""
