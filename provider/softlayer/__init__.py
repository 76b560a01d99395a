"""The client of the SoftLayer API: calls and retries, the account, quotes, and shared reads of servers."""
