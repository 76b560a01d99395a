"""The stack `local`, brought up and destroyed by Pulumi."""
