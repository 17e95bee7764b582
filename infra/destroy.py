"""`make destroy`: removes everything but the tables; with DELETE_TABLE=1, the tables too."""

from infra.account import Account, find_account
from infra.bucket import empty_bucket
from infra.deploy import Ask
from infra.errors import DeployError
from infra.explore import wait_until_left
from infra.options import Options
from infra.public import withdraw_page
from infra.sinks import name_sinks_stack, remove_sinks
from infra.stack import Say, Stack

# What keeps data: the donations, the crew's journal, and what providers have told.
_TABLES = ("Table", "JournalTable", "StatesTable")


def destroy(options: Options, say: Say, ask: Ask) -> int:
    """Delete the stack; return the exit code. Raises `DeployError`."""
    account = find_account(options.region)
    cloudformation = account.connect("cloudformation")
    stack = Stack(cloudformation, options.stack, say)
    base = Stack(cloudformation, f"{options.stack}-base", say)
    if stack.describe() is None and base.describe() is None:
        raise DeployError(f"there is no stack {options.stack} in {account.region}")
    resources = stack.list_resources()
    table = resources.get("Table")
    tables = [resources[name] for name in _TABLES if resources.get(name)]
    say(f"Account {account.number}, region {account.region}: this removes {options.stack},")
    say("  with its Redis (all totals), its logs, its alarms and the batches that failed.")
    if resources.get("PublicPage"):
        say("  It also removes the page for many viewers, which takes CloudFront some minutes.")
    if table is None:
        say("  The table existed before and is kept.")
    for name in tables:
        if options.delete_table:
            say(f"  IT ALSO REMOVES THE TABLE {name}, WITH ALL THAT IS IN IT.")
        else:
            say(f"  The table {name} is kept (DELETE_TABLE=1 removes it too).")
    if not options.yes and not ask("Remove it?"):
        say("Nothing was done.")
        return 1
    empty_bucket(account, resources.get("FailedBatches"))
    empty_bucket(account, resources.get("AccessLogs"))
    withdraw_page(account, resources.get("PublicPage"))
    remove_sinks(account, Stack(cloudformation, name_sinks_stack(options.stack), say))
    wait_until_left(account, resources.get("FeederGroup"), say)
    _stop_reconcile(account, options.stack, resources.get("Cluster"))
    stack.delete()
    empty_bucket(account, base.list_resources().get("Artifacts"))
    base.delete()
    for name in tables if options.delete_table else ():
        dynamodb = account.connect("dynamodb")
        dynamodb.update_table(TableName=name, DeletionProtectionEnabled=False)
        dynamodb.get_waiter("table_exists").wait(TableName=name)
        dynamodb.delete_table(TableName=name)
    say("Done.")
    return 0


def _stop_reconcile(account: Account, stack: str, cluster: str | None) -> None:
    """Stop reconcile tasks: a cluster cannot be deleted while a task without a service runs."""
    if not cluster:
        return
    ecs = account.connect("ecs")
    running = ecs.list_tasks(cluster=cluster, family=f"{stack}-reconcile")["taskArns"]
    for task in running:
        ecs.stop_task(cluster=cluster, task=task, reason="make destroy")
