"""What `operate init` writes previews: the whole program runs with it under Pulumi's mocks."""

import os
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from operate.init.answers import Answers, Bucket, cos_endpoint
from operate.init.stack_text import stack_file_text
from tests.program.program_under_mocks import run_program

BUCKET = Answers("registry.example.com", bucket=Bucket("images", "us-south", cos_endpoint("us-south")))
SECRETS = {"softlayer-registry:s3AccessKey": "a" * 20, "softlayer-registry:s3SecretKey": "b" * 40}


@pytest.mark.parametrize(
    "answers",
    [
        BUCKET,
        replace(BUCKET, storage="swift", bucket=None),
        replace(BUCKET, storage="filesystem", bucket=None),
    ],
    ids=["bucket", "swift", "folder"],
)
def test_a_new_stack_file_previews(answers: Answers, tmp_path: Path) -> None:
    key = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    text = stack_file_text("prod", replace(answers, ssh_key=os.path.relpath(key)))
    config = {**yaml.safe_load(text)["config"], **SECRETS}
    recorded = run_program(config, preview=True)
    (server,) = [
        resource for resource in recorded.resources if resource.typ == "softlayer:index:VirtualGuest"
    ]
    assert (server.name, server.inputs["flavor"]) == ("dal13-registry", "B1_2X4X100")
    assert str(run_program(config).outputs["endpoint"]).startswith("https://")
