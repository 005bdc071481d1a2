"""``flask.testing``."""

from __future__ import annotations

import importlib as importlib
import typing as t
from contextlib import ExitStack as ExitStack
from contextlib import contextmanager as contextmanager
from copy import copy as copy
from types import TracebackType as TracebackType
from urllib.parse import urlsplit as urlsplit

import werkzeug as werkzeug
from click.testing import CliRunner as CliRunner
from click.testing import Result as Result
from werkzeug.test import Client as Client
from werkzeug.wrappers import Request as BaseRequest

from samovar.commands import ScriptInfo as ScriptInfo
from samovar.sessions import SessionMixin as SessionMixin
from samovar.testing import EnvironBuilder as EnvironBuilder
from samovar.testing import FlaskClient as FlaskClient
from samovar.testing import FlaskCliRunner as FlaskCliRunner
