"""Interactive figures: functions take results and give Bokeh figures as JSON.

The only importer of bokeh. Nothing here needs a server, a network or ``eval``: the page embeds
the JSON with the BokehJS text of the installed wheel, and its own script talks to the models by
their names.
"""

from .bokehjs import bokehjs
from .items import json_item

__all__ = ["bokehjs", "json_item"]
