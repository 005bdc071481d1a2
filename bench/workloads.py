"""The work that is measured. To add some: declare it here, and offer it in :mod:`bench.peers`."""

from __future__ import annotations

import json

from bench.model import (
    IDLE_CPU,
    IMPORT,
    MEMORY,
    P50,
    P99,
    PER_CONNECTION,
    START,
    WAKEUPS,
    Check,
    Kind,
    Request,
    Response,
    Workload,
)

HELLO = b"Hello, World!"
ROWS = [
    {"id": n, "name": f"Product <{n}>", "price": n * 1.5, "available": n % 3 == 0}
    for n in range(50)
]
"""What :mod:`bench.apps.shared` gives to every app."""

SMALL_FILE = "10k.txt"
LARGE_FILE = "1m.txt"
FILE_SIZES = {SMALL_FILE: 10_000, LARGE_FILE: 1_000_000}

UPLOAD_SIZE = 1_000_000
_BOUNDARY = "samovar-bench-boundary"
_UPLOAD = Request(
    "/upload",
    "POST",
    {"Content-Type": f"multipart/form-data; boundary={_BOUNDARY}"},
    b"".join(
        (
            f"--{_BOUNDARY}\r\n".encode(),
            b'Content-Disposition: form-data; name="photo"; filename="photo.jpg"\r\n',
            b"Content-Type: image/jpeg\r\n\r\n",
            bytes(range(256)) * (UPLOAD_SIZE // 256) + bytes(UPLOAD_SIZE % 256),
            f"\r\n--{_BOUNDARY}--\r\n".encode(),
        )
    ),
)
_FORM = Request(
    "/form",
    "POST",
    {"Content-Type": "application/x-www-form-urlencoded"},
    b"name=Ada+Lovelace&message=Hello%2C+is+the+tea+ready%3F&color=blue",
)
_SEARCH = Request("/search?q=black%20tea&page=3", headers={"X-Client": "bench"})
_TURNS = 1_009  # prime, so that no connection of 64 gets the same one in every round
_USERS = Request("/user/7", targets=tuple(f"/user/{n}" for n in range(1_000, 1_000 + _TURNS)))
_BROWSER = Request(
    "/?page=1",
    headers={
        "User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
        "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
        "Accept-Language": "de,en-US;q=0.7,en;q=0.3",
        "Accept-Encoding": "gzip, deflate, br",
        "Referer": "http://127.0.0.1:5000/",
        "Upgrade-Insecure-Requests": "1",
        "Sec-Fetch-Dest": "document",
        "Sec-Fetch-Mode": "navigate",
        "Sec-Fetch-Site": "same-origin",
    },
    targets=tuple(f"/?page={n}" for n in range(_TURNS)),
)


def _body(expected: bytes) -> Check:
    return lambda response: response.status == 200 and response.body == expected


def _json(expected: object) -> Check:
    def check(response: Response) -> bool:
        try:
            return response.status == 200 and json.loads(response.body) == expected
        except ValueError:
            return False

    return check


def _table(response: Response) -> bool:
    return (
        response.status == 200
        and response.body.count(b"<tr>") == len(ROWS) + 1
        and b"<td>Product &lt;49&gt;</td>" in response.body
    )


def _file(size: int) -> Check:
    return lambda response: response.status == 200 and len(response.body) == size


def _visits(response: Response) -> bool:
    return (
        response.status == 200
        and response.body in (b"1", b"2")
        and "set-cookie" in response.headers
    )


def _fresh_or_unchanged(response: Response) -> bool:
    return response.status in (200, 304)


def _with_cookie(request: Request, response: Response) -> Request:
    cookie = response.headers["set-cookie"].partition(";")[0]
    return request._replace(headers={**request.headers, "Cookie": cookie})


def _with_etag(request: Request, response: Response) -> Request:
    headers = {"If-None-Match": response.headers["etag"]}
    return request._replace(headers={**request.headers, **headers})


_hello = _body(HELLO)
_latency = (P99, P50)
_THREADS = 64  # enough for every connection of the blocking workloads

WORKLOADS = (
    Workload("hello", "Hello", Request("/"), _hello),
    Workload(
        "user",
        "Typed route, JSON answer",
        Request("/user/7"),
        _json({"id": 7, "name": "user 7"}),
    ),
    Workload(
        "users",
        "Typed route, another id each time",
        _USERS,
        _json({"id": 7, "name": "user 7"}),
    ),
    Workload("browser", "Hello with a browser's fields, another query each time", _BROWSER, _hello),
    Workload("async", "Hello from an async view", Request("/async"), _hello),
    Workload("rows", "50 rows as JSON", Request("/rows"), _json(ROWS)),
    Workload("table", "50 rows in a template", Request("/table"), _table),
    Workload(
        "search",
        "Query and header",
        _SEARCH,
        _json({"q": "black tea", "page": 3, "client": "bench"}),
    ),
    Workload("form", "Form post", _FORM, _body(b"Ada Lovelace: Hello, is the tea ready?")),
    Workload(
        "upload", "1 MB upload (multipart)", _UPLOAD, _body(b"%d" % UPLOAD_SIZE), connections=8
    ),
    Workload(
        "session",
        "Session, read, modified and written",
        Request("/visits"),
        _visits,
        prepare=_with_cookie,
    ),
    Workload(
        "file10k", "10 kB file", Request(f"/static/{SMALL_FILE}"), _file(FILE_SIZES[SMALL_FILE])
    ),
    Workload(
        "file1m",
        "1 MB file",
        Request(f"/static/{LARGE_FILE}"),
        _file(FILE_SIZES[LARGE_FILE]),
        connections=8,
    ),
    Workload(
        "unchanged",
        "File revalidation (304)",
        Request(f"/static/{SMALL_FILE}"),
        _fresh_or_unchanged,
        prepare=_with_etag,
    ),
    Workload(
        "async-sleep",
        "Async view that sleeps 50 ms",
        Request("/async-sleep"),
        _body(b"done"),
        threads=_THREADS,
    ),
    Workload(
        "block",
        "Blocking view, 64 x 50 ms",
        Request("/block"),
        _body(b"done"),
        figures=(P50, P99, MEMORY),
        threads=_THREADS,
    ),
    Workload(
        "beside-block",
        "Fast route beside 16 blocking views",
        Request("/"),
        _hello,
        Kind.BESIDE,
        connections=4,
        figures=_latency,
        threads=_THREADS,
        beside=Request("/block"),
        beside_connections=16,
    ),
    Workload(
        "beside-cpu",
        "Fast route beside 4 CPU-bound views",
        Request("/"),
        _hello,
        Kind.BESIDE,
        connections=4,
        figures=_latency,
        threads=_THREADS,
        beside=Request("/cpu"),
        beside_connections=4,
    ),
    Workload("routes", "Hello among 1,000 routes", Request("/"), _hello, variant="routes"),
    Workload(
        "hooks",
        "Hello in a blueprint with 5 hooks",
        Request("/shop/"),
        _hello,
        variant="hooks",
    ),
    Workload(
        "idle", "Nobody calls", Request("/"), _hello, Kind.IDLE, figures=(IDLE_CPU, WAKEUPS, MEMORY)
    ),
    Workload(
        "connections",
        "5,000 idle connections",
        Request("/"),
        _hello,
        Kind.CONNECTIONS,
        connections=5_000,
        figures=(PER_CONNECTION, MEMORY),
    ),
    Workload("start", "Start", Request("/"), _hello, Kind.START, figures=(START,)),
    Workload("import", "Import", Request("/"), _hello, Kind.IMPORT, figures=(IMPORT,)),
)
