"""The command that writes a stack file, without a terminal."""

from pathlib import Path

from typer.testing import CliRunner

from operate.cli.command_line import app
from settings import parse
from tests.support.authorities import Shape, issue
from tests.unit.operate.init.stack_files import settings_of

PEM = issue(Shape("server", "root"))


def run(file: Path, *arguments: str, **variables: str) -> tuple[int, str]:
    environment = {"SL_API_KEY": "", "SOFTLAYER_API_KEY": "", **variables}
    result = CliRunner().invoke(
        app, ["init", "prod", "--config-file", str(file), *arguments], env=environment
    )
    return result.exit_code, result.output


def test_the_command_without_terminal_and_account(tmp_path: Path) -> None:
    file = tmp_path / "Pulumi.prod.yaml"
    code, output = run(file)
    assert (code, file.exists()) == (2, False)
    assert "--domain, --s3-bucket" in output
    code, output = run(file, "--domain", "no dots", "--s3-bucket", "images")
    assert (code, file.exists()) == (2, False)
    assert "--domain: must be a DNS domain" in output
    wrong = [
        "--domain", "reg_example", "--storage", "swfit", "--listen", "publik", "--ssh-from", "10.0.0.0/40",
        "--name", "a_b", "--ssh-key", "/root/key",
    ]  # fmt: skip
    code, output = run(file, *wrong, "--certificate", str(tmp_path))
    assert (code, file.exists()) == (2, False)
    assert "--ssh-key: must begin with ~/ or be relative" in output
    assert "7 mistakes of the options; nothing was written:" in output
    assert "--ssh-from: must be a network such as 10.0.0.0/8, not '10.0.0.0/40'" in output
    code, output = run(file, "--domain", "r.example.com", "--s3-bucket", "images", "--ssh-key", "~/a key")
    assert code == 0
    assert "ssh-keygen -t ed25519 -N '' -f ~/'a key'\n" in output
    following = [line.strip() for line in output.partition("next:\n")[2].splitlines()]
    secret = "pulumi config set --stack prod --secret softlayer-registry"
    assert following[1:] == [
        "pulumi stack init prod",
        f"{secret}:s3AccessKey --config-file {file}",
        f"{secret}:s3SecretKey --config-file {file}",
        f"bin/operate doctor prod --config-file {file}",
        f"pulumi preview --stack prod --config-file {file}",
    ]
    assert "The cost is not known" in output
    assert "whether the account offers flavor B1_2X4X100 with UBUNTU_24_64 in dal13; with them" in output
    assert parse(settings_of(file.read_text())).domain == "r.example.com"
    before = file.read_text()
    code, output = run(file, "--domain", "other.example.com", "--storage", "filesystem")
    assert (code, file.read_text()) == (3, before)
    assert "never overwritten" in output


def test_a_variable_with_another_stack_s_file_does_not_count(tmp_path: Path) -> None:
    """As in `make shell`, which exports the file of the local stack."""
    exported = tmp_path / "Pulumi.first.yaml"
    exported.write_text("config: {}\n")
    variables = {"OPERATE_CONFIG_FILE": str(exported), "SL_USERNAME": "", "SL_API_KEY": ""}
    runner = CliRunner()
    assert "--domain" in runner.invoke(app, ["init", "second"], env=variables).output
    assert "never overwritten" in runner.invoke(app, ["init", "first"], env=variables).output
    explicit = ["init", "second", "--config-file", str(exported)]
    assert "never overwritten" in runner.invoke(app, explicit).output
    named_otherwise = {**variables, "OPERATE_CONFIG_FILE": str(exported.rename(tmp_path / "file.yaml"))}
    assert "never overwritten" in runner.invoke(app, ["init", "second"], env=named_otherwise).output


def test_a_private_key_never_comes_into_the_file(tmp_path: Path) -> None:
    (tmp_path / "both.pem").write_text(f"{PEM}-----BEGIN PRIVATE KEY-----\n")
    options = ["--domain", "e.com", "--s3-bucket", "images", "--name", "r.e.com", "--certificate"]
    code, output = run(tmp_path / "x.yaml", *options, str(tmp_path / "both.pem"))
    assert (code, [file.name for file in tmp_path.iterdir()]) == (2, ["both.pem"])
    assert "holds a private key" in output
    (tmp_path / "both.pem").write_text("nothing\n")
    _, output = run(tmp_path / "x.yaml", *options, str(tmp_path / "both.pem"))
    assert "must hold a certificate in PEM" in output
    assert run(tmp_path / "x.yaml", *options, str(tmp_path / "absent"))[1].endswith("(FileNotFoundError)\n")


def test_a_flavor_and_a_preset_are_one_too_many(tmp_path: Path) -> None:
    assert run(tmp_path / "x.yaml", "--flavor", "a", "--preset", "b")[0] == 2
