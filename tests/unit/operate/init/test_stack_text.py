"""The stack file that comes of the answers of `operate init`."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from operate.error import NotStartedError, OperateError
from operate.init.answers import Answers, Bucket, Certificate, cos_endpoint
from operate.init.stack_text import stack_file_text
from operate.init.writing import check_environment, write_new
from settings import S3Settings, SwiftSettings, parse
from settings.check import problems_of
from tests.support.authorities import Shape, ca, issue
from tests.unit.operate.init.stack_files import settings_of

ANSWERS = Answers("registry.example.com", bucket=Bucket("images", "us-south", cos_endpoint("us-south")))
PEM = issue(Shape("server", "root"))


@pytest.mark.parametrize(
    "answers",
    [
        ANSWERS,
        replace(ANSWERS, storage="swift", bucket=None),
        replace(ANSWERS, storage="filesystem", bucket=None, listen="public", ssh_from=("192.0.2.0/24",)),
        replace(ANSWERS, flavor="", preset="S1270_8GB_2X1TBSATA_NORAID", hourly=False),
        replace(ANSWERS, name="r.example.com", certificate=Certificate(PEM, issue(ca("root")))),
    ],
    ids=["bucket", "swift", "folder", "bare metal", "certificate"],
)
def test_every_kind_of_answers_makes_a_file_that_the_reader_takes(answers: Answers) -> None:
    text = stack_file_text("prod", answers, "The server costs 0.0620 USD an hour.")
    values = settings_of(text)
    assert problems_of(values, with_secrets=False, with_key=False) == []
    settings = parse(values)
    (server,) = settings.servers
    assert (server.flavor or "", server.preset or "") == (answers.flavor, answers.preset)
    assert (server.hourly, settings.access.listen) == (answers.hourly, answers.listen)
    assert settings.access.certificate.strip() == (
        answers.certificate.chain.strip() if answers.certificate else ""
    )
    assert isinstance(settings.storage, S3Settings) is (answers.storage == "s3")
    assert not isinstance(settings.storage, SwiftSettings) or settings.storage.datacenter == "dal13"
    assert settings.protect.kinds == ("servers", "images", "addresses")
    comments = [line for line in text.splitlines() if line.lstrip().startswith("#")]
    assert len(comments) >= 10
    assert "# The server costs 0.0620 USD an hour." in comments
    assert all(len(line) <= 108 for line in comments)


@given(
    st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=40),
    st.sampled_from(["true", "null", "1e3", "no", "~", "a: b", "#x", "- y", "{", "x: ", "'", '"', "a\nb"]),
)
def test_whatever_is_answered_is_read_back_as_it_was(text: str, awkward: str) -> None:
    for value in (text, awkward):
        answers = replace(ANSWERS, domain=value, system=value, name=value or "x", ssh_key=value)
        values = settings_of(stack_file_text("prod", answers))
        servers = values["servers"]
        assert isinstance(servers, list)
        assert (values["domain"], values["registryName"], servers[0]["os"]) == (value, value or "x", value)


def test_a_file_that_exists_is_never_overwritten(tmp_path: Path) -> None:
    file = tmp_path / "Pulumi.prod.yaml"
    write_new(file, "first")
    with pytest.raises(NotStartedError, match="is never overwritten"):
        write_new(file, "second")
    with pytest.raises(NotStartedError, match="is never overwritten"):
        check_environment("prod", file)
    assert file.read_text() == "first"
    with pytest.raises(OperateError, match="must be 1 to 100 letters"):
        check_environment("../prod", tmp_path / "absent")
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(OperateError, match="cannot be written"):
        write_new(blocked / "Pulumi.prod.yaml", "x")
