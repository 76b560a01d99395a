"""The settings of this machine's package index that another pip gets."""

from dev.images.pip_configuration import pip_configuration


def test_the_way_to_the_index_is_kept_and_where_to_put_things_is_not() -> None:
    listed = """\
:env:.cert='/etc/ssl/certs/ours.crt'
:env:.default-timeout='180'
:env:.find-links='/wheels'
global.index-url='https://user:pass%40@index.example/simple'
global.target='/somewhere'
global.trusted-host='index.example'
"""
    assert pip_configuration(listed, "/build/authorities.pem") == (
        "[global]\n"
        "cert = /build/authorities.pem\n"
        "index-url = https://user:pass%40@index.example/simple\n"
        "timeout = 180\n"
        "trusted-host = index.example\n"
    )


def test_the_environment_wins_over_files() -> None:
    listed = ":env:.index-url='https://environment.example'\nglobal.index-url='https://file.example'\n"
    assert pip_configuration(listed, "") == "[global]\nindex-url = https://environment.example\n"


def test_nothing_configured_leaves_pips_own_ways() -> None:
    assert pip_configuration("", "") == "[global]\n"
