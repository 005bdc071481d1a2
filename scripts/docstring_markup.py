"""Show docstrings well in the documentation; they are written in reStructuredText."""

from __future__ import annotations

import re
from textwrap import dedent
from typing import Any

import griffe

# :class:`~samovar.app.App` and :meth:`App.run`; ~ means that the last part says enough.
_ROLE = re.compile(r":\w+:`(~?)([^`]+)`")
_LITERAL = re.compile(r"``([^`]+)``")
# Two colons at the end of a line, and the indented lines after it.
_CODE = re.compile(r"(\S?)::\n\n((?:[ ]{4}.*\n|\n)*[ ]{4}.*)(?:\n|$)")


def to_markdown(text: str) -> str:
    """Return a docstring with its roles, literals and code blocks as Markdown has them."""
    text = _ROLE.sub(lambda m: f"`{m[2].rpartition('.')[2] if m[1] else m[2]}`", text)
    text = _LITERAL.sub(r"`\1`", text)
    return _CODE.sub(_fenced, text)


def _fenced(match: re.Match[str]) -> str:
    introduction = f"{match[1]}:\n\n" if match[1] else ""
    return f"{introduction}```python\n{dedent(match[2])}\n```\n"


class DocstringMarkup(griffe.Extension):
    """Hands each docstring to :func:`to_markdown` before it is parsed."""

    def on_instance(self, *, obj: griffe.Object, **kwargs: Any) -> None:
        """Change the docstring of one object."""
        if obj.docstring is not None:
            obj.docstring.value = to_markdown(obj.docstring.value)
