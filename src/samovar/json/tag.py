"""Tagged JSON: JSON text that brings back tuples, bytes, dates and more as what they were.

Sessions are written with it. A value of a type that JSON does not know is written as an object
with one key, the tag: ``(1, 2)`` becomes ``{" t":[1,2]}``. To add a type, write a
:class:`JSONTag` and register it::

    class TagOrderedDict(JSONTag):
        key = " od"

        def check(self, value):
            return isinstance(value, OrderedDict)

        def to_json(self, value):
            return [[key, self.serializer.tag(item)] for key, item in value.items()]

        def to_python(self, value):
            return OrderedDict(value)

    # In front: an OrderedDict is a dict, too, and the first tag that fits is taken.
    app.session_interface.serializer.register(TagOrderedDict, index=0)
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from markupsafe import Markup
from werkzeug.http import http_date, parse_date

from samovar.ambient import application_or_none
from samovar.json.provider import _default


class JSONTag:
    """A type that :class:`TaggedJSONSerializer` can write.

    Args:
        serializer: The serializer that the tag belongs to, for what a value contains.
    """

    __slots__ = ("serializer",)

    key: str = ""
    """The tag. Where it is empty, values are converted and not tagged."""

    def __init__(self, serializer: TaggedJSONSerializer) -> None:
        self.serializer = serializer

    def check(self, value: Any) -> bool:
        """Say whether the value is of this type."""
        raise NotImplementedError

    def to_json(self, value: Any) -> Any:
        """Return an object of a type that JSON knows, without the tag."""
        raise NotImplementedError

    def to_python(self, value: Any) -> Any:
        """Return the value that :meth:`to_json` was given."""
        raise NotImplementedError

    def tag(self, value: Any) -> Any:
        """Return an object of a type that JSON knows, with the tag around it."""
        return {self.key: self.to_json(value)}


class TagDict(JSONTag):
    """A dict of one item whose key looks like a tag: two underscores tell it apart."""

    __slots__ = ()
    key = " di"

    def check(self, value: Any) -> bool:
        """Say whether the value is such a dict."""
        return (
            isinstance(value, dict)
            and len(value) == 1
            and next(iter(value)) in self.serializer.tags
        )

    def to_json(self, value: Any) -> Any:
        """Return the dict with a key that is no tag."""
        ((key, item),) = value.items()
        return {f"{key}__": self.serializer.tag(item)}

    def to_python(self, value: Any) -> Any:
        """Return the dict with its own key."""
        ((key, item),) = value.items()
        return {key[:-2]: item}


class PassDict(JSONTag):
    """Any other dict: its values may want tags."""

    __slots__ = ()

    def check(self, value: Any) -> bool:
        """Say whether the value is a dict."""
        return isinstance(value, dict)

    def to_json(self, value: Any) -> Any:
        """Return the dict with tagged values; keys are text in JSON, whatever they were."""
        tag = self.serializer.tag
        return {key: tag(item) for key, item in value.items()}

    tag = to_json


class TagTuple(JSONTag):
    """A tuple."""

    __slots__ = ()
    key = " t"

    def check(self, value: Any) -> bool:
        """Say whether the value is a tuple."""
        return isinstance(value, tuple)

    def to_json(self, value: Any) -> Any:
        """Return a list of the tagged items."""
        return [self.serializer.tag(item) for item in value]

    def to_python(self, value: Any) -> Any:
        """Return the tuple."""
        return tuple(value)


class PassList(JSONTag):
    """A list: its items may want tags."""

    __slots__ = ()

    def check(self, value: Any) -> bool:
        """Say whether the value is a list."""
        return isinstance(value, list)

    def to_json(self, value: Any) -> Any:
        """Return a list of the tagged items."""
        return [self.serializer.tag(item) for item in value]

    tag = to_json


class TagBytes(JSONTag):
    """Bytes, written in Base64."""

    __slots__ = ()
    key = " b"

    def check(self, value: Any) -> bool:
        """Say whether the value is bytes."""
        return isinstance(value, bytes)

    def to_json(self, value: Any) -> Any:
        """Return the bytes in Base64."""
        return b64encode(value).decode("ascii")

    def to_python(self, value: Any) -> Any:
        """Return the bytes."""
        return b64decode(value)


class TagMarkup(JSONTag):
    """Whatever has an ``__html__`` method; it comes back as :class:`~markupsafe.Markup`."""

    __slots__ = ()
    key = " m"

    def check(self, value: Any) -> bool:
        """Say whether the value has an ``__html__`` method."""
        return callable(getattr(value, "__html__", None))

    def to_json(self, value: Any) -> Any:
        """Return what the method returns, as text."""
        return str(value.__html__())

    def to_python(self, value: Any) -> Any:
        """Return the text as Markup."""
        return Markup(value)


class TagUUID(JSONTag):
    """A UUID."""

    __slots__ = ()
    key = " u"

    def check(self, value: Any) -> bool:
        """Say whether the value is a UUID."""
        return isinstance(value, UUID)

    def to_json(self, value: Any) -> Any:
        """Return its 32 hexadecimal digits."""
        return value.hex

    def to_python(self, value: Any) -> Any:
        """Return the UUID."""
        return UUID(value)


class TagDateTime(JSONTag):
    """A datetime, which comes back to the second and in UTC."""

    __slots__ = ()
    key = " d"

    def check(self, value: Any) -> bool:
        """Say whether the value is a datetime."""
        return isinstance(value, datetime)

    def to_json(self, value: Any) -> Any:
        """Return it as HTTP writes dates (RFC 9110, 5.6.7)."""
        return http_date(value)

    def to_python(self, value: Any) -> Any:
        """Return the datetime."""
        return parse_date(value)


class TaggedJSONSerializer:
    """Writes and reads tagged JSON, as :class:`itsdangerous.Serializer` asks of a serializer.

    Besides what JSON knows it writes tuples, bytes, :class:`~markupsafe.Markup`,
    :class:`~uuid.UUID` and :class:`~datetime.datetime`.

    Attributes:
        tags: The tags that have a key, by key.
        order: All tags, in the order in which they are asked whether a value is theirs.
    """

    __slots__ = ("order", "tags")

    default_tags: ClassVar[list[type[JSONTag]]] = [
        TagDict,
        PassDict,
        TagTuple,
        PassList,
        TagBytes,
        TagMarkup,
        TagUUID,
        TagDateTime,
    ]
    """The tags that each new serializer starts with, in their order."""

    def __init__(self) -> None:
        self.tags: dict[str, JSONTag] = {}
        self.order: list[JSONTag] = []
        for tag_class in self.default_tags:
            self.register(tag_class)

    def register(
        self, tag_class: type[JSONTag], force: bool = False, index: int | None = None
    ) -> None:
        """Add a tag.

        Args:
            tag_class: The tag's class, of which an instance is made.
            force: Replace a tag of the same key.
            index: Where in :attr:`order` the tag is put; None means last.

        Raises:
            KeyError: There is a tag of the same key.
        """
        tag = tag_class(self)
        if tag.key:
            if not force and tag.key in self.tags:
                raise KeyError(f"Tag {tag.key!r} is already registered.")
            self.tags[tag.key] = tag
        self.order.insert(len(self.order) if index is None else index, tag)

    def tag(self, value: Any) -> Any:
        """Return an object of a type that JSON knows, with a tag where one is needed."""
        for tag in self.order:
            if tag.check(value):
                return tag.tag(value)
        return value

    def untag(self, value: dict[str, Any]) -> Any:
        """Return what a tagged object stands for, or the object itself where it has no tag."""
        if len(value) == 1:
            ((key, item),) = value.items()
            tag = self.tags.get(key)
            if tag is not None:
                return tag.to_python(item)
        return value

    def _untag_scan(self, value: Any) -> Any:
        if isinstance(value, dict):
            return self.untag({key: self._untag_scan(item) for key, item in value.items()})
        if isinstance(value, list):
            return [self._untag_scan(item) for item in value]
        return value

    def dumps(self, value: Any) -> str:
        """Return a value as compact tagged JSON text, written by the current app's provider."""
        app = application_or_none()
        if app is None:
            return json.dumps(self.tag(value), default=_default, separators=(",", ":"))
        return app.json.dumps(self.tag(value), separators=(",", ":"))

    def loads(self, value: str) -> Any:
        """Return the value that tagged JSON text stands for."""
        app = application_or_none()
        return self._untag_scan(json.loads(value) if app is None else app.json.loads(value))
