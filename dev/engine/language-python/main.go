// Command pulumi-language-python gives the language host that can be built from Go modules the options of the
// project, and becomes it.
//
// The engine names a project's `runtime.options` in each request. That host, of an older release, reads them from
// its flags alone; without them it would run the python3 on PATH instead of the project's virtual environment.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"pulumi.local/engine/language-python/options"
)

// host is the file name of the language host, which lies beside this program.
const host = "pulumi-language-python-host"

func main() {
	if err := run(); err != nil {
		fmt.Fprintf(os.Stderr, "pulumi-language-python: %v\n", err)
		os.Exit(1)
	}
}

func run() error {
	executable, err := os.Executable()
	if err != nil {
		return err
	}
	folder, err := os.Getwd()
	if err != nil {
		return err
	}
	flags, err := options.Flags(folder)
	if err != nil {
		return err
	}
	program := filepath.Join(filepath.Dir(executable), host)
	err = syscall.Exec(program, append(append([]string{program}, flags...), os.Args[1:]...), os.Environ())
	return fmt.Errorf("%s cannot be run (%w); run python -m dev.engine clean, then build", program, err)
}
