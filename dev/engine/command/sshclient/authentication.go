package sshclient

import (
	"errors"
	"fmt"
	"net"
	"os"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"
)

// authentication is the ways to log in, in the order to try them: private key, keys of the agent, password.
// The private key and the agent's are one method, since SSH tries each kind of method only once. An agent that only
// the environment names is not asked where there is a private key: a machine would learn of every key in it.
type authentication struct {
	methods []ssh.AuthMethod
	agent   net.Conn // nil without an agent
}

// close lets go of the agent.
func (a authentication) close() {
	if a.agent != nil {
		_ = a.agent.Close()
	}
}

func newAuthentication(target Target) (authentication, error) {
	var auth authentication
	key, err := privateKey(target)
	if err != nil {
		return auth, err
	}
	if auth.agent, err = dialAgent(target); err != nil {
		return auth, err
	}
	if key != nil || auth.agent != nil {
		auth.methods = append(auth.methods, ssh.PublicKeysCallback(func() ([]ssh.Signer, error) {
			return signers(key, auth.agent)
		}))
	}
	if target.Password != "" {
		auth.methods = append(auth.methods,
			ssh.Password(target.Password), ssh.KeyboardInteractive(answerWith(target.Password)))
	}
	return auth, nil
}

func signers(key ssh.Signer, agentConnection net.Conn) ([]ssh.Signer, error) {
	var all []ssh.Signer
	if key != nil {
		all = append(all, key)
	}
	if agentConnection == nil {
		return all, nil
	}
	fromAgent, err := agent.NewClient(agentConnection).Signers()
	if err != nil && key == nil {
		return nil, fmt.Errorf("SSH agent: %w", err)
	}
	return append(all, fromAgent...), nil
}

// privateKey is nil when none is given. Its errors never hold any of the key.
func privateKey(target Target) (ssh.Signer, error) {
	if target.PrivateKey == "" {
		return nil, nil
	}
	var signer ssh.Signer
	var err error
	if target.PrivateKeyPassword == "" {
		signer, err = ssh.ParsePrivateKey([]byte(target.PrivateKey))
	} else {
		signer, err = ssh.ParsePrivateKeyWithPassphrase([]byte(target.PrivateKey), []byte(target.PrivateKeyPassword))
	}
	var encrypted *ssh.PassphraseMissingError
	if errors.As(err, &encrypted) {
		return nil, fmt.Errorf("connection.privateKey for %s is encrypted: give connection.privateKeyPassword",
			target.Address())
	}
	if err != nil {
		return nil, fmt.Errorf("connection.privateKey for %s cannot be read: %w", target.Address(), err)
	}
	return signer, nil
}

// dialAgent opens the agent's socket. One that only the environment names may be stale, and is then left out.
func dialAgent(target Target) (net.Conn, error) {
	if target.AgentSocketPath != "" {
		connection, err := net.Dial("unix", target.AgentSocketPath)
		if err != nil {
			return nil, fmt.Errorf("connection.agentSocketPath: no SSH agent answers: %w", err)
		}
		return connection, nil
	}
	if path := os.Getenv("SSH_AUTH_SOCK"); path != "" && target.PrivateKey == "" {
		if connection, err := net.Dial("unix", path); err == nil {
			return connection, nil
		}
	}
	return nil, nil
}

// answerWith answers every question with the password: PAM asks for it this way.
func answerWith(password string) ssh.KeyboardInteractiveChallenge {
	return func(_, _ string, questions []string, _ []bool) ([]string, error) {
		answers := make([]string, len(questions))
		for i := range answers {
			answers[i] = password
		}
		return answers, nil
	}
}
