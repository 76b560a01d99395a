"""A client of SoftLayer that plays a script of answers and faults."""


class FaultError(Exception):
    """As SoftLayer.exceptions.SoftLayerAPIError."""

    def __init__(self, code: object, words: str) -> None:
        super().__init__(words)
        self.faultCode = code
        self.faultString = words


class Script:
    """A client that plays a script: exceptions are raised, the rest is answered."""

    def __init__(self, *steps: object) -> None:
        self.steps = list(steps)
        self.calls = 0

    def call(self, service: str, method: str, *args: object, **options: object) -> object:
        self.calls += 1
        step = self.steps.pop(0)
        if isinstance(step, Exception):
            raise step
        return step() if callable(step) else step


LIMITED = FaultError(
    "SoftLayer_Exception_WebService_RateLimitExceeded", "Rate limit of 50 requests exceeded."
)
