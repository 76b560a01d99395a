package sshclient

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"golang.org/x/crypto/ssh"
)

// Waits between dials: they start short and grow by half each time. Choice: an sshd that is being started
// is found within a tenth of its start-up time, and ten dials span some ten seconds.
const (
	firstWait  = 100 * time.Millisecond
	growth     = 1.5
	longestGap = 5 * time.Second
)

// dialer opens a byte stream to an address: over the network, or through a bastion.
type dialer func(ctx context.Context, network, address string) (net.Conn, error)

// Dial connects and logs in to the target, by way of the proxy unless that is nil.
// Its errors name the machine and what to do, and hold no secret.
func Dial(ctx context.Context, target Target, proxy *Target) (*Client, error) {
	if proxy == nil {
		connection, err := dialUntil(ctx, target, new(net.Dialer).DialContext)
		if err != nil {
			return nil, err
		}
		return newClient(target, connection, nil), nil
	}
	bastion, err := dialUntil(ctx, *proxy, new(net.Dialer).DialContext)
	if err != nil {
		return nil, fmt.Errorf("bastion: %w", err)
	}
	connection, err := dialUntil(ctx, target, bastion.DialContext)
	if err != nil {
		_ = bastion.Close()
		return nil, fmt.Errorf("through bastion %s: %w", proxy.Address(), err)
	}
	return newClient(target, connection, bastion), nil
}

// dialUntil dials until it works, an error is final, or more errors came than the target forgives.
func dialUntil(ctx context.Context, target Target, dial dialer) (*ssh.Client, error) {
	started := time.Now()
	wait := firstWait
	for failures := 1; ; failures++ {
		client, err := dialOnce(ctx, target, dial)
		if err == nil {
			return client, nil
		}
		if final(err) {
			return nil, err
		}
		if ctx.Err() != nil || target.DialErrorLimit >= 0 && failures > target.DialErrorLimit {
			return nil, fmt.Errorf("cannot log in to %s as %s: %d dials failed in %.1f s: %w",
				target.Address(), target.User, failures, time.Since(started).Seconds(), err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(wait):
		}
		wait = min(time.Duration(float64(wait)*growth), longestGap)
	}
}

// dialOnce dials, shakes hands and logs in, all within the target's limit.
func dialOnce(ctx context.Context, target Target, dial dialer) (*ssh.Client, error) {
	config, auth, err := configuration(target)
	if err != nil {
		return nil, finalError{err}
	}
	defer auth.close()
	cancel := func() {}
	if target.PerDialTimeout > 0 {
		ctx, cancel = context.WithTimeout(ctx, target.PerDialTimeout)
	}
	defer cancel()
	stream, err := dial(ctx, "tcp", target.Address())
	if err != nil {
		return nil, err
	}
	// A stream through a bastion knows no deadlines, so the limit closes it.
	stop := context.AfterFunc(ctx, func() { _ = stream.Close() })
	connection, channels, requests, err := ssh.NewClientConn(stream, target.Address(), config)
	if !stop() && ctx.Err() != nil {
		_ = stream.Close()
		return nil, fmt.Errorf("no login within %s: %w", target.PerDialTimeout, ctx.Err())
	}
	if err != nil {
		_ = stream.Close()
		return nil, err
	}
	return ssh.NewClient(connection, channels, requests), nil
}

func configuration(target Target) (*ssh.ClientConfig, authentication, error) {
	check, types, err := hostKeyCheck(target)
	if err != nil {
		return nil, authentication{}, err
	}
	auth, err := newAuthentication(target)
	if err != nil {
		return nil, auth, err
	}
	return &ssh.ClientConfig{
		User: target.User, Auth: auth.methods, HostKeyCallback: check, HostKeyAlgorithms: types,
	}, auth, nil
}

// finalError marks what no further dial can mend.
type finalError struct{ error }

func (e finalError) Unwrap() error { return e.error }

// final tells whether dialling again is of no use, or of harm: a machine with a wrong host key is refused at once.
func final(err error) bool {
	var marked finalError
	var hostKey *HostKeyError
	var negotiation *ssh.AlgorithmNegotiationError
	return errors.As(err, &marked) || errors.As(err, &hostKey) || errors.As(err, &negotiation)
}
