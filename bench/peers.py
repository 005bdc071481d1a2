"""Who is measured. To add a server: declare it here, and an app in ``bench/apps``.

Every server runs as one process with one thread for the work where it can be told so (the
threads of the blocking workloads excepted), without an access log, as its documentation
recommends for production.
"""

from __future__ import annotations

from bench.model import FLOOR, US, Peer

_RAW = frozenset({"hello", "browser", "connections", "idle", "start"})
"""What a bare callable without a framework can do."""
_BASIC = _RAW | {"user", "users", "rows", "table", "search", "form", "upload", "routes", "import"}
_THREADED = frozenset({"block", "beside-block", "beside-cpu"})
_FILES = frozenset({"file10k", "file1m", "unchanged"})
_ASYNC = frozenset({"async", "async-sleep"})
_FLASK = _BASIC | _THREADED | _FILES | _ASYNC | {"session", "hooks"}
_STARLETTE = _BASIC | _THREADED | _FILES | _ASYNC | {"session"}

_GRANIAN = (
    *("{bin}/granian", "--host", "127.0.0.1", "--port", "{port}", "--workers", "1"),
    *("--backpressure", "10000"),
)
_GRANIAN_WSGI = (*_GRANIAN, "--interface", "wsgi", "--blocking-threads", "{threads}")
_UVICORN = (
    *("{bin}/uvicorn", "--host", "127.0.0.1", "--port", "{port}", "--no-access-log"),
    *("--log-level", "warning", "--loop", "uvloop", "--http", "httptools"),
)
_GUNICORN = (
    *("{bin}/gunicorn", "--bind", "127.0.0.1:{port}", "--worker-class", "gthread"),
    *("--threads", "{threads}", "--keep-alive", "75", "--worker-connections", "10000"),
)
_SAMOVAR = ("{bin}/samovar", "run", "--port", "{port}", "--access-log", "off")
_OURSELVES = ("-e", "{root}[speed]")
_FLASK_PACKAGES = ("flask[async]",)

PEERS = (
    Peer(FLOOR, "bare C epoll loop", ("{cache}/floor", "{port}"), _RAW, program="cc"),
    Peer(US, "**Samovar**", (*_SAMOVAR, "samovar_app:app"), _FLASK, _OURSELVES, module="samovar"),
    Peer(
        "samovar-log",
        "Samovar, access log on",
        ("{bin}/samovar", "run", "--port", "{port}", "samovar_app:app"),
        frozenset({"hello"}),
        _OURSELVES,
    ),
    Peer(
        "samovar-wsgi",
        "Samovar, raw WSGI",
        (*_SAMOVAR, "raw_wsgi:app"),
        _RAW,
        _OURSELVES,
    ),
    Peer(
        "flask-samovar",
        "Flask + Samovar's server",
        (*_SAMOVAR, "flask_app:app"),
        _FLASK,
        (*_OURSELVES, *_FLASK_PACKAGES),
    ),
    Peer(
        "flask-gunicorn",
        "Flask + gunicorn (gthread)",
        (*_GUNICORN, "flask_app:app"),
        _FLASK,
        (*_FLASK_PACKAGES, "gunicorn"),
        module="flask",
    ),
    Peer(
        "flask-granian",
        "Flask + granian",
        (*_GRANIAN_WSGI, "flask_app:app"),
        _FLASK,
        (*_FLASK_PACKAGES, "granian"),
    ),
    Peer(
        "granian-wsgi",
        "granian, raw WSGI",
        (*_GRANIAN_WSGI, "raw_wsgi:app"),
        _RAW,
        ("granian",),
    ),
    Peer(
        "fastpysgi-wsgi",
        "fastpysgi, raw WSGI",
        ("{bin}/python", "{apps}/serve_fastpysgi.py", "{port}"),
        _RAW,
        ("fastpysgi",),
    ),
    Peer(
        "falcon-granian",
        "Falcon + granian",
        (*_GRANIAN_WSGI, "falcon_app:app"),
        _BASIC | _THREADED,
        ("falcon", "granian", "jinja2"),
        module="falcon",
    ),
    Peer(
        "bottle-granian",
        "Bottle + granian",
        (*_GRANIAN_WSGI, "bottle_app:app"),
        _BASIC | _THREADED | _FILES,
        ("bottle", "granian", "jinja2"),
        module="bottle",
    ),
    Peer(
        "starlette-uvicorn",
        "Starlette + uvicorn",
        (*_UVICORN, "starlette_app:app"),
        _STARLETTE,
        ("starlette", "uvicorn[standard]", "python-multipart", "itsdangerous", "jinja2"),
        module="starlette.applications",
    ),
    Peer(
        "fastapi-uvicorn",
        "FastAPI + uvicorn",
        (*_UVICORN, "fastapi_app:app"),
        _STARLETTE,
        ("fastapi", "uvicorn[standard]", "python-multipart", "itsdangerous", "jinja2"),
        module="fastapi",
    ),
    Peer(
        "sanic",
        "Sanic",
        ("{bin}/python", "{apps}/sanic_app.py", "{port}"),
        (_BASIC | _ASYNC) - {"table"},
        ("sanic",),
        module="sanic",
    ),
    Peer(
        "robyn",
        "Robyn",
        ("{bin}/python", "{apps}/robyn_app.py", "{port}"),
        _RAW | {"user", "users", "rows", "async", "async-sleep", "import"},
        ("robyn",),
        module="robyn",
    ),
    Peer(
        "socketify",
        "socketify",
        ("{bin}/python", "{apps}/socketify_app.py", "{port}"),
        _RAW | {"user", "users", "rows", "async", "async-sleep", "import"},
        ("socketify",),
        module="socketify",
    ),
    Peer(
        "blacksheep-granian",
        "BlackSheep + granian",
        (*_GRANIAN, "--interface", "asgi", "blacksheep_app:app"),
        (_BASIC | _ASYNC) - {"table"},
        ("blacksheep", "granian"),
        module="blacksheep",
    ),
    Peer(
        "nginx",
        "nginx",
        ("nginx", "-e", "stderr", "-p", "{cache}", "-c", "{cache}/nginx-{port}.conf"),
        _FILES | _RAW,
        program="nginx",
    ),
)
