package execute

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

func recorder(command Command) (*transcript, *[]string) {
	var lines []string
	command.Log = func(line string) { lines = append(lines, line) }
	if command.Shows == nil {
		command.Shows = func(Stream) bool { return true }
	}
	return newTranscript(command), &lines
}

func TestLinesAreShownWholeHoweverTheyArrive(t *testing.T) {
	transcript, lines := recorder(Command{})
	writer := transcript.writer(Stdout)
	for _, piece := range []string{"o", "ne\ntw", "o\n", "\nlast"} {
		if _, err := writer.Write([]byte(piece)); err != nil {
			t.Fatal(err)
		}
	}
	writer.finish()
	if want := []string{"one", "two", "", "last"}; !slices.Equal(*lines, want) {
		t.Errorf("lines: %q", *lines)
	}
	if writer.text() != "one\ntwo\n\nlast" {
		t.Errorf("text: %q", writer.text())
	}
}

func TestOnlyOneNewlineIsTakenOffTheEnd(t *testing.T) {
	transcript, _ := recorder(Command{})
	writer := transcript.writer(Stdout)
	_, _ = writer.Write([]byte("a\n\n"))
	if writer.text() != "a\n" {
		t.Errorf("text: %q", writer.text())
	}
}

func TestAStreamThatMayNotBeShownIsOnlyKept(t *testing.T) {
	transcript, lines := recorder(Command{Shows: func(stream Stream) bool { return stream == Stderr }})
	stdout, stderr := transcript.writer(Stdout), transcript.writer(Stderr)
	_, _ = stdout.Write([]byte("hidden\n"))
	_, _ = stderr.Write([]byte("shown\n"))
	if !slices.Equal(*lines, []string{"shown"}) || transcript.tail() != "shown" || stdout.text() != "hidden" {
		t.Errorf("lines %q, tail %q, text %q", *lines, transcript.tail(), stdout.text())
	}
}

func TestTheTailIsTheLastScreenful(t *testing.T) {
	transcript, _ := recorder(Command{})
	writer := transcript.writer(Stdout)
	for i := range 100 {
		_, _ = fmt.Fprintln(writer, i)
	}
	tail := strings.Split(transcript.tail(), "\n")
	if len(tail) != tailLines || tail[0] != "60" || tail[tailLines-1] != "99" {
		t.Errorf("tail: %q", tail)
	}
}

func TestRedaction(t *testing.T) {
	redaction := newRedaction(Command{
		Stdin:       "short\nlong secret\nlong secret with more\n\n",
		Environment: map[string]string{"KEY": "environment-value"},
	})
	for line, want := range map[string]string{
		"it is short":                  "it is short",
		"a long secret here":           "a [secret] here",
		"long secret with more":        "[secret]",
		"KEY=environment-value; again": "KEY=[secret]; again",
		"":                             "",
	} {
		if got := redaction.apply(line); got != want {
			t.Errorf("%q: %q", line, got)
		}
	}
}

func TestRedactionOfMuchInputTakesNoTime(t *testing.T) {
	done := make(chan string, 1)
	go func() {
		many := strings.Repeat("x", 1<<20) + "\n" + strings.Repeat("a line of input\n", 1<<16)
		done <- newRedaction(Command{Stdin: many}).apply("nothing of it")
	}()
	select {
	case got := <-done:
		if got != "nothing of it" {
			t.Errorf("got %q", got)
		}
	case <-time.After(10 * time.Second):
		t.Error("still at it")
	}
}
