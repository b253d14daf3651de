"""Where to go back to: a path of this club and nothing else."""

from urllib.parse import urlsplit

from flask import request

LONGEST = 2000


def safe_next(target: str | None, otherwise: str = "/") -> str:
    """`target` if it is a path of this site, else `otherwise`.

    Browsers take `//host`, `/\\host` and paths with a tab or line break inside for another site, so anything that is
    not one slash followed by plain visible characters is refused.
    """
    return target if target is not None and _is_own_path(target) else otherwise


def path_to_return_to() -> str:
    """The page somebody is on: what was asked for, or after a form the page that showed it."""
    if request.method in {"GET", "HEAD"}:
        return request.full_path.removesuffix("?")
    came_from = urlsplit(request.referrer or "")
    if came_from.netloc != request.host:
        return request.path
    return safe_next(came_from.path + (f"?{came_from.query}" if came_from.query else ""), request.path)


def _is_own_path(target: str) -> bool:
    if len(target) > LONGEST or not target.startswith("/") or target.startswith("//"):
        return False
    if "\\" in target or any(not char.isprintable() or char.isspace() for char in target):
        return False
    parts = urlsplit(target)
    return not parts.scheme and not parts.netloc
