"""What an operator must see to before it becomes a failure, from what the stack recorded; pure."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from messages.count import format_count
from operate.stack.facts import Facts
from operate.stack.placement import describe_takeover

EXPIRY = timedelta(days=21)
"""A certificate with less left is warned of (`settings.provided_certificate` has the same)."""


def warnings(facts: Facts, now: datetime) -> tuple[str, ...]:
    """Return what to see to, as it was when the stack was last put up.

    Args:
        facts: Read from the stack's outputs.
        now: Present time, aware.
    """
    return (
        *takeover_warnings(facts),
        *_certificates(facts, now),
        *_cancellations(facts),
        *_unguarded(facts),
        *_open_ssh(facts),
        *_idle_servers(facts),
    )


def takeover_warnings(facts: Facts) -> Iterator[str]:
    """Yield a warning for each lost front door whose place a standby has taken; ENV stands for the stack."""
    yield from map(describe_takeover, facts.takeovers)


def _certificates(facts: Facts, now: datetime) -> Iterator[str]:
    for door, text in sorted(facts.certificate_ends.items()):
        try:
            end = datetime.fromisoformat(text)
        except ValueError:
            yield f"{door}: its certificate's end is not readable, got {text!r}; run pulumi up"
            continue
        remaining = end - now
        if remaining >= EXPIRY:
            continue
        when = (
            f"expires on {end:%Y-%m-%d %H:%M} UTC, in {format_count(remaining.days, 'day')}"
            if remaining.days >= 0
            else "has expired"
        )
        yield (
            f"{door}: its certificate {when}; every client fails then. `pulumi up` renews one that the stack"
            " issues; set registryCertificate and registryCertificateKey where it is yours"
            " (docs/runbooks/certificate.md)"
        )


def _cancellations(facts: Facts) -> Iterator[str]:
    for name, date in sorted(facts.cancellations.items()):
        yield (
            f"{name}: its cancellation is scheduled for {date}, and it is gone then. Take the cancellation"
            " back in SoftLayer's portal and run `bin/operate recover ENV`, which asks the account"
            " again, or take it out of the stack file"
        )


def _unguarded(facts: Facts) -> Iterator[str]:
    for name in sorted(facts.unguarded_doors):
        yield (
            f"{name}: its front door is public and firewall is false, so that SSH and every other port of the"
            " server are open to everybody; set firewall to true and run `pulumi up`"
        )


def _open_ssh(facts: Facts) -> Iterator[str]:
    if facts.open_ssh:
        yield (
            f"{', '.join(sorted(facts.open_ssh))}: SSH is open to everybody; set sshFrom to the networks"
            " that operators come from, with firewall true, then run `pulumi up`"
        )


def _idle_servers(facts: Facts) -> Iterator[str]:
    if facts.idle_servers:
        yield (
            f"{', '.join(sorted(facts.idle_servers))}: a role registry without a front door in the same"
            " datacenter: nothing runs there, and no standby takes over for another datacenter, but each is"
            " billed. Set frontDoor to true at one of them, give them the role client, or take them out of"
            " `servers`; then run `pulumi up`"
        )
