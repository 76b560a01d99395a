"""An adoption that has not ended, as `operate adopt` notes it in the stack file; pure."""

from collections.abc import Collection, Mapping

ADOPTION = "adoption"
"""Key of the note. `operate adopt` takes it away when it has signed the operators' records."""
RUN_VARIABLE = "SOFTLAYER_REGISTRY_RUN_OF_ADOPT"
"""Environment variable of the runs of `operate adopt`."""


def adoption_problems(keys: Collection[str], variables: Mapping[str, str], environment: str) -> list[str]:
    """Return a line where an adoption has not ended and this run is none of it.

    Args:
        keys: Keys of the stack file, without the namespace.
        variables: The process's environment.
        environment: Name of the stack, for the commands.
    """
    if ADOPTION not in keys or variables.get(RUN_VARIABLE):
        return []
    problem = (
        f"{ADOPTION}: an adoption has not ended; `bin/operate adopt {environment}` resumes it, on the machine"
        f" where it began, and takes this note away. `pulumi config rm {ADOPTION}` gives it up:"
        " docs/runbooks/lost-state.md"
    )
    return [problem]
