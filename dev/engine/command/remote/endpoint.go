// Package remote holds the resources of the module command:remote as Pulumi sees them: their types, their
// defaults and what happens on create, update and delete. Source of every name and default: the classes in
// pulumi_command.remote, version 1.2.1.
package remote

import (
	"time"

	"github.com/pulumi/pulumi-go-provider/infer"
	"pulumi.local/engine/command/sshclient"
)

// Defaults of a connection. Source: pulumi_command.remote.ConnectionArgs.
const (
	defaultUser           = "root"
	defaultPort           = 22.0
	defaultDialErrorLimit = 10
	defaultPerDialTimeout = 15
)

// Endpoint is what a connection to a machine and one to the bastion before it have in common.
type Endpoint struct {
	User               *string  `pulumi:"user,optional"`
	Password           *string  `pulumi:"password,optional"`
	Host               *string  `pulumi:"host"`
	Port               *float64 `pulumi:"port,optional"`
	PrivateKey         *string  `pulumi:"privateKey,optional"`
	PrivateKeyPassword *string  `pulumi:"privateKeyPassword,optional"`
	AgentSocketPath    *string  `pulumi:"agentSocketPath,optional"`
	DialErrorLimit     *int     `pulumi:"dialErrorLimit,optional"`
	PerDialTimeout     *int     `pulumi:"perDialTimeout,optional"`
	HostKey            *string  `pulumi:"hostKey,optional"`
}

// annotate describes the fields and sets the defaults; noun tells the two kinds of endpoint apart.
func (e *Endpoint) annotate(a infer.Annotator, noun string) {
	a.Describe(&e.User, "The user to log in as on the "+noun+".")
	a.SetDefault(&e.User, defaultUser)
	a.Describe(&e.Password, "The password to log in with on the "+noun+".")
	a.Describe(&e.Host, "The address of the "+noun+".")
	a.Describe(&e.Port, "The TCP port of sshd on the "+noun+".")
	a.SetDefault(&e.Port, defaultPort)
	a.Describe(&e.PrivateKey, "The contents of an SSH private key; it is tried before the password.")
	a.Describe(&e.PrivateKeyPassword, "The passphrase of an encrypted private key.")
	a.Describe(&e.AgentSocketPath, "The socket of an SSH agent; SSH_AUTH_SOCK when absent, and no private key is given.")
	a.Describe(&e.DialErrorLimit, "How many failed dials to forgive; -1 forgives all.")
	a.SetDefault(&e.DialErrorLimit, defaultDialErrorLimit)
	a.Describe(&e.PerDialTimeout, "Seconds for one dial, handshake included; 0 means no limit.")
	a.SetDefault(&e.PerDialTimeout, defaultPerDialTimeout)
	a.Describe(&e.HostKey, "The host key that the "+noun+" must show; without it nothing is dialled.")
}

// target turns the Pulumi shape into the one the SSH client takes, filling in absent values.
func (e *Endpoint) target() sshclient.Target {
	return sshclient.Target{
		Host:               valueOr(e.Host, ""),
		Port:               int(valueOr(e.Port, defaultPort)),
		User:               valueOr(e.User, defaultUser),
		Password:           valueOr(e.Password, ""),
		PrivateKey:         valueOr(e.PrivateKey, ""),
		PrivateKeyPassword: valueOr(e.PrivateKeyPassword, ""),
		AgentSocketPath:    valueOr(e.AgentSocketPath, ""),
		HostKey:            valueOr(e.HostKey, ""),
		DialErrorLimit:     valueOr(e.DialErrorLimit, defaultDialErrorLimit),
		PerDialTimeout:     time.Duration(valueOr(e.PerDialTimeout, defaultPerDialTimeout)) * time.Second,
	}
}

// valueOr is *pointer, or the fallback when there is none.
func valueOr[T any](pointer *T, fallback T) T {
	if pointer == nil {
		return fallback
	}
	return *pointer
}
