package main

import (
	"io"
	"log"
	"net/http"
	"os"
	"regexp"
	"strings"
	"time"
)

const slowness = 1500 * time.Millisecond

var (
	addressLine = regexp.MustCompile(`(?m)^(  addr: )(\S+)$`)
	secretLine  = regexp.MustCompile(`(?m)^(  secret: ).*$`)
	// Two levels below `storage`: of the driver.
	containerLine = regexp.MustCompile(`(?m)^(    container: )(\S+)$`)
	passwordLine  = regexp.MustCompile(`(?m)^(    password: ).*$`)
	authSection   = regexp.MustCompile(`(?m)^auth:\n(  .*\n)*`)
	before        = regexp.MustCompile(`^/v2/(verification|operate)/`)
)

// edited returns the configuration as this release has it, and the address at which it was to be found.
func edited(config, kind string) (string, string) {
	found := addressLine.FindStringSubmatch(config)
	if found == nil {
		log.Fatal("the configuration has no address")
	}
	if ownAddress == "" {
		host, port, _ := strings.Cut(found[2], ":")
		ownAddress, rewritten = host+":2"+port[1:], "/tmp/misbehaving-"+port+".yml"
	}
	config = strings.Replace(config, found[0], found[1]+ownAddress, 1)
	switch kind {
	case "wrong-secret":
		config = secretLine.ReplaceAllString(config, "${1}another-secret-than-the-one-of-the-stack")
	case "wrong-container":
		config = containerLine.ReplaceAllString(config, "${1}${2}-absent")
	case "wrong-key":
		config = passwordLine.ReplaceAllString(config, "${1}wrong")
	case "no-auth":
		config = authSection.ReplaceAllString(config, "")
	}
	return config, found[2]
}

// answered answers a request itself, if that is this kind's manner.
func answered(w http.ResponseWriter, request *http.Request, kind string) bool {
	path, reading := request.URL.Path, request.Method == http.MethodGet || request.Method == http.MethodHead
	named := strings.Contains(path, "/manifests/") || strings.Contains(path, "/blobs/")
	status := 0
	switch {
	case kind == "errors" && path != "/":
		status = http.StatusInternalServerError
	case kind == "locked" && path != "/":
		status = http.StatusUnauthorized
	case kind == "no-push" && !reading:
		status = http.StatusInternalServerError
	case kind == "read-only" && !reading, kind == "no-delete" && request.Method == http.MethodDelete:
		status = http.StatusMethodNotAllowed
	case kind == "catalog" && path == "/v2/_catalog":
		status = http.StatusInternalServerError
	case kind == "forgets" && reading && named && !before.MatchString(path):
		status = http.StatusNotFound
	case kind == "open" && path == "/v2/" && request.Header.Get("Authorization") == "":
		status = http.StatusOK
	case kind == "dies":
		log.Print("fatal error: this release does not last")
		os.Exit(2)
	case kind == "hangs":
		<-request.Context().Done()
		panic(http.ErrAbortHandler)
	case kind == "slow":
		time.Sleep(slowness)
	}
	if status != 0 {
		w.WriteHeader(status)
	}
	return status != 0
}

// spoilt changes an answer of the real registry.
func spoilt(answer *http.Response, kind string) {
	request := answer.Request
	path := request.URL.Path
	body := request.Method == http.MethodGet && answer.StatusCode == http.StatusOK
	switch {
	case kind == "corrupt" && body && strings.Contains(path, "/blobs/"),
		kind == "corrupt-manifests" && body && strings.Contains(path, "/manifests/"):
		answer.Body = &corrupt{answer.Body, false}
	case kind == "truncates" && body && strings.Contains(path, "/blobs/"):
		answer.Body = &truncated{answer.Body, answer.ContentLength / 2}
	case kind == "misnames" && answer.Header.Get("Docker-Content-Digest") != "":
		answer.Header.Set("Docker-Content-Digest", "sha256:"+strings.Repeat("0", 64))
	case kind == "absolute" && answer.Header.Get("Location") != "":
		answer.Header.Set("Location", "http://127.0.0.1:1"+answer.Header.Get("Location"))
	}
}

// corrupt changes the first byte.
type corrupt struct {
	io.ReadCloser
	done bool
}

func (c *corrupt) Read(into []byte) (int, error) {
	count, err := c.ReadCloser.Read(into)
	if count > 0 && !c.done {
		into[0] ^= 1
		c.done = true
	}
	return count, err
}

// truncated ends after so many bytes, whatever was promised.
type truncated struct {
	io.ReadCloser
	left int64
}

func (t *truncated) Read(into []byte) (int, error) {
	if t.left <= 0 {
		return 0, io.ErrUnexpectedEOF
	}
	count, err := t.ReadCloser.Read(into[:min(int64(len(into)), t.left)])
	t.left -= int64(count)
	return count, err
}
