"""Signing in to ElastiCache by IAM.

https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/auth-iam.html
"""

import asyncio
import threading
from typing import Any

from redis.credentials import CredentialProvider

# The longest that a token may be valid. Each is signed for one connection.
_TOKEN_SECONDS = 900


class IamCredentials(CredentialProvider):
    """Signs a token whenever a connection is made: one that is kept dies with its credentials.

    `user` is both id and name of the ElastiCache user. AWS credentials are botocore's; they need
    `elasticache:Connect` on the cache and the user.
    """

    def __init__(
        self, user: str, cache: str, region: str, *, serverless: bool = False, session: Any = None
    ) -> None:
        self._user, self._cache, self._region = user, cache, region
        self._serverless, self._session = serverless, session
        # Threads may sign at once, and botocore's session is not made for that.
        self._signing = threading.Lock()

    def get_credentials(self) -> tuple[str, str]:
        """Return user and token: a presigned request without its scheme."""
        with self._signing:
            return self._sign()

    async def get_credentials_async(self) -> tuple[str, str]:
        """Return the same. In a thread: botocore may ask AWS for credentials first."""
        return await asyncio.to_thread(self.get_credentials)

    def _sign(self) -> tuple[str, str]:
        # botocore takes a while to load, and only those who sign in this way have it.
        from botocore.auth import SigV4QueryAuth
        from botocore.awsrequest import AWSRequest

        if self._session is None:
            from botocore.session import get_session

            self._session = get_session()
        credentials = self._session.get_credentials()
        if credentials is None:
            raise ConnectionError("there are no AWS credentials to sign in to ElastiCache with")
        words = {"Action": "connect", "User": self._user}
        if self._serverless:
            words["ResourceType"] = "ServerlessCache"
        request = AWSRequest(method="GET", url=f"https://{self._cache}/", params=words)
        signer = SigV4QueryAuth(
            credentials.get_frozen_credentials(), "elasticache", self._region, _TOKEN_SECONDS
        )
        signer.add_auth(request)
        return self._user, str(request.url).removeprefix("https://")
