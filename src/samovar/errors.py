"""Errors that debug mode raises in place of a puzzling outcome, and template loading explained."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from werkzeug.datastructures import FileStorage, ImmutableMultiDict
from werkzeug.routing import RequestRedirect

from samovar.context import has_request_context, request
from samovar.request import Request
from samovar.typing import Application, Scaffolding

if TYPE_CHECKING:
    from jinja2 import BaseLoader  # PERF: not imported for apps without templates

TemplateSource = tuple[str, str | None, Callable[[], bool] | None]
"""What a template loader found: the source, the file's name, and whether it is up to date."""


class UnexpectedUnicodeError(AssertionError, UnicodeError):
    """Text came where bytes were expected, or the other way round."""


class DebugFilesKeyError(KeyError, AssertionError):
    """A file was asked for, and the form that should bring it was sent without its files.

    Args:
        request: The request.
        key: The name under which the file was looked for.
    """

    def __init__(self, request: Request, key: str) -> None:
        self.msg = (
            f"request.files has no file {key!r}, though the form has a field of that name: the"
            f" form came as {request.mimetype!r} instead of 'multipart/form-data', so no file"
            " contents were transmitted. Give the form the attribute that sends them:\n\n"
            '    <form method="post" enctype="multipart/form-data">'
        )
        names = request.form.getlist(key)
        if names:
            shown = ", ".join(repr(name) for name in names)
            self.msg += f"\n\nThe browser sent file names only. This was submitted: {shown}"
        super().__init__(self.msg)

    def __str__(self) -> str:
        return self.msg


class FormDataRoutingRedirect(AssertionError):
    """A redirect to the canonical URL would make the browser drop what it sent.

    Raised in debug mode for a method other than GET, HEAD and OPTIONS, and a status other than
    307 and 308.

    Args:
        request: The request, with the redirect in its ``routing_exception``.
    """

    def __init__(self, request: Request) -> None:
        redirect = request.routing_exception
        assert isinstance(redirect, RequestRedirect)  # this is what the error is about
        lines = [
            f"A request was sent to {request.url!r}, and its route leads to the canonical URL"
            f" {redirect.new_url!r}."
        ]
        if f"{request.base_url}/" == redirect.new_url.partition("?")[0]:
            lines.append(
                "The route is written with a trailing slash, so a URL without it is redirected."
            )
        lines.append(
            f"A browser that follows the redirect repeats the {request.method} as a GET and drops"
            " the form's data. Send the request to the canonical URL (url_for() gives it), or"
            " redirect with status 307 or 308.\n\n"
            "This error is raised in debug mode only."
        )
        super().__init__(" ".join(lines))


class _ExplainedFiles(ImmutableMultiDict[str, FileStorage]):
    """The files of a form that was sent without its files."""

    _request: Request

    def __getitem__(self, key: str) -> Any:
        try:
            return super().__getitem__(key)
        except KeyError as error:
            if key not in self._request.form:
                raise
            raise DebugFilesKeyError(self._request, key).with_traceback(
                error.__traceback__
            ) from None


def attach_enctype_error_multidict(request: Request) -> None:
    """Make ``request.files`` say what is wrong where the form lacks its ``enctype``.

    Args:
        request: A request whose form has been read and brought no files.
    """
    files = _ExplainedFiles(request.files)
    files._request = request
    request.files = files


def explain_template_loading_attempts(
    app: Application,
    template: str,
    attempts: list[tuple[BaseLoader, Scaffolding, TemplateSource | None]],
) -> None:
    """Write to the app's log where a template was looked for, and what was found.

    Args:
        app: The app.
        template: The template's name.
        attempts: For each loader, in their order: the loader, the app or blueprint whose it
            is, and what it found.
    """
    info = [f"Locating template {template!r}:"]
    for number, (loader, owner, found) in enumerate(attempts, 1):
        info.append(f"{number:5}: trying loader of {_describe(app, owner)}")
        info.extend(f"       {line}" for line in _loader_details(loader))
        outcome = "no match" if found is None else f"found ({found[1] or '<string>'!r})"
        info.append(f"       -> {outcome}")
    matches = sum(found is not None for _, _, found in attempts)
    if matches == 0:
        info.append("Error: the template could not be found.")
    elif matches > 1:
        info.append("Warning: multiple loaders returned a match for the template; the first wins.")
    blueprint = request.blueprint if has_request_context() else None
    if matches != 1 and blueprint is not None:
        info.append(
            "  The template was looked up from an endpoint that belongs to the blueprint"
            f" {blueprint!r}."
        )
        info.append("  Is the template in the folder that the blueprint's template_folder names?")
        info.append("  See https://flask.palletsprojects.com/blueprints/#templates")
    app.logger.info("\n".join(info))


def explain_missing_template(
    app: Application, template: str, loaders: Iterable[tuple[Scaffolding, BaseLoader]]
) -> str:
    """Return where a template was looked for, and what may be meant instead.

    Args:
        app: The app.
        template: The template's name.
        loaders: The loaders that do not have it, each after the app or blueprint whose it is.
    """
    lines = [f"There is no template {template!r}. It was looked for in:"]
    hints = []
    for owner, loader in loaders:
        folders = getattr(loader, "searchpath", None) or [type(loader).__name__]
        for folder in folders:
            lines.append(f"  {folder} ({_describe(app, owner)})")
            hints += _similar_files(folder, template)
    if len(lines) == 1:
        lines = [f"There is no template {template!r}: the app has no folder of templates."]
    elif hints:
        lines.append(f"Is it {hints[0]!r} that you mean?")
    elif os.path.isfile(os.path.join(app.root_path, template)):
        lines.append("A file of that name lies beside the program: move it into that folder.")
    return "\n".join(lines)


def _similar_files(folder: str, template: str) -> list[str]:
    """Return the name of a template in the same folder that is written almost alike."""
    inner, _, name = template.rpartition("/")
    try:
        names = os.listdir(os.path.join(folder, inner))
    except OSError:
        return []
    # The endings are alike anyway, so what is before them has to be, too.
    close = get_close_matches(name, names, n=1, cutoff=0.8)
    return [f"{inner}/{found}".lstrip("/") for found in close]


def _describe(app: Application, owner: Scaffolding) -> str:
    if owner is app:
        return f"application {owner.import_name!r}"
    return f"blueprint {owner.name!r} ({owner.import_name})"


def _loader_details(loader: BaseLoader) -> Iterator[str]:
    """Return the public settings of a loader, a line each, as far as they say something."""
    yield f"class: {type(loader).__module__}.{type(loader).__name__}"
    for name, value in sorted(vars(loader).items()):
        if name.startswith("_"):
            continue
        if isinstance(value, str | int | float):
            yield f"{name}: {value!r}"
        elif isinstance(value, tuple | list) and all(isinstance(item, str) for item in value):
            yield f"{name}:"
            yield from (f"  - {item}" for item in value)
