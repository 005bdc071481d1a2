"""``flask.templating``."""

from __future__ import annotations

from samovar.templating import DispatchingJinjaLoader as DispatchingJinjaLoader
from samovar.templating import Environment as Environment
from samovar.templating import _default_template_ctx_processor as _default_template_ctx_processor
from samovar.templating import _render as _render
from samovar.templating import render_template as render_template
from samovar.templating import render_template_string as render_template_string
from samovar.templating import stream_template as stream_template
from samovar.templating import stream_template_string as stream_template_string
