"""A CloudFormation stack, made and updated by change sets, so that changes are known before."""

import json
import time
from collections.abc import Callable, Mapping
from typing import Any

from botocore.exceptions import ClientError

from infra.errors import DeployError

# Redis takes the longest: 10 to 20 minutes.
_TIMEOUT_SECONDS = 3600
_POLL_SECONDS = 5.0
_UNCHANGED = ("didn't contain changes", "No updates are to be performed")
# The states of a stack that failed when it was made: it can only be deleted.
_DEAD = ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "DELETE_FAILED")

_SHOWN_FAILURES = 8

Say = Callable[[str], None]


class Stack:
    """One stack by its name, whether it exists or not."""

    def __init__(self, cloudformation: Any, name: str, say: Say) -> None:
        self._client, self.name, self._say = cloudformation, name, say

    def describe(self) -> dict[str, Any] | None:
        """Return CloudFormation's description of the stack; None if it does not exist."""
        try:
            stacks = self._client.describe_stacks(StackName=self.name)["Stacks"]
        except ClientError as error:
            if "does not exist" in str(error):
                return None
            raise
        found: dict[str, Any] = stacks[0]
        # REVIEW_IN_PROGRESS: a change set was made for a new stack and never carried out.
        return None if found["StackStatus"] in ("REVIEW_IN_PROGRESS", "DELETE_COMPLETE") else found

    def read_outputs(self) -> dict[str, str]:
        """Return the outputs by name; empty if the stack does not exist."""
        found = self.describe() or {}
        return {output["OutputKey"]: output["OutputValue"] for output in found.get("Outputs", ())}

    def read_parameters(self) -> dict[str, str]:
        """Return the parameters by name; empty if the stack does not exist."""
        found = self.describe() or {}
        return {p["ParameterKey"]: p["ParameterValue"] for p in found.get("Parameters", ())}

    def list_resources(self) -> dict[str, str]:
        """Return the physical ids by logical id."""
        resources: dict[str, str] = {}
        if self.describe() is not None:
            pages = self._client.get_paginator("list_stack_resources").paginate(StackName=self.name)
            for page in pages:
                for resource in page["StackResourceSummaries"]:
                    if resource["ResourceStatus"] != "DELETE_COMPLETE":
                        physical = resource.get("PhysicalResourceId", "")
                        resources[resource["LogicalResourceId"]] = physical
        return resources

    def plan(
        self, template: str, parameters: Mapping[str, str], url: str | None = None
    ) -> list[str] | None:
        """Make a change set; return its changes as text, or None if nothing would change.

        Parameters that are not named keep their values. `url` is the template's address in S3,
        needed for more than 51,200 bytes. Raises `DeployError`.
        """
        stack = self.describe()
        if stack is not None and stack["StackStatus"] in _DEAD:
            named = self.name.removesuffix("-base")
            raise DeployError(
                f"the stack {self.name} is {stack['StackStatus']}: its creation failed; remove it"
                f" (make destroy STACK={named}; a table is kept) and deploy again"
            )
        given: list[dict[str, Any]] = [
            {"ParameterKey": k, "ParameterValue": v} for k, v in parameters.items()
        ]
        asked = json.loads(template).get("Parameters", {}).keys() - parameters.keys()
        given += [
            {"ParameterKey": known["ParameterKey"], "UsePreviousValue": True}
            for known in (stack or {}).get("Parameters", ())
            if known["ParameterKey"] in asked
        ]
        names = {"StackName": self.name, "ChangeSetName": f"{self.name}-deploy"}
        self._forget(names)
        self._client.create_change_set(
            **names,
            ChangeSetType="CREATE" if stack is None else "UPDATE",
            **({"TemplateURL": url} if url else {"TemplateBody": template}),
            Parameters=given,
            Capabilities=["CAPABILITY_IAM"],
            Tags=[{"Key": "tallyboard", "Value": self.name}],
        )
        deadline = time.monotonic() + _TIMEOUT_SECONDS
        change_set = self._client.describe_change_set(**names)
        while change_set["Status"] in ("CREATE_PENDING", "CREATE_IN_PROGRESS"):
            if time.monotonic() > deadline:
                raise DeployError(f"CloudFormation did not plan {self.name} within an hour")
            time.sleep(0.5)
            change_set = self._client.describe_change_set(**names)
        if change_set["Status"] != "CREATE_COMPLETE":
            reason = change_set.get("StatusReason", "")
            self._forget(names)
            if any(text in reason for text in _UNCHANGED):
                return None
            raise DeployError(f"CloudFormation refused the template of {self.name}: {reason}")
        return [_describe_change(c["ResourceChange"]) for c in change_set.get("Changes", ())]

    def apply(self) -> None:
        """Carry out the planned changes; raise `DeployError` with what failed."""
        names = {"StackName": self.name, "ChangeSetName": f"{self.name}-deploy"}
        self._client.execute_change_set(**names)
        self._wait(("CREATE_COMPLETE", "UPDATE_COMPLETE"))

    def delete(self) -> None:
        """Delete the stack; raise `DeployError` with what prevents it."""
        if self.describe() is not None:
            self._client.delete_stack(StackName=self.name)
            self._wait((None,))

    def _forget(self, names: Mapping[str, str]) -> None:
        try:
            self._client.delete_change_set(**names)
        except ClientError:
            return

    def _wait(self, wanted: tuple[str | None, ...]) -> None:
        deadline, shown = time.monotonic() + _TIMEOUT_SECONDS, ""
        while time.monotonic() < deadline:
            stack = self.describe()
            status = None if stack is None else stack["StackStatus"]
            if status in wanted:
                return
            if stack is not None and not stack["StackStatus"].endswith("_IN_PROGRESS"):
                raise DeployError(f"{self.name} is {status}:\n{self._list_failures()}")
            if status != shown:
                self._say(f"  {self.name}: {status or 'gone'}")
                shown = status or ""
            time.sleep(_POLL_SECONDS if shown else 0.2)
        raise DeployError(f"{self.name} is not ready after an hour; see CloudFormation's console")

    def _list_failures(self) -> str:
        """Return what has failed since the operation began, the cause first."""
        lines: list[str] = []
        pages = self._client.get_paginator("describe_stack_events").paginate(StackName=self.name)
        for event in (event for page in pages for event in page["StackEvents"]):
            is_stack = event["LogicalResourceId"] == self.name
            status, reason = event["ResourceStatus"], event.get("ResourceStatusReason", "")
            # Events come newest first. A resource cancelled by another failure is not a cause.
            if status.endswith("_FAILED") and "cancelled" not in reason:
                lines.append(f"  {event['LogicalResourceId']}: {reason or 'no reason'}")
            if is_stack and reason == "User Initiated":
                break
        return "\n".join(lines[: -_SHOWN_FAILURES - 1 : -1]) or "  CloudFormation gives no reason"


def _describe_change(change: Mapping[str, Any]) -> str:
    replaced = " (replaced)" if change.get("Replacement") == "True" else ""
    return f"{change['Action']:7} {change['LogicalResourceId']}{replaced}"
