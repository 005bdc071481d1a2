"""What the Starlette and the FastAPI program have in common."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import anyio.to_thread
import shared
from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route


@asynccontextmanager
async def lifespan(app: Any) -> AsyncIterator[None]:
    """Give plain functions as many threads as the other servers get for this workload."""
    limiter = anyio.to_thread.current_default_thread_limiter()
    limiter.total_tokens = max(limiter.total_tokens, shared.THREADS)
    yield


async def visits(request: Request) -> Response:
    request.session["visits"] = request.session.get("visits", 0) + 1
    return PlainTextResponse(str(request.session["visits"]))


# The middleware is only here, so that other routes do not pay for a session they do not use.
visits_route = Route(
    "/visits",
    visits,
    middleware=[Middleware(SessionMiddleware, secret_key=shared.SECRET)],
)
