package remote

import (
	"context"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

var (
	_ infer.CustomResource[CommandInputs, CommandOutputs] = (*Command)(nil)
	_ infer.CustomCheck[CommandInputs]                    = (*Command)(nil)
	_ infer.CustomUpdate[CommandInputs, CommandOutputs]   = (*Command)(nil)
	_ infer.CustomDelete[CommandOutputs]                  = (*Command)(nil)
)

// Check refuses, all at once, what no machine is needed to refuse.
func (*Command) Check(ctx context.Context, req infer.CheckRequest) (infer.CheckResponse[CommandInputs], error) {
	inputs, failures, err := infer.DefaultCheck[CommandInputs](ctx, req.NewInputs)
	response := infer.CheckResponse[CommandInputs]{Inputs: inputs, Failures: failures}
	if err != nil {
		return response, err
	}
	response.Failures = append(response.Failures, inputs.Connection.check()...)
	if logging := valueOr(inputs.Logging, ""); !logging.known() {
		response.Failures = append(response.Failures, p.CheckFailure{
			Property: "logging",
			Reason:   `give one of "stdout", "stderr", "stdoutAndStderr", "none"`,
		})
	}
	return response, nil
}

// Create runs the create command, if there is one.
func (*Command) Create(
	ctx context.Context, req infer.CreateRequest[CommandInputs],
) (infer.CreateResponse[CommandOutputs], error) {
	state := CommandOutputs{CommandInputs: req.Inputs}
	id, err := resource.NewUniqueHex(req.Name, 8, 0)
	if err == nil && !req.DryRun {
		state, err = state.run(ctx, "create", valueOr(req.Inputs.Create, ""))
	}
	return infer.CreateResponse[CommandOutputs]{ID: id, Output: state}, err
}

// Update runs the update command, or else the create command, with the new arguments.
func (*Command) Update(
	ctx context.Context, req infer.UpdateRequest[CommandInputs, CommandOutputs],
) (infer.UpdateResponse[CommandOutputs], error) {
	state := CommandOutputs{CommandInputs: req.Inputs, Stdout: req.State.Stdout, Stderr: req.State.Stderr}
	var err error
	if !req.DryRun {
		if update := valueOr(req.Inputs.Update, ""); update != "" {
			state, err = state.run(ctx, "update", update)
		} else {
			state, err = state.run(ctx, "create", valueOr(req.Inputs.Create, ""))
		}
	}
	return infer.UpdateResponse[CommandOutputs]{Output: state}, err
}

// Delete runs the delete command, if there is one, over the connection in the state.
func (*Command) Delete(
	ctx context.Context, req infer.DeleteRequest[CommandOutputs],
) (infer.DeleteResponse, error) {
	_, err := req.State.run(ctx, "delete", valueOr(req.State.Delete, ""))
	return infer.DeleteResponse{}, err
}
