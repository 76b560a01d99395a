"""The wires of the API, REST and XML-RPC: requests to calls, answers and faults back."""
