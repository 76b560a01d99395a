// Package upload copies files and folders to a remote machine over SFTP.
package upload

import (
	"path/filepath"
	"strings"
)

// Source is what to copy: a text, or a file or folder of this machine.
type Source struct {
	Path   string
	Text   string
	IsText bool
}

// Name is what the copy is called inside an existing folder; empty for a text, and for a folder of which
// only the contents are meant (its path ends with a slash).
func (s Source) Name() string {
	if s.IsText || strings.HasSuffix(s.Path, "/") {
		return ""
	}
	return filepath.Base(s.Path)
}
