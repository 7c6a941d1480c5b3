"""Asks AWS, with the person's own credentials; what goes wrong is one sentence."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from tenner.errors import OutsideError, TennerError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

INSTALL = 'pip install "tenner[aws]"'
NO_BOTO3 = f"boto3 is missing: {INSTALL}"
KEYS = "Expected credentials: set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
_CONNECT_S, _READ_S, _ATTEMPTS = 5, 20, 6
_EXPIRED = frozenset(
    "ExpiredToken ExpiredTokenException InvalidClientTokenId RequestExpired "
    "UnrecognizedClientException".split()
)
_UNSIGNED = frozenset(
    "InvalidSignatureException SignatureDoesNotMatch RequestTimeTooSkewed".split()
)


class Refused(Exception):  # noqa: N818 - an answer, and not always an error
    """AWS's answer to a request that it can't do; `code` is AWS's word, such as `NotFound`."""

    def __init__(self, code: str, sentence: str) -> None:
        self.code = code
        super().__init__(sentence)


class Account:
    """The account that the credentials are of, in one region; asked when something is asked.

    With a `profile` of the person's own, its credentials; `option` is how a command takes it.
    """

    def __init__(self, region: str, profile: str = "", option: str = "") -> None:
        self.region = region
        self.profile, self.option = profile, option
        self._clients: dict[str, Any] = {}

    def __str__(self) -> str:
        """Name the account and region that are about to be read or changed."""
        return f"account {self.id}, {self.region}"

    @property
    def id(self) -> str:
        """Give the account's number; raises OutsideError where AWS can't be asked."""
        return str(self._identity["Account"])

    @property
    def who(self) -> str:
        """Give the ARN of who asks; raises OutsideError as `id` does."""
        return str(self._identity["Arn"])

    @cached_property
    def _identity(self) -> Mapping[str, Any]:
        """Ask whose credentials these are, once."""
        try:
            return self.ask("sts", "get_caller_identity")
        except Refused as error:
            raise self._outside(f"AWS does not say whose account this is: {error}") from None

    @cached_property
    def session(self) -> Any:
        """Give boto3's session of these credentials; one, since each reads boto3's data anew.

        Raises TennerError or OutsideError where there is none.
        """
        try:
            import boto3  # noqa: PLC0415 - see above
            from botocore import exceptions as wrong  # noqa: PLC0415
        except ImportError:
            raise OutsideError(f"AWS can't be asked: {NO_BOTO3}") from None
        try:
            return boto3.session.Session(
                profile_name=self.profile or None, region_name=self.region or None
            )
        except wrong.ProfileNotFound as error:
            message = f"{self.named}: there is no such profile; expected one of ~/.aws/config"
            raise (TennerError(message) if self.profile else self._asked(error)) from None
        except (wrong.BotoCoreError, ValueError) as error:
            raise self._asked(error) from None

    def ask(self, service: str, action: str, **given: Any) -> Mapping[str, Any]:
        """Ask for one action, again where AWS throttles it.

        Raises Refused for AWS's no, OutsideError where AWS can't be asked.
        """
        client = self._client(service)
        from botocore import exceptions as wrong  # noqa: PLC0415 - few commands ask AWS

        try:
            return dict(getattr(client, action)(**given))
        except wrong.ClientError as error:
            code = str(error.response.get("Error", {}).get("Code", ""))
            if code in _EXPIRED:
                message = f"AWS does not know these credentials, or no longer: {code}"
                raise self._outside(f"{message}. {self._log_in}") from None
            if code in _UNSIGNED:
                message = "the secret access key is wrong, or this machine's clock is"
                raise self._outside(f"AWS refuses the signature: {message} ({code})") from None
            raise Refused(code, sentence(error)) from None
        except (
            wrong.NoCredentialsError,
            wrong.CredentialRetrievalError,
            wrong.TokenRetrievalError,  # of a profile with single sign-on that has run out
            wrong.SSOError,
        ) as error:
            message = f"AWS can't be asked: {sentence(error)}. {self._log_in}"
            raise self._outside(message) from None
        except wrong.ParamValidationError:
            # Botocore's own words may have a value in them.
            message = f"AWS can't be asked: {service} {action} does not take what was given"
            raise self._outside(message) from None
        except wrong.BotoCoreError as error:
            raise self._outside(f"AWS can't be reached: {sentence(error)}") from None

    def pages(self, service: str, action: str, key: str, **given: Any) -> Iterator[Any]:
        """Give all of `key` of an action that answers in pages joined by `NextToken`."""
        while True:
            page = self.ask(service, action, **given)
            yield from page.get(key, ())
            if not page.get("NextToken"):
                return
            given["NextToken"] = page["NextToken"]

    @property
    def named(self) -> str:
        """Say as which option these credentials were given, if there is one."""
        return f"{self.option} {self.profile}".strip()

    @property
    def _log_in(self) -> str:
        return f"Log in: aws sso login --profile {self.profile}" if self.profile else KEYS

    def _asked(self, error: Exception) -> OutsideError:
        return self._outside(f"AWS can't be asked: {sentence(error)}")

    def _outside(self, message: str) -> OutsideError:
        return OutsideError(f"{self.named}: {message}" if self.named else message)

    def _client(self, service: str) -> Any:
        if service not in self._clients:
            session = self.session
            from botocore import exceptions as wrong  # noqa: PLC0415
            from botocore.config import Config  # noqa: PLC0415

            config = Config(
                retries={"mode": "standard", "total_max_attempts": _ATTEMPTS},
                connect_timeout=_CONNECT_S,
                read_timeout=_READ_S,
            )
            try:
                self._clients[service] = session.client(service, config=config)
            except (wrong.BotoCoreError, ValueError) as error:
                raise self._asked(error) from None
        return self._clients[service]


def sentence(error: Exception) -> str:
    """Give what an error says in one line, without its full stop."""
    return " ".join(str(error).split())[:300].rstrip(".")
