"""Signs in to ElastiCache by IAM.

https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/auth-iam.html
"""

import asyncio
import threading
from typing import Any

from redis.credentials import CredentialProvider

# The longest validity that AWS allows. Each token is signed for one connection.
_TOKEN_SECONDS = 900


class IamCredentials(CredentialProvider):
    """Signs a new token for each connection: a kept token expires with its credentials.

    `user` is both the id and the name of the ElastiCache user. AWS credentials come from botocore;
    they need `elasticache:Connect` on the cache and the user.
    """

    def __init__(
        self, user: str, cache: str, region: str, *, serverless: bool = False, session: Any = None
    ) -> None:
        self._user, self._cache, self._region = user, cache, region
        self._serverless, self._session = serverless, session
        # Several threads may sign at once, and botocore's session is not thread-safe.
        self._signing = threading.Lock()

    def get_credentials(self) -> tuple[str, str]:
        """Return user and token: a presigned request without its scheme."""
        with self._signing:
            return self._sign()

    async def get_credentials_async(self) -> tuple[str, str]:
        """Return user and token. Runs in a thread: botocore may ask AWS for credentials first."""
        return await asyncio.to_thread(self.get_credentials)

    def _sign(self) -> tuple[str, str]:
        # botocore is slow to load, and only installed where IAM is used.
        from botocore.auth import SigV4QueryAuth
        from botocore.awsrequest import AWSRequest

        if self._session is None:
            from botocore.session import get_session

            self._session = get_session()
        credentials = self._session.get_credentials()
        if credentials is None:
            raise ConnectionError(
                "there are no AWS credentials to sign in to ElastiCache; give this process a role,"
                " or set AWS_PROFILE"
            )
        words = {"Action": "connect", "User": self._user}
        if self._serverless:
            words["ResourceType"] = "ServerlessCache"
        request = AWSRequest(method="GET", url=f"https://{self._cache}/", params=words)
        signer = SigV4QueryAuth(
            credentials.get_frozen_credentials(), "elasticache", self._region, _TOKEN_SECONDS
        )
        signer.add_auth(request)
        return self._user, str(request.url).removeprefix("https://")
