"""Products are sold and delivered; the published way orders what is low in each new image."""

from collections import Counter
from random import Random
from typing import Any
from uuid import uuid4

from donations.side_table import create_side_table
from examples.place import Place

TABLE = "products"
_PRODUCTS = ("tea", "coffee", "jam", "honey", "rice", "oil", "salt", "soap")
_THRESHOLD, _DELIVERY, _SALES = 20, 60, 600


class Example:
    """Remembers how often each product has fallen below its threshold."""

    def __init__(self, place: Place) -> None:
        self._dynamodb = place.dynamodb
        self._crossings: Counter[str] = Counter()

    def create(self) -> None:
        """Create the tables; the sink creates its own."""
        create_side_table(self._dynamodb, TABLE, ["sku"])
        create_side_table(self._dynamodb, "Replenishment_published", ["orderId"])

    def change(self) -> None:
        """Sell; when a product is low, a delivery comes some sales later."""
        random, stocks, due = Random(11), dict.fromkeys(_PRODUCTS, 50), dict[str, int]()
        for sku in _PRODUCTS:
            self._write(sku, stocks[sku])
        for sale in range(_SALES):
            sku = random.choice(_PRODUCTS)
            before = stocks[sku]
            stocks[sku] = max(0, before - random.randint(1, 6))
            if due.get(sku, _SALES) <= sale:
                stocks[sku] += _DELIVERY
                del due[sku]
            elif stocks[sku] < _THRESHOLD <= before:
                self._crossings[sku] += 1
                due[sku] = sale + random.randint(10, 40)
            self._write(sku, stocks[sku])

    def take_as_published(self, event: dict[str, Any]) -> None:
        """Order with a new id what a change shows to have become low, as functions often do."""
        for record in event["Records"]:
            if record["eventName"] != "MODIFY":
                continue
            old, new = record["dynamodb"]["OldImage"], record["dynamodb"]["NewImage"]
            threshold = int(new["reorderThreshold"]["N"])
            if int(new["stock"]["N"]) < threshold <= int(old["stock"]["N"]):
                order = {"orderId": {"S": str(uuid4())}, "sku": new["sku"]}
                self._dynamodb.put_item(TableName="Replenishment_published", Item=order)

    def judge(self) -> list[tuple[str, int, str]]:
        """Return for each way its name, how many orders are wrong, and how many there are."""
        wanted = self._crossings.total()
        return [
            self._judge("Tallyboard", "Replenishment", wanted),
            self._judge("the published way", "Replenishment_published", wanted),
        ]

    def _judge(self, name: str, table: str, wanted: int) -> tuple[str, int, str]:
        orders = self._dynamodb.scan(TableName=table)["Items"]
        found = Counter(order["sku"]["S"] for order in orders)
        wrong = sum(abs(found[sku] - self._crossings[sku]) for sku in _PRODUCTS)
        return name, wrong, f"{len(orders)} orders for {wanted} times that stock became low"

    def _write(self, sku: str, stock: int) -> None:
        numbers = {"stock": stock, "reorderThreshold": _THRESHOLD, "reorderAmount": _DELIVERY}
        item: dict[str, Any] = {"sku": {"S": sku}, "name": {"S": sku.title()}}
        item |= {name: {"N": str(number)} for name, number in numbers.items()}
        self._dynamodb.put_item(TableName=TABLE, Item=item)
