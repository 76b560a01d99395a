package sshclient

import (
	"context"
	"errors"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
	"pulumi.local/engine/command/sshtest"
)

const password = "correct horse"

func passwordServer(t *testing.T) *sshtest.Server {
	return sshtest.Start(t, &ssh.ServerConfig{
		PasswordCallback: func(_ ssh.ConnMetadata, given []byte) (*ssh.Permissions, error) {
			return accept(string(given))
		},
	})
}

func accept(given string) (*ssh.Permissions, error) {
	if given != password {
		return nil, errors.New("wrong")
	}
	return nil, nil
}

func targetOf(server *sshtest.Server) Target {
	return Target{
		Host: "127.0.0.1", Port: server.Port, User: "someone", Password: password, PerDialTimeout: 5 * time.Second,
		HostKey: string(ssh.MarshalAuthorizedKey(server.HostKey)),
	}
}

func TestPasswordLogsIn(t *testing.T) {
	t.Setenv("SSH_AUTH_SOCK", "")
	server := passwordServer(t)
	client, err := Dial(context.Background(), targetOf(server), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	server.AwaitLogins(t, 1)
}

func TestKeyboardInteractiveAnswersWithThePassword(t *testing.T) {
	t.Setenv("SSH_AUTH_SOCK", "")
	server := sshtest.Start(t, &ssh.ServerConfig{
		KeyboardInteractiveCallback: func(
			_ ssh.ConnMetadata, ask ssh.KeyboardInteractiveChallenge,
		) (*ssh.Permissions, error) {
			answers, err := ask("", "", []string{"Password: "}, []bool{false})
			if err != nil || len(answers) != 1 {
				return nil, errors.New("no answer")
			}
			return accept(answers[0])
		},
	})
	client, err := Dial(context.Background(), targetOf(server), nil)
	if err != nil {
		t.Fatal(err)
	}
	_ = client.Close()
}

func TestAWrongPasswordIsNotInTheError(t *testing.T) {
	target := targetOf(passwordServer(t))
	target.Password = "wrong-password"
	_, err := Dial(context.Background(), target, nil)
	if err == nil || strings.Contains(err.Error(), target.Password) || !strings.Contains(err.Error(), "someone") {
		t.Errorf("error: %v", err)
	}
}

func TestCancellingEndsTheDialling(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
	defer cancel()
	started := time.Now()
	// Port 1 refuses, and every refusal is forgiven.
	key := string(ssh.MarshalAuthorizedKey(sshtest.NewKey(t).PublicKey()))
	_, err := Dial(ctx, Target{Host: "127.0.0.1", Port: 1, DialErrorLimit: -1, HostKey: key}, nil)
	if err == nil || time.Since(started) > 5*time.Second {
		t.Errorf("error %v after %s", err, time.Since(started))
	}
}

func TestAMachineThatFallsSilentIsGivenUp(t *testing.T) {
	server := passwordServer(t)
	client, err := Dial(context.Background(), targetOf(server), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	server.Mute.Store(true)
	go client.keepAlive(20 * time.Millisecond)
	ended := make(chan error, 1)
	go func() { ended <- client.Wait() }()
	select {
	case <-ended:
	case <-time.After(10 * time.Second):
		t.Error("the connection is still open")
	}
}

func TestAMachineThatAnswersIsKept(t *testing.T) {
	client, err := Dial(context.Background(), targetOf(passwordServer(t)), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	ended := make(chan error, 1)
	go func() { ended <- client.Wait() }()
	go client.keepAlive(10 * time.Millisecond)
	select {
	case err := <-ended:
		t.Errorf("the connection ended: %v", err)
	case <-time.After(300 * time.Millisecond):
	}
}

func TestTheHostKeyIsEnforced(t *testing.T) {
	server := passwordServer(t)
	target := targetOf(server)
	target.HostKey = string(ssh.MarshalAuthorizedKey(server.HostKey))
	client, err := Dial(context.Background(), target, nil)
	if err != nil {
		t.Fatal(err)
	}
	_ = client.Close()

	target.HostKey = string(ssh.MarshalAuthorizedKey(sshtest.NewKey(t).PublicKey()))
	target.DialErrorLimit = -1
	var mismatch *HostKeyError
	if _, err = Dial(context.Background(), target, nil); !errors.As(err, &mismatch) {
		t.Fatalf("error: %v", err)
	}
	if mismatch.Got != ssh.FingerprintSHA256(server.HostKey) {
		t.Errorf("fingerprint shown: %s", mismatch.Got)
	}
	server.AwaitLogins(t, 1)
}

func TestWithoutAHostKeyNothingIsDialled(t *testing.T) {
	server := passwordServer(t)
	target := targetOf(server)
	target.HostKey = ""
	_, err := Dial(context.Background(), target, nil)
	if !errors.Is(err, errNoHostKey) {
		t.Fatalf("error: %v", err)
	}
	server.AwaitLogins(t, 0)
}

func TestTheAgentOfTheEnvironmentIsNotAskedBesideAPrivateKey(t *testing.T) {
	path := filepath.Join(t.TempDir(), "agent")
	listener, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	t.Setenv("SSH_AUTH_SOCK", path)
	for _, target := range []Target{{PrivateKey: "PEM"}, {}} {
		connection, err := dialAgent(target)
		if err != nil {
			t.Fatal(err)
		}
		if asked := connection != nil; asked != (target.PrivateKey == "") {
			t.Errorf("private key %q: the agent is asked: %v", target.PrivateKey, asked)
		}
		if connection != nil {
			_ = connection.Close()
		}
	}
}

func TestParseHostKey(t *testing.T) {
	key := sshtest.NewKey(t).PublicKey()
	line := strings.TrimSpace(string(ssh.MarshalAuthorizedKey(key)))
	for _, form := range []string{line, line + " root@host\n", "host,10.0.0.1 " + line, "[host]:2222 " + line} {
		got, err := ParseHostKey(form)
		if err != nil || ssh.FingerprintSHA256(got) != ssh.FingerprintSHA256(key) {
			t.Errorf("%q: %v %v", form, got, err)
		}
	}
	for _, form := range []string{"", "SHA256:abc", "ssh-ed25519", "ssh-ed25519 AAAA"} {
		if got, err := ParseHostKey(form); err == nil {
			t.Errorf("%q: %v", form, got)
		}
	}
}
