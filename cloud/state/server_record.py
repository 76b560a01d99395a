"""The record of any server, virtual or bare metal."""

from dataclasses import dataclass

from cloud.state.record import Record
from cloud.state.transaction_record import Transaction


@dataclass(frozen=True, kw_only=True)
class Server(Record):
    """A server on its way from order to ready, or from cancel to deleted.

    Attributes:
        transaction: The step under way; None in the gaps between steps and when there is nothing to do.
        last_transaction: The step finished last.
        stage: How many steps of the present pipeline are done.
        reclaiming: Whether it is being reclaimed.
        failure: Why a step is stuck; "" when none is.
        powered: Whether it is meant to run.
        sealed_keys: The keys' text as of the last installation, kept though the account's key be deleted.
        private_vlan: The VLAN of its backend; 0 for the datacenter's own.
        public_vlan: The VLAN of its public port; 0 for the datacenter's own.
        reload_id: The transaction of its last or present operating system reload; None for none.
        reload_date: Time at which that transaction began.
    """

    id: int
    global_identifier: str
    hostname: str
    domain: str
    datacenter: str
    os_code: str
    hourly: bool
    speed_mbps: int
    private_only: bool
    key_ids: tuple[int, ...]
    sealed_keys: tuple[str, ...]
    user_data: tuple[str, ...]
    script_uri: str
    billing_id: int
    created: str
    notes: str | None = None
    tags: tuple[str, ...] = ()
    modified: str | None = None
    provisioned: str | None = None
    public_ip: str | None = None
    private_ip: str | None = None
    transaction: Transaction | None = None
    last_transaction: Transaction | None = None
    stage: int = 0
    reclaiming: bool = False
    failure: str = ""
    powered: bool = False
    private_vlan: int = 0
    public_vlan: int = 0
    reload_id: int | None = None
    reload_date: str | None = None
