"""The stack's configuration as Pulumi hands it to the program: settings and secrets, judged together.

The only module of the settings that knows Pulumi beside `settings.access.secrets`, so that who judges a stack
file does not wait for Pulumi to be loaded.
"""

import os
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

import pulumi
from pulumi.runtime.config import CONFIG, get_config_env

from settings import Settings, collect, explain_problems
from settings.access.key_pair import key_pair_problems, place_on_this_machine
from settings.access.provided_certificate import ProvidedCertificate, expiry_warning, judge
from settings.access.secrets import Secrets, read_secrets
from settings.adoption import adoption_problems
from settings.doors.move import MOVE, move_problems
from settings.keys.unknown_keys import own_keys, unknown_key_problems, unknown_namespace_problems
from settings.reader import SettingsError
from settings.registry.base_archives import base_archive_problems
from settings.table import SETTINGS
from settings.table.setting import SettingType
from settings.warnings import idle_servers_warning, open_ssh_warning, unguarded_warning


class RefusedStackError(SettingsError, pulumi.RunError):
    """A mistake of the stack file, of whose `RunError` Pulumi prints the text alone, without a traceback."""


def read(config: pulumi.Config) -> tuple[Settings, Secrets]:
    """Read the environment from its stack file, and check all that can be checked before an order.

    Raises:
        RefusedStackError: Settings, secrets or the operator's key pair have mistakes; the message has one a
            line.
    """
    values = _configured_values(config)
    names = _configured_names()
    problems = unknown_namespace_problems(names) + unknown_key_problems(own_keys(names))
    problems += adoption_problems(own_keys(names), os.environ, pulumi.get_stack())
    configured = {key: value for key, value in values.items() if value is not None}
    settings = collect(configured, problems)
    secrets = read_secrets(config, settings.storages, settings.access, problems)
    problems += _judge_keys(values, settings)
    problems += move_problems(
        _value(config, MOVE, config.get_object), settings.front_doors, pulumi.get_stack()
    )
    problems += base_archive_problems(settings.colours)
    problems += _judge_certificate(config, settings)
    if problems:
        raise RefusedStackError(explain_problems(configured, problems))
    _report(settings)
    return settings, secrets


def _configured_values(config: pulumi.Config) -> Mapping[str, object]:
    """Return the settings that are no secrets, by their keys; None where the stack file has none."""
    getters: Mapping[SettingType, Callable[[str], object]] = {
        "array": config.get_object,
        "object": config.get_object,
        "boolean": config.get_bool,
        "integer": config.get_int,
        "string": config.get,
    }
    return {
        setting.key: _value(config, setting.key, getters[setting.type])
        for setting in SETTINGS
        if not setting.is_secret
    }


def _judge_keys(values: Mapping[str, object], settings: Settings) -> list[str]:
    """Judge the operator's key, and the one that follows it, as files of this machine."""
    problems = []
    if values["sshKeyFile"]:
        place = place_on_this_machine(settings.ssh_key_file)
        problems += [f"sshKeyFile: {problem}" for problem in key_pair_problems(place)]
    if settings.next_ssh_key_file:
        # The variable names the place of the key in use alone.
        place = settings.next_ssh_key_file.expanduser()
        problems += [f"nextSshKeyFile: {problem}" for problem in key_pair_problems(place)]
    return problems


def _report(settings: Settings) -> None:
    """Log what works, and deserves a look all the same."""
    for warning in (
        unguarded_warning(settings.unguarded_doors),
        open_ssh_warning(settings.access, settings.open_ssh),
        idle_servers_warning(settings.idle_servers),
    ):
        if warning:
            pulumi.log.warn(warning)
    if settings.access.firewall and settings.access.ssh_from:
        # Beside the time-outs of logins, which say nothing of it.
        pulumi.log.info(
            f"SSH is let in from {', '.join(settings.access.ssh_from)} (sshFrom) and from the stack's servers"
            "; where logins time out, see docs/reference/access.md, When your address changes"
        )


def _judge_certificate(config: pulumi.Config, settings: Settings) -> tuple[str, ...]:
    """Judge the provided certificate as a client does; warn where it expires soon.

    Where clients use addresses, which are known after the order only, those are compared then.
    """
    access, key, now = settings.access, config.get("registryCertificateKey"), datetime.now(UTC)
    if not access.certificate or not key:
        return ()
    names = dict.fromkeys(access.name_in(datacenter) for datacenter in settings.datacenters)
    certificate = ProvidedCertificate(access.certificate, key, access.certificate_authority)
    judgement = judge(certificate, [name for name in names if name], now)
    if not judgement.problems and judgement.end and (warning := expiry_warning(judgement.end, now)):
        pulumi.log.warn(warning)
    return judgement.problems


def _value(config: pulumi.Config, key: str, getter: Callable[[str], object]) -> object:
    """A key's value; its text where that is of another type, which is reported with all other mistakes."""
    try:
        return getter(key)
    except pulumi.ConfigTypeError:
        return config.get(key)


def _configured_names() -> list[str]:
    """Return the keys that Pulumi has handed over, of all namespaces."""
    configured: Mapping[str, object] = {**get_config_env(), **CONFIG.get()}
    return list(configured)
