"""The policy pack as the engine starts it: the budget over the resources of a preview or an `up`."""

import sys
from pathlib import Path
from typing import Any

from pulumi_policy import (
    EnforcementLevel,
    PolicyConfigSchema,
    PolicyPack,
    PolicyResource,
    ReportViolation,
    StackValidationArgs,
    StackValidationPolicy,
)
from pulumi_policy.proxy import UnknownValueError

# The engine may run this folder as a program; then its parent is not where Python looks.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from policy.budget import COST, Item, budget_violation, items, unknown_costs

USD_PER_MONTH = 200
"""The budget where none is configured (choice)."""


def _outputs(resource: PolicyResource) -> dict[str, object]:
    """The cost alone; reading what is not known yet raises."""
    try:
        return {COST: resource.props[COST]} if COST in resource.props else {}
    except UnknownValueError:
        return {COST: None}


def _items(args: StackValidationArgs) -> tuple[Item, ...]:
    return items((resource.resource_type, resource.name, _outputs(resource)) for resource in args.resources)


def check_budget(args: StackValidationArgs, report: ReportViolation) -> None:
    """Report a violation where the stack costs more than its budget."""
    config: dict[str, Any] = args.get_config()
    if message := budget_violation(_items(args), float(config["usdPerMonth"])):
        report(message)


def report_unknown_costs(args: StackValidationArgs, report: ReportViolation) -> None:
    """Report which costs the budget cannot count."""
    if message := unknown_costs(_items(args)):
        report(message)


if __name__ == "__main__":
    PolicyPack(
        name="softlayer-costs",
        enforcement_level=EnforcementLevel.MANDATORY,
        policies=[
            StackValidationPolicy(
                name="monthly-budget",
                description="A stack may not cost more than its budget.",
                validate=check_budget,
                config_schema=PolicyConfigSchema(
                    {
                        "usdPerMonth": {
                            "type": "number",
                            "minimum": 0,
                            "default": USD_PER_MONTH,
                            "description": "Budget of the whole stack in USD a month.",
                        }
                    }
                ),
            ),
            StackValidationPolicy(
                name="cost-known",
                description="A budget counts only costs that are known.",
                validate=report_unknown_costs,
                enforcement_level=EnforcementLevel.ADVISORY,
            ),
        ],
    )
