"""The API as a process of its own, to be killed.

`python -m tests.cloud.api.killed_api STATE` prints its port.
"""

import sys
import threading
from pathlib import Path

from harness.cloud.running_api import serve

if __name__ == "__main__":
    with serve(Path(sys.argv[1]), speed="realistic") as api:
        print(api.port, flush=True)
        threading.Event().wait()
