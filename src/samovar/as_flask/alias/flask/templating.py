"""``flask.templating``."""

from __future__ import annotations

import typing as t

from jinja2 import BaseLoader as BaseLoader
from jinja2 import Environment as BaseEnvironment
from jinja2 import Template as Template
from jinja2 import TemplateNotFound as TemplateNotFound

from samovar.as_flask.patching import make_patchable
from samovar.context import _cv_app as _cv_app
from samovar.context import _cv_request as _cv_request
from samovar.context import request as request
from samovar.current import current_app as current_app
from samovar.helpers import stream_with_context as stream_with_context
from samovar.signals import before_render_template as before_render_template
from samovar.signals import template_rendered as template_rendered
from samovar.template_environment import DispatchingJinjaLoader as DispatchingJinjaLoader
from samovar.template_environment import Environment as Environment
from samovar.templating import _default_template_ctx_processor as _default_template_ctx_processor
from samovar.templating import _render as _render
from samovar.templating import render_template as render_template
from samovar.templating import render_template_string as render_template_string
from samovar.templating import stream_template as stream_template
from samovar.templating import stream_template_string as stream_template_string

# Datadog's and Amazon's agents time the rendering of templates in this way.
make_patchable(__name__, "_render")
