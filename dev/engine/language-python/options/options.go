// Package options reads the options of a project's runtime.
package options

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"gopkg.in/yaml.v3"
)

// projectFile is the file name of a project, as this repository has it.
const projectFile = "Pulumi.yaml"

type project struct {
	Runtime runtime `yaml:"runtime"`
}

type runtime struct {
	Options struct {
		Virtualenv string `yaml:"virtualenv"`
	} `yaml:"options"`
}

// UnmarshalYAML accepts a runtime that is a name alone, which has no options.
func (r *runtime) UnmarshalYAML(node *yaml.Node) error {
	if node.Kind == yaml.ScalarNode {
		return nil
	}
	type plain runtime
	return node.Decode((*plain)(r))
}

// Flags returns the flags of the language host for the project that a program's folder belongs to: none without a
// project, or where the project names no virtual environment.
func Flags(folder string) ([]string, error) {
	root, content, err := findProject(folder)
	if err != nil || content == nil {
		return nil, err
	}
	var found project
	if err := yaml.Unmarshal(content, &found); err != nil {
		return nil, fmt.Errorf("%s: %w", filepath.Join(root, projectFile), err)
	}
	virtualenv := found.Runtime.Options.Virtualenv
	if virtualenv == "" {
		return nil, nil
	}
	return []string{"-root=" + root, "-virtualenv=" + virtualenv}, nil
}

// findProject returns the nearest folder with a project file, from a folder upwards, and that file's content.
func findProject(folder string) (string, []byte, error) {
	for {
		content, err := os.ReadFile(filepath.Join(folder, projectFile))
		if err == nil {
			return folder, content, nil
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return "", nil, err
		}
		parent := filepath.Dir(folder)
		if parent == folder {
			return "", nil, nil
		}
		folder = parent
	}
}
