package upload

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
)

// copyFolder copies a folder's contents, at every depth, into a remote folder. Links are followed, as the
// published plugin does: the copy holds what they point to.
func (c copier) copyFolder(localPath, remotePath string) error {
	return fs.WalkDir(os.DirFS(localPath), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return fmt.Errorf("source: %w", err)
		}
		target := path.Join(remotePath, name)
		if entry.IsDir() {
			return c.makeFolder(target)
		}
		return c.copyFile(filepath.Join(localPath, filepath.FromSlash(name)), target)
	})
}
