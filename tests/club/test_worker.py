"""The worker's clock: what takes long holds up nothing else, and is not begun twice beside itself."""

from threading import Event, Thread

from club.settings import Settings
from worker import AloneOnly, runner_for


def test_there_is_a_thread_for_every_kind_of_work(settings: Settings) -> None:
    """An import, a backup, a slow mail server and the night may all last: the worker still says that it lives."""
    runner = runner_for(settings)
    kinds = runner.huey._registry.periodic_tasks
    assert len(kinds) > 5
    assert runner.workers >= len(kinds)


def test_work_that_is_under_way_is_not_begun_again_beside_itself() -> None:
    begun, may_end, done = Event(), Event(), []

    def slow() -> None:
        done.append("begun")
        begun.set()
        assert may_end.wait(10)

    task = AloneOnly(slow)
    other = Thread(target=task)
    other.start()
    assert begun.wait(10)
    task()
    task()
    may_end.set()
    other.join(10)
    assert done == ["begun"]
    task()
    assert done == ["begun", "begun"]


def test_work_that_failed_is_begun_again() -> None:
    tries: list[int] = []

    def broken() -> None:
        tries.append(1)
        raise OSError

    task = AloneOnly(broken)
    for _ in range(2):
        try:
            task()
        except OSError:
            continue
    assert len(tries) == 2
