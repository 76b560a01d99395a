"""The checks of `operate doctor`, put together of probes and judgements."""

import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from operate.doctor.finding import Area, Check, Finding, NotCheckedError, ok, warning
from operate.doctor.judgements.account import (
    AccountObservation,
    judge_credentials,
    judge_limits,
    judge_permissions,
)
from operate.doctor.judgements.client import (
    judge_certificate,
    judge_former_logins,
    judge_login,
    judge_name,
    judge_trust,
)
from operate.doctor.judgements.installed import judge_installed
from operate.doctor.judgements.live_release import judge_live_release
from operate.doctor.judgements.logins import judge_logins
from operate.doctor.judgements.machine import (
    ProgramObservation,
    judge_clock,
    judge_disks,
    judge_docker,
    judge_engine,
    judge_modes,
    judge_program_packages,
    judge_programs,
    judge_python,
)
from operate.doctor.judgements.missing import judge_missing
from operate.doctor.judgements.offers import judge_offers
from operate.doctor.judgements.servers import judge_containers, judge_versions
from operate.doctor.judgements.stack import (
    judge_backups,
    judge_colours,
    judge_doors,
    judge_file,
    judge_outputs,
    judge_pulumi_locks,
    judge_records,
    judge_rotation,
    judge_state,
)
from operate.doctor.judgements.storage import judge_storage
from operate.doctor.probes.account import SECONDS as ACCOUNT_SECONDS
from operate.doctor.probes.account import observe_account, requiring_account
from operate.doctor.probes.client import (
    expand_place,
    observe_certificate,
    observe_former_logins,
    observe_name,
    observe_registry,
    observe_trust,
    present_clients,
)
from operate.doctor.probes.machine import (
    observe_clock,
    observe_disks,
    observe_docker,
    observe_modes,
    observe_program,
    observe_program_packages,
    observe_python,
    required_engine,
    secret_files,
)
from operate.doctor.probes.offers import observe_offers
from operate.doctor.probes.pulumi import (
    backend_url,
    export_state,
    observe_file,
    observe_pulumi_locks,
    observe_state,
    servers_in,
)
from operate.doctor.probes.stack import StackProbes
from operate.doctor.shared import Shared
from operate.error import OperateError
from operate.login.login import RegistryLogin, parse_login
from operate.login.recorded_logins import recorded_logins
from operate.stack.automation.pulumi_failure import ENGINE_REMEDY
from operate.stack.config.setting_keys import SERVERS
from operate.stack.config.stack_file import PROGRAM, read_list, read_settings, stack_file_of
from operate.stack.operator_key import operator_key

PUBLIC_API = "https://api.softlayer.com/xmlrpc/v3.1/"
_SLOW, _SLOWEST = 60.0, 90.0
"""Seconds for checks that ask Pulumi, and for those that go to servers afterwards (choices)."""
_OFFER_SECONDS = 180.0
"""Seconds for lists of flavors with prices, which are long (choice)."""
_NO_STATE = "the state cannot be read"
_OPENSSH = ("ssh", "ssh-keygen", "ssh-agent")
_OPERATOR_KEY = "the operator's SSH key"


@dataclass(frozen=True)
class DoctorOptions:
    """What an operator wants to be examined.

    Attributes:
        environment: Name of the stack; "" examines this machine and the account alone.
        config_file: The stack's file where it is elsewhere.
        disk_warning: Free GB below which a file system is short.
        disk_error: Free GB below which work fails.
    """

    environment: str = ""
    config_file: Path | None = None
    disk_warning: float = 5.0
    disk_error: float = 1.0


def machine_checks(options: DoctorOptions, variables: Mapping[str, str] = os.environ) -> list[Check[Any]]:
    """Return the checks of this machine.

    Args:
        options: Options of the operator.
        variables: The process environment.
    """
    area = Area.MACHINE
    folders = [PROGRAM, Path.home(), Path(tempfile.gettempdir())]
    clock = variables.get("SL_ENDPOINT_URL") or _endpoint(options) or PUBLIC_API
    return [
        Check(area, "Python", observe_python, judge_python),
        Check(area, "engine", partial(observe_program, "pulumi", "version"), _judge_engine),
        Check(area, "program", observe_program_packages, judge_program_packages, _SLOW, ENGINE_REMEDY),
        Check(area, "OpenSSH", lambda: [observe_program(name) for name in _OPENSSH], judge_programs),
        Check(area, "Docker", observe_docker, judge_docker),
        Check(
            area,
            "disk",
            lambda: observe_disks(folders),
            lambda observed: judge_disks(observed, options.disk_warning, options.disk_error),
        ),
        Check(area, "clock", lambda: observe_clock(clock), judge_clock),
        Check(area, "key modes", lambda: observe_modes(_secret_files(options, variables)), judge_modes),
    ]


def _judge_engine(observed: ProgramObservation) -> Sequence[Finding]:
    return judge_engine(observed, required_engine())


def _endpoint(options: DoctorOptions) -> str:
    """The API that the stack file names; "" where it names none."""
    if not options.environment:
        return ""
    settings = read_settings(stack_file_of(options.environment, options.config_file))
    return str(settings.get("softlayer:endpointUrl") or "")


def _secret_files(options: DoctorOptions, variables: Mapping[str, str]) -> Mapping[str, Path]:
    files = secret_files(variables)
    if options.environment:
        with suppress(OperateError):  # its absence is a mistake of the stack file, which that check names
            files[_OPERATOR_KEY] = operator_key(options.environment, options.config_file)
    return files


def account_checks(
    account: Callable[[], AccountObservation],
    dependent: Callable[[], AccountObservation],
    planned: Callable[[], Mapping[str, int]],
) -> list[Check[Any]]:
    """Return the checks of the account.

    Args:
        account: Returns the account's report; it is requested once for all checks.
        dependent: Returns the same for checks that do not explain why the account cannot be reached.
        planned: Servers by the hour that are still to be ordered, by kind.
    """
    area, seconds, remedy = Area.ACCOUNT, ACCOUNT_SECONDS + 30, "export SL_USERNAME=... SL_API_KEY=..."
    return [
        Check(area, "credentials", account, judge_credentials, seconds, remedy),
        Check(area, "permissions", dependent, judge_permissions, seconds, remedy),
        Check(
            area,
            "limits",
            lambda: (dependent(), planned()),
            lambda observed: judge_limits(*observed),
            seconds,
            remedy,
        ),
    ]


def offer_check(
    options: DoctorOptions, account: Callable[[], AccountObservation], existing: Callable[[], frozenset[str]]
) -> Check[Any]:
    """Return the check of what the account offers for the stack file's servers.

    Args:
        options: Options of the operator, with a stack.
        account: Returns the account's report; it is requested once for all checks.
        existing: Servers that the stack has, DATACENTER-NAME.
    """
    environment, file = options.environment, options.config_file
    observe = requiring_account(account, lambda: observe_offers(environment, file, existing()))
    remedy, judge = "export SL_USERNAME=... SL_API_KEY=...", partial(judge_offers, environment)
    return Check(Area.ACCOUNT, "offers", observe, judge, _OFFER_SECONDS, remedy)


def stack_checks(
    options: DoctorOptions, probes: StackProbes, account: Callable[[], AccountObservation]
) -> list[Check[Any]]:
    """Return the checks of a stack.

    Args:
        options: Options of the operator.
        probes: Probes of the stack.
        account: Returns the account's report; it is requested once for all checks.
    """
    environment, area, backend = options.environment, Area.STACK, backend_url()
    file = stack_file_of(environment, options.config_file)
    stack_file = Shared(lambda: observe_file(file), "stack file", "the stack file cannot be read")
    exported = Shared(lambda: _export(environment, probes), "state", _NO_STATE)
    observe = partial(observe_state, environment, file, backend)
    state = Shared(lambda: observe(exported.or_reason()), "state", _NO_STATE)

    def check(
        name: str,
        probe: Callable[[], Any],
        judge: Callable[[Any], Sequence[Finding]],
        seconds: float = _SLOWEST,
    ) -> Check[Any]:
        return Check(area, name, probe, judge, seconds, f"operate status {environment}")

    return [
        check("stack file", stack_file.or_reason, judge_file, _SLOW),
        check("state", state.or_reason, partial(judge_state, environment), _SLOW),
        check("outputs", probes.observe_outputs, partial(judge_outputs, environment), _SLOW),
        check(
            "backups",
            lambda: (state(), stack_file()),
            lambda observed: judge_backups(environment, *observed),
            _SLOW,
        ),
        check(
            "in the account",
            requiring_account(account, probes.observe_missing, probes.outputs),
            partial(judge_missing, environment),
        ),
        check(
            "Pulumi's lock",
            lambda: observe_pulumi_locks(environment, backend),
            partial(judge_pulumi_locks, environment),
        ),
        check("lock and records", probes.observe_records, partial(judge_records, environment)),
        check("rotation", probes.observe_rotation, partial(judge_rotation, environment)),
        check(
            "host keys",
            lambda: probes.observe_logins(servers_in(exported())),
            partial(judge_logins, environment),
        ),
        check(
            "installed",
            lambda: probes.observe_installed(exported()),
            partial(judge_installed, environment),
        ),
        check("front doors", probes.observe_doors, partial(judge_doors, environment)),
        check("colours", probes.observe_colours, partial(judge_colours, environment)),
        check("live release", probes.observe_live_release, partial(judge_live_release, environment)),
        check("as recorded", probes.observe_warnings, _judge_recorded),
        check("storage", probes.observe_storage, partial(judge_storage, environment)),
        check("containers", probes.observe_servers, partial(judge_containers, environment)),
        check("versions", probes.observe_servers, judge_versions),
    ]


def _export(environment: str, probes: StackProbes) -> Mapping[str, Any]:
    """Return the state; a cause that affects the outputs as well is reported only by their check."""
    try:
        return export_state(environment)
    except OperateError:
        probes.outputs()
        raise


def _judge_recorded(warnings: Sequence[str]) -> Sequence[Finding]:
    """Judge what `operate status` warns of, mostly as it was when the stack was last put up."""
    # Each says itself what to do.
    return [warning(text, "") for text in warnings] or (
        ok("no cancellation is scheduled, no door is unguarded, no certificate expires soon"),
    )


def client_checks(options: DoctorOptions, probes: StackProbes) -> list[Check[Any]]:
    """Return the checks of the clients on this machine.

    Args:
        options: Options of the operator.
        probes: Probes of the stack.
    """
    environment, area = options.environment, Area.CLIENT

    def outputs() -> Mapping[str, Any]:
        probes.facts()  # Before the first `pulumi up` there is no registry to log in to.
        return probes.outputs()

    def login() -> RegistryLogin:
        return parse_login(environment, outputs())

    def endpoint() -> str:
        return str(outputs().get("endpoint") or "")

    def name() -> object:
        facts = probes.facts()
        address = [facts.global_ip.address] if facts.global_ip else []
        return observe_name(
            endpoint(), address or [door.client_address for door in facts.doors if door.client_address]
        )

    def registry() -> object:
        return observe_registry(login(), endpoint(), present_clients(), expand_place)

    def check(
        check_name: str, probe: Callable[[], Any], judge: Callable[[Any], Sequence[Finding]]
    ) -> Check[Any]:
        return Check(area, check_name, probe, judge, _SLOWEST, f"operate login {environment}")

    return [
        check("DNS", name, judge_name),
        check(
            "certificate",
            lambda: observe_certificate(endpoint(), login().authority),
            lambda observed: judge_certificate(observed, datetime.now(UTC)),
        ),
        check("trust", lambda: observe_trust(login(), present_clients()), partial(judge_trust, environment)),
        check("login", registry, partial(judge_login, environment)),
        check(
            "former logins",
            lambda: observe_former_logins(recorded_logins(environment), present_clients(), login().address),
            partial(judge_former_logins, environment),
        ),
    ]


def planned_servers(options: DoctorOptions, probes: StackProbes | None) -> Mapping[str, int]:
    """Return the servers by the hour that the stack's file has and the stack does not, by kind.

    Args:
        options: Options of the operator.
        probes: Probes of the stack; None without one.
    """
    if probes is None:
        return {}
    existing = existing_servers(probes)
    counts = {"virtual": 0, "metal": 0}
    for server in read_list(stack_file_of(options.environment, options.config_file), SERVERS):
        if not isinstance(server, dict) or not server.get("hourly", True):
            continue
        if f"{server.get('datacenter')}-{server.get('name')}" not in existing:
            counts["metal" if server.get("preset") else "virtual"] += 1
    return counts


def existing_servers(probes: StackProbes) -> frozenset[str]:
    """Return the servers that the stack has, DATACENTER-NAME; none where that cannot be read.

    Args:
        probes: Probes of the stack.
    """
    with suppress(OperateError, NotCheckedError):
        return frozenset(probes.facts().server_ids)
    return frozenset()


def all_checks(options: DoctorOptions, probes: StackProbes | None) -> list[Check[Any]]:
    """Return every check that the options ask for, in the order in which findings are shown.

    Args:
        options: Options of the operator.
        probes: Probes of the stack; None without one.
    """
    account = Shared(
        lambda: observe_account(options.environment, options.config_file),
        "credentials",
        "the account cannot be asked",
    )
    planned = partial(planned_servers, options, probes)
    checks = [*machine_checks(options), *account_checks(account.or_reason, account, planned)]
    if probes is not None:
        checks.append(offer_check(options, account, partial(existing_servers, probes)))
        checks += [*stack_checks(options, probes, account), *client_checks(options, probes)]
    return checks
