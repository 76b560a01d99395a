"""HAProxy's own section and what its doors share, as a pure function.

Parameters: HAProxy's configuration manual 2.6. Every time-out counts idle time: a transfer that moves,
however slowly, is never cut. Two variables say where things are, so that a copy can be checked before it
takes effect: `REGISTRY_DOOR`, the folder with the doors' files, and `REGISTRY_DOOR_RUN`, the one with the
sockets.
"""

from dataclasses import dataclass

from settings.access.door_limits import DEFAULT_DOOR_LIMITS

FOLDER = "/etc/registry-door"
"""Where everything is kept on a server; `current` in it is the folder in use."""

STORAGE_CONNECTIONS = 2000
"""That the way to Swift holds at once; no stranger has a part of them."""
_OTHER_CONNECTIONS = STORAGE_CONNECTIONS + 48
_FRONT_DOORS = 2
"""On one server, one a generation."""
# TLS 1.3's own three (RFC 8446, B.4); AES-128 first, as Go's server has it: its rounds are 10 instead of 14.
_CIPHERSUITES = "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256"


@dataclass(frozen=True)
class ProxyShape:
    """What differs between proxies.

    Attributes:
        metrics_port: TCP port on 127.0.0.1 for Prometheus, at `/metrics`.
        log: Target of the log of requests, as HAProxy's `log` names it.
        front_connections: Connections that each of the front doors holds at once.
    """

    metrics_port: int = 8405
    log: str = "/dev/log local0 info"
    front_connections: int = DEFAULT_DOOR_LIMITS.connections

    def __post_init__(self) -> None:
        if not 1 <= self.metrics_port <= 65535:
            raise ValueError(f"proxy: metrics port must be between 1 and 65535, got {self.metrics_port}")

    @property
    def connections(self) -> int:
        """Of the whole process: what is in front doors leaves the others enough."""
        return _FRONT_DOORS * self.front_connections + _OTHER_CONNECTIONS


def global_configuration(shape: ProxyShape) -> str:
    """Return the first file of the configuration; nothing in it is secret.

    A worker that was replaced serves its last requests to their end, a day at most (choice). An idle
    connection is closed after its next answer and not before (`idle-close-on-response`): one closed in the
    moment in which a request is sent on it would fail that request.

    Buffers are four times as large as by default: a pull takes less processor time in registry and doors
    (measured, docs/design/storage-door.md), and holds up to 256 KB on its way through both.
    """
    return f"""\
global
  log {shape.log}
  user haproxy
  group haproxy
  maxconn {shape.connections}
  tune.bufsize 65536
  hard-stop-after 24h
  stats socket "${{REGISTRY_DOOR_RUN}}/door.sock" mode 600 level admin expose-fd listeners
  stats timeout 60s
  crt-base "${{REGISTRY_DOOR}}/current"
  ssl-default-bind-options ssl-min-ver TLSv1.2
  ssl-default-bind-ciphersuites {_CIPHERSUITES}

defaults
  mode http
  log global
  option httplog
  option dontlognull
  option idle-close-on-response
  timeout connect 5s
  timeout queue 30s
  timeout http-request 30s
  timeout http-keep-alive 60s
  timeout client 10m
  timeout server 10m

frontend metrics
  bind 127.0.0.1:{shape.metrics_port}
  maxconn 32
  option dontlog-normal
  http-request use-service prometheus-exporter if {{ path /metrics }}
  http-request return status 404
"""
