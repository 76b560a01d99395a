// Package sshclient opens SSH connections: it dials, tries again, checks the host key, logs in, and notices
// when the other end is gone.
package sshclient

import (
	"net"
	"strconv"
	"time"
)

// Target is an sshd and how to log in there.
type Target struct {
	Host               string        // name or address
	Port               int           // TCP port
	User               string        // login name
	Password           string        // empty: none
	PrivateKey         string        // PEM text; empty: none
	PrivateKeyPassword string        // passphrase of PrivateKey; empty: it is not encrypted
	AgentSocketPath    string        // empty: the one SSH_AUTH_SOCK names, without a PrivateKey
	HostKey            string        // one line as in authorized_keys; empty: nothing is dialled
	DialErrorLimit     int           // failed dials forgiven; -1: all
	PerDialTimeout     time.Duration // for one dial, handshake included; 0: no limit
}

// Address is host:port, with an IPv6 address in brackets.
func (t Target) Address() string {
	return net.JoinHostPort(t.Host, strconv.Itoa(t.Port))
}
