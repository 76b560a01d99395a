package remote

import (
	"context"
	"fmt"

	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"pulumi.local/engine/command/upload"
)

var (
	_ infer.CustomResource[CopyToRemoteInputs, CopyToRemoteOutputs] = (*CopyToRemote)(nil)
	_ infer.CustomCheck[CopyToRemoteInputs]                         = (*CopyToRemote)(nil)
	_ infer.CustomUpdate[CopyToRemoteInputs, CopyToRemoteOutputs]   = (*CopyToRemote)(nil)
)

// Check refuses, all at once, what no machine is needed to refuse.
func (*CopyToRemote) Check(
	ctx context.Context, req infer.CheckRequest,
) (infer.CheckResponse[CopyToRemoteInputs], error) {
	inputs, failures, err := infer.DefaultCheck[CopyToRemoteInputs](ctx, req.NewInputs)
	response := infer.CheckResponse[CopyToRemoteInputs]{Inputs: inputs, Failures: failures}
	if err != nil {
		return response, err
	}
	response.Failures = append(response.Failures, inputs.Connection.check()...)
	if source, given := req.NewInputs.GetOk("source"); given && !source.HasComputed() {
		response.Failures = append(response.Failures, checkSource(inputs.Source)...)
	}
	return response, nil
}

// Create copies the source.
func (*CopyToRemote) Create(
	ctx context.Context, req infer.CreateRequest[CopyToRemoteInputs],
) (infer.CreateResponse[CopyToRemoteOutputs], error) {
	response := infer.CreateResponse[CopyToRemoteOutputs]{Output: CopyToRemoteOutputs{req.Inputs}}
	if req.DryRun {
		return response, nil
	}
	if err := req.Inputs.copy(ctx); err != nil {
		return response, err
	}
	var err error
	response.ID, err = resource.NewUniqueHex("", 8, 0)
	return response, err
}

// Update copies again when what is copied, or where to, is another. A new key or password alone copies nothing.
func (*CopyToRemote) Update(
	ctx context.Context, req infer.UpdateRequest[CopyToRemoteInputs, CopyToRemoteOutputs],
) (infer.UpdateResponse[CopyToRemoteOutputs], error) {
	response := infer.UpdateResponse[CopyToRemoteOutputs]{Output: CopyToRemoteOutputs{req.Inputs}}
	if req.DryRun || req.Inputs.copied(req.State.CopyToRemoteInputs) {
		return response, nil
	}
	return response, req.Inputs.copy(ctx)
}

// copied tells whether the copy that old describes is the one that c asks for.
func (c CopyToRemoteInputs) copied(old CopyToRemoteInputs) bool {
	return sourceHash(c.Source) == sourceHash(old.Source) &&
		uploadSource(c.Source).Name() == uploadSource(old.Source).Name() &&
		c.RemotePath == old.RemotePath &&
		c.Connection.sameMachine(old.Connection)
}

func (c CopyToRemoteInputs) copy(ctx context.Context) error {
	client, err := c.Connection.dial(ctx)
	if err != nil {
		return err
	}
	defer client.Close()
	if err := upload.Copy(ctx, client, uploadSource(c.Source), c.RemotePath); err != nil {
		return fmt.Errorf("copy to %s on %s: %w", c.RemotePath, client.Address(), err)
	}
	return nil
}
