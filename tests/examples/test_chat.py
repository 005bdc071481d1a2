"""The chat's two routes and its database, over real sockets."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, closing
from functools import partial
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest

from tests.support.programs import SAMOVAR, Program, started

WRITERS = 50
"""People who write at the same moment."""

EACH = 6
"""Messages that each of them writes, one after the other."""

MESSAGE_LENGTH = 1000
"""Characters that a message may have."""

KEPT = 10_000
"""Messages that are kept."""

SHOWN = 50
"""Messages that one answer holds at most."""


def chat(database: Path, *options: str) -> AbstractContextManager[Program]:
    """Run the chat with a database of its own."""
    return started(
        [*SAMOVAR, "run", "examples/chat", "--port", "0", *options],
        environ={"CHAT_DATABASE": str(database)},
    )


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "chat.db"


@pytest.fixture
def program(database: Path) -> Iterator[Program]:
    with chat(database) as running:
        yield running


def messages(program: Program, query: str = "") -> list[dict[str, Any]]:
    answer = program.ask("/messages" + query)
    assert answer.status == 200, answer.text
    rows: list[dict[str, Any]] = json.loads(answer.body)
    return rows


def count_rows(database: Path) -> int:
    with closing(sqlite3.connect(database)) as connection:
        number: int = connection.execute("SELECT count(*) FROM messages").fetchone()[0]
    return number


def test_message_is_read_when_it_was_sent(program: Program) -> None:
    assert messages(program) == []
    assert program.post("/message", message="  Hello <b> 'ä'  ", name="Ada").status == 200
    [message] = messages(program)
    assert message["message"] == "Hello <b> 'ä'"
    assert (message["name"], message["address"]) == ("Ada", "127.0.0.1")


def test_only_later_messages_are_read_when_asked_for(program: Program) -> None:
    for text in ("one", "two", "three"):
        program.post("/message", message=text)
    first = messages(program)[0]
    later = messages(program, f"?after={first['id']}")
    assert [message["message"] for message in later] == ["two", "three"]
    assert messages(program, f"?after={later[-1]['id']}") == []


@pytest.mark.parametrize("after", ["-1", "nonsense", "9" * 40, "-" + "9" * 40, "9" * 5000, ""])
def test_any_number_to_read_after_is_answered(program: Program, after: str) -> None:
    assert program.ask(f"/messages?after={after}").status == 200


@pytest.mark.parametrize("message", ["", " \n ", "x" * (MESSAGE_LENGTH + 1)])
def test_message_is_refused_when_it_is_empty_or_too_long(program: Program, message: str) -> None:
    assert program.post("/message", message=message).status == 400
    assert program.post("/message").status == 400
    assert messages(program) == []


def test_message_is_refused_unread_when_it_is_huge(program: Program) -> None:
    assert program.post("/message", message="x" * 100_000).status == 413
    assert program.post("/message", message="x" * MESSAGE_LENGTH).status == 200


def test_messages_are_kept_across_restarts(database: Path) -> None:
    with chat(database) as program:
        program.post("/message", message="Remember me.")
    with chat(database) as program:
        assert [message["message"] for message in messages(program)] == ["Remember me."]


def test_oldest_messages_go_when_there_are_too_many(program: Program, database: Path) -> None:
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.executemany(
            "INSERT INTO messages (time, name, address, message) VALUES (0, '', '', ?)",
            ((str(number),) for number in range(KEPT + 20)),
        )
    program.post("/message", message="the newest")
    assert count_rows(database) == KEPT
    assert len(messages(program)) == SHOWN
    assert messages(program)[-1]["message"] == "the newest"


@pytest.mark.parametrize("workers", [1, 3])
def test_everything_is_kept_when_fifty_people_write_at_once(database: Path, workers: int) -> None:
    start = Barrier(WRITERS)

    def write(program: Program, writer: int) -> list[int]:
        start.wait()
        statuses = []
        for number in range(EACH):
            statuses.append(program.post("/message", message=f"{writer}/{number}").status)
            statuses.append(program.ask("/messages").status)
        return statuses

    with (
        chat(database, "--workers", str(workers)) as program,
        ThreadPoolExecutor(WRITERS) as pool,
    ):
        answers = pool.map(partial(write, program), range(WRITERS))
        statuses = [status for of_one in answers for status in of_one]
    assert statuses == [200] * (WRITERS * EACH * 2), program.output
    assert count_rows(database) == WRITERS * EACH
    assert "locked" not in program.output
