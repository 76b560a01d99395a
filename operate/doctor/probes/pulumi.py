"""Observes a stack's file, and its state and locks in Pulumi's backend; decides nothing."""

import json
import os
import re
import socket
import subprocess
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from operate.doctor.finding import MissingStackError, NotCheckedError
from operate.doctor.judgements.stack import FileObservation, PulumiLock, StateObservation
from operate.doctor.probes.machine import observe_program
from operate.error import OperateError
from operate.lock.process import process_start
from operate.stack.account_traces import find_traces
from operate.stack.automation.pulumi_failure import describe_failure
from operate.stack.config.settings_check import judge_stack_file
from operate.stack.config.stack_file import PROGRAM, read_salt
from operate.stack.config.unfinished_adoption import describe_adoption
from operate.stack.facts_cache import remember_facts

_SECONDS = 40.0
"""For which one pulumi command may take (choice)."""
_NO_STACK = "no stack named "
"""What Pulumi prints of a stack that the backend does not have."""
_PROJECT = "softlayer-registry"
_CREATING = "creating"
"""Type of an interrupted creation (apitype/core.go, OperationTypeCreating)."""
_ORDERED = "softlayer:"
"""Begins the types of what is in the account."""


def run_pulumi(environment: str, *words: str, variables: Mapping[str, str] = os.environ) -> str:
    """Run a pulumi command that changes nothing and return what it prints.

    Args:
        environment: Name of the stack, for the message.
        words: Words of the command.
        variables: Environment of the process.

    Raises:
        MissingStackError: The stack does not exist.
        NotCheckedError: Pulumi cannot be started, which the check `engine` names.
        OperateError: The command fails, or does not end.
    """
    try:
        completed = subprocess.run(
            ["pulumi", *words, "--non-interactive"],
            cwd=PROGRAM, env=dict(variables), stdin=subprocess.DEVNULL, capture_output=True, text=True,
            timeout=_SECONDS, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise OperateError(f"pulumi {words[0]} did not end within {_SECONDS:.0f} s") from None
    except FileNotFoundError:
        raise NotCheckedError("pulumi is not on PATH", named_by="engine") from None
    except OSError as error:
        raise NotCheckedError(f"pulumi does not run ({error.strerror})", named_by="engine") from None
    if _NO_STACK in completed.stderr:
        raise MissingStackError(f"there is no stack {environment}; see the check `outputs`")
    if completed.returncode:
        reason = describe_failure(RuntimeError(completed.stderr), "see `pulumi stack ls`")
        raise OperateError(f"environment {environment}: {reason}")
    return completed.stdout


def read_outputs(environment: str, config_file: Path | None) -> Mapping[str, Any]:
    """Return a stack's outputs, the secret ones readable; this machine remembers the facts among them.

    Args:
        environment: Name of the stack.
        config_file: The stack's file where it is elsewhere.
    """
    words = ("stack", "output", "--json", "--show-secrets", "--stack", environment)
    outputs: Mapping[str, Any] = json.loads(run_pulumi(environment, *words))
    remember_facts(environment, config_file, outputs)
    return outputs


def export_state(environment: str) -> Mapping[str, Any]:
    """Return a stack's state, secrets left encrypted.

    Args:
        environment: Name of the stack.
    """
    exported: Mapping[str, Any] = json.loads(
        run_pulumi(environment, "stack", "export", "--stack", environment)
    )
    return exported


def servers_in(exported: Mapping[str, Any]) -> Mapping[str, tuple[str, Mapping[str, object]]]:
    """Return id and outputs of the servers in a state, by DATACENTER-NAME; pure.

    Args:
        exported: The document that `pulumi stack export` prints.
    """
    from pulumi import automation  # Pulumi takes a second to load

    from operate.stack.state.lost_resources import server_outputs

    return server_outputs(automation.Deployment(exported.get("version"), exported.get("deployment")))


def parse_state(exported: Mapping[str, Any], own_engine: str, backend: str) -> StateObservation:
    """Read what `pulumi stack export` prints; pure.

    Args:
        exported: The document.
        own_engine: Version of the engine on this machine.
        backend: URL of the backend.

    Raises:
        NotCheckedError: The text is no state.
    """
    try:
        deployment = exported["deployment"]
        operations = deployment.get("pending_operations") or []
        pending = tuple(
            f"{operation['type']} {operation['resource']['urn'].rpartition('::')[2]}"
            for operation in operations
        )
        resources = deployment.get("resources") or []
        engine = str((deployment.get("manifest") or {}).get("version", ""))
    except (KeyError, TypeError, AttributeError) as error:
        raise NotCheckedError(f"the state cannot be read ({type(error).__name__}: {error})") from None
    stack: Mapping[str, Any] = next(
        (item for item in resources if item.get("type") == "pulumi:pulumi:Stack"), {}
    )
    own = [item for item in resources if not str(item.get("type", "")).startswith("pulumi:")]
    return StateObservation(
        without_credentials(backend),
        len(own),
        pending,
        engine,
        own_engine,
        has_outputs="operate" in (stack.get("outputs") or {}),
        has_pending_creation=any(operation["type"] == _CREATING for operation in operations),
        has_pending_order_alone=all(_is_order(operation) for operation in operations),
        stack_urn=str(stack.get("urn", "")),
    )


def observe_state(
    environment: str, stack_file: Path, backend: str, exported: Mapping[str, Any]
) -> StateObservation:
    """Return what a state has and, where it has no outputs, what shows that the stack has had servers.

    Args:
        environment: Name of the stack.
        stack_file: The stack's file.
        backend: URL of the backend.
        exported: Output of `pulumi stack export`.

    Raises:
        NotCheckedError: The state is something else.
    """
    state = parse_state(exported, observe_program("pulumi", "version").version, backend)
    salt, state_salt = read_salt(stack_file), _salt_of(exported)
    state = replace(
        state,
        adoption=describe_adoption(environment, stack_file),
        has_other_salt=bool(salt and state_salt) and salt != state_salt,
    )
    return state if state.has_outputs else replace(state, traces=find_traces(environment, stack_file))


def _salt_of(exported: Mapping[str, Any]) -> str:
    """Return the salt of a state's secrets; "" where a cloud's key opens them."""
    provider = exported["deployment"].get("secrets_providers") or {}
    return str((provider.get("state") or {}).get("salt") or "")


def _is_order(operation: Mapping[str, Any]) -> bool:
    """Whether an interrupted operation creates something in the account, and nothing on a server."""
    kind = str(operation["resource"].get("type", ""))
    return operation["type"] == _CREATING and kind.startswith(_ORDERED)


def without_credentials(url: str) -> str:
    """Return a URL without user, password and query."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def backend_url(variables: Mapping[str, str] = os.environ) -> str:
    """Return the URL of Pulumi's backend: the variable's, else the one that the operator logged in to."""
    if url := variables.get("PULUMI_BACKEND_URL"):
        return url
    home = Path(variables.get("PULUMI_HOME") or "~/.pulumi").expanduser()
    try:
        return str(json.loads((home / "credentials.json").read_text()).get("current") or "")
    except (OSError, ValueError, AttributeError):
        return ""


def observe_pulumi_locks(environment: str, backend: str) -> tuple[PulumiLock, ...]:
    """Return Pulumi's locks of a stack in a backend that is a folder.

    Source: the files that pulumi's own backends write, `.pulumi/locks/organization/PROJECT/STACK/ID.json`
    (pkg/backend/diy/lock.go, read in 3.259).

    Args:
        environment: Name of the stack.
        backend: URL of the backend.

    Raises:
        NotCheckedError: The backend is no folder, or no backend is known.
    """
    if not backend:
        remedy = "export PULUMI_BACKEND_URL=..., or run pulumi login"
        raise NotCheckedError("no backend is known: PULUMI_BACKEND_URL is not set", remedy)
    if not backend.startswith("file://"):
        raise NotCheckedError("only a backend that is a folder shows its locks without taking one")
    folder = Path(re.sub("^file://", "", backend) or "~").expanduser()
    folder = folder if folder.is_absolute() else PROGRAM / folder
    files = (folder / ".pulumi" / "locks" / "organization" / _PROJECT / environment).glob("*.json")
    return tuple(_pulumi_lock(file) for file in sorted(files))


def _pulumi_lock(file: Path) -> PulumiLock:
    try:
        fields = json.loads(file.read_text())
        host, pid = str(fields["hostname"]), int(fields["pid"])
        holder = f"{fields.get('username')}@{host} (pid {pid})"
    except (OSError, ValueError, KeyError, TypeError):
        return PulumiLock(f"an unknown process ({file.name})", is_dead=False)
    return PulumiLock(holder, is_dead=host == socket.gethostname() and process_start(pid) is None)


def observe_file(file: Path) -> FileObservation:
    """Return what the settings' reader and git say of a stack file.

    Args:
        file: The stack's file.

    Raises:
        NotCheckedError: The reader does not run, or the file cannot be read.
    """
    try:
        judgement = judge_stack_file(file, seconds=_SECONDS)
    except OperateError as reason:
        remedy = f"see {file}" if file.exists() else "operate init ENV, which writes it"
        raise NotCheckedError(str(reason), remedy) from None
    return FileObservation(str(file), judgement.problems, is_committed(file), judgement.unread)


def is_committed(file: Path) -> bool | None:
    """Return whether git has a file as it is; None where it is in no repository, or git is missing.

    Args:
        file: Place of the file.
    """
    try:
        completed = subprocess.run(
            ["git", "-C", str(file.resolve().parent), "status", "--porcelain", "--ignored", "--", file.name],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=_SECONDS, check=False,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return None
    return None if completed.returncode else not completed.stdout.strip()
