"""Lets Swift's clock be wrong where it judges signatures: of S3, and of temporary URLs."""

import time
from collections.abc import Callable

from swift.common.middleware import tempurl
from swift.common.middleware.s3api.utils import S3Timestamp


def skew_clocks(ahead: Callable[[], float]) -> None:
    """Replace both clocks in this process, for good.

    Args:
        ahead: Returns by how many seconds they are ahead at the moment.
    """
    true_now = S3Timestamp.now

    def now(*arguments: object, **keywords: object) -> object:
        timestamp = true_now(*arguments, **keywords)
        return S3Timestamp(float(timestamp) + ahead()) if ahead() else timestamp

    S3Timestamp.now = now
    tempurl.time = lambda: time.time() + ahead()
