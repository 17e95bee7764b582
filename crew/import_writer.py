"""Writes an import that a helper has confirmed, each gift exactly once, and its journal."""

from dataclasses import dataclass, field

from aggregates.item import read_key
from crew.gifts import Image
from crew.journal import ChangedMeanwhile, Journal
from donations.table import Difference


@dataclass
class Imported:
    """How many gifts were written; `conflicts` are the keys that somebody else changed first."""

    new: int = 0
    changed: int = 0
    removed: int = 0
    conflicts: list[str] = field(default_factory=list)


def write_import(
    difference: Difference, journal: Journal, who: str, *, removes_gone: bool
) -> Imported:
    """Write a difference. If it is cut short at any point, importing again writes the rest."""
    done = Imported()
    items = [row.item for row in difference.new]
    taken = journal.enter_many(items, who, "imported")
    done.new = len(items) - len(taken)
    for item in taken:
        try:
            done.new += journal.enter(item, who, what="imported")
        except ChangedMeanwhile:
            done.conflicts.append(_name(journal, item))
    for changed in difference.changed:
        names = {*changed.old, *changed.new}
        changes = {
            name: changed.new.get(name)
            for name in sorted(names)
            if changed.old.get(name) != changed.new.get(name)
        }
        try:
            journal.correct(changed.old, changes, who)
            done.changed += 1
        except ChangedMeanwhile:
            done.conflicts.append(_name(journal, changed.old))
    for item in difference.gone if removes_gone else ():
        try:
            journal.take_back(item, who)
            done.removed += 1
        except ChangedMeanwhile as error:
            if error.now is not None:
                done.conflicts.append(_name(journal, item))
    return done


def _name(journal: Journal, item: Image) -> str:
    return read_key(item, tuple(journal.key))
