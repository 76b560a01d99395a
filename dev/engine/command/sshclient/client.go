package sshclient

import (
	"time"

	"golang.org/x/crypto/ssh"
)

// A machine that answers none of this many keep-alives in a row is gone. Choice: a minute, so that a run
// on a machine that died ends, and a short cut of the network does not end it.
const (
	keepAliveEvery  = 15 * time.Second
	keepAliveMisses = 4
)

// Client is a connection, logged in. Close it.
type Client struct {
	*ssh.Client
	target  Target
	bastion *ssh.Client // nil without a bastion
	closed  chan struct{}
}

func newClient(target Target, connection, bastion *ssh.Client) *Client {
	client := &Client{Client: connection, target: target, bastion: bastion, closed: make(chan struct{})}
	go client.keepAlive(keepAliveEvery)
	return client
}

// Address is the machine's host:port.
func (c *Client) Address() string { return c.target.Address() }

// Close ends the connection, and the bastion's.
func (c *Client) Close() error {
	close(c.closed)
	err := c.Client.Close()
	if c.bastion != nil {
		_ = c.bastion.Close()
	}
	return err
}

// keepAlive asks the machine for a sign of life, and cuts the connection when there is none.
func (c *Client) keepAlive(every time.Duration) {
	alive := make(chan struct{}, 1)
	misses := 0
	for {
		go func() {
			if _, _, err := c.SendRequest("keepalive@openssh.com", true, nil); err == nil {
				alive <- struct{}{}
			}
		}()
		select {
		case <-c.closed:
			return
		case <-time.After(every):
		}
		select {
		case <-alive:
			misses = 0
		default:
			misses++
		}
		if misses >= keepAliveMisses {
			_ = c.Client.Close()
			return
		}
	}
}
