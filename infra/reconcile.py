"""Reconcile in the account, now: the task that runs every hour, started by hand."""

from botocore.exceptions import BotoCoreError, ClientError

from infra.account import Account
from infra.stack import Say, Stack


def start_reconcile(account: Account, stack: Stack, say: Say) -> bool:
    """Start the task; return whether it was. It needs a minute or two, and its log says the rest.

    A failure is told and not raised: the hourly run comes anyway.
    """
    outputs = stack.read_outputs()
    network = {
        "assignPublicIp": "ENABLED",
        "subnets": outputs["ReconcileSubnets"].split(","),
        "securityGroups": [outputs["ReconcileGroup"]],
    }
    try:
        reply = account.connect("ecs").run_task(
            cluster=outputs["ClusterName"],
            taskDefinition=outputs["ReconcileTask"],
            launchType="FARGATE",
            networkConfiguration={"awsvpcConfiguration": network},
        )
        failed = [failure.get("reason", "?") for failure in reply.get("failures", ())]
    except (BotoCoreError, ClientError) as error:
        failed = [str(error)]
    if failed:
        say(f"Reconcile could not be started ({failed[0]}); it runs by itself within the hour.")
        return False
    say(
        "Reconcile was started: until it has finished, the display says `checking`."
        f" Its log: aws logs tail /tallyboard/{stack.name}/reconcile"
    )
    return True
