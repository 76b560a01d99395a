"""RefusedSettingError: what the settings ask for cannot be, which only the account or a secret could show."""

import pulumi


class RefusedSettingError(pulumi.RunError, ValueError):
    """The text says which setting, why and what to do; Pulumi prints it alone, without a traceback."""
