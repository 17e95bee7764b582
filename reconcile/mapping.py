"""Asks Lambda what is wrong with the event source mapping of a stream."""

from typing import Any

# A mapping's LastProcessingResult when nothing is wrong.
_FINE = ("OK", "No records processed", "")


def explain_mapping(client: Any, stream_arn: str) -> str:
    """Return what is wrong with a stream's event source mappings; empty if nothing is.

    `client` is a boto3 client of Lambda. Raises botocore's errors.
    """
    if not stream_arn:
        return ""
    found = client.list_event_source_mappings(EventSourceArn=stream_arn)["EventSourceMappings"]
    if not found:
        return "no function reads the table's stream"
    troubles = [trouble for mapping in found if (trouble := _describe(mapping))]
    # A second function may read the stream for another purpose.
    return "; ".join(sorted(set(troubles)))


def _describe(mapping: dict[str, Any]) -> str:
    function = str(mapping.get("FunctionArn", "")).rpartition(":")[2] or "the function"
    state = mapping.get("State", "")
    if state != "Enabled":
        return f"the stream's mapping to {function} is {str(state).lower()}"
    result = mapping.get("LastProcessingResult", "")
    return "" if result in _FINE else f"{function} fails ({result})"
