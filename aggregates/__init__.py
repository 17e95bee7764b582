"""What the Lambda and the web app agree on: boards, contributions, Redis keys, scripts, messages.

Neither side is imported here, so that each can be deployed without the other.
"""
