"""The contract of the Lambda and the web app: boards, contributions, keys, scripts, messages.

Neither side is imported here, so each can be deployed without the other.
"""
