"""Two addresses for whoever watches the program: does it live, can it work."""

import shutil
import time
from collections.abc import Callable
from importlib import import_module

from flask import Blueprint, current_app, jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from club.settings import Settings
from migrations import standing
from web.access import open_to_all
from web.database import engine_of

OLDEST_BEAT_SECONDS = 60
LEAST_FREE_BYTES = 200 * 1024 * 1024
REDIS_TIMEOUT_SECONDS = 1

health = Blueprint("health", __name__)


@health.get("/healthz")
@open_to_all
def healthz() -> ResponseReturnValue:
    """The process answers. Nothing else is asked, so that a lost database does not get it restarted."""
    return jsonify(alive=True)


@health.get("/readyz")
@open_to_all
def readyz() -> ResponseReturnValue:
    """Everything that it needs to work is there: 200, else 503 and which is not."""
    settings: Settings = current_app.extensions["club_settings"]
    checks: dict[str, Callable[[], bool]] = {
        "database": lambda: _schema_is_current(engine_of(current_app)),
        "worker": lambda: _worker_beats(settings),
        "disk": lambda: shutil.disk_usage(settings.instance_path).free > LEAST_FREE_BYTES,
    }
    if settings.redis_url:
        checks["redis"] = lambda: _redis_answers(settings.redis_url)
    found = {name: _is_true(check) for name, check in checks.items()}
    return jsonify(ready=all(found.values()), **found), 200 if all(found.values()) else 503


def worker_is_up(settings: Settings) -> bool:
    """Whether a worker showed within the last minute that it lives."""
    return _is_true(lambda: _worker_beats(settings))


def _is_true(check: Callable[[], bool]) -> bool:
    try:
        return check()
    except (SQLAlchemyError, OSError):
        return False


def _schema_is_current(engine: Engine) -> bool:
    with engine.connect() as connection:
        return standing.revision_of(connection) == standing.newest()


def _worker_beats(settings: Settings) -> bool:
    return time.time() - settings.heartbeat_file.stat().st_mtime < OLDEST_BEAT_SECONDS


def _redis_answers(url: str) -> bool:
    try:
        redis = import_module("redis")  # an extra of its own and slow to load: only clubs on several machines need it
    except ImportError:
        return False
    client = redis.Redis.from_url(
        url, socket_timeout=REDIS_TIMEOUT_SECONDS, socket_connect_timeout=REDIS_TIMEOUT_SECONDS
    )
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False
    finally:
        client.close()
