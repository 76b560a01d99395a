"""What the conformance suite reports of two registries, and where the deployed one is behind."""

from pathlib import Path

from bench.registry.conformance import differences, read_report

REPORT = """<?xml version="1.0"?>
<testsuites><testsuite name="OCI" tests="5" failures="2" errors="1">
  <testcase classname="OCI/blobs" name="push" status="passed"></testcase>
  <testcase classname="OCI/blobs" name="push" status="failure"><system-out>status 500</system-out></testcase>
  <testcase classname="OCI/blobs" name="empty" status="error"><system-out><![CDATA[timed out
after 13 s]]></system-out><system-err>the request</system-err></testcase>
  <testcase classname="OCI/blobs" name="post" status="failure"><system-err>the request</system-err></testcase>
  <testcase classname="OCI/tags" name="list" status="skipped"><system-err>the request</system-err></testcase>
  <testcase classname="OCI/tags" name="delete" status="passed"/>
</testsuite></testsuites>
"""


def test_a_report_is_read_and_names_that_occur_again_are_numbered(tmp_path: Path) -> None:
    (tmp_path / "junit.xml").write_text(REPORT)
    results = read_report(tmp_path / "junit.xml")
    assert results.count == 6
    assert results.passed == {"OCI/blobs/push", "OCI/tags/delete"}
    assert results.failed == {
        "OCI/blobs/push (2)": "status 500",
        "OCI/blobs/empty": "timed out",
        "OCI/blobs/post": "no reason given",
    }
    assert results.skipped == {"OCI/tags/list"}


def test_the_order_of_tests_of_one_name_makes_no_difference(tmp_path: Path) -> None:
    lines = REPORT.splitlines()
    lines[2], lines[3] = lines[3], lines[2]
    (tmp_path / "one").write_text(REPORT)
    (tmp_path / "other").write_text("\n".join(lines))
    assert read_report(tmp_path / "one") == read_report(tmp_path / "other")


def test_only_what_the_bare_registry_passes_counts(tmp_path: Path) -> None:
    (tmp_path / "bare").write_text(REPORT.replace('status="error"', 'status="passed"'))
    (tmp_path / "deployed").write_text(REPORT.replace('name="delete"', 'name="another"'))
    bare, deployed = read_report(tmp_path / "bare"), read_report(tmp_path / "deployed")
    assert differences(bare, bare) == {}
    assert differences(bare, deployed) == {"OCI/blobs/empty": "timed out", "OCI/tags/delete": "not run"}
