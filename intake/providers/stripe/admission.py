"""Which payments of a Stripe account are for a source, and which are a shop's."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from aggregates.board_fields import Fields
from intake.payload import find
from intake.providers.stripe.references import read_reference


@dataclass(frozen=True)
class Admission:
    """A payment is admitted by its link, or by metadata that it has all of; without both, always.

    Only a checkout session names its link, so a payment waits, uncounted, until that has come.
    """

    payment_links: frozenset[str] = frozenset()
    metadata: Mapping[str, str] = field(default_factory=dict)

    @property
    def admits_all(self) -> bool:
        """Whether every payment of the account is for the source."""
        return not self.payment_links and not self.metadata

    def admits(self, thing: Any) -> bool:
        """Return whether a charge or a session says that its payment is for the source."""
        if self.admits_all or read_reference(thing, "payment_link") in self.payment_links:
            return True
        found = find(thing, "metadata")
        if not self.metadata or not isinstance(found, Mapping):
            return False
        return all(found.get(name) == value for name, value in self.metadata.items())


def read_admission(fields: Fields) -> Admission:
    """Return what a source's `payment_links` and `metadata` say."""
    example = '["plink_1Abc"]'
    links = fields.get("payment_links", list, f"a list of payment links' ids, such as {example}")
    if links is not None:
        links = fields.texts("payment_links", links, example)
        for link in links:
            if not link.startswith("plink_"):
                raise fields.error(
                    "payment_links",
                    f"has {link!r}; write the id that Stripe shows for the link, such as"
                    f" {example}, not the link itself",
                )
    table = fields.table("metadata")
    metadata = {name: table.text(name, "gala") for name in table.names()} if table else {}
    return Admission(frozenset(links or ()), metadata)
