package remote

import (
	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/infer/types"
	"pulumi.local/engine/command/upload"
)

// checkSource refuses every kind of asset that has no path or text of its own.
func checkSource(source types.AssetOrArchive) []p.CheckFailure {
	reason := ""
	switch {
	case source.Asset != nil && source.Archive != nil:
		reason = "is both an asset and an archive; give one"
	case source.Asset == nil && source.Archive == nil:
		reason = "is missing; give a FileAsset, a StringAsset or a FileArchive"
	case source.Asset != nil && !source.Asset.IsPath() && !source.Asset.IsText():
		reason = "is a remote asset, which cannot be copied; give a FileAsset or a StringAsset"
	case source.Archive != nil && !source.Archive.IsPath():
		reason = "is not an archive on disk, and only that can be copied; give a FileArchive"
	default:
		return nil
	}
	return []p.CheckFailure{{Property: "source", Reason: reason}}
}

// uploadSource is what to copy: a text, or a path on this machine.
func uploadSource(source types.AssetOrArchive) upload.Source {
	switch {
	case source.Archive != nil:
		return upload.Source{Path: source.Archive.Path}
	case source.Asset.IsText():
		return upload.Source{Text: source.Asset.Text, IsText: true}
	default:
		return upload.Source{Path: source.Asset.Path}
	}
}

// sourceHash is the digest that the engine computed over the source's contents.
func sourceHash(source types.AssetOrArchive) string {
	switch {
	case source.Asset != nil:
		return source.Asset.Hash
	case source.Archive != nil:
		return source.Archive.Hash
	default:
		return ""
	}
}
