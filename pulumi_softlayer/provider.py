"""The account: which SoftLayer API is called, as whom and how fast."""

import pulumi

from pulumi_softlayer.arguments import arguments, to_register


@arguments
class ProviderArgs:
    """What a `Provider` is made from; the fields are explained at `Provider`."""

    username: pulumi.Input[str] | None = pulumi.property(name="username", default=None)
    api_key: pulumi.Input[str] | None = pulumi.property(name="apiKey", default=None)
    endpoint_url: pulumi.Input[str] | None = pulumi.property(name="endpointUrl", default=None)
    timeout: pulumi.Input[str] | None = pulumi.property(name="timeout", default=None)
    rate_limit: pulumi.Input[str] | None = pulumi.property(name="rateLimit", default=None)
    order_settle: pulumi.Input[str] | None = pulumi.property(name="orderSettle", default=None)
    verify_orders: pulumi.Input[str] | None = pulumi.property(name="verifyOrders", default=None)


class Provider(pulumi.ProviderResource):
    """An explicit provider; without one the stack's `softlayer:` configuration is used."""

    username: pulumi.Output[str | None] = pulumi.property(name="username")
    api_key: pulumi.Output[str | None] = pulumi.property(name="apiKey")
    endpoint_url: pulumi.Output[str | None] = pulumi.property(name="endpointUrl")

    def __init__(
        self,
        resource_name: str,
        opts: pulumi.ResourceOptions | None = None,
        *,
        username: pulumi.Input[str] | None = None,
        api_key: pulumi.Input[str] | None = None,
        endpoint_url: pulumi.Input[str] | None = None,
        timeout: pulumi.Input[int] | None = None,
        rate_limit: pulumi.Input[int] | None = None,
        order_settle: pulumi.Input[int] | None = None,
        verify_orders: pulumi.Input[str] | None = None,
    ) -> None:
        """Register the provider.

        Args:
            resource_name: Name in the program.
            opts: Pulumi's options.
            username: API user; else SL_USERNAME or SOFTLAYER_USERNAME.
            api_key: API key, kept secret; else SL_API_KEY or SOFTLAYER_API_KEY.
            endpoint_url: XML-RPC endpoint ending in `/xmlrpc/v3.1/`; else SL_ENDPOINT_URL, else SoftLayer's.
            timeout: Seconds for one call; 120 by default.
            rate_limit: Calls a second over all resources; 40 by default (SoftLayer refuses over 50).
            order_settle: Seconds to search for an order whose answer was lost; 60 by default.
            verify_orders: Whether a preview asks what its orders would cost: `auto` (the default) when the
                API can be reached, `always`, or `never`.
        """
        super().__init__(
            "softlayer",
            resource_name,
            to_register(
                ProviderArgs(
                    username=username,
                    api_key=None if api_key is None else pulumi.Output.secret(api_key),
                    endpoint_url=endpoint_url,
                    timeout=_as_json(timeout),
                    rate_limit=_as_json(rate_limit),
                    order_settle=_as_json(order_settle),
                    verify_orders=verify_orders,
                )
            ),
            opts,
        )


def _as_json(value: pulumi.Input[int] | None) -> pulumi.Output[str] | None:
    """Provider configuration travels as strings; numbers as JSON (the engine's convention)."""
    return None if value is None else pulumi.Output.from_input(value).apply(str)
