"""Writes a secret to a stack file, encrypted; it goes to Pulumi on standard input, not in a process list."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

from operate.error import OperateError
from operate.lock.write_guard import WriteGuard
from operate.stack.automation.pulumi_failure import describe_unended_call
from operate.stack.automation.pulumi_workspace import StackPlace

_NAMESPACE = "softlayer-registry"
_SECONDS = 120


@dataclass(frozen=True)
class SecretSettings:
    """The secret settings of a stack.

    Attributes:
        place: Place of the stack.
        guard: Guard of the stack's file.
    """

    place: StackPlace
    guard: WriteGuard

    def write(self, key: str, secret: str) -> None:
        """Write one.

        Args:
            key: Key without its namespace; a path such as `registryUsers["jane.doe"]` names a part of an
                object.
            secret: Value of the secret, never empty.

        Raises:
            OperateError: The lock is not held, or Pulumi refuses it; the text has no secret.
        """
        if not secret:
            raise OperateError(f"{key}: the new secret is empty; nothing was changed")
        self.guard.check()
        words = ["pulumi", "config", "set", "--path", f"{_NAMESPACE}:{key}", "--secret", "--non-interactive"]
        words += ["--stack", self.place.environment, *self._file()]
        try:
            completed = subprocess.run(
                words, cwd=self.place.program, input=secret, capture_output=True, text=True,
                timeout=_SECONDS, check=False,
            )  # fmt: skip
        except (OSError, subprocess.SubprocessError) as error:
            reason = describe_unended_call(error, "pulumi config set", _SECONDS)
            raise OperateError(f"{key} was not written: {reason}") from None
        if completed.returncode:
            lines = completed.stderr.replace(secret, "[secret]").strip().splitlines()
            raise OperateError(f"{key} was not written: {lines[-1] if lines else 'pulumi config set fails'}")

    def _file(self) -> list[str]:
        file: Path | None = self.place.config_file
        return ["--config-file", str(file)] if file else []
