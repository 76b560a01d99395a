package upload

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"strings"

	"github.com/pkg/sftp"
	"pulumi.local/engine/command/sshclient"
)

// Copy copies the source to a path of the machine. Where it lands is that of the published plugin:
//
//	source        path is a folder   nothing there    path is a file
//	text          error              path             path, overwritten
//	file          path/file          path             path, overwritten
//	folder        path/folder        path/folder      error
//	folder/       path               path             error
//
// Missing folders above the path are made; files that are there already and not in the source stay.
func Copy(ctx context.Context, client *sshclient.Client, source Source, remotePath string) error {
	connection, err := sftp.NewClient(client.Client, sftp.UseConcurrentWrites(true))
	if err != nil {
		return fmt.Errorf("no SFTP there; sshd_config needs a Subsystem sftp: %w", err)
	}
	defer connection.Close()
	stop := context.AfterFunc(ctx, func() { _ = connection.Close() })
	defer stop()
	if err := (copier{connection}).copy(source, remotePath); err != nil {
		if ctx.Err() != nil {
			return errors.New("cancelled; a part may be there")
		}
		return err
	}
	return nil
}

// copier copies over one SFTP connection.
type copier struct{ remote *sftp.Client }

func (c copier) copy(source Source, remotePath string) error {
	isFolder, err := c.isFolder(remotePath)
	if err != nil {
		return err
	}
	if source.IsText {
		if isFolder {
			return errors.New("a folder is there; for a StringAsset, remotePath must be a file's")
		}
		return c.write(strings.NewReader(source.Text), remotePath)
	}
	info, err := os.Stat(source.Path)
	if err != nil {
		return fmt.Errorf("source: %w", err)
	}
	if info.IsDir() {
		return c.copyFolder(source.Path, path.Join(remotePath, source.Name()))
	}
	if isFolder {
		remotePath = path.Join(remotePath, source.Name())
	}
	return c.copyFile(source.Path, remotePath)
}

func (c copier) isFolder(remotePath string) (bool, error) {
	info, err := c.remote.Stat(remotePath)
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("look at %s there: %w", remotePath, err)
	}
	return info.IsDir(), nil
}

func (c copier) copyFile(localPath, remotePath string) error {
	file, err := os.Open(localPath)
	if err != nil {
		return fmt.Errorf("source: %w", err)
	}
	defer file.Close()
	return c.write(file, remotePath)
}

// write makes the folders above and the file. The close counts: a full disk may show only there.
func (c copier) write(contents io.Reader, remotePath string) error {
	if err := c.makeFolder(path.Dir(remotePath)); err != nil {
		return err
	}
	file, err := c.remote.Create(remotePath)
	if err != nil {
		return fmt.Errorf("make the file %s there: %w", remotePath, err)
	}
	_, err = file.ReadFrom(contents)
	if err := errors.Join(err, file.Close()); err != nil {
		return fmt.Errorf("write %s there (is its disk full?): %w", remotePath, err)
	}
	return nil
}

func (c copier) makeFolder(remotePath string) error {
	if err := c.remote.MkdirAll(remotePath); err != nil {
		return fmt.Errorf("make the folder %s there: %w", remotePath, err)
	}
	return nil
}
