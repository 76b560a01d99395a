"""The provider's errors. Each message says what failed, where, why and what to do, and never a secret."""

from provider.values import Properties


class ProviderError(Exception):
    """Base of all that this provider raises on purpose."""


class ConfigurationError(ProviderError):
    """The provider's configuration cannot be used."""


class AnotherAccountError(ProviderError):
    """The credentials belong to another account than what the state holds."""


class InvalidInputError(ProviderError):
    """An input that only the cloud can judge is wrong.

    Attributes:
        property_path: The input, as `datacenter` or `disks[0]`.
    """

    def __init__(self, property_path: str, reason: str) -> None:
        super().__init__(f"{property_path}: {reason}")
        self.property_path = property_path


class ApiError(ProviderError):
    """The cloud refused a request, or failed it.

    Attributes:
        code: The fault code or HTTP status; "" when there was none.
    """

    def __init__(self, message: str, code: str = "") -> None:
        super().__init__(message)
        self.code = code


class UnreachableError(ApiError):
    """No connection was made, so nothing was sent."""


class InterruptedCallError(ApiError):
    """The call was sent but its answer was lost or useless: it may have been done."""


class RateLimitedError(ApiError):
    """The cloud refused the call because too many were made."""


class DeniedError(ApiError):
    """The credentials were refused."""


REFRESH = "pulumi refresh (in a registry's program `bin/operate recover ENV`)"
"""What has the state learn that something is gone; a registry's servers must not all be asked for that."""


class NotFoundError(ApiError):
    """The requested object does not exist."""


class RefusedCallError(ApiError):
    """The cloud understood the call and refused it; nothing was done."""


class CancelledError(ProviderError):
    """The user asked the engine to stop."""


class FirstContactError(ProviderError):
    """Nothing vouches for the host key of a server, so that nothing is done on it."""


class WaitTimeoutError(ProviderError):
    """What was waited for did not come in time."""


class UnfinishedError(ProviderError):
    """Something exists and costs money, but is not ready: its id must be kept.

    The next `pulumi up` calls Update on that id, which waits on.

    Attributes:
        identifier: The Pulumi id to keep.
        outputs: Outputs of the resource that are known.
        inputs: The inputs to keep, or None for those the engine has.
        reasons: Why it is not ready, one line each.
    """

    def __init__(
        self, identifier: str, outputs: Properties, reasons: tuple[str, ...], inputs: Properties | None = None
    ) -> None:
        super().__init__("; ".join(reasons))
        self.identifier = identifier
        self.outputs = outputs
        self.reasons = reasons
        self.inputs = inputs
