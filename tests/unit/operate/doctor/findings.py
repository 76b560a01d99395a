"""What a check says of a fault."""

from collections.abc import Sequence

from operate.doctor.finding import Finding, Severity


def worst(findings: Sequence[Finding]) -> Finding:
    """The finding with the highest severity, the first of several."""
    order = list(Severity)
    return max(findings, key=lambda finding: order.index(finding.severity))
