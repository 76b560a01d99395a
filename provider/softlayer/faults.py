"""From what the SoftLayer package raises to the provider's errors.

Sources: softlayer-python `transports/xmlrpc.py` (faults keep their code, all else becomes TransportError with
the HTTP status or 0); fault codes and texts as in SoftLayer's issues, see shared facts, section 0.
"""

from provider.errors import (
    ApiError,
    DeniedError,
    InterruptedCallError,
    NotFoundError,
    RateLimitedError,
    RefusedCallError,
    UnreachableError,
)

DENIED_CODES = ("InvalidLegacyToken", "AccountLocked", "Unauthenticated", "SoftLayer_Exception_NotAuthorized")
DENIED_TEXTS = ("invalid api token", "access denied", "no valid authentication")
VAGUE_CODES = ("SoftLayer_Exception", "SoftLayer_Exception_Public", "")
VAGUE_TEXTS = ("internal error", "timeout", "timed out", "temporarily", "try again", "unavailable")
NEVER_SENT = ("ConnectTimeout", "NewConnectionError", "NameResolutionError", "SSLCertVerificationError")
HTTP_SERVER_ERROR = 500
HTTP_TOO_MANY = 429


def as_api_error(call: str, endpoint: str, fault: Exception) -> ApiError:
    """Name what went wrong.

    Args:
        call: Call, `Service::method`.
        endpoint: The URL called.
        fault: Fault that the package raised.

    Returns:
        The error to raise in its place; its message carries the cloud's own words.
    """
    code = getattr(fault, "faultCode", None)
    words = str(getattr(fault, "faultString", fault))
    if code is None:
        return InterruptedCallError(
            f"{call} at {endpoint}: the answer could not be read ({type(fault).__name__}: {words[:200]})."
        )
    if isinstance(code, int):
        return _transport_error(call, endpoint, code, words, fault)
    return _fault(call, str(code), words, endpoint)


def _transport_error(call: str, endpoint: str, status: int, words: str, fault: Exception) -> ApiError:
    if status == 0 and _never_sent(fault):
        return UnreachableError(
            f"Cannot reach the SoftLayer API at {endpoint} ({_short(words)}). Check softlayer:endpointUrl "
            "and that the API is up; nothing was changed, run the same command again."
        )
    where = f"{call} at {endpoint}"
    if status == 0:
        return InterruptedCallError(f"{where}: the connection broke or timed out ({_short(words)}).")
    if status == HTTP_TOO_MANY:
        return RateLimitedError(f"{where}: too many calls (HTTP {status}).", str(status))
    if status in (401, 403):
        return _denied(endpoint, f"HTTP {status}", str(status))
    if status >= HTTP_SERVER_ERROR:
        return InterruptedCallError(f"{where}: the API failed with HTTP {status}.", str(status))
    return RefusedCallError(
        f"{where}: HTTP {status} ({_short(words)}). Is softlayer:endpointUrl an XML-RPC endpoint?",
        str(status),
    )


def _fault(call: str, code: str, words: str, endpoint: str) -> ApiError:
    lowered = words.lower()
    if "RateLimitExceeded" in code:
        return RateLimitedError(f"{call}: {words}", code)
    if any(fragment in code for fragment in DENIED_CODES) or any(
        fragment in lowered for fragment in DENIED_TEXTS
    ):
        return _denied(endpoint, words.strip(), code)
    if "ObjectNotFound" in code:
        return NotFoundError(f"{call}: {words}", code)
    if code in VAGUE_CODES and any(fragment in lowered for fragment in VAGUE_TEXTS):
        return InterruptedCallError(f"{call}: {words} ({code or 'no code'})", code)
    if code.startswith("-32"):
        return InterruptedCallError(f"{call}: the API could not handle the call: {words} ({code})", code)
    return RefusedCallError(f"{call}: {words} ({code})", code)


def _denied(endpoint: str, words: str, code: str) -> DeniedError:
    return DeniedError(
        f"The SoftLayer API at {endpoint} refuses these credentials ({words}). Set softlayer:username and "
        "softlayer:apiKey (pulumi config set --secret softlayer:apiKey) or SL_USERNAME and SL_API_KEY; "
        "nothing was changed.",
        code,
    )


def _never_sent(fault: Exception) -> bool:
    """Return whether the connection itself failed: the package keeps requests' exception only as the context.

    Of TLS errors only a certificate that was not believed is certain to come before the request.
    """
    cause: BaseException | None = fault
    while cause is not None:
        if type(cause).__name__ in NEVER_SENT:
            return True
        inner = cause.args[0] if cause.args else None
        reason = getattr(inner, "reason", inner)
        cause = reason if isinstance(reason, BaseException) else cause.__context__
    return False


def _short(words: str) -> str:
    return words if len(words) <= 160 else words[:160] + "..."
