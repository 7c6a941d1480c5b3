"""One side of a promotion: an AWS account in a region, by a profile of the person's own."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from tenner.errors import OutsideError, TennerError

if TYPE_CHECKING:
    from collections.abc import Mapping

_EXPIRED = frozenset(
    "ExpiredToken ExpiredTokenException InvalidClientTokenId RequestExpired "
    "UnrecognizedClientException".split()
)
BUSY = frozenset(
    "ProvisionedThroughputExceededException ThrottlingException RequestLimitExceeded "
    "InternalServerError".split()
)


class BusyError(Exception):
    """AWS throttles: the same request is to be made later."""


class Side:
    """An account; nothing is asked before something is called."""

    def __init__(self, profile: str, region: str, option: str) -> None:
        self.profile, self.region, self.option = profile, region, option
        self._clients: dict[str, Any] = {}

    def __str__(self) -> str:
        """Name the account and region that are about to be read or changed."""
        return f"account {self.account}, {self.region}"

    @cached_property
    def account(self) -> str:
        """Ask whose credentials these are."""
        return str(self.call("sts", "get_caller_identity")["Account"])

    def call(self, service: str, action: str, **given: Any) -> Mapping[str, Any]:
        """Do one action; raises BusyError where AWS throttles, OutsideError with one sentence."""
        client = self._client(service)  # says where boto3 is missing
        from botocore import exceptions as wrong  # noqa: PLC0415 - few commands ask AWS

        try:
            return dict(getattr(client, action)(**given))
        except wrong.ClientError as error:
            code = str(error.response.get("Error", {}).get("Code", ""))
            if code in BUSY:
                raise BusyError(code) from None
            if code in _EXPIRED:
                message = (
                    f"{self._named}: AWS does not know these credentials, or no longer: {code}"
                )
                raise OutsideError(f"{message}. Log in: aws sso login") from None
            raise OutsideError(f"{self._named}: {_words(error)}") from None
        except (wrong.NoCredentialsError, wrong.CredentialRetrievalError) as error:
            raise OutsideError(f"{self._named}: {_words(error)}. Log in: aws sso login") from None
        except wrong.BotoCoreError as error:
            raise OutsideError(f"{self._named}: {_words(error)}") from None

    @property
    def _named(self) -> str:
        return f"{self.option} {self.profile}" if self.profile else self.option

    def _client(self, service: str) -> Any:
        if service in self._clients:
            return self._clients[service]
        try:
            import boto3  # noqa: PLC0415 - few commands ask AWS
            from botocore import exceptions as wrong  # noqa: PLC0415
            from botocore.config import Config  # noqa: PLC0415
        except ImportError:
            message = 'AWS can\'t be asked: boto3 is missing: pip install "tenner[aws]"'
            raise OutsideError(message) from None
        config = Config(
            connect_timeout=5,
            read_timeout=20,
            retries={"mode": "standard", "total_max_attempts": 3},
        )
        try:
            session = boto3.session.Session(
                profile_name=self.profile or None, region_name=self.region
            )
            self._clients[service] = session.client(service, config=config)
        except wrong.ProfileNotFound:
            message = f"{self._named}: there is no such profile; expected one of ~/.aws/config"
            raise TennerError(message) from None
        except (wrong.BotoCoreError, ValueError) as error:
            raise OutsideError(f"{self._named}: {_words(error)}") from None
        return self._clients[service]


def _words(error: Exception) -> str:
    return " ".join(str(error).split())[:300].rstrip(".")
