"""BokehJS comes from the wheel and can be inlined."""

import bokeh

from reports.figures import bokehjs


def test_is_the_installed_version():
    assert f'"{bokeh.__version__}"' in bokehjs()


def test_cannot_end_a_script_element():
    assert "</script" not in bokehjs(webgl=True).lower()


def test_names_no_content_delivery_network_to_load_from():
    assert "document.write" not in bokehjs()


def test_webgl_adds_a_component():
    assert len(bokehjs(webgl=True)) > len(bokehjs()) + 100_000
