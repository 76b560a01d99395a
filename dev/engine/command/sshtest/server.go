// Package sshtest is a small SSH server inside the process, for what a real sshd cannot be made to do in a test.
package sshtest

import (
	"crypto/ed25519"
	"crypto/rand"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
)

// Server takes logins and counts them. It answers requests only while Mute is false.
type Server struct {
	Port    int
	HostKey ssh.PublicKey
	Logins  atomic.Int32
	Mute    atomic.Bool
}

// Start serves on a loopback port until the test ends; the configuration says who may log in.
func Start(t *testing.T, config *ssh.ServerConfig) *Server {
	t.Helper()
	signer := NewKey(t)
	config.AddHostKey(signer)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	server := &Server{Port: listener.Addr().(*net.TCPAddr).Port, HostKey: signer.PublicKey()}
	go server.accept(listener, config)
	return server
}

// NewKey makes an Ed25519 key.
func NewKey(t *testing.T) ssh.Signer {
	t.Helper()
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := ssh.NewSignerFromKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return signer
}

// AwaitLogins fails the test unless that many logins were counted, now or within seconds: a client is logged
// in a moment before the server counts it.
func (s *Server) AwaitLogins(t *testing.T, want int32) {
	t.Helper()
	for deadline := time.Now().Add(5 * time.Second); s.Logins.Load() != want; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("logins: %d, not %d", s.Logins.Load(), want)
		}
	}
}

func (s *Server) accept(listener net.Listener, config *ssh.ServerConfig) {
	for {
		stream, err := listener.Accept()
		if err != nil {
			return
		}
		go s.serve(stream, config)
	}
}

func (s *Server) serve(stream net.Conn, config *ssh.ServerConfig) {
	_, channels, requests, err := ssh.NewServerConn(stream, config)
	if err != nil {
		return
	}
	s.Logins.Add(1)
	go func() {
		for channel := range channels {
			_ = channel.Reject(ssh.Prohibited, "no sessions here")
		}
	}()
	for request := range requests {
		if request.WantReply && !s.Mute.Load() {
			_ = request.Reply(true, nil)
		}
	}
}
