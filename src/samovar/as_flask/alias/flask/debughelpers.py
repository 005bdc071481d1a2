"""``flask.debughelpers``."""

from __future__ import annotations

from samovar.errors import DebugFilesKeyError as DebugFilesKeyError
from samovar.errors import FormDataRoutingRedirect as FormDataRoutingRedirect
from samovar.errors import UnexpectedUnicodeError as UnexpectedUnicodeError
from samovar.errors import attach_enctype_error_multidict as attach_enctype_error_multidict
from samovar.errors import explain_template_loading_attempts as explain_template_loading_attempts
