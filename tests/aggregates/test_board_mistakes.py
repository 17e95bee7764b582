"""Every mistake in a board file is named with file, field and fix."""

import pytest

from tests.aggregates.fundraiser_file import Write, change, refusal

MISTAKES = {
    "an unknown field": (
        'title = "Gala"',
        'title = "Gala"\ndonate_ulr = "https://example.org"',
        "donate_ulr: is not a field of a board; did you mean 'donate_url'?",
    ),
    "an unknown field like no other": (
        "title =",
        "zzz = 1\ntitle =",
        (
            "zzz: is not a field of a board; known here: currency, donate_address, donate_url,"
            " ends, goal, group_by, groups, key, language, look, match, measures, period,"
            " rehearsal, running_total, shown, table, thanks, ticker, time, time_unit, time_zone,"
            " timeline, title, where, words"
        ),
    ),
    "an unknown field of a table": (
        "target =",
        "colour = 1\ntarget =",
        "goal.colour: is not a field of a board; known here: measure, milestones, name, target",
    ),
    "an unknown field of a measure": (
        "unit =",
        "units =",
        "measures.amount.units: is not a field of a board; did you mean 'unit'?",
    ),
    "an unknown field of the timeline": (
        "bucket_seconds = 60",
        "bucket_seconds = 60\nbuckets = 3",
        "timeline.buckets: is not a field of a board; did you mean 'bucket_seconds'?",
    ),
    "an unknown field of the ticker": (
        "length = 12",
        "length = 12\nlenght = 12",
        "ticker.lenght: is not a field of a board; did you mean 'length'?",
    ),
    "a missing title": (
        'title = "Gala"\n',
        "",
        'title: is missing; write text in quotes, such as title = "Live fundraiser"',
    ),
    "a missing table": (
        'table = "donations"\n',
        "",
        'table: is missing; write text in quotes, such as table = "donations"',
    ),
    "a missing key": (
        'key = "donationId"\n',
        "",
        'key: is missing; write the table\'s key attribute, such as key = "donationId"',
    ),
    "a missing group": (
        'group_by = "platform"\n',
        "",
        'group_by: is missing; write text in quotes, such as group_by = "platform"',
    ),
    "a missing attribute": (
        'attribute = "amount"\n',
        "",
        "measures.amount.attribute: is missing; write text in quotes",
    ),
    "a missing target": ("target = 1000\n", "", "goal.target: is missing; write a number"),
    "a missing bucket": (
        "bucket_seconds = 60",
        "",
        "timeline.bucket_seconds: is missing; write a whole number from 60 to 86,400",
    ),
    "a missing length": (
        "length = 12\n",
        "",
        "ticker.length: is missing; write a whole number from 1 to 100",
    ),
    "missing attributes": (
        'attributes = ["platform", "amount"]',
        "",
        'ticker.attributes: is missing; write a list, such as ["platform", "amount"]',
    ),
    "a title that is a number": (
        '"Gala"',
        "5",
        'title: is 5; write text in quotes, such as title = "Live fundraiser"',
    ),
    "a title that is a boolean": ('"Gala"', "true", "title: is True; write text in quotes"),
    "an empty title": ('"Gala"', '" "', "title: is empty; write text in quotes"),
    "an empty time": ('"donatedAt"', '""', "time: is empty; write text in quotes"),
    "a time that is a number": ('"donatedAt"', "5", "time: is 5; write text in quotes"),
    "a goal that is no table": (
        '[goal]\nmeasure = "amount"\ntarget = 1000\nmilestones = [250, 500.50]',
        "[[goal]]\ntarget = 1000",
        "goal: is [{'target': 1000}]; write it as a table, under a line [goal]",
    ),
    "a length that is a boolean": (
        "length = 12",
        "length = true",
        "ticker.length: is True; write a whole number from 1 to 100",
    ),
    "a length that is no whole number": ("length = 12", "length = 1.5", "ticker.length: is 1.5;"),
    "a length of nothing": (
        "length = 12",
        "length = 0",
        "ticker.length: is 0; write a whole number from 1 to 100",
    ),
    "a length beyond any screen": ("length = 12", "length = 101", "ticker.length: is 101; write"),
    "a bucket that is a boolean": (
        "bucket_seconds = 60",
        "bucket_seconds = true",
        "timeline.bucket_seconds: is True; write a whole number",
    ),
    "a bucket that is too fine": (
        "bucket_seconds = 60",
        "bucket_seconds = 59",
        "timeline.bucket_seconds: is 59; write a whole number from 60 to 86,400",
    ),
    "a bucket longer than a day": (
        "bucket_seconds = 60",
        "bucket_seconds = 86401",
        "timeline.bucket_seconds: is 86401; write a whole number from 60 to 86,400",
    ),
    "a target that is negative": (
        "target = 1000",
        "target = -1",
        "goal.target: has -1; write numbers above 0, up to 10,000,000,000,000.00",
    ),
    "a target of nothing": (
        "target = 1000",
        "target = 0",
        "goal.target: has 0; write numbers above",
    ),
    "a target that no page can show": (
        "target = 1000",
        f"target = {10**20}",
        f"goal.target: has {10**20}; write numbers above 0, up to 10,000,000,000,000.00",
    ),
    "a target of too many decimals": (
        "target = 1000",
        "target = 10.005",
        "goal.target: has 10.005; write numbers with at most 2 decimals",
    ),
    "a target that is infinite": (
        "target = 1000",
        "target = inf",
        "goal.target: has inf; write numbers with at most 2 decimals",
    ),
    "a target that is no number": (
        "target = 1000",
        "target = nan",
        "goal.target: has nan; write numbers with at most 2 decimals",
    ),
    "a target that is text": (
        "target = 1000",
        'target = "1000"',
        "goal.target: is '1000'; write a number",
    ),
    "a target that is a boolean": (
        "target = 1000",
        "target = true",
        "goal.target: is True; write a number",
    ),
    "milestones that do not rise": (
        "[250, 500.50]",
        "[500, 250]",
        "goal.milestones: must rise, each above the one before, and stay below target",
    ),
    "a milestone twice": ("[250, 500.50]", "[250, 250]", "goal.milestones: must rise, each above"),
    "a milestone at the target": (
        "[250, 500.50]",
        "[250, 1000]",
        "goal.milestones: must rise, each above the one before, and stay below target",
    ),
    "a milestone beyond the target": ("[250, 500.50]", "[1001]", "goal.milestones: must rise"),
    "a milestone of nothing": (
        "[250, 500.50]",
        "[0]",
        "goal.milestones: has 0; write numbers above",
    ),
    "a milestone that is text": (
        "[250, 500.50]",
        '["250"]',
        "goal.milestones: has '250'; write numbers with at most 2 decimals",
    ),
    "a milestone that is a boolean": (
        "[250, 500.50]",
        "[true]",
        "goal.milestones: has True; write",
    ),
    "milestones that are no list": (
        "[250, 500.50]",
        "250",
        "goal.milestones: is 250; write a list of numbers",
    ),
    "a goal of a measure that is not there": (
        'measure = "amount"',
        'measure = "tickets"',
        "goal.measure: is 'tickets'; this board has: count, amount",
    ),
    "a unit that is no currency": (
        'unit = "USD"',
        'unit = "DOLLAR"',
        (
            "measures.amount.unit: is 'DOLLAR', which is not an ISO 4217 code;"
            " leave it out for plain numbers"
        ),
    ),
    "a unit in small letters": ('"USD"', '"usd"', "did you mean USD"),
    "a unit that is a number": (
        '"USD"',
        "5",
        'measures.amount.unit: is 5; write an ISO 4217 code, such as "USD"',
    ),
    "decimals beside a currency": (
        'unit = "USD"',
        'unit = "USD"\ndecimals = 2',
        "measures.amount.decimals: is for plain numbers only; 'USD' has its own",
    ),
    "too many decimals": (
        'unit = "USD"',
        "decimals = 7",
        "measures.amount.decimals: is 7; write a whole number from 0 to 6",
    ),
    "negative decimals": (
        'unit = "USD"',
        "decimals = -1",
        "measures.amount.decimals: is -1; write a whole number from 0 to 6",
    ),
    "decimals that are a boolean": (
        'unit = "USD"',
        "decimals = true",
        "measures.amount.decimals: is True; write how many decimals",
    ),
    "a measure named count": (
        "[measures.amount]",
        "[measures.count]",
        "measures.count: cannot be a measure's name: use small letters",
    ),
    "a measure's name with a colon": (
        "[measures.amount]",
        '[measures."a:b"]',
        "measures.a:b: cannot be a measure's name",
    ),
    "a measure that is no table": (
        '[measures.amount]\nattribute = "amount"\nunit = "USD"',
        "[measures]\namount = 5",
        "measures.amount: is 5; write it as a table, under a line [measures.amount]",
    ),
    "a key of three attributes": (
        '"donationId"',
        '["a", "b", "c"]',
        "key: names 3 attributes; DynamoDB has one or two",
    ),
    "a key of no attribute": ('"donationId"', "[]", "key: is []; write a list of different"),
    "an empty key": ('"donationId"', '""', "key: is ['']; write a list of different attribute"),
    "a key of one attribute twice": (
        '"donationId"',
        '["a", "a"]',
        'key: names an attribute twice; write a list of different attribute names, such as ["pk"',
    ),
    "a key that is a number": ('"donationId"', "5", "key: is 5; write the table's key attribute"),
    "a ticker without a time": (
        'time = "donatedAt"\n',
        "",
        "timeline: needs the items' time; add time = ",
    ),
    "a ticker of no attributes": (
        '["platform", "amount"]',
        "[]",
        "ticker.attributes: is []; write a list of different attribute names",
    ),
    "a ticker of numbers": ('["platform", "amount"]', "[1]", "ticker.attributes: is [1]; write"),
    "a ticker of one attribute twice": (
        '["platform", "amount"]',
        '["amount", "amount"]',
        "ticker.attributes: names an attribute twice",
    ),
    "a condition of the ticker that is none": (
        "length = 12",
        "length = 12\nshow_if = true",
        'ticker.show_if: is True; write text in quotes, such as show_if = "approved"',
    ),
    "a least amount with too many decimals": (
        "length = 12",
        "length = 12\nleast = 4.999",
        "ticker.least: has 4.999; write numbers with at most 2 decimals",
    ),
    "a word that is none": (
        "length = 12",
        'length = 12\nnever = ["darn", " "]',
        "ticker.never: has ' '; write a list of words that are never shown",
    ),
    "a link that is no address": (
        'title = "Gala"',
        'title = "Gala"\ndonate_url = "javascript:alert(1)"',
        "donate_url: is 'javascript:alert(1)'; write an address that begins with https://",
    ),
    "a link that is a boolean": (
        'title = "Gala"',
        'title = "Gala"\ndonate_url = true',
        "donate_url: is True; write an address",
    ),
}


@pytest.mark.parametrize(("old", "new", "message"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_named_with_file_field_and_fix(
    write: Write, old: str, new: str, message: str
) -> None:
    assert message in refusal(write(change(old, new)))
