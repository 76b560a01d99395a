package remote

import (
	"github.com/pulumi/pulumi-go-provider/infer"
	"pulumi.local/engine/command/execute"
)

// Logging says which streams of a command go to Pulumi's log.
type Logging string

// The published values.
const (
	LogStdout          Logging = "stdout"
	LogStderr          Logging = "stderr"
	LogStdoutAndStderr Logging = "stdoutAndStderr"
	LogNone            Logging = "none"
)

// Values lists the allowed values for the schema.
func (Logging) Values() []infer.EnumValue[Logging] {
	return []infer.EnumValue[Logging]{
		{Name: "stdout", Value: LogStdout, Description: "Log stdout but not stderr"},
		{Name: "stderr", Value: LogStderr, Description: "Log stderr but not stdout"},
		{Name: "stdoutAndStderr", Value: LogStdoutAndStderr, Description: "Log stdout and stderr"},
		{Name: "none", Value: LogNone, Description: "Log neither"},
	}
}

// known tells whether the value is one of the published ones, or not known yet.
func (l Logging) known() bool {
	switch l {
	case "", LogStdout, LogStderr, LogStdoutAndStderr, LogNone:
		return true
	default:
		return false
	}
}

// shows tells whether a stream goes to the log. Absent means both.
func (l Logging) shows(stream execute.Stream) bool {
	switch l {
	case LogNone:
		return false
	case LogStdout:
		return stream == execute.Stdout
	case LogStderr:
		return stream == execute.Stderr
	default:
		return true
	}
}
