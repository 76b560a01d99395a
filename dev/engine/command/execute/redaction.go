package execute

import (
	"sort"
	"strings"
)

// redacted stands where a secret was.
const redacted = "[secret]"

// shortestSecret is the length from which a line of standard input is taken out of what is shown. Choice:
// shorter ones ("done", "yes") are in ordinary output too, and are no good secrets.
const shortestSecret = 6

// mostSecret is how many bytes of standard input are looked at for secrets. Choice: keys and passwords are far
// smaller; more than this is data, and looking for each of its lines in each line shown would take too long.
const mostSecret = 64 * 1024

// redaction takes what the user gave by standard input or environment out of lines to show.
type redaction struct {
	replacer *strings.Replacer
}

func newRedaction(command Command) *redaction {
	secrets := strings.Split(command.Stdin[:min(len(command.Stdin), mostSecret)], "\n")
	for _, value := range command.Environment {
		secrets = append(secrets, strings.Split(value, "\n")...)
	}
	// The longest goes first: a shorter one may be a part of it.
	sort.Slice(secrets, func(i, j int) bool { return len(secrets[i]) > len(secrets[j]) })
	var pairs []string
	for _, secret := range secrets {
		if secret = strings.TrimSpace(secret); len(secret) >= shortestSecret {
			pairs = append(pairs, secret, redacted)
		}
	}
	// Twice, since for a single text the replacer prepares in quadratic time.
	return &redaction{strings.NewReplacer(append(pairs, pairs...)...)}
}

func (r *redaction) apply(line string) string {
	return r.replacer.Replace(line)
}
