"""The options ``--cert`` and ``--key`` of ``flask run``, checked as Flask checks them."""

from __future__ import annotations

import importlib
from types import ModuleType
from typing import Any

import click
from werkzeug.utils import import_string

_FILE = click.Path(exists=True, dir_okay=False, resolve_path=True)


def _parse_cert(ctx: click.Context, param: click.Parameter, value: str | None) -> Any:
    """Return a file's path, ``"adhoc"``, or the :class:`ssl.SSLContext` of an import name."""
    if value is None:
        return None
    ssl = _import("ssl")
    if ssl is None:
        raise click.BadParameter("It needs a Python that was built with SSL.", ctx, param)
    try:
        return _FILE.convert(value, param, ctx)
    except click.BadParameter:
        if value.lower() == "adhoc":
            if _import("cryptography") is None:
                raise click.BadParameter(
                    "'adhoc' needs the package 'cryptography'.", ctx, param
                ) from None
            return "adhoc"
        found = import_string(value, silent=True)
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
    return click.Option(
        ["--cert"],
        callback=_parse_cert,
        is_eager=True,
        help="A certificate: a file, 'adhoc' or an import name.",
    )


def key_option() -> click.Option:
    """Return the ``--key`` option."""
    return click.Option(
        ["--key"],
        type=_FILE,
        callback=_pair_with_key,
        expose_value=False,
        help="The certificate's key file.",
    )
