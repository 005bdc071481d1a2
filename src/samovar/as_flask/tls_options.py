"""The options ``--cert`` and ``--key`` of ``flask run``, checked as Flask checks them."""

from __future__ import annotations

import importlib
from types import ModuleType
from typing import Any

import click
from werkzeug.utils import import_string


class CertParamType(click.ParamType):
    """A certificate: a file, ``adhoc``, or the import name of an :class:`ssl.SSLContext`."""

    name = "path"

    def __init__(self) -> None:
        self.path_type = click.Path(exists=True, dir_okay=False, resolve_path=True)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the path, ``"adhoc"`` or the context."""
        ssl = _import("ssl")
        if ssl is None:
            self.fail("'--cert' needs a Python that was built with SSL.", param, ctx)
        try:
            return self.path_type(value, param, ctx)
        except click.BadParameter:
            text = click.STRING(value, param, ctx).lower()
            if text == "adhoc":
                if _import("cryptography") is None:
                    self.fail("'--cert adhoc' needs the package 'cryptography'.", param, ctx)
                return text
            found = import_string(text, silent=True)
            if isinstance(found, ssl.SSLContext):
                return found
            raise


def _import(name: str) -> ModuleType | None:
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


def _pair_with_key(ctx: click.Context, param: click.Parameter, value: Any) -> Any:
    """Make ``cert`` a pair of certificate and key where it is a file, which needs one."""
    cert = ctx.params.get("cert")
    is_file = isinstance(cert, str) and cert != "adhoc"
    if value is None:
        if is_file:
            raise click.BadParameter("It is needed beside a '--cert' file.", ctx, param)
        return None
    if not cert:
        raise click.BadParameter("'--cert' must be given as well.", ctx, param)
    if not is_file:
        raise click.BadParameter(
            "It is not used: only a '--cert' file has its key in another file.", ctx, param
        )
    ctx.params["cert"] = cert, value
    return value


def cert_option() -> click.Option:
    """Return the ``--cert`` option."""
    return click.Option(["--cert"], type=CertParamType(), is_eager=True, help="A certificate.")


def key_option() -> click.Option:
    """Return the ``--key`` option."""
    return click.Option(
        ["--key"],
        type=click.Path(exists=True, dir_okay=False, resolve_path=True),
        callback=_pair_with_key,
        expose_value=False,
        help="The certificate's key file.",
    )
