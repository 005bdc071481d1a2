"""Configuration: a dict that fills itself from files, objects and the environment."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Callable, Iterable, Mapping
from types import ModuleType
from typing import IO, Any, Generic, Self, TypeVar, overload

from werkzeug.utils import import_string

from samovar.typing import Application, StrPath

T = TypeVar("T")

_MISSING = frozenset({errno.ENOENT, errno.EISDIR, errno.ENOTDIR})
"""The error numbers that ``silent`` takes for "there is no such file"."""


class ConfigAttribute(Generic[T]):
    """An attribute of the app that is kept in its config.

    Args:
        name: The key in the config.
        get_converter: Applied to the value at each read.
    """

    def __init__(self, name: str, get_converter: Callable[[Any], T] | None = None) -> None:
        self.__name__ = name
        self.get_converter = get_converter

    @overload
    def __get__(self, obj: None, owner: type[Any] | None = None) -> Self: ...

    @overload
    def __get__(self, obj: Application, owner: type[Any] | None = None) -> T: ...

    def __get__(self, obj: Application | None, owner: type[Any] | None = None) -> T | Self:
        """Return the value from the config, or the descriptor itself on the class."""
        if obj is None:
            return self
        value: T = obj.config[self.__name__]
        return value if self.get_converter is None else self.get_converter(value)

    def __set__(self, obj: Application, value: Any) -> None:
        """Put the value into the config."""
        obj.config[self.__name__] = value


class Config(dict[str, Any]):
    """The configuration of an app.

    A dict, with ways to fill it. What they load is taken over where its name is upper-case, so
    that helpers and imports of a configuration file stay out::

        app.config.from_object("shop.defaults")
        app.config.from_pyfile("local.cfg", silent=True)
        app.config.from_prefixed_env()

    Args:
        root_path: The folder that relative file names start from.
        defaults: The first content.
    """

    def __init__(self, root_path: StrPath, defaults: dict[str, Any] | None = None) -> None:
        super().__init__(defaults or {})
        self.root_path = root_path

    def from_envvar(self, variable_name: str, silent: bool = False) -> bool:
        """Load the Python file that an environment variable names.

        Args:
            variable_name: The name of the environment variable.
            silent: Return False, instead of raising, where the variable is not set or the file
                is not there.

        Returns:
            Whether a file was loaded.

        Raises:
            RuntimeError: The variable is not set, or empty.
            OSError: The file cannot be read.
        """
        filename = os.environ.get(variable_name)
        if filename:
            return self.from_pyfile(filename, silent=silent)
        if silent:
            return False
        raise RuntimeError(
            f"The environment variable {variable_name!r} is not set, so there is no"
            " configuration file to load. Set it to the path of the file:"
            f" export {variable_name}=/path/to/settings.cfg"
        )

    def from_prefixed_env(
        self, prefix: str = "FLASK", *, loads: Callable[[str], Any] = json.loads
    ) -> bool:
        """Take over the environment variables that start with a prefix.

        ``FLASK_SECRET_KEY=abc`` becomes ``config["SECRET_KEY"]``; two underscores lead into a
        nested dict, which is made where it is missing: ``FLASK_DB__host=x`` becomes
        ``config["DB"]["host"]``.

        Args:
            prefix: What the variables start with, without the underscore after it.
            loads: Turns the text of a value into an object. Where it raises anything, the value
                stays text.

        Returns:
            True.
        """
        start = f"{prefix}_"
        # Sorted, so that a dict is there before the variables that reach into it.
        for variable in sorted(os.environ):
            if not variable.startswith(start):
                continue
            text = os.environ[variable]
            try:
                value = loads(text)
            except Exception:
                value = text
            key = variable.removeprefix(start)
            if "__" in key:
                self._set_nested(key.split("__"), value)
            else:
                self[key] = value
        return True

    def _set_nested(self, path: list[str], value: Any) -> None:
        current: dict[str, Any] = self
        for part in path[:-1]:
            current = current.setdefault(part, {})
        current[path[-1]] = value

    def from_pyfile(self, filename: StrPath, silent: bool = False) -> bool:
        """Run a Python file and take over its upper-case names.

        Args:
            filename: The file, absolute or relative to :attr:`root_path`.
            silent: Return False, instead of raising, where the file is not there.

        Returns:
            Whether the file was loaded.

        Raises:
            OSError: The file cannot be read.
        """
        path = os.path.join(self.root_path, filename)
        module = ModuleType("config")
        module.__file__ = path
        try:
            with open(path, "rb") as file:
                source = file.read()
        except OSError as error:
            if silent and error.errno in _MISSING:
                return False
            _explain(error)
            raise
        exec(compile(source, path, "exec"), module.__dict__)
        self.from_object(module)
        return True

    def from_object(self, obj: object | str) -> None:
        """Take over the upper-case attributes of an object.

        Args:
            obj: A module, a class or any object; or its import name as text
                (``"shop.settings"``, ``"shop.settings:Production"``). A class is not
                instantiated: properties need an instance. A dict has no such attributes; use
                :meth:`from_mapping` for it.

        Raises:
            ImportError: The import name leads nowhere.
        """
        if isinstance(obj, str):
            obj = import_string(obj)
        for key in dir(obj):
            if key.isupper():
                self[key] = getattr(obj, key)

    def from_file(
        self,
        filename: StrPath,
        load: Callable[[IO[Any]], Mapping[str, Any]],
        silent: bool = False,
        text: bool = True,
    ) -> bool:
        """Take over what a function reads from a file.

        ``config.from_file("config.toml", load=tomllib.load, text=False)``

        Args:
            filename: The file, absolute or relative to :attr:`root_path`.
            load: Takes the open file and returns a mapping.
            silent: Return False, instead of raising, where the file is not there.
            text: Open the file as text, else as bytes.

        Returns:
            Whether the file was loaded.

        Raises:
            OSError: The file cannot be read.
        """
        path = os.path.join(self.root_path, filename)
        try:
            with open(path, "r" if text else "rb") as file:
                mapping = load(file)
        except OSError as error:
            if silent and error.errno in _MISSING:
                return False
            _explain(error)
            raise
        return self.from_mapping(mapping)

    def from_mapping(
        self, mapping: Mapping[str, Any] | Iterable[tuple[str, Any]] | None = None, **kwargs: Any
    ) -> bool:
        """Take over the upper-case items of a mapping, then those of the keyword arguments.

        Args:
            mapping: A mapping, or pairs of a key and a value.
            **kwargs: More items.

        Returns:
            True.
        """
        for key, value in dict(mapping or (), **kwargs).items():
            if key.isupper():
                self[key] = value
        return True

    def get_namespace(
        self, namespace: str, lowercase: bool = True, trim_namespace: bool = True
    ) -> dict[str, Any]:
        """Return the items whose keys start with a prefix.

        With ``IMAGE_STORE_TYPE = "fs"`` in the config, ``get_namespace("IMAGE_STORE_")`` is
        ``{"type": "fs"}``: the keyword arguments of a constructor, for instance.

        Args:
            namespace: The prefix.
            lowercase: Return the keys in lower case.
            trim_namespace: Return the keys without the prefix.
        """
        found = {}
        for name, value in self.items():
            if name.startswith(namespace):
                key = name.removeprefix(namespace) if trim_namespace else name
                found[key.lower() if lowercase else key] = value
        return found

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {dict.__repr__(self)}>"


def _explain(error: OSError) -> None:
    """Say in the error that it was a configuration file that could not be read."""
    error.strerror = f"Unable to load configuration file ({error.strerror})"
