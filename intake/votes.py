"""Writes votes, each once: an item for each vote, or one more in a counter.

What counts a vote is written together with a row `vote:…` in the table of states. So a vote that
comes again changes nothing, whether Twilio, boto3 or a sweep repeats it, and a vote that the crew
has taken back stays away. These rows have no TTL: a sweep after a long trouble would count again.
"""

from hashlib import sha256
from typing import Any

from aggregates.board import Board
from aggregates.message import format_time
from donations.item import Item, ItemMaker, Parts
from intake.request import Counter, Vote
from intake.store import TRIES, Busy, Store, pause_for_others

# When the vote of an item came, for votes that newer ones replace.
RECEIVED_AT = "receivedAt"
_DEFAULT_SEPARATOR = "."


class VoteWriter:
    """The votes of one board; threads share it."""

    def __init__(self, store: Store, board: Board) -> None:
        self._store, self._board, self._maker = store, board, ItemMaker(board)

    def write(self, vote: Vote) -> bool:
        """Write a vote; return False where it was there, or is older than the one that counts.

        Raises boto3's errors and `Busy`: then nothing, or all of it, was written.
        """
        item = make_vote_item(self._board, self._maker, vote)
        name = item[self._board.key[0]]["S"]
        # A person's vote counts once, an item's message comes once.
        mark = vote.vote_id if vote.counter else vote.message_id
        row: Item = {"id": {"S": f"vote:{mark}"}, "at": {"S": format_time(vote.at)}}
        put_row = {
            "TableName": self._store.states_table,
            "Item": row,
            "ConditionExpression": "attribute_not_exists(id)",
        }
        with self._store.lock(name):
            for tries in range(TRIES):
                failed = self._store.transact([{"Put": put_row}, self._make_write(vote, item)])
                if not failed:
                    self._store.keep_now(name, row)
                    return True
                if 0 in failed:
                    # A try before this one may have ended between DynamoDB and the disk.
                    self._store.keep_now(name, row)
                    return False
                if 1 in failed:
                    # It lost against another vote, and must not win when that one is taken back.
                    self._store.put_row(row)
                    return False
                pause_for_others(tries)
        raise Busy(name)

    def _make_write(self, vote: Vote, item: Item) -> dict[str, Any]:
        if vote.counter:
            return {"Update": self._make_addition(item, vote.counter)}
        put = self._store.put_new(item)
        if vote.is_latest:
            put["ConditionExpression"] += " OR #t <= :t"
            put["ExpressionAttributeNames"] = put["ExpressionAttributeNames"] | {"#t": RECEIVED_AT}
            put["ExpressionAttributeValues"] = {":t": item[RECEIVED_AT]}
        return {"Put": put}

    def _make_addition(self, item: Item, counter: Counter) -> dict[str, Any]:
        key = self._board.key[0]
        others = sorted(item.keys() - {key})
        names = {f"#a{n}": name for n, name in enumerate(others)} | {"#v": counter.attribute}
        values = {f":a{n}": item[name] for n, name in enumerate(others)} | {":one": {"N": "1"}}
        puts = ", ".join(f"#a{n} = :a{n}" for n in range(len(others)))
        return {
            "TableName": self._store.table,
            "Key": {key: item[key]},
            "UpdateExpression": f"{f'SET {puts} ' if puts else ''}ADD #v :one",
            "ExpressionAttributeNames": names,
            "ExpressionAttributeValues": values,
        }


def make_vote_item(board: Board, maker: ItemMaker, vote: Vote) -> Item:
    """Return a vote's item; of a counter, the item it is added to, without its number."""
    parts = Parts(key=(vote.vote_id,), moment=vote.at, group=vote.option, amounts_minor=())
    if vote.counter is None:
        item = maker.make(parts)
        return item | {RECEIVED_AT: {"S": format_time(vote.at)}} if vote.is_latest else item
    name = _name_counter(board, vote, vote.counter.shards)
    is_in_key = board.group_by == board.key[0]
    parts = parts._replace(
        key=(name,),
        # A counter has no time of its own: its item is updated in place.
        moment=None if board.running_total else vote.at,
        group=None if is_in_key else vote.option,
        amounts_minor=(0,) * len(board.measures),
    )
    item = maker.make(parts)
    item.pop(vote.counter.attribute, None)
    return item


def _name_counter(board: Board, vote: Vote, shards: int) -> str:
    """Return the key of a vote's counter: the same for the same vote, spread evenly."""
    separator = board.groups.until or _DEFAULT_SEPARATOR
    digest = sha256(vote.vote_id.encode()).digest()
    return f"{vote.option}{separator}{int.from_bytes(digest[:8]) % shards + 1}"
