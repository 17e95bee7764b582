"""Messages of Tiltify and Twitch, as they document them."""

import json
from datetime import datetime, timedelta
from typing import Any

from tests.intake import vectors

CAMPAIGN = "a4fd5207-bd9f-4712-920a-85f8d92cf4e6"


def make_tiltify_event(
    seconds: float = 0, kind: str = "public:direct:donation_updated", **data: Any
) -> dict[str, Any]:
    """Return the documentation's example, of a real campaign, generated some seconds later."""
    event: dict[str, Any] = json.loads(vectors.TILTIFY_BODY)
    at = datetime.fromisoformat(event["meta"]["generated_at"]) + timedelta(seconds=seconds)
    event["meta"] |= {
        "event_type": kind,
        "generated_at": at.isoformat(),
        "subscription_source_type": "campaign",
        "subscription_source_id": CAMPAIGN,
    }
    event["data"] |= data
    return event


def make_twitch_event(**changes: Any) -> dict[str, Any]:
    """Return a message like the one that Twitch documents."""
    event = {
        "id": "a1b2c3-aabb-4455-d1e2f3",
        "campaign_id": "123-abc-456-def",
        "broadcaster_user_id": "123456",
        "broadcaster_user_name": "SunnySideUp",
        "user_id": "654321",
        "user_login": "generoususer1",
        "user_name": "GenerousUser1",
        "charity_name": "Example name",
        "amount": {"value": 10_050, "decimal_places": 2, "currency": "USD"},
    }
    subscription = {"type": "channel.charity_campaign.donate", "version": "1", "status": "enabled"}
    return {"subscription": subscription, "event": event | changes}
