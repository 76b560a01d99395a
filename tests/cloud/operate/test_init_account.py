"""`operate init` beside an account: names are checked against it, prices are shown, nothing is ordered."""

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from dev.local.environment import CHECKOUT
from harness.cloud.running_api import RunningApi
from operate.cli.command_line import app
from operate.error import OperateError
from operate.init.account import AccountOffers, has_credentials
from settings.check import problems_of
from settings.stack_file import read_file

_SECONDS = 600


def variables(api: RunningApi) -> dict[str, str]:
    return {"SL_USERNAME": api.username, "SL_API_KEY": api.api_key, "SL_ENDPOINT_URL": api.xmlrpc}


def test_an_account_offers_places_sizes_and_quotes(running_api: RunningApi) -> None:
    offers = AccountOffers({**os.environ, **variables(running_api)})
    locations = offers.locations()
    assert locations.datacenters["dal13"] == "Dallas 13"
    assert "UBUNTU_24_64" in locations.systems
    assert not any(code.startswith("CENTOS") for code in locations.systems)
    sizes = offers.sizes("dal13")
    flavor, preset = sizes.flavors["B1_2X4X100"], sizes.presets["S1270_8GB_2X1TBSATA_NORAID"]
    assert flavor.hourly > 0
    servers = [
        {"datacenter": "dal13", "os": "UBUNTU_24_64", "flavor": flavor.name, "hourly": True},
        {"datacenter": "dal13", "os": "UBUNTU_24_64", "preset": preset.name, "hourly": False},
    ]
    (hourly, virtual_month), (_, metal_month) = offers.quotes(servers)
    assert hourly >= flavor.hourly
    assert virtual_month == pytest.approx(hourly * 730)
    assert metal_month > 0
    with pytest.raises(
        OperateError, match=r"the account: datacenter: 'dal5' is no datacenter; nearest .*dal05"
    ):
        offers.sizes("dal5")
    assert running_api.orders_placed() == 0


def test_refused_credentials_are_reported_and_write_nothing(running_api: RunningApi, tmp_path: Path) -> None:
    environment = {**variables(running_api), "SL_API_KEY": "0" * 64}
    words = ["init", "prod", "--domain", "e.com", "--config-file", str(tmp_path / "x.yaml")]
    result = CliRunner().invoke(app, words, env=environment)
    assert (result.exit_code, (tmp_path / "x.yaml").exists()) == (1, False)
    assert "the account: " in result.output
    assert "refuses" in result.output or "denied" in result.output.lower()
    assert has_credentials(environment)
    assert not has_credentials({"SL_USERNAME": "x"})


def test_a_person_at_a_terminal_answers_and_sees_the_cost(running_api: RunningApi, tmp_path: Path) -> None:
    file = tmp_path / "Pulumi.trial.yaml"
    main, terminal = pty.openpty()
    answers = "registry.example.com\n\n\nfilesystem\n\n\n\n\n"
    words = ["-m", "operate", "init", "trial", "--datacenter", "dal13", "--config-file", str(file)]
    with subprocess.Popen(
        [sys.executable, *words],
        stdin=terminal, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        cwd=CHECKOUT, env={**os.environ, **variables(running_api)},
    ) as process:  # fmt: skip
        os.close(terminal)
        os.write(main, answers.encode())
        try:
            output, errors = process.communicate(timeout=_SECONDS)
        finally:
            process.kill()
            os.close(main)
    assert process.returncode == 0, errors
    assert "B1_1X2X25" in errors  # the cheapest flavors are listed with their prices
    assert "USD an hour" in errors
    assert "The server costs 0." in output
    assert "as the account quoted it" in file.read_text()
    values = read_file(file).values
    assert problems_of(values, with_key=False) == []
    assert yaml.safe_load(file.read_text())["config"]["softlayer-registry:registryStorage"] == "filesystem"
    assert running_api.orders_placed() == 0
