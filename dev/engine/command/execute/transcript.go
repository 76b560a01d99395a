package execute

import (
	"bytes"
	"strings"
	"sync"
)

// tailLines is how many lines an error shows. Choice: a screenful.
const tailLines = 40

// transcript follows both streams of a running command: it keeps all of each as output, and shows the lines
// that may be shown as they come. The two streams are written by different goroutines.
type transcript struct {
	command Command
	redact  *redaction

	mutex sync.Mutex
	shown []string
}

func newTranscript(command Command) *transcript {
	return &transcript{command: command, redact: newRedaction(command)}
}

// show logs a line and keeps it for an error.
func (t *transcript) show(line string) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	line = t.redact.apply(line)
	t.shown = append(t.shown, line)
	if len(t.shown) > tailLines {
		t.shown = t.shown[1:]
	}
	t.command.Log(line)
}

// tail is the last lines shown.
func (t *transcript) tail() string {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	return strings.Join(t.shown, "\n")
}

// writer takes one stream.
func (t *transcript) writer(stream Stream) *streamWriter {
	return &streamWriter{transcript: t, shown: t.command.Shows(stream)}
}

// streamWriter keeps all it is given, and shows each line when it is complete.
type streamWriter struct {
	transcript *transcript
	shown      bool
	all        bytes.Buffer
	line       []byte
}

func (w *streamWriter) Write(data []byte) (int, error) {
	w.all.Write(data)
	if !w.shown {
		return len(data), nil
	}
	w.line = append(w.line, data...)
	for {
		end := bytes.IndexByte(w.line, '\n')
		if end < 0 {
			return len(data), nil
		}
		w.transcript.show(string(w.line[:end]))
		w.line = w.line[end+1:]
	}
}

// finish shows a last line without newline.
func (w *streamWriter) finish() {
	if len(w.line) > 0 {
		w.transcript.show(string(w.line))
		w.line = nil
	}
}

// text is all that was written, without the last newline.
func (w *streamWriter) text() string {
	return strings.TrimSuffix(w.all.String(), "\n")
}
