"""Re-exports `Donation` from the room `donations` for the local system."""

from donations.donation import Donation as Donation
from donations.donation import Item as Item
from donations.donation import takes_donations as takes_donations
from donations.donation import to_item as to_item
