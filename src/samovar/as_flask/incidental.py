"""What programs import from Flask's modules although Flask never meant them to.

Editors complete a name from wherever they see it first, so that type variables and inner
functions of Flask's are found in many programs. Those that ours has no use for are here.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar

from jinja2 import BaseLoader

from samovar.context import current_application, request
from samovar.errors import _loader_details
from samovar.request import blueprint_path
from samovar.typing import TemplateFilterCallable, TemplateGlobalCallable, TemplateTestCallable

F = TypeVar("F", bound=Callable[..., Any])
T = TypeVar("T")
T_template_filter = TypeVar("T_template_filter", bound=TemplateFilterCallable)
T_template_global = TypeVar("T_template_global", bound=TemplateGlobalCallable)
T_template_test = TypeVar("T_template_test", bound=TemplateTestCallable)


def _prepare_send_file_kwargs(**kwargs: Any) -> dict[str, Any]:
    """Return the arguments for :func:`werkzeug.utils.send_file` that the app has a say in."""
    app = current_application()
    if kwargs.get("max_age") is None:
        kwargs["max_age"] = app.get_send_file_max_age
    return {
        **kwargs,
        "environ": request.environ,
        "use_x_sendfile": app.config["USE_X_SENDFILE"],
        "response_class": app.response_class,
        "_root_path": app.root_path,
    }


_split_blueprint_path = blueprint_path


def _make_timedelta(value: timedelta | int | None) -> timedelta | None:
    """Return a time span for a number of seconds; a time span stays as it is."""
    return timedelta(seconds=value) if isinstance(value, int) else value


def _dump_loader_info(loader: BaseLoader) -> list[str]:
    """Return lines that describe a template loader."""
    return list(_loader_details(loader))
