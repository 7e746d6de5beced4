"""Places and turns."""

import asyncio
from contextlib import ExitStack

import pytest

pytest.importorskip("starlette", reason="the service needs the extra 'serve'")

from srcnn.serve.problems import Problem
from srcnn.serve.queueing import FairQueue


def run_in_turns(asked: list[str], gone: tuple[int, ...] = ()) -> list[int]:
    """The order in which requests are computed that come while another one is; some go away before their turn."""

    async def all_of_them() -> list[int]:
        queue, order, free = FairQueue(100), [], asyncio.Event()

        async def first() -> None:
            async with queue.turn("first"):
                await free.wait()

        async def one(number: int) -> None:
            async with queue.turn(asked[number]):
                order.append(number)

        tasks = [asyncio.create_task(first())]
        await asyncio.sleep(0)
        for number in range(len(asked)):
            tasks.append(asyncio.create_task(one(number)))
            await asyncio.sleep(0)
        assert queue.waiting == len(asked)
        for number in gone:
            tasks[number + 1].cancel()
        await asyncio.sleep(0)
        free.set()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert queue.waiting == 0
        return order

    return asyncio.run(all_of_them())


def test_clients_have_turns() -> None:
    assert run_in_turns(["a", "a", "a", "b", "b", "c"]) == [0, 3, 5, 1, 4, 2]


def test_who_goes_away_keeps_nobody_waiting() -> None:
    assert run_in_turns(["a", "a", "b", "b"], gone=(0, 2)) == [1, 3]
    assert run_in_turns(["a", "b"], gone=(0, 1)) == []


def test_turn_that_comes_as_its_client_goes_is_passed_on() -> None:
    async def both() -> bool:
        queue, free = FairQueue(10), asyncio.Event()

        async def first() -> None:
            async with queue.turn("a"):
                await free.wait()

        async def second() -> None:
            async with queue.turn("b"):
                raise AssertionError("it was cancelled")

        async def third() -> bool:
            async with queue.turn("c"):
                return True

        tasks = [asyncio.create_task(work()) for work in (first, second, third)]
        await asyncio.sleep(0)
        free.set()
        await tasks[0]  # the turn is the second one's, which has not heard of it yet
        tasks[1].cancel()
        async with asyncio.timeout(10):
            return bool(await tasks[2])

    assert asyncio.run(both())


def test_places_are_bounded_and_the_last_quarter_is_for_others() -> None:
    queue = FairQueue(8)
    with ExitStack() as held:
        for _ in range(6):
            held.enter_context(queue.place("greedy"))
        with pytest.raises(Problem, match="all 8 places are taken") as refused:
            held.enter_context(queue.place("greedy"))
        assert refused.value.status == 429
        assert int(refused.value.headers["Retry-After"]) >= 1
        for name in ("modest", "late"):
            held.enter_context(queue.place(name))
        with pytest.raises(Problem):
            held.enter_context(queue.place("too late"))
    assert queue.held == 0
    with FairQueue(1).place("anyone"):
        pass


@pytest.mark.parametrize(("asked", "place", "ahead"), [("aab", 1, 3), ("aab", 2, 2), ("abab", 3, 4), ("a", 0, 1)])
def test_place_in_the_line_is_what_comes_before(asked: str, place: int, ahead: int) -> None:
    async def seen() -> int:
        queue, free = FairQueue(10), asyncio.Event()
        turns = [asyncio.get_running_loop().create_future() for _ in asked]

        async def one(client: str, turn: asyncio.Future[None] | None) -> None:
            async with queue.turn(client, turn):
                await free.wait()

        tasks = [asyncio.create_task(one("first", None))]
        await asyncio.sleep(0)
        tasks += [asyncio.create_task(one(client, turn)) for client, turn in zip(asked, turns, strict=True)]
        await asyncio.sleep(0)
        found = queue.ahead(asked[place], turns[place])
        free.set()
        await asyncio.gather(*tasks)
        return found

    assert asyncio.run(seen()) == ahead
