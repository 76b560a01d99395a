package remote

import (
	"context"

	"github.com/pulumi/pulumi-go-provider/infer"
	"pulumi.local/engine/command/sshclient"
)

// Connection says how to reach a machine, by way of a bastion if Proxy is there.
type Connection struct {
	Endpoint
	Proxy *ProxyConnection `pulumi:"proxy,optional"`
}

// Annotate describes the type and sets its defaults.
func (c *Connection) Annotate(a infer.Annotator) {
	a.Describe(&c, "Instructions for how to connect to a remote machine.")
	c.annotate(a, "machine")
	a.Describe(&c.Proxy, "The bastion to go through.")
}

// ProxyConnection says how to reach a bastion.
type ProxyConnection struct {
	Endpoint
}

// Annotate describes the type and sets its defaults.
func (c *ProxyConnection) Annotate(a infer.Annotator) {
	a.Describe(&c, "Instructions for how to connect to a bastion.")
	c.annotate(a, "bastion")
}

// dial opens the connection, trying again as often as it allows.
func (c *Connection) dial(ctx context.Context) (*sshclient.Client, error) {
	if c.Proxy == nil {
		return sshclient.Dial(ctx, c.target(), nil)
	}
	proxy := c.Proxy.target()
	return sshclient.Dial(ctx, c.target(), &proxy)
}

// sameMachine tells whether both lead to the same sshd, by the same way.
func (c *Connection) sameMachine(other *Connection) bool {
	if c == nil || other == nil {
		return c == other
	}
	if (c.Proxy == nil) != (other.Proxy == nil) {
		return false
	}
	if c.Proxy != nil && c.Proxy.target().Address() != other.Proxy.target().Address() {
		return false
	}
	return c.target().Address() == other.target().Address()
}
