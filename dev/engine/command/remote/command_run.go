package remote

import (
	"context"
	"fmt"
	"maps"

	p "github.com/pulumi/pulumi-go-provider"
	"pulumi.local/engine/command/execute"
)

// What a run finds the output of the last one under.
const (
	previousStdout = "PULUMI_COMMAND_STDOUT"
	previousStderr = "PULUMI_COMMAND_STDERR"
)

// run runs one command of the resource and returns the state with its output. An empty command does nothing.
// The command's text stays out of errors: it may hold secrets, and the resource's name tells which it is.
func (c CommandOutputs) run(ctx context.Context, phase, text string) (CommandOutputs, error) {
	if text == "" {
		return c, nil
	}
	client, err := c.Connection.dial(ctx)
	if err != nil {
		return c, fmt.Errorf("%s command: %w", phase, err)
	}
	defer client.Close()
	result, err := execute.Run(ctx, client, c.command(ctx, text))
	if err != nil {
		return c, fmt.Errorf("%s command on %s: %w", phase, client.Address(), err)
	}
	c.Stdout, c.Stderr = result.Stdout, result.Stderr
	return c, nil
}

func (c CommandOutputs) command(ctx context.Context, text string) execute.Command {
	logger := p.GetLogger(ctx)
	logging := valueOr(c.Logging, LogStdoutAndStderr)
	command := execute.Command{
		Text:        text,
		Stdin:       valueOr(c.Stdin, ""),
		Environment: maps.Clone(valueOr(c.Environment, nil)),
		Shows:       logging.shows,
		Log:         logger.Info,
		Warn:        logger.Warning,
	}
	if valueOr(c.AddPreviousOutputInEnv, true) {
		command.Offered = map[string]string{previousStdout: c.Stdout, previousStderr: c.Stderr}
	}
	return command
}
