package execute

import (
	"context"
	"errors"
	"fmt"
	"sort"
	"strings"

	"golang.org/x/crypto/ssh"
	"pulumi.local/engine/command/sshclient"
)

// Run runs the command to its end. A failure's error ends with the last lines that may be shown, without
// anything of standard input.
func Run(ctx context.Context, client *sshclient.Client, command Command) (Result, error) {
	session, err := client.NewSession()
	if err != nil {
		return Result{}, fmt.Errorf("sshd opens no session: %w", err)
	}
	defer session.Close()
	stop := context.AfterFunc(ctx, func() { _ = session.Close() })
	defer stop()

	setEnvironment(session, command)
	if command.Stdin != "" {
		session.Stdin = strings.NewReader(command.Stdin)
	}
	transcript := newTranscript(command)
	stdout, stderr := transcript.writer(Stdout), transcript.writer(Stderr)
	session.Stdout, session.Stderr = stdout, stderr
	err = session.Run(command.Text)
	stdout.finish()
	stderr.finish()
	if err != nil {
		return Result{}, failure(ctx, err, transcript)
	}
	return Result{Stdout: stdout.text(), Stderr: stderr.text()}, nil
}

func setEnvironment(session *ssh.Session, command Command) {
	names := make([]string, 0, len(command.Environment))
	for name := range command.Environment {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		if err := session.Setenv(name, command.Environment[name]); err != nil {
			command.Warn(fmt.Sprintf("sshd refuses the environment variable %s: name it in AcceptEnv of its "+
				"sshd_config, or pass the value by stdin", name))
		}
	}
	for name, value := range command.Offered {
		if value != "" {
			_ = session.Setenv(name, value)
		}
	}
}

// failure says why a command did not end well.
func failure(ctx context.Context, err error, transcript *transcript) error {
	var exit *ssh.ExitError
	var missing *ssh.ExitMissingError
	reason := err.Error()
	switch {
	case ctx.Err() != nil:
		reason = "cancelled; it may still be running there"
	case errors.As(err, &missing):
		reason = "the connection ended before the command did; it may still be running there"
	case errors.As(err, &exit) && exit.Signal() != "":
		reason = fmt.Sprintf("killed by signal %s", exit.Signal())
	case errors.As(err, &exit):
		reason = fmt.Sprintf("failed with exit status %d", exit.ExitStatus())
	}
	if tail := transcript.tail(); tail != "" {
		return fmt.Errorf("%s:\n%s", reason, tail)
	}
	return errors.New(reason)
}
