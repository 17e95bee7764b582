"""Starts reconcile in the account now: the same task that runs every hour."""

from botocore.exceptions import BotoCoreError, ClientError

from infra.account import Account
from infra.stack import Say, Stack


def start_reconcile(account: Account, stack: Stack, say: Say) -> bool:
    """Start the task; return whether it started. It takes a minute or two; its log says the rest.

    A failure is printed, not raised: the hourly run comes anyway.
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
        say(f"Reconcile could not be started ({failed[0]}); it will run within the hour anyway.")
        return False
    say(
        "Reconcile was started. If the totals are not proven yet, the display says `checking` until"
        f" it has finished. Its log: aws logs tail /tallyboard/{stack.name}/reconcile"
    )
    return True
