"""Runs by seed, and their results."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from hashlib import sha1
from typing import Any, NamedTuple
from unittest.mock import patch

from redis import Redis

from aggregates import scripts
from aggregates.board_file import load_board
from aggregates.keys import board_keys
from aggregates.lua_script import Script
from local.totals import read_totals
from reconcile import chain
from reconcile.reading import Reading
from reconcile.reconcile import reconcile_board
from reconcile.verify import verify_board
from tests.conftest import ROOT
from tests.faults.counted import count_groups
from tests.faults.servers import Servers
from tests.faults.world import World, make_world
from webapp import feed, trust
from webapp.facts import gather_facts
from webapp.feed import Feed
from webapp.figures import Figures
from webapp.following import Step
from webapp.trust import Facts

_GUARD = b"newer = old_version <= guard_version"


class Outcome(NamedTuple):
    """The faults of a run, and what was wrong at the end; empty if it was exact."""

    seed: int
    faults: Counter[str]
    wrong: str


def run_seed(seed: int, servers: Servers, rounds: int = 1) -> Outcome:
    """Execute one run of some rounds, then compare Redis with the table."""
    world = make_world(seed, load_board(ROOT / "boards/fundraiser.toml"), servers)
    try:
        with world.clock_in_use():
            world.run(rounds)
            wrong = find_difference(world)
    except AssertionError as error:
        wrong = str(error)
    finally:
        world.close()
        servers.renew()
        for board in (world.board, world.neighbour):
            servers.primary.redis.unlink(*board_keys(board.name))
    return Outcome(seed, world.faults, wrong)


def find_difference(world: World) -> str:
    """Return how Redis differs from the table; empty if it does not."""
    board, redis = world.board, world.servers.primary.redis
    keys = board_keys(board.name)
    _, timeline, rejected = world.table.count()
    totals = count_groups(board, world.table)
    found = read_totals(redis, board)
    if found != totals:
        return f"totals are {found}, of the table {totals}"
    if read_timeline(redis, keys.timeline) != timeline:
        return "the timeline is not the table's"
    noted: Any = redis.hkeys(keys.rejected)
    if {key.decode() for key in noted} != rejected:
        return "the rejected items are not the table's"
    shown: Any = redis.hkeys(keys.ticker)
    if not {key.decode() for key in shown} <= world.table.items.keys() - rejected:
        return "the ticker shows what is not in the table"
    audit = verify_board(board, world.table, redis, Reading(segments=1), lag_seconds=0)
    if not audit.is_exact:
        return f"verify finds {audit}"
    if not world.screen.feed.live or world.screen.totals != totals:
        return f"the screen does not show the table's totals: {world.screen.feed.status}"
    reconcile_board(world.neighbour, world.table, redis, Reading(settle_seconds=0))
    if read_totals(redis, world.neighbour) != count_groups(world.neighbour, world.table):
        return "the table's other board is not exact after a reconcile"
    return ""


def read_timeline(redis: Redis, key: str) -> dict[int, dict[str, int]]:
    timeline: dict[int, dict[str, int]] = {}
    reply: Any = redis.hgetall(key)
    for field, value in reply.items():
        start, _, measure = field.decode().partition(":")
        timeline.setdefault(int(start), {})[measure] = int(value)
    return timeline


@contextmanager
def _without_scan_guard() -> Iterator[None]:
    """Let a scan's pages overwrite newer changes from the stream."""
    whole = scripts._APPLY
    assert _GUARD in whole._source
    broken = Script("apply")
    broken._source = whole._source.replace(_GUARD, b"newer = true")
    broken._hash = sha1(broken._source, usedforsecurity=False).hexdigest()
    with patch.object(scripts, "_APPLY", broken):
        yield


@contextmanager
def _without_proofs() -> Iterator[None]:
    """Show Redis's figures, proven or not. The chain's note is only for proven ones."""
    with (
        _without_note(),
        patch.object(Figures, "_may_be_shown", _yes),
        patch.object(Figures, "_is_newly_proven", _yes),
        patch.object(Figures, "is_proven_here", True),
        patch.object(feed, "gather_facts", _gather_as_proven),
    ):
        yield


def _without_note() -> AbstractContextManager[Any]:
    return patch.object(trust, "_find_delay", lambda _: "")


def _gather_as_proven(*of: Any, **more: Any) -> Facts:
    return replace(gather_facts(*of, **more), is_proven_here=True)


def _yes(*_: object) -> bool:
    return True


def _without_seal() -> AbstractContextManager[Any]:
    accept = Feed.accept_standing

    def accept_whole(self: Feed, standing: scripts.Standing, *rest: str) -> Step:
        return accept(self, standing._replace(is_lost=False), *rest)

    return patch.object(Feed, "accept_standing", accept_whole)


# How to disable each guard, and what then goes wrong; this proves that the runs find faults.
GUARDS: dict[str, tuple[Callable[[], AbstractContextManager[Any]], str]] = {
    "of the scan": (_without_scan_guard, ""),
    "of the chain's note": (_without_note, "for more than a minute"),
    "of proofs": (_without_proofs, "not proven since data was lost"),
    "of the seal": (_without_seal, "not proven since data was lost"),
    "of lost messages": (
        lambda: patch.object(feed, "follow_check", lambda *_, **__: Step.PASS),
        "not what Redis has",
    ),
    "of the ledger's word": (
        lambda: patch.object(chain, "is_counted", _yes),
        "for more than a minute",
    ),
}
