package remote

import (
	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi-go-provider/infer/types"
)

// CopyToRemote is the resource command:remote:CopyToRemote.
type CopyToRemote struct{}

// CopyToRemoteInputs are the arguments of a CopyToRemote.
type CopyToRemoteInputs struct {
	Connection *Connection          `pulumi:"connection" provider:"secret"`
	Source     types.AssetOrArchive `pulumi:"source"`
	RemotePath string               `pulumi:"remotePath"`
	Triggers   *[]any               `pulumi:"triggers,optional" provider:"replaceOnChanges"`
}

// CopyToRemoteOutputs is the state of a CopyToRemote: its arguments.
type CopyToRemoteOutputs struct {
	CopyToRemoteInputs
}

// Annotate describes the resource.
func (c *CopyToRemote) Annotate(a infer.Annotator) {
	a.Describe(&c, "A copy of an asset or archive on a remote machine, made over SFTP. Deleting it leaves the copy.")
}

// Annotate describes the arguments.
func (c *CopyToRemoteInputs) Annotate(a infer.Annotator) {
	a.Describe(&c.Connection, "How to reach the machine.")
	a.Describe(&c.Source, "A FileAsset, a StringAsset, or a FileArchive (a file or a folder, copied as it is).")
	a.Describe(&c.RemotePath, "Where the copy goes. Missing folders are made; into an existing folder it goes "+
		"under its own name; an existing file is overwritten.")
	a.Describe(&c.Triggers, "The resource is replaced when any of these values changes.")
}
