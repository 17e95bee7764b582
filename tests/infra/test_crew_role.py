"""The crew's service as a process, with the template's rights for tables and Redis, and no more."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from redis import Redis

from aggregates.board import Board
from crew.tables import create_journal
from infra.template import make_template
from intake.store import STATES_SUFFIX
from intake.tables import create_states
from local.dynamodb import create_table
from tests.conftest import ROOT, RedisServer
from tests.crew.office import Helper
from tests.crew.process import GOOD, Running, run_crew
from tests.infra.guarded_dynamodb import Guard, Use, guard_dynamodb
from tests.intake.donordrive_stand_in import DonorDrive
from tests.intake.senders import SENDERS
from tests.intake.stand_in import run_stand_in
from tests.intake.twilio_stand_in import ACCOUNT, PUBLIC_URL, TOKEN, Sms
from tests.waiting import wait_for

SOURCES = """
[sources.phone]
provider = "api"
board = "gala"
platform = "Phone"
secret = "PHONE_SECRET"

[sources.walk]
provider = "donordrive"
board = "gala"
platform = "Walk"
url = "URL/api"
participant = 4024

[sources.texts]
provider = "twilio"
board = "gala"
platform = "Texts"
secret = "TWILIO_TOKEN"
account = "ACCOUNT"
mode = "pledges"
"""


def read_rights(table: str) -> set[Use]:
    """Return the rights of the template's role, with a table's name."""
    [policy] = make_template()["Resources"]["CrewRole"]["Properties"]["Policies"]
    rights = set()
    for entry in policy["PolicyDocument"]["Statement"]:
        statement = entry.get("Fn::If", [None, entry])[1]
        name = statement["Resource"]["Fn::Sub"].partition(":table/")[2]
        rights |= {(action, name.replace("${TableName}", table)) for action in statement["Action"]}
    return rights


@pytest.fixture
def redis_of_crew() -> Iterator[str]:
    """Return the URL of a real Redis for the crew's user, with the template's rights."""
    server = RedisServer()
    properties = make_template()["Resources"]["RedisCrewUser"]["Properties"]
    with Redis.from_url(server.url) as admin:
        rights = properties["AccessString"].split()
        admin.execute_command("ACL", "SETUSER", properties["UserName"], ">secret", *rights)
    yield server.url.replace("redis://", f"redis://{properties['UserName']}:secret@")
    server.kill()


@pytest.fixture
def gala(dynamodb: Any, make_board: Callable[..., Board], tmp_path: Path) -> Board:
    """A board with the three tables that the stack makes; its file is in `boards`."""
    board = make_board(table=make_board().name)
    create_table(dynamodb, board)
    create_journal(dynamodb, f"{board.table}-journal")
    create_states(dynamodb, board.table + STATES_SUFFIX)
    text = (ROOT / "boards/fundraiser.toml").read_text("utf-8")
    (tmp_path / "boards").mkdir()
    file = tmp_path / "boards/gala.toml"
    file.write_text(text.replace('"donations"', f'"{board.table}"'), "utf-8")
    return board


class RemoteHelper(Helper):
    """A volunteer who has signed in, over plain HTTP: no load balancer runs here."""

    def __init__(self, client: httpx.Client) -> None:
        self.client: Any = client
        reply = client.post("/crew/sign-in", data={"code": GOOD["CREW_CODE"], "name": "Ana"})
        assert reply.status_code == 303, reply.text
        assert "secure" in reply.headers["set-cookie"].lower()
        # httpx would send a cookie that is for HTTPS over nothing else.
        client.headers["cookie"] = reply.headers["set-cookie"].partition(";")[0]

    def send(self, address: str, fields: dict[str, Any], **more: Any) -> Any:
        reply = self.client.post(f"/crew/{address}?board=gala", data=fields, **more)
        assert reply.status_code == 303, reply.text
        if "set-cookie" in reply.headers:
            self.client.headers["cookie"] = reply.headers["set-cookie"].partition(";")[0]
        return reply

    def open(self, key: str, form: str = "gift") -> dict[str, str]:
        return self.fill(self.get(f"gift?board=gala&key={key}"), form)


def give(crew: Running, **changes: Any) -> Any:
    """Send a donation to the source `phone`; return the answer."""
    now = datetime.now(UTC)
    gift = {"id": "ph-1", "amount": "25", "currency": "USD", "donatedAt": int(now.timestamp())}
    body = json.dumps(gift | changes).encode()
    reply = crew.client.post("/in/phone", content=body, headers=SENDERS["api"].sign(body, now))
    assert reply.status_code == 200, reply.text
    return reply.json()


def pledge(crew: Running) -> str:
    """Send a text as Twilio does, which signs the address that the stack has; return the answer."""
    sms = Sms(f"SM{1:032x}", "+14155550100", "GIVE 5", datetime.now(UTC))
    request = sms.request(source="texts")
    assert request.url == f"{PUBLIC_URL}/in/texts"
    form = {**request.headers, "content-type": "application/x-www-form-urlencoded; charset=UTF-8"}
    reply = crew.client.post("/in/texts", content=request.body, headers=form)
    assert reply.status_code == 200, reply.text
    return str(reply.text)


def do_all(crew: Running) -> None:
    """Do what writes or reads a table: on the crew's pages, and by the sources."""
    assert "pledge of 5.00 USD" in pledge(crew)
    assert give(crew)["changed"] == 1
    assert give(crew, amount="30", version=1)["changed"] == 1
    assert give(crew, status="withdrawn", version=2)["changed"] == 1
    ana = RemoteHelper(crew.client)
    form = ana.fill(ana.get(""), "enter")
    ana.send("enter", form | {"group": "Phone", "how": "50"})
    key = f"crew-{form['entry']}"
    ana.send("gift", ana.open(key) | {"f-amount": "60"})
    ana.send("take-back", ana.open(key, "take-back"))
    ana.send("bring-back", ana.open(key, "bring-back"))
    assert key in ana.get("export.csv")
    ana.get("sheet?board=gala")
    control = ana.fill(ana.get("control"), "control")
    control.pop("panel", None)
    ana.send("control", control | {"what": "celebrate"})


def run(guard: Guard, folder: Path, redis_url: str, provider_url: str) -> Any:
    """Run the service as ECS does: no `DYNAMODB_URL`, and secrets in one variable."""
    path = folder / "intake.toml"
    path.write_text(SOURCES.replace("URL", provider_url).replace("ACCOUNT", ACCOUNT), "utf-8")
    environment = {
        **GOOD,
        "SECRETS": json.dumps({"PHONE_SECRET": SENDERS["api"].secret, "TWILIO_TOKEN": TOKEN}),
        "INTAKE": str(path),
        "BOARDS": str(folder / "boards"),
        "REDIS_URL": redis_url,
        "PUBLIC_URL": PUBLIC_URL,
        "AWS_ENDPOINT_URL_DYNAMODB": guard.url,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_CONFIG_FILE": "/nonexistent",
        "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent",
    }
    return run_crew(folder, environment)


def test_the_role_is_enough_for_all_that_it_does_and_has_nothing_more(
    gala: Board, dynamodb: Any, redis_of_crew: str, tmp_path: Path
) -> None:
    rights = read_rights(gala.table)
    listed = DonorDrive()
    listed.give(1, 10.0)
    with (
        run_stand_in(listed.reply) as provider,
        guard_dynamodb(dynamodb.meta.endpoint_url, rights) as guard,
        run(guard, tmp_path, redis_of_crew, provider.url) as crew,
    ):
        do_all(crew)
        # The sweep reads what counts, and finds the donation that was not sent.
        states = gala.table + STATES_SUFFIX
        wait_for(lambda: ("dynamodb:Scan", states) in guard.used)
        wait_for(lambda: "Walk" in str(dynamodb.scan(TableName=gala.table)["Items"]))
        assert guard.refused == set()
        assert guard.used == rights


def test_a_right_that_is_missing_is_a_refusal_and_never_a_lost_donation(
    gala: Board, dynamodb: Any, redis_of_crew: str, tmp_path: Path
) -> None:
    rights = read_rights(gala.table) - {("dynamodb:PutItem", gala.table)}
    with (
        run_stand_in(DonorDrive().reply) as provider,
        guard_dynamodb(dynamodb.meta.endpoint_url, rights) as guard,
        run(guard, tmp_path, redis_of_crew, provider.url) as crew,
    ):
        with pytest.raises(AssertionError, match="could not be kept"):
            give(crew)
        assert guard.refused == {("dynamodb:PutItem", gala.table)}
    rows = dynamodb.scan(TableName=gala.table + STATES_SUFFIX)["Items"]
    assert [row for row in rows if not row["id"]["S"].startswith("heard:")] == []
