"""The user that the tests' server knows. chDB itself need not be there."""

USER, PASSWORD = "tallyboard", "pässword:1"
ENVIRONMENT = {"CLICKHOUSE_PASSWORD": PASSWORD}
