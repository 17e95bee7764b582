"""The item that a donation is in a board's table: what counts of it now, and nothing else."""

from decimal import Decimal

from aggregates.attribute import split_path
from aggregates.units import currency
from donations.errors import DonationError
from donations.item import Item, ItemMaker, Parts
from intake.donation_state import Charge, DonationState
from intake.source import Source


class Projection:
    """Makes the items of one source."""

    def __init__(self, source: Source) -> None:
        self._source, self._board = source, source.board
        self._maker = ItemMaker(source.board)

    def make(self, donation_id: str, state: DonationState) -> Item | None:
        """Return the donation's item; None where nothing of it counts.

        A donation in a currency that the board does not count is an item without an amount: screens
        then say that it was not counted, which is right, where a sum of two currencies is wrong.
        """
        charge, net_minor = state.charge, state.net_minor
        if charge is None or not net_minor:
            return None
        parts = Parts(
            key=(donation_id,),
            moment=charge.at,
            group=charge.platform or state.platform or self._source.platform,
            amounts_minor=(net_minor,) * len(self._board.measures),
            currency=charge.currency,
            attributes=self._list_attributes(state),
        )
        try:
            return self._maker.make(parts)
        except DonationError:
            return self._make_uncounted(parts, charge, net_minor)

    def _make_uncounted(self, parts: Parts, charge: Charge, net_minor: int) -> Item:
        item = self._maker.make(parts._replace(currency=None))
        for measure in self._board.measures:
            item.pop((split_path(measure.attribute) or (measure.attribute,))[0], None)
        amount = Decimal(net_minor).scaleb(-currency(charge.currency).exponent)
        item["given"] = {"S": f"{charge.currency} {amount:f}"}
        return item

    def _list_attributes(self, state: DonationState) -> dict[str, str]:
        attributes = {"provider": self._source.provider}
        for kind, name in self._source.text_attributes.items():
            if kind in state.texts:
                attributes[name] = state.texts[kind].value
        return attributes
