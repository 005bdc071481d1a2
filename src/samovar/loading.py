"""Finds the application that a person means by a module, a file, a folder or a factory call.

A target reads ``place`` or ``place:expression``. The place is a dotted module name, a file or a
folder; the expression is the name of the application, or the call of a factory with literal
arguments. :func:`prepare_import` turns the place into a module name that can be imported, and
:func:`locate_app` imports it and picks the application.

What may be picked is decided by a predicate: :func:`is_application` for commands that need an
app object, :func:`is_servable` where any WSGI callable will do.
"""

from __future__ import annotations

import ast
import importlib
import importlib.util
import inspect
import os
import re
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from types import FunctionType, ModuleType, TracebackType
from typing import Any

import click

Accepts = Callable[[object], bool]
"""Says whether an object is what the command looks for."""

APP_NAMES = ("app", "application")
"""Where an app is looked for first: the names that nearly every program uses."""

FACTORY_NAMES = ("create_app", "make_app")
"""Functions that are called, without arguments, where a module holds no app."""

PROGRAM_FILES = ("app.py", "wsgi.py", "main.py")
"""The program of a folder, best first, where the folder is not a package."""


class NoAppException(click.UsageError):
    """No application could be found or loaded; the message says what was looked for."""


def is_application(value: object) -> bool:
    """Say whether ``value`` is an app object: Samovar's, or one of a framework of its kind.

    It is known by what it has, not by its class: programs replace the class, and the installed
    Flask's apps are found as well.
    """
    return not isinstance(value, type) and hasattr(value, "wsgi_app") and hasattr(value, "url_map")


def is_servable(value: object) -> bool:
    """Say whether ``value`` can be served: an app object or any WSGI callable (PEP 3333).

    A function counts where it takes exactly two arguments, as ``(environ, start_response)``;
    other functions are taken for factories.
    """
    if is_application(value):
        return True
    if isinstance(value, type | ModuleType) or not callable(value):
        return False
    return not inspect.isfunction(value) or _takes_two_arguments(value)


def _takes_two_arguments(function: FunctionType) -> bool:
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    required = [
        parameter
        for parameter in inspect.signature(function).parameters.values()
        if parameter.default is inspect.Parameter.empty and parameter.kind in kinds
    ]
    return len(required) == 2


def find_best_app(module: ModuleType, accepts: Accepts = is_application) -> Any:
    """Return the application that a module most likely means.

    In this order: what the usual names hold, the only app object of the module, what a factory
    of a usual name returns.

    Args:
        module: An imported module.
        accepts: What may stand under the usual names or come from a factory.

    Raises:
        NoAppException: There is none, or more than one.
    """
    for name in APP_NAMES:
        app = getattr(module, name, None)
        if accepts(app):
            return app

    # Only app objects: any function of two arguments would pass for a WSGI callable.
    apps = {name: value for name, value in vars(module).items() if is_application(value)}
    if len({id(app) for app in apps.values()}) > 1:
        raise NoAppException(
            f"The module {module.__name__!r} holds several applications: {_listed(apps)}."
            f" Say which one, for instance '{module.__name__}:{next(iter(apps))}'."
        )
    if apps:
        return next(iter(apps.values()))

    app = _from_usual_factory(module, accepts)
    if app is not None:
        return app
    raise NoAppException(
        f"There is no application in the module {module.__name__!r}. Looked for the names"
        f" {_listed(APP_NAMES)}, any app object, and the functions {_listed(FACTORY_NAMES)}."
        f" If yours has another name, write '{module.__name__}:name'."
    )


def _from_usual_factory(module: ModuleType, accepts: Accepts) -> Any:
    for name in FACTORY_NAMES:
        factory = getattr(module, name, None)
        if not inspect.isfunction(factory):
            continue
        try:
            app = factory()
        except TypeError as error:
            if _was_entered(factory, error.__traceback__):
                raise
            raise NoAppException(
                f"The factory {name!r} in the module {module.__name__!r} wants arguments."
                f" Write them, for instance '{module.__name__}:{name}(\"value\")'."
            ) from error
        if accepts(app):
            return app
    return None


def _was_entered(function: FunctionType, frames: TracebackType | None) -> bool:
    """Say whether an error came from inside ``function`` and not from the call of it."""
    return any(frame.f_code is function.__code__ for frame, _ in traceback.walk_tb(frames))


def _listed(names: Any) -> str:
    return ", ".join(repr(name) for name in names)


def find_app_by_string(module: ModuleType, app_name: str, accepts: Accepts = is_application) -> Any:
    """Return the application that an expression names or a factory call makes.

    Args:
        module: An imported module.
        app_name: ``name``, or ``name(...)`` with literal arguments. A plain name that holds a
            function is called without arguments, unless it is servable itself.
        accepts: What counts as an application.

    Raises:
        NoAppException: The expression cannot be understood, or gives no application.
    """
    name, args, kwargs = _parse_expression(app_name)
    try:
        found = getattr(module, name)
    except AttributeError as error:
        raise NoAppException(f"There is no {name!r} in the module {module.__name__!r}.") from error

    is_plain_name = app_name.strip() == name
    if inspect.isfunction(found) and not (is_plain_name and accepts(found)):
        try:
            found = found(*args, **kwargs)
        except TypeError as error:
            if _was_entered(getattr(module, name), error.__traceback__):
                raise
            raise NoAppException(
                f"The factory {app_name!r} in the module {module.__name__!r} cannot be called"
                f" with these arguments: {error}."
            ) from error

    if accepts(found):
        return found
    raise NoAppException(
        f"'{module.__name__}:{app_name}' is not an application, but {type(found).__name__!r}."
    )


def _parse_expression(text: str) -> tuple[str, list[Any], dict[str, Any]]:
    """Take ``name`` or ``name(...)`` apart into the name and its literal arguments."""
    try:
        node = ast.parse(text.strip(), mode="eval").body
    except SyntaxError:
        raise NoAppException(
            f"{text!r} can be read neither as a name nor as the call of a function."
        ) from None
    if isinstance(node, ast.Name):
        return node.id, [], {}
    if not isinstance(node, ast.Call):
        raise NoAppException(
            f"{text!r} is neither a name nor the call of a function, such as 'create_app()'."
        )
    if not isinstance(node.func, ast.Name):
        raise NoAppException(f"The factory must be called by a plain name, not as in {text!r}.")
    try:
        args = [ast.literal_eval(arg) for arg in node.args]
        kwargs = {kw.arg: ast.literal_eval(kw.value) for kw in node.keywords if kw.arg}
    except ValueError:
        raise NoAppException(
            f"The arguments in {text!r} must be literal values: strings, numbers, True, None"
            " and the like."
        ) from None
    return node.func.id, args, kwargs


def split_target(target: str) -> tuple[str, str | None]:
    r"""Take a target apart: ``"shop/app.py:make('x')"`` is the file and the expression.

    The colon of a Windows drive (``C:\\``) does not separate.
    """
    place, *expression = re.split(r":(?![\\/])", target, maxsplit=1)
    return place, expression[0] if expression else None


def find_program(place: str) -> str:
    """Return the file or module that a place means, so that :func:`prepare_import` can take it.

    Args:
        place: A file, a folder, or a dotted module name.

    Returns:
        For a folder that is no package, its program; anything else as it is.

    Raises:
        NoAppException: The file does not exist, or the folder holds no program.
    """
    path = Path(place)
    if path.is_dir() and not (path / "__init__.py").is_file():
        return str(_program_of_folder(path))
    if not path.parent.is_dir() or (path.suffix == ".py" and not path.is_file()):
        raise NoAppException(
            f"There is no file {place!r} in {str(Path.cwd())!r}.{_programs_nearby(path.parent)}"
        )
    return place


def _program_of_folder(folder: Path) -> Path:
    for name in PROGRAM_FILES:
        if (folder / name).is_file():
            return folder / name
    programs = sorted(folder.glob("*.py"))
    if len(programs) == 1:
        return programs[0]
    found = f"it holds {_listed(p.name for p in programs)}" if programs else "it holds no program"
    raise NoAppException(
        f"Cannot tell which program the folder {str(folder)!r} means: looked for"
        f" {_listed(PROGRAM_FILES)}, but {found}. Name the file, for instance"
        f" {str(folder / 'hello.py')!r}."
    )


def _programs_nearby(folder: Path) -> str:
    """Say which programs a folder holds, for a person who mistyped a name."""
    programs = sorted(p.name for p in folder.glob("*.py")) if folder.is_dir() else []
    shown = programs[:8]  # as many as are read at a glance
    return f" There are: {_listed(shown)}." if shown else ""


def prepare_import(path: str) -> str:
    """Make a file or module importable and return its module name.

    The folder that holds it, or for a file in a package the folder that holds the outermost
    package, becomes the first place where modules are looked for.

    Args:
        path: A file, with or without ``.py``; a package's folder; or a dotted module name,
            which is looked for from the current folder.
    """
    place = Path(os.path.realpath(path))
    if place.suffix == ".py":
        place = place.with_suffix("")
    if place.name == "__init__":
        place = place.parent

    parts = [place.name]
    folder = place.parent
    while (folder / "__init__.py").exists():
        parts.insert(0, folder.name)
        folder = folder.parent

    if sys.path[0] != str(folder):
        sys.path.insert(0, str(folder))
    return ".".join(parts)


def refuse_hidden_file(path: str, module_name: str) -> None:
    """Make sure that importing ``module_name`` gives the file at ``path``.

    It does not where the file has the name of one of Python's own modules, or of one that is
    loaded already.

    Raises:
        NoAppException: It would give another file; the message says which.
    """
    file = Path(os.path.realpath(path))
    if file.suffix != ".py" or file.name == "__init__.py" or "." in module_name:
        return
    loaded = sys.modules.get(module_name)
    spec = None if loaded is not None else importlib.util.find_spec(module_name)
    origin = getattr(loaded, "__file__", None) if spec is None else spec.origin
    if origin is None or not Path(origin).exists() or not file.samefile(origin):
        raise NoAppException(
            f"The file {path!r} cannot be imported, because {module_name!r} is also the name of"
            f" another module ({origin or 'built into Python'}). Give the file another name, for"
            f" instance 'my_{file.name}'."
        )


def locate_app(
    module_name: str,
    app_name: str | None,
    raise_if_not_found: bool = True,
    accepts: Accepts = is_application,
) -> Any:
    """Import a module and return its application.

    Args:
        module_name: The module's dotted name.
        app_name: A name or a factory call in it, or None for :func:`find_best_app`.
        raise_if_not_found: Return None where there is no such module, if false.
        accepts: What counts as an application.

    Raises:
        NoAppException: The module cannot be imported, or holds no application. An ImportError
            inside the module is told with the lines that led to it.
        Exception: Whatever else the module's own code raises.
    """
    try:
        importlib.import_module(module_name)
    except ImportError as error:
        if not _is_about(error, module_name):
            raise NoAppException(
                f"Importing {module_name!r} failed:\n\n{users_traceback(error)}"
            ) from error
        if not raise_if_not_found:
            return None
        raise NoAppException(
            f"Could not import {module_name!r}: there is no module of this name in"
            f" {sys.path[0]!r} or among the installed packages."
            f"{_programs_nearby(Path(sys.path[0]))}"
        ) from None

    module = sys.modules[module_name]
    if app_name is None:
        return find_best_app(module, accepts)
    return find_app_by_string(module, app_name, accepts)


def _is_about(error: ImportError, module_name: str) -> bool:
    """Say whether the module itself is missing, and not something that it imports."""
    if not isinstance(error, ModuleNotFoundError) or error.name is None:
        return False
    return module_name == error.name or module_name.startswith(f"{error.name}.")


def users_traceback(error: BaseException) -> str:
    """Return the traceback of an error in the user's program, without the frames of others.

    Left out are the import system, this package, the standard library and installed packages;
    where nothing would be left, all frames stay.
    """
    summary = traceback.TracebackException.from_exception(error)
    own = [frame for frame in summary.stack if is_users_file(frame.filename)]
    if own or isinstance(error, SyntaxError):
        summary.stack = traceback.StackSummary.from_list(own)
    return "".join(summary.format())


_NOT_THE_USERS = tuple(
    str(folder) + os.sep
    for folder in (
        Path(__file__).parent,
        Path(os.__file__).parent,
        # A virtual environment often lies in the folder of the program.
        *([Path(sys.prefix)] if sys.prefix != sys.base_prefix else []),
    )
)


def is_users_file(filename: str) -> bool:
    """Say whether a source file is the user's own, and not Python's or a package's."""
    if filename.startswith(("<frozen ", *_NOT_THE_USERS)):
        return False
    return "site-packages" not in Path(filename).parts
