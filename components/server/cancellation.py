"""A warning of what the account is to give up: somebody scheduled its cancellation, here or in the portal."""

import pulumi


def warn_of_cancellation(
    resource: pulumi.Resource, name: str, date: pulumi.Output[str] | pulumi.Output[str | None]
) -> None:
    """Warn in each preview and `up`, as far as the last refresh saw it.

    Args:
        resource: Resource that is to be cancelled.
        name: Name of the resource, for the message.
        date: Date of its cancellation; "" or None where none is scheduled.
    """

    def warn(scheduled: str | None) -> None:
        if scheduled:
            pulumi.warn(
                f"{name}: its cancellation is scheduled for {scheduled}, and it is gone then. Take the"
                " cancellation back in SoftLayer's portal and run `bin/operate recover"
                f" {pulumi.get_stack()}`, which asks the account again, or take it out of the stack file",
                resource=resource,
            )

    date.apply(warn)
