"""Outputs of a stack that a client logs in by."""

OUTPUTS = {
    "endpoint": "https://192.0.2.1:5000",
    "user": "docker",
    "password": "a secret",
    "certificateAuthority": "PEM",
}
