package remote

import (
	"fmt"

	p "github.com/pulumi/pulumi-go-provider"
	"pulumi.local/engine/command/sshclient"
)

// check finds what can be known to be wrong before anything is dialled. Values not known yet pass.
func (c *Connection) check() []p.CheckFailure {
	if c == nil {
		return nil
	}
	failures := c.Endpoint.check("connection")
	if c.Proxy != nil {
		failures = append(failures, c.Proxy.Endpoint.check("connection.proxy")...)
	}
	return failures
}

func (e *Endpoint) check(path string) []p.CheckFailure {
	var failures []p.CheckFailure
	fail := func(field, reason string) {
		failures = append(failures, p.CheckFailure{Property: path + "." + field, Reason: reason})
	}
	// 0 is also what a port that is not known yet looks like here.
	if port := valueOr(e.Port, defaultPort); port != float64(int(port)) || port < 0 || port > 65535 {
		fail("port", fmt.Sprintf("%v is not a TCP port; give a whole number from 1 to 65535", port))
	}
	if limit := valueOr(e.DialErrorLimit, defaultDialErrorLimit); limit < -1 {
		fail("dialErrorLimit", fmt.Sprintf("%d is too small; give -1 (no limit), 0 or more", limit))
	}
	if seconds := valueOr(e.PerDialTimeout, defaultPerDialTimeout); seconds < 0 {
		fail("perDialTimeout", fmt.Sprintf("%d s is too small; give 0 (no limit) or more", seconds))
	}
	if key := valueOr(e.HostKey, ""); key != "" {
		if _, err := sshclient.ParseHostKey(key); err != nil {
			fail("hostKey", err.Error())
		}
	}
	return failures
}
