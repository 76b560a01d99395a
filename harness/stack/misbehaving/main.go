// A registry that misbehaves: stands before the real one in a bad release's image, as /usr/local/sbin/registry.
//
// /etc/misbehaving.json says how: {"kind": "slow", "late": true}. What is late begins with the first request that
// came through the front door, which alone sends X-Forwarded-For: so it is nothing that a try before the switch
// could find.
package main

import (
	"encoding/json"
	"log"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
)

var (
	real      = strings.Fields(given("MISBEHAVING_REAL", "/usr/bin/docker-registry"))
	described = given("MISBEHAVING", "/etc/misbehaving.json")
	// Of the real one: by the port that it would have had, since a container runs the registry twice.
	rewritten  = os.Getenv("MISBEHAVING_CONFIG")
	ownAddress = os.Getenv("MISBEHAVING_ADDRESS")
)

// given is a variable of the environment, for a test without an image.
func given(name, otherwise string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return otherwise
}

type manner struct {
	Kind string `json:"kind"`
	Late bool   `json:"late"`
}

func main() {
	log.SetPrefix("misbehaving: ")
	text, err := os.ReadFile(described)
	if err != nil {
		log.Fatal(err)
	}
	var how manner
	if err := json.Unmarshal(text, &how); err != nil {
		log.Fatal(err)
	}
	switch how.Kind {
	case "exits":
		log.Fatal("configuration error: this release does not start")
	case "deaf":
		// An empty select would end it: Go calls that a deadlock.
		for {
			time.Sleep(time.Hour)
		}
	case "hungry":
		hold(256 << 20)
	}
	config, err := os.ReadFile(os.Args[2])
	if err != nil {
		log.Fatal(err)
	}
	changed, address := edited(string(config), how.Kind)
	if err := os.WriteFile(rewritten, []byte(changed), 0o600); err != nil {
		log.Fatal(err)
	}
	child := started()
	go ended(child)
	go passedOn(child)
	serve(address, how)
}

// hold keeps so many bytes for good.
func hold(size int) {
	kept := make([]byte, size)
	for at := 0; at < size; at += 4096 {
		kept[at] = 1
	}
	log.Printf("holds %d bytes", len(kept))
}

func started() *exec.Cmd {
	child := exec.Command(real[0], append(real[1:], "serve", rewritten)...)
	child.Stdout, child.Stderr = os.Stdout, os.Stderr
	// The child dies with the thread that began it, which stays this goroutine's, and so lasts as long as the process.
	runtime.LockOSThread()
	child.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := child.Start(); err != nil {
		log.Fatal(err)
	}
	return child
}

// ended ends this process with the real one.
func ended(child *exec.Cmd) {
	err := child.Wait()
	log.Printf("the registry ended: %v", err)
	os.Exit(child.ProcessState.ExitCode() & 255)
}

func passedOn(child *exec.Cmd) {
	told := make(chan os.Signal, 1)
	signal.Notify(told, syscall.SIGTERM, syscall.SIGINT)
	for one := range told {
		_ = child.Process.Signal(one)
	}
}

func serve(address string, how manner) {
	var switched atomic.Bool
	proxy := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: ownAddress})
	inner := proxy.Director
	proxy.Director = func(request *http.Request) {
		host := request.Host
		inner(request)
		request.Host = host
		request.Header["X-Forwarded-For"] = nil // no further entry
	}
	proxy.FlushInterval = -1
	bad := func() bool { return !how.Late || switched.Load() }
	proxy.ModifyResponse = func(answer *http.Response) error {
		if bad() {
			spoilt(answer, how.Kind)
		}
		return nil
	}
	proxy.ErrorHandler = func(w http.ResponseWriter, _ *http.Request, err error) {
		log.Print(err)
		w.WriteHeader(http.StatusBadGateway)
	}
	handler := func(w http.ResponseWriter, request *http.Request) {
		if request.Header.Get("X-Forwarded-For") != "" {
			switched.Store(true)
		}
		if !bad() || !answered(w, request, how.Kind) {
			proxy.ServeHTTP(w, request)
		}
	}
	server := &http.Server{Addr: address, Handler: http.HandlerFunc(handler), ReadHeaderTimeout: time.Minute}
	for {
		// The real one needs a moment; only then is this one to be found.
		if answer, err := http.Get("http://" + ownAddress + "/"); err == nil {
			answer.Body.Close()
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	log.Fatal(server.ListenAndServe())
}
