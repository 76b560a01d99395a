"""The API's faults: SoftLayer's exception codes, texts and HTTP states.

Codes and texts are those of the fault table in the project's SoftLayer facts (SLDN, client fixtures and
issue threads) unless marked as a choice.
"""


class ApiFault(Exception):  # noqa: N818 - SoftLayer and XML-RPC both call it a fault
    """The error that a caller receives instead of a result.

    Attributes:
        code: SoftLayer's exception name, or an XML-RPC error number as text.
        text: The message; names the property or object, never a secret.
        status: The HTTP state on REST; XML-RPC faults always travel with 200.
    """

    def __init__(self, code: str, text: str, status: int = 500) -> None:
        super().__init__(f"{code}: {text}")
        self.code = code
        self.text = text
        self.status = status


def not_found(identifier: str) -> ApiFault:
    """Return the fault for an object that does not exist or was deleted."""
    wording = "id" if identifier.isdecimal() else "unknown identifier"
    text = f"Unable to find object with {wording} of '{identifier}'."
    return ApiFault("SoftLayer_Exception_ObjectNotFound", text, 404)


def no_identifier(service: str) -> ApiFault:
    """Return the fault for a method of an object that is called without its identifier (choice)."""
    return ApiFault(
        "SoftLayer_Exception_Public", f"Object does not exist to execute method on. ({service})", 404
    )


def unknown_service() -> ApiFault:
    """Return the fault for a service that does not exist."""
    return ApiFault("SoftLayer_Exception_Public", "Service does not exist", 404)


def unknown_method(method: str) -> ApiFault:
    """Return the fault for a method that does not exist; the state is a choice."""
    text = f'Function ("{method[:80]}") is not a valid method for this service.'
    return ApiFault("SoftLayer_Exception_Public", text, 404)


def not_implemented(service: str, method: str) -> ApiFault:
    """Return the fault for a method the real API has and this cloud does not (the text is a choice)."""
    text = f"{service}::{method} is not implemented by this cloud."
    return ApiFault("SoftLayer_Exception_NotImplemented", text)


def no_credentials() -> ApiFault:
    """Return the fault for a call without credentials."""
    return ApiFault("SoftLayer_Exception_Public", "No valid authentication found", 401)


def access_denied() -> ApiFault:
    """Return the fault for wrong credentials, by HTTP Basic."""
    return ApiFault("SoftLayer_Exception_Public", "Access Denied. ", 401)


def invalid_token() -> ApiFault:
    """Return the fault for wrong credentials, in XML-RPC's authenticate header."""
    return ApiFault("SoftLayer_Exception_InvalidLegacyToken", "Invalid API token.", 401)


def missing_property(name: str, type_name: str) -> ApiFault:
    """Return the fault for a template that lacks a required property."""
    text = f"The property '{name}' must be set to create an instance of '{type_name}'."
    return ApiFault("SoftLayer_Exception_MissingCreationProperty", text)


def invalid_value(name: str, remedy: str) -> ApiFault:
    """Return the fault for a property with an invalid value; the remedy's wording is a choice."""
    return ApiFault("SoftLayer_Exception_InvalidValue", f"Invalid value provided for '{name}'. {remedy}")


def invalid_datacenter() -> ApiFault:
    """Return the fault for an unknown or missing datacenter in a template."""
    return invalid_value("datacenter.name", "A datacenter name or regional group must be provided.")


def invalid_parameter(what: str) -> ApiFault:
    """Return the fault for an argument of the wrong shape (choice)."""
    return ApiFault("SoftLayer_Exception_InvalidParameter", what)


def invalid_order(text: str) -> ApiFault:
    """Return the fault for an order whose parts do not fit together."""
    return ApiFault("SoftLayer_Exception_Order_InvalidData", text)


def invalid_location() -> ApiFault:
    """Return the fault for an order for a location that does not exist."""
    text = "The location provided for this order is invalid."
    return ApiFault("SoftLayer_Exception_Order_InvalidLocation", text)


def missing_category(name: str) -> ApiFault:
    """Return the fault for an order without a required item."""
    text = f"Order is missing the following category: {name}."
    return ApiFault("SoftLayer_Exception_Order_MissingCategory", text)


def invalid_mask(text: str) -> ApiFault:
    """Return the fault for an object mask that cannot be read, or names an unknown property."""
    return ApiFault("SoftLayer_Exception_WebService_ObjectMask", text)


def unknown_property(name: str, type_name: str) -> ApiFault:
    """Return the fault for a mask with a property that its type does not have."""
    return invalid_mask(f"Property '{name[:80]}' not valid for '{type_name}'.")


def rate_limit(most: int = 50) -> ApiFault:
    """Return the fault for too many requests in a second; 429 on REST is a choice."""
    text = f"Rate limit of {most} requests for every 1 second(s) exceeded."
    return ApiFault("SoftLayer_Exception_WebService_RateLimitExceeded", text, 429)


def no_capacity() -> ApiFault:
    """Return the fault for no room for a server (code: softlayer-python#919; the text is a choice)."""
    text = "There is insufficient capacity to complete the request."
    return ApiFault("SoftLayer_Exception_Virtual_Host_Pool_InsufficientCapacity", text)


def account_locked() -> ApiFault:
    """Return the fault for too many failed logins; 401 on REST is a choice."""
    text = "Account has been locked for 30 minutes."
    return ApiFault("SoftLayer_Exception_User_Customer_AccountLocked", text, 401)


def too_much_data() -> ApiFault:
    """Return the fault for too large an answer; on REST it looks like a success (softlayer-python#2146)."""
    return ApiFault("SoftLayer_Exception_Public", "Internal Error", 200)


def not_provisioned() -> ApiFault:
    """Return the fault for a call that comes before the server is ready for it (the text is a choice)."""
    return ApiFault("SoftLayer_Exception_NotImplemented", "This server is not provisioned far enough.")


def outstanding_transaction() -> ApiFault:
    """Return the fault for a server with a transaction (text: documents on bare metal; code: choice)."""
    text = "There is currently an outstanding transaction for this server."
    return ApiFault("SoftLayer_Exception_Public", text)


def ticket_exists(ticket: int) -> ApiFault:
    """Return the fault for a bare metal server that is cancelled a second time."""
    text = f"A cancellation ticket already exists for this server. Please refer to ticket {ticket}."
    return ApiFault("SoftLayer_Exception_Public", text)


def not_immediately() -> ApiFault:
    """Return the fault for a monthly server that is to be cancelled at once."""
    text = (
        "You cannot cancel the selected billing items immediately.  Please choose your next billing "
        "anniversary date."
    )
    return ApiFault("SoftLayer_Exception_Public", text)


def no_service_cancellation() -> ApiFault:
    """Return the fault for cancelService of bare metal, which it excludes (the text is a choice)."""
    text = "Bare metal servers cannot be cancelled by cancelService; use cancelItem."
    return ApiFault("SoftLayer_Exception_Public", text)


def key_exists() -> ApiFault:
    """Return the fault for a public key that exists already (the exact code and text are a choice)."""
    return ApiFault("SoftLayer_Exception_Public", "SSH key already exists.")


def group_in_use(group_id: int, why: str) -> ApiFault:
    """Return the fault for a security group in use (the exact code and text are a choice)."""
    return ApiFault("SoftLayer_Exception_Public", f"Security group {group_id} cannot be deleted: {why}.")


def not_ready(subnet_id: int) -> ApiFault:
    """Return the fault for a route during an earlier one; SLDN quotes "not ready", the rest is a choice."""
    return ApiFault(
        "SoftLayer_Exception_Public", f"Subnet {subnet_id} is not ready: a route request is not yet complete."
    )


def before_anniversary() -> ApiFault:
    """Return the fault for a monthly item to be cancelled at once (terraform-provider-softlayer#116)."""
    text = (
        "You cannot cancel the selected billing items immediately.  "
        "Please choose your next billing anniversary date."
    )
    return ApiFault("SoftLayer_Exception_Public", text)


def internal_error() -> ApiFault:
    """Return the fault for an error of the API itself, which the log of the cloud names."""
    return ApiFault("SoftLayer_Exception_Public", "Internal Error")


def malformed_xml() -> ApiFault:
    """Return the fault for a body that is no XML-RPC (number from the fault code specification)."""
    return ApiFault("-32700", "parse error. not well formed", 400)


def malformed_call(why: str) -> ApiFault:
    """Return the fault for a body that is XML or JSON, but no call."""
    return ApiFault("-32600", f"Invalid request: {why}", 400)


def malformed_json() -> ApiFault:
    """Return the fault for a REST body, or filter, that is no JSON (text and state are a choice)."""
    return ApiFault("SoftLayer_Exception_Public", "Unable to parse the request body as JSON.", 400)


def too_large(limit: int) -> ApiFault:
    """Return the fault for a body above the limit in bytes (choice)."""
    return ApiFault("SoftLayer_Exception_Public", f"The request is larger than {limit} bytes.", 413)
