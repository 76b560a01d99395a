// Package execute runs one command over an SSH connection.
package execute

// Stream is one of the two that a command writes to.
type Stream int

// The streams.
const (
	Stdout Stream = iota
	Stderr
)

// Command is what to run, and what to do with what it writes.
type Command struct {
	Text        string            // for the login shell of the user
	Stdin       string            // never shown in logs or errors
	Environment map[string]string // the user's; one that sshd refuses is warned of, and never shown
	Offered     map[string]string // more environment; sshd may refuse it in silence; empty values are left out

	Shows func(Stream) bool // which streams may be shown, in logs and in errors
	Log   func(line string) // takes each line shown
	Warn  func(text string) // takes warnings
}

// Result is what a command wrote, each without the last newline.
type Result struct {
	Stdout string
	Stderr string
}
