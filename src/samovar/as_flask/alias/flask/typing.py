"""``flask.typing``."""

from __future__ import annotations

import collections.abc as cabc
import typing as t

from samovar.typing import AfterRequestCallable as AfterRequestCallable
from samovar.typing import AppOrBlueprintKey as AppOrBlueprintKey
from samovar.typing import BeforeFirstRequestCallable as BeforeFirstRequestCallable
from samovar.typing import BeforeRequestCallable as BeforeRequestCallable
from samovar.typing import ErrorHandlerCallable as ErrorHandlerCallable
from samovar.typing import HeadersValue as HeadersValue
from samovar.typing import HeaderValue as HeaderValue
from samovar.typing import ResponseClass as ResponseClass
from samovar.typing import ResponseReturnValue as ResponseReturnValue
from samovar.typing import ResponseValue as ResponseValue
from samovar.typing import RouteCallable as RouteCallable
from samovar.typing import ShellContextProcessorCallable as ShellContextProcessorCallable
from samovar.typing import TeardownCallable as TeardownCallable
from samovar.typing import TemplateContextProcessorCallable as TemplateContextProcessorCallable
from samovar.typing import TemplateFilterCallable as TemplateFilterCallable
from samovar.typing import TemplateGlobalCallable as TemplateGlobalCallable
from samovar.typing import TemplateTestCallable as TemplateTestCallable
from samovar.typing import URLDefaultCallable as URLDefaultCallable
from samovar.typing import URLValuePreprocessorCallable as URLValuePreprocessorCallable
