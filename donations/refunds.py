"""Applies refunds that an export lists in separate rows to the donations they refer to."""

from donations.row_reader import Draft, LeftOut, Mistake


def settle_refunds(drafts: list[Draft]) -> tuple[list[Draft], list[LeftOut]]:
    """Subtract refunds from their donations; return the remaining drafts and the rows left out.

    A donation is left out if nothing remains of it or its status says that it was refunded. A
    refund of a donation that is not in the file stays, as a negative donation.
    """
    by_id = {draft.key[0]: draft for draft in drafts if draft.key}
    refunds: dict[int, int] = {}
    settled: set[int] = set()
    left_out: list[LeftOut] = []
    for draft in drafts:
        original = by_id.get(draft.reference) if draft.reference else None
        is_refund = bool(draft.money) and draft.money[0] < 0
        if original is None or original is draft or not is_refund:
            continue
        if len(draft.money) != 1 or original.currency != draft.currency:
            continue
        original.money = (original.money[0] + draft.money[0],)
        refunds[original.line] = draft.line
        settled.add(draft.line)
        left_out.append(LeftOut(draft.line, f"a refund, subtracted from {draft.reference}"))
    kept: list[Draft] = []
    for draft in drafts:
        if draft.line in settled:
            continue
        if draft.line in refunds:
            draft.verdict = "counts"
            if draft.money[0] == 0:
                left_out.append(LeftOut(draft.line, f"refunded by row {refunds[draft.line]}"))
                continue
        elif draft.verdict == "refunded":
            left_out.append(LeftOut(draft.line, "its status says that it was refunded"))
            continue
        kept.append(draft)
    return kept, left_out


def find_unclear_refunds(drafts: list[Draft], column: str) -> list[Mistake]:
    """Return a mistake for each partly refunded donation without the refunded amount."""
    return [
        Mistake(
            draft.line,
            column,
            "says that a part was refunded, but no column or row says how much; write the rest as"
            " the amount, and set the status to paid",
        )
        for draft in drafts
        if draft.verdict == "partly refunded"
    ]
