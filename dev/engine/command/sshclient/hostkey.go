package sshclient

import (
	"bytes"
	"errors"
	"fmt"
	"net"

	"golang.org/x/crypto/ssh"
)

var errBadHostKey = errors.New(`is not a public key; give one line as in /etc/ssh/ssh_host_ed25519_key.pub: "ssh-ed25519 AAAA..."`)

var errNoHostKey = errors.New(`is empty, and any machine could answer; give the line in its /etc/ssh/ssh_host_ed25519_key.pub: "ssh-ed25519 AAAA..."`)

// ParseHostKey reads a public key from a line as in an authorized_keys or a known_hosts file.
func ParseHostKey(line string) (ssh.PublicKey, error) {
	if key, _, _, _, err := ssh.ParseAuthorizedKey([]byte(line)); err == nil {
		return key, nil
	}
	if _, _, key, _, _, err := ssh.ParseKnownHosts([]byte(line)); err == nil {
		return key, nil
	}
	return nil, errBadHostKey
}

// HostKeyError says that a machine showed another host key than the one it must show.
type HostKeyError struct {
	Address string // host:port
	Want    string // SHA-256 fingerprint of the key given
	Got     string // SHA-256 fingerprint of the key shown
}

func (e *HostKeyError) Error() string {
	return fmt.Sprintf("%s shows the host key %s, not %s as connection.hostKey says: it is another machine, "+
		"or was reinstalled; nothing was sent to it", e.Address, e.Got, e.Want)
}

// hostKeyCheck is the part of an SSH configuration that knows a machine by its key: the check, and the key
// types to ask for. Without the types a machine with several keys may show another one first.
func hostKeyCheck(target Target) (ssh.HostKeyCallback, []string, error) {
	if target.HostKey == "" {
		return nil, nil, fmt.Errorf("connection.hostKey of %s %w", target.Address(), errNoHostKey)
	}
	want, err := ParseHostKey(target.HostKey)
	if err != nil {
		return nil, nil, fmt.Errorf("connection.hostKey of %s %w", target.Address(), err)
	}
	check := func(_ string, _ net.Addr, got ssh.PublicKey) error {
		if bytes.Equal(want.Marshal(), got.Marshal()) {
			return nil
		}
		return &HostKeyError{target.Address(), ssh.FingerprintSHA256(want), ssh.FingerprintSHA256(got)}
	}
	return check, signatureTypes(want), nil
}

// signatureTypes are the algorithms that a key of this type signs with. RFC 8332 gives RSA keys three.
func signatureTypes(key ssh.PublicKey) []string {
	if key.Type() == ssh.KeyAlgoRSA {
		return []string{ssh.KeyAlgoRSASHA512, ssh.KeyAlgoRSASHA256, ssh.KeyAlgoRSA}
	}
	return []string{key.Type()}
}
