"""Where Docker looks for the authority of one registry."""

import pulumi


def trust_file(address: pulumi.Input[str]) -> pulumi.Output[str]:
    """Return the file that trust-registry.sh writes.

    Args:
        address: Address, `HOST:PORT` of the registry.
    """
    return pulumi.Output.format("/etc/docker/certs.d/{0}/ca.crt", address)
