"""`make deploy`: checks everything, says what will change, asks once, and does it."""

from collections import Counter
from collections.abc import Callable, Mapping
from hashlib import sha256

from infra.access import MOST_NETWORKS, find_endpoints
from infra.account import Account, find_account
from infra.bundle import RUNTIME
from infra.checks import (
    check_board,
    check_named_things,
    check_parameters,
    find_board,
    find_concurrency,
    find_table,
)
from infra.cost import describe_cost
from infra.crew import CrewPlan, describe_crew, find_crew_tables, plan_crew
from infra.explore import (
    begin_explore,
    describe_explore,
    is_explored,
    plan_explore,
    tell_explore,
    wait_until_left,
)
from infra.options import Options
from infra.pieces import (
    build_pieces,
    describe_named,
    describe_needs,
    locate,
    publish,
    wish_images,
)
from infra.public import describe_public, is_public, tell_public, withdraw_page
from infra.reconcile import start_reconcile
from infra.sink_folder import describe_left_out, read_folder
from infra.sinks import (
    apply_sinks,
    describe_sinks,
    find_known_folder,
    name_sinks_stack,
    plan_change,
    plan_sinks,
)
from infra.stack import Say, Stack
from infra.template import Template, encode_template, make_template, read_part
from infra.totals import check_buckets, create_totals, describe_totals, plan_totals

Ask = Callable[[str], bool]


def deploy(options: Options, say: Say, ask: Ask) -> int:
    """Create or update the stack; return the exit code. Raises `DeployError`."""
    account = find_account(options.region)
    cloudformation = account.connect("cloudformation")
    base = Stack(cloudformation, f"{options.stack}-base", say)
    stack = Stack(cloudformation, options.stack, say)
    known = stack.read_parameters()
    board_file = find_board(options, known)
    board = check_board(board_file)
    say(f"Account {account.number}, region {account.region}, as {account.caller}")
    check_parameters(account, {**known, **options.parameters})
    check_named_things(account, options.parameters)
    parameters = {**options.parameters, "BoardName": board.name, "Runtime": RUNTIME}
    crew = plan_crew(known, options.parameters, board)
    resources = stack.list_resources()
    is_owner = resources.get("Table") == board.table
    if "OidcIssuer" in options.parameters:
        parameters |= find_endpoints(options.parameters["OidcIssuer"])
    parameters |= find_table(account, board, owned=is_owner)
    if crew is not None:
        parameters |= find_crew_tables(account, board, resources)
    feeding = Stack(cloudformation, name_sinks_stack(options.stack), say)
    wanted = {**known, **options.parameters}
    folder = read_folder(
        options.sinks, find_known_folder(stack, feeding), board, with_sql=is_explored(wanted)
    )
    explore = plan_explore(wanted, folder, board_file, board)
    is_leaving = is_explored(known) and explore is None
    parameters["ExploreSink"] = explore.sql.name if explore else ""
    totals = plan_totals(folder)
    check_buckets(account, totals)
    parameters |= totals.make_parameters(account)
    wishes = wish_images(options, known, totals.files, crew, explore)
    pieces = build_pieces(account, base, options, board_file, wishes, say)
    sinks = plan_sinks(folder, board_file, options.cache)
    for line in describe_left_out(folder):
        say(line)

    template = make_template()
    text = encode_template(template)
    is_new = stack.describe() is None
    changes = fed = None
    if is_new:
        parameters |= find_concurrency(account, parameters)
        say(_describe_new(options, parameters, template))
        for line in (
            *describe_explore(explore),
            *describe_totals(totals),
            *(describe_sinks(sinks) if sinks else ()),
        ):
            say(line)
    else:
        parameters |= locate(account, base, pieces)
        changes = stack.plan(text, parameters, _upload(account, base, text))
        fed = plan_change(
            account, base, stack, feeding, sinks, options.sinks_secret, is_leaving=is_leaving
        )
        if changes is None and fed is None:
            return _finish(stack, crew, say, "Nothing to change.")
        for name, planned in ((stack.name, changes), (feeding.name, fed)):
            if planned is not None:
                say(f"The stack {name} would change:\n" + "\n".join(f"  {c}" for c in planned))
        if (known["BoardName"], known["TableName"]) != (board.name, board.table):
            say(
                f"  IT COUNTS ANOTHER BOARD: {board.name} of the table {board.table}, instead of"
                f" {known['BoardName']} of {known['TableName']}."
            )
        for line in (
            *(() if is_explored(known) else describe_explore(explore)),
            *describe_public(options.parameters),
            *describe_named(pieces, options),
        ):
            say(line)
    for line in describe_needs(pieces):
        say(line)
    if not options.yes and not ask(f"{'Create' if is_new else 'Change'} it?"):
        say("Nothing was done.")
        return 1

    if base.plan(encode_template(read_part("base")), {}) is not None:
        base.apply()
    publish(account, base, pieces, say)
    if is_new:
        parameters |= locate(account, base, pieces)
        stack.plan(text, parameters, _upload(account, base, text))
    say("This takes 15 to 25 minutes, most of it for Redis." if is_new else "Changing …")
    if is_leaving:
        # The function must be out of the network before that changes, with its rights until then.
        if fed is not None:
            apply_sinks(account, feeding, sinks, say)
            fed = None
        wait_until_left(account, resources.get("FeederGroup"), say)
    if is_new or changes is not None:
        begin_explore(account, explore)
        create_totals(account, totals)
        if is_public(known) and not is_public({**known, **parameters}):
            withdraw_page(account, resources.get("PublicPage"))
        stack.apply()
        start_reconcile(account, stack, say)
        if is_new or explore is not None or is_leaving:
            # What it depends on is there only now, or gone.
            fed = plan_change(account, base, stack, feeding, sinks, options.sinks_secret)
    if fed is not None:
        apply_sinks(account, feeding, sinks, say)
    return _finish(stack, crew, say, "Done.")


def _describe_new(options: Options, parameters: dict[str, str], template: Template) -> str:
    kinds = Counter(resource["Type"] for resource in template["Resources"].values())
    table = "exists: its stream is used, and nothing in it is changed"
    if not parameters["ExistingStreamArn"]:
        table = "is made, and kept when everything else is removed"
    lines = [
        (
            f"The stack {options.stack} will be made: up to {sum(kinds.values())} resources of"
            f" {len(kinds)} kinds, in their own network."
        ),
        f"  The table {parameters['TableName']} {table}.",
        (
            "  A function counts it into a Redis that cannot be reached from outside; containers"
            f" behind a load balancer show it to {_describe_access(parameters)}."
        ),
    ]
    if parameters.get("Crew") == "1":
        lines += _describe_crew(parameters)
    lines += describe_public(parameters)
    if not parameters.get("CertificateArn"):
        lines.append(
            "  Without CERTIFICATE=… it is HTTP, not encrypted: for a rehearsal, not for an event."
        )
    if parameters.get("ReservedConcurrency") == "0":
        lines.append(
            "  No concurrency is reserved for the function: the account's quota is too low."
        )
    return "\n".join([*lines, describe_cost(parameters, options.evening)])


def _describe_access(parameters: Mapping[str, str]) -> str:
    networks = [parameters.get(f"AllowCidr{number}", "") for number in range(1, MOST_NETWORKS + 1)]
    whence = ", ".join(filter(None, networks)) or "0.0.0.0/0"
    who = "everybody who signs in" if parameters.get("OidcIssuer") else "everybody"
    return who + ("" if whence == "0.0.0.0/0" else f", from {whence}")


def _describe_crew(parameters: Mapping[str, str]) -> list[str]:
    lines = ["  A container that alone may write to the table serves the crew's pages under /crew."]
    if parameters.get("IntakeFile"):
        lines.append("  It also takes what payment providers send to /in.")
        if parameters.get("AllowCidr1", "0.0.0.0/0") != "0.0.0.0/0":
            lines.append("  ALLOW_CIDR shuts out providers, too, unless it has their addresses.")
    return lines


def _upload(account: Account, base: Stack, template: str) -> str:
    """Upload the template beside the bundle; return its address. The same text is one object."""
    s3, bucket = account.connect("s3"), base.read_outputs()["ArtifactsBucket"]
    key = f"template/{sha256(template.encode()).hexdigest()[:32]}.json"
    s3.put_object(Bucket=bucket, Key=key, Body=template.encode())
    return f"{s3.meta.endpoint_url}/{bucket}/{key}"


def _finish(stack: Stack, crew: CrewPlan | None, say: Say, text: str) -> int:
    outputs = stack.read_outputs()
    say(text)
    if crew is not None:
        for line in describe_crew(crew, outputs, stack.name):
            say(line)
    for line in (*tell_explore(outputs), *tell_public(outputs)):
        say(line)
    say(f"The display: {outputs['Address']}")
    if outputs["BalancerName"] not in outputs["Address"]:
        say(f"  if that name does not work yet, add a CNAME record to {outputs['BalancerName']}")
    return 0
