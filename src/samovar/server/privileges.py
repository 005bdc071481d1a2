"""Becoming an ordinary user after what only an administrator may do."""

from __future__ import annotations

import os
from typing import NamedTuple

if os.name == "posix":
    import grp
    import pwd


class PrivilegesKept(OSError):
    """The process cannot become the user it should be, and must not go on as it is."""


class Identity(NamedTuple):
    """Whom a process acts for.

    Attributes:
        uid: The user's number.
        gid: The group's number.
        name: The user's name, or ``""`` where the number has none.
        home: The user's home, or ``""``.
    """

    uid: int
    gid: int
    name: str
    home: str


def find_identity(user: str, group: str) -> Identity:
    """Look up whom ``--user`` and ``--group`` mean.

    Args:
        user: A name or a number; ``""`` means the user of now.
        group: Likewise; ``""`` means the first group of ``user``.

    Raises:
        PrivilegesKept: There is no such user or group.
    """
    if os.name != "posix":
        raise PrivilegesKept("This system cannot change the user of a process: leave --user out")
    if not user:
        entry = None
        uid, gid, name, home = os.geteuid(), os.getegid(), "", ""
    else:
        entry = _find_user(user)
        if entry is None and not (user.isdecimal() and group):
            more = "; a number without a name needs --group too" if user.isdecimal() else ""
            raise PrivilegesKept(f"There is no user {user!r}{more}: see --user")
        uid, gid, name, home = entry or (int(user), 0, "", "")
    return Identity(uid, _find_group(group) if group else gid, name, home)


def become(identity: Identity) -> None:
    """Act for another user from now on, with that user's groups and no way back.

    ``HOME``, ``USER`` and ``LOGNAME`` follow, for libraries keep files at home. The umask stays
    as it is.

    Raises:
        PrivilegesKept: The system refuses; nothing must be done in this process any more.
    """
    uid, gid, name, home = identity
    if os.getuid() == os.geteuid() == uid and os.getgid() == os.getegid() == gid:
        return
    try:
        if name:
            os.initgroups(name, gid)
        else:
            os.setgroups([gid])
        os.setgid(gid)
        os.setuid(uid)
    except PermissionError as error:
        raise PrivilegesKept(
            f"This process may not become user {name or uid}: only the administrator may."
            " Start it with sudo, or leave --user and --group out"
        ) from error
    if uid and _can_return():
        raise PrivilegesKept(f"This process became user {name or uid}, and could become root again")
    if name:
        os.environ.update(HOME=home, USER=name, LOGNAME=name)


def _can_return() -> bool:
    try:
        os.setuid(0)
    except PermissionError:
        return False
    return True


def _find_user(user: str) -> Identity | None:
    try:
        found = pwd.getpwnam(user)
    except KeyError:
        if not user.isdecimal():
            return None
        try:
            found = pwd.getpwuid(int(user))
        except KeyError:
            return None
    return Identity(found.pw_uid, found.pw_gid, found.pw_name, found.pw_dir)


def _find_group(group: str) -> int:
    try:
        return grp.getgrnam(group).gr_gid
    except KeyError:
        if group.isdecimal():
            return int(group)
        raise PrivilegesKept(f"There is no group {group!r}: see --group") from None
