"""What providers, or their own libraries, have signed."""

from datetime import UTC, datetime

STRIPE_TIME = datetime.fromtimestamp(1795287851, UTC)
STRIPE_BODY = (
    b'{"id":"evt_1TallyRefund","object":"event","api_version":"2026-06-24","created":1795287851,'
    b'"livemode":true,"type":"charge.refunded","data":{"object":{"id":"ch_1Tally","object":"charge"'
    b',"amount":5000,"amount_refunded":2000,"currency":"usd","payment_intent":"pi_1Tally",'
    b'"refunded":false,"status":"succeeded"}}}'
)
STRIPE_HEADERS = {
    "stripe-signature": (
        "t=1795287851,v1=364c23ccaf4c38b3c36c7d03301d8608013a86ec5c63e93acb8a7b98a5d7dc80"
    )
}

TILTIFY_TIME = datetime(2023, 4, 18, 16, 49, 0, 617_031, tzinfo=UTC)
TILTIFY_BODY = (
    b'{"data":{"amount":{"currency":"USD","value":"82.95"},"campaign_id":'
    b'"a4fd5207-bd9f-4712-920a-85f8d92cf4e6","completed_at":"2023-04-18T16:48:26.510702Z",'
    b'"created_at":"2023-04-18T03:36:36.510717Z","donor_comment":"Rerum quo necessitatibus voluptas'
    b' provident ad molestiae ipsam.","donor_name":"Jirachi","fundraising_event_id":null,"id":'
    b'"dfa25dcc-2026-4320-a5b7-5da076efeb05","legacy_id":0,"poll_id":null,"poll_option_id":null,'
    b'"reward_id":null,"sustained":false,"target_id":null,"team_event_id":null},"meta":'
    b'{"attempted_at":"2023-04-18T16:49:00.617031Z","event_type":"public:direct:donation_updated",'
    b'"generated_at":"2023-04-18T16:48:59.510758Z","id":"d8768e26-1092-4f4c-a829-a2698cd19664",'
    b'"subscription_source_id":"00000000-0000-0000-0000-000000000000",'
    b'"subscription_source_type":"test"}}'
)
TILTIFY_HEADERS = {
    "x-tiltify-timestamp": "2023-04-18T16:49:00.617031Z",
    "x-tiltify-signature": "4OSwlhTt0EcrlSQFlqgE18FOtT+EKX4qTJdJeC8oV/o=",
}

API_TIMES = (datetime.fromtimestamp(1614265330, UTC), datetime.fromtimestamp(1795287852, UTC))
API_BODIES = (
    b'{"test": 2432232314}',
    (
        b'{"provider":"phone","id":"ph-0001","amount":"25.00","currency":"USD",'
        b'"donatedAt":"2026-11-21T19:04:11Z"}'
    ),
)
API_HEADERS = (
    {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    },
    {
        "webhook-id": "msg_2TallyTest0001",
        "webhook-timestamp": "1795287852",
        "webhook-signature": "v1,GWI4/TMCms9Wi1FX7T+FI+a52wDV2/91+fqbUUlQCRE=",
    },
)
