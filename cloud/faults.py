"""The API's faults: SoftLayer's exception codes, texts and HTTP states.

Codes and texts are those of the fault table in the project's SoftLayer facts (SLDN, client fixtures and
issue threads) unless marked as a choice.
"""


class ApiFault(Exception):  # noqa: N818 - SoftLayer and XML-RPC both call it a fault
    """The error that a caller receives instead of a result.

    Attributes:
        code: SoftLayer's exception name, or an XML-RPC error number as text.
        text: the message; names the property or object, never a secret.
        status: the HTTP state on REST; XML-RPC faults always travel with 200.
    """

    def __init__(self, code: str, text: str, status: int = 500) -> None:
        super().__init__(f"{code}: {text}")
        self.code = code
        self.text = text
        self.status = status


def not_found(identifier: str) -> ApiFault:
    """No such object, or a deleted one."""
    wording = "id" if identifier.isdecimal() else "unknown identifier"
    text = f"Unable to find object with {wording} of '{identifier}'."
    return ApiFault("SoftLayer_Exception_ObjectNotFound", text, 404)


def no_identifier(service: str) -> ApiFault:
    """An object's method was called without saying which object (choice)."""
    return ApiFault(
        "SoftLayer_Exception_Public", f"Object does not exist to execute method on. ({service})", 404
    )


def unknown_service() -> ApiFault:
    """No such service."""
    return ApiFault("SoftLayer_Exception_Public", "Service does not exist", 404)


def unknown_method(method: str) -> ApiFault:
    """No such method; the state is a choice."""
    text = f'Function ("{method[:80]}") is not a valid method for this service.'
    return ApiFault("SoftLayer_Exception_Public", text, 404)


def not_implemented(service: str, method: str) -> ApiFault:
    """A method the real API has and this cloud does not (the text is a choice)."""
    text = f"{service}::{method} is not implemented by this cloud."
    return ApiFault("SoftLayer_Exception_NotImplemented", text)


def no_credentials() -> ApiFault:
    """Nothing to know the caller by."""
    return ApiFault("SoftLayer_Exception_Public", "No valid authentication found", 401)


def access_denied() -> ApiFault:
    """Wrong credentials, by HTTP Basic."""
    return ApiFault("SoftLayer_Exception_Public", "Access Denied. ", 401)


def invalid_token() -> ApiFault:
    """Wrong credentials, in XML-RPC's authenticate header."""
    return ApiFault("SoftLayer_Exception_InvalidLegacyToken", "Invalid API token.", 401)


def missing_property(name: str, type_name: str) -> ApiFault:
    """A required property was left out of a template."""
    text = f"The property '{name}' must be set to create an instance of '{type_name}'."
    return ApiFault("SoftLayer_Exception_MissingCreationProperty", text)


def invalid_value(name: str, remedy: str) -> ApiFault:
    """A property holds what it must not; the remedy's wording is a choice."""
    return ApiFault("SoftLayer_Exception_InvalidValue", f"Invalid value provided for '{name}'. {remedy}")


def invalid_datacenter() -> ApiFault:
    """An unknown or missing datacenter in a template."""
    return invalid_value("datacenter.name", "A datacenter name or regional group must be provided.")


def invalid_parameter(what: str) -> ApiFault:
    """An argument of the wrong shape (choice)."""
    return ApiFault("SoftLayer_Exception_InvalidParameter", what)


def invalid_order(text: str) -> ApiFault:
    """An order that does not add up."""
    return ApiFault("SoftLayer_Exception_Order_InvalidData", text)


def invalid_location() -> ApiFault:
    """An order for a location that is not."""
    text = "The location provided for this order is invalid."
    return ApiFault("SoftLayer_Exception_Order_InvalidLocation", text)


def missing_category(name: str) -> ApiFault:
    """An order without a required item."""
    text = f"Order is missing the following category: {name}."
    return ApiFault("SoftLayer_Exception_Order_MissingCategory", text)


def invalid_mask(text: str) -> ApiFault:
    """An object mask that cannot be read or names what is not there."""
    return ApiFault("SoftLayer_Exception_WebService_ObjectMask", text)


def unknown_property(name: str, type_name: str) -> ApiFault:
    """A mask names a property its type does not have."""
    return invalid_mask(f"Property '{name[:80]}' not valid for '{type_name}'.")


def rate_limit(most: int = 50) -> ApiFault:
    """Too many requests in a second; 429 on REST is a choice."""
    text = f"Rate limit of {most} requests for every 1 second(s) exceeded."
    return ApiFault("SoftLayer_Exception_WebService_RateLimitExceeded", text, 429)


def no_capacity() -> ApiFault:
    """No room for a server (code: softlayer-python#919; the text is a choice)."""
    text = "There is insufficient capacity to complete the request."
    return ApiFault("SoftLayer_Exception_Virtual_Host_Pool_InsufficientCapacity", text)


def account_locked() -> ApiFault:
    """Too many failed logins; 401 on REST is a choice."""
    text = "Account has been locked for 30 minutes."
    return ApiFault("SoftLayer_Exception_User_Customer_AccountLocked", text, 401)


def too_much_data() -> ApiFault:
    """An answer too large to be made; on REST it looks like a success (softlayer-python#2146)."""
    return ApiFault("SoftLayer_Exception_Public", "Internal Error", 200)


def not_provisioned() -> ApiFault:
    """Too early in a server's making (the text is a choice)."""
    return ApiFault("SoftLayer_Exception_NotImplemented", "This server is not provisioned far enough.")


def outstanding_transaction() -> ApiFault:
    """Something else is being done to the server (text: documents on bare metal; the code is a choice)."""
    text = "There is currently an outstanding transaction for this server."
    return ApiFault("SoftLayer_Exception_Public", text)


def ticket_exists(ticket: int) -> ApiFault:
    """A bare metal server is cancelled for the second time."""
    text = f"A cancellation ticket already exists for this server. Please refer to ticket {ticket}."
    return ApiFault("SoftLayer_Exception_Public", text)


def not_immediately() -> ApiFault:
    """What is paid by the month goes at the end of one."""
    text = (
        "You cannot cancel the selected billing items immediately.  Please choose your next billing "
        "anniversary date."
    )
    return ApiFault("SoftLayer_Exception_Public", text)


def no_service_cancellation() -> ApiFault:
    """Bare metal by cancelService, which excludes it (the text is a choice)."""
    text = "Bare metal servers cannot be cancelled by cancelService; use cancelItem."
    return ApiFault("SoftLayer_Exception_Public", text)


def key_exists() -> ApiFault:
    """The same public key twice (the exact code and text are a choice)."""
    return ApiFault("SoftLayer_Exception_Public", "SSH key already exists.")


def group_in_use(group_id: int, why: str) -> ApiFault:
    """A security group that cannot be deleted (the exact code and text are a choice)."""
    return ApiFault("SoftLayer_Exception_Public", f"Security group {group_id} cannot be deleted: {why}.")


def not_ready(subnet_id: int) -> ApiFault:
    """A route while an earlier one is under way; SLDN quotes "not ready", the rest is a choice."""
    return ApiFault(
        "SoftLayer_Exception_Public", f"Subnet {subnet_id} is not ready: a route request is not yet complete."
    )


def before_anniversary() -> ApiFault:
    """A monthly item that cannot be cancelled at once (terraform-provider-softlayer#116)."""
    text = (
        "You cannot cancel the selected billing items immediately.  "
        "Please choose your next billing anniversary date."
    )
    return ApiFault("SoftLayer_Exception_Public", text)


def internal_error() -> ApiFault:
    """The API's own mistake; the operator's log says which."""
    return ApiFault("SoftLayer_Exception_Public", "Internal Error")


def malformed_xml() -> ApiFault:
    """A body that is no XML-RPC (error number from the XML-RPC fault code specification)."""
    return ApiFault("-32700", "parse error. not well formed", 400)


def malformed_call(why: str) -> ApiFault:
    """A body that is XML or JSON, but no call."""
    return ApiFault("-32600", f"Invalid request: {why}", 400)


def malformed_json() -> ApiFault:
    """A REST body, or filter, that is no JSON (text and state are a choice)."""
    return ApiFault("SoftLayer_Exception_Public", "Unable to parse the request body as JSON.", 400)


def too_large(limit: int) -> ApiFault:
    """A body above the limit in bytes (choice)."""
    return ApiFault("SoftLayer_Exception_Public", f"The request is larger than {limit} bytes.", 413)
