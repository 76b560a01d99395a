package options

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

func write(t *testing.T, folder, content string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(folder, projectFile), []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestFlagsAreThoseOfTheProject(t *testing.T) {
	root := t.TempDir()
	program := filepath.Join(root, "program")
	if err := os.Mkdir(program, 0o700); err != nil {
		t.Fatal(err)
	}
	virtualenv := []string{"-root=" + root, "-virtualenv=.venv"}
	for _, example := range []struct {
		name, content string
		want          []string
	}{
		{"a name alone", "runtime: python\n", nil},
		{"no options", "runtime: {name: python}\n", nil},
		{"another option", "runtime: {name: python, options: {toolchain: pip}}\n", nil},
		{"a virtual environment", "runtime: {name: python, options: {virtualenv: .venv}}\n", virtualenv},
		{"no runtime", "name: tiny\n", nil},
	} {
		write(t, root, example.content)
		for _, folder := range []string{root, program} {
			flags, err := Flags(folder)
			if err != nil || !reflect.DeepEqual(flags, example.want) {
				t.Errorf("%s in %s: got %v, %v, want %v", example.name, folder, flags, err, example.want)
			}
		}
	}
}

func TestThereMayBeNoProject(t *testing.T) {
	flags, err := Flags(t.TempDir())
	if err != nil || flags != nil {
		t.Errorf("got %v, %v", flags, err)
	}
}

func TestAProjectThatCannotBeReadIsNamed(t *testing.T) {
	root := t.TempDir()
	write(t, root, "runtime: [\n")
	if _, err := Flags(root); err == nil || !strings.Contains(err.Error(), root) {
		t.Errorf("got %v", err)
	}
}
