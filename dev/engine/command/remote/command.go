package remote

import (
	"github.com/pulumi/pulumi-go-provider/infer"
)

// Command is the resource command:remote:Command.
type Command struct{}

// CommandInputs are the arguments of a Command.
type CommandInputs struct {
	Connection             *Connection        `pulumi:"connection" provider:"secret"`
	Create                 *string            `pulumi:"create,optional"`
	Update                 *string            `pulumi:"update,optional"`
	Delete                 *string            `pulumi:"delete,optional"`
	Stdin                  *string            `pulumi:"stdin,optional"`
	Environment            *map[string]string `pulumi:"environment,optional"`
	AddPreviousOutputInEnv *bool              `pulumi:"addPreviousOutputInEnv,optional"`
	Logging                *Logging           `pulumi:"logging,optional"`
	Triggers               *[]any             `pulumi:"triggers,optional" provider:"replaceOnChanges"`
}

// CommandOutputs is the state of a Command: its arguments, and what the last run wrote, each without the
// last newline.
type CommandOutputs struct {
	CommandInputs
	Stdout string `pulumi:"stdout"`
	Stderr string `pulumi:"stderr"`
}

// Annotate describes the resource.
func (c *Command) Annotate(a infer.Annotator) {
	a.Describe(&c, "A command to run on a remote machine, over SSH.")
}

// Annotate describes the arguments.
func (c *CommandInputs) Annotate(a infer.Annotator) {
	a.Describe(&c.Connection, "How to reach the machine.")
	a.Describe(&c.Create, "The command to run on creation, and on changes when there is no update command.")
	a.Describe(&c.Update, "The command to run on changes; the create command when empty.")
	a.Describe(&c.Delete, "The command to run on deletion.")
	a.Describe(&c.Stdin, "What the command reads on its standard input.")
	a.Describe(&c.Environment, "Environment variables; sshd takes only those that its AcceptEnv names.")
	a.Describe(&c.AddPreviousOutputInEnv, "Whether the run gets the output of the last one as "+
		"PULUMI_COMMAND_STDOUT and PULUMI_COMMAND_STDERR; yes when absent.")
	a.Describe(&c.Logging, "Which streams go to the log; both when absent. The outputs hold both always.")
	a.Describe(&c.Triggers, "The resource is replaced when any of these values changes.")
}

// Annotate describes the outputs.
func (c *CommandOutputs) Annotate(a infer.Annotator) {
	a.Describe(&c.Stdout, "What the last run wrote to its standard output.")
	a.Describe(&c.Stderr, "What the last run wrote to its standard error.")
}
