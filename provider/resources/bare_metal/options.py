"""What bare metal can be ordered today: read after the cloud has refused an order.

Its refusal names no other value.
Source: SLDN SoftLayer_Hardware::getCreateObjectOptions: lists of `{template: <part of the order>, ...}`.
"""

from provider.errors import ApiError
from provider.resources.virtual_guest.options import (
    name_mistake,
    names_of,
    place_and_system_mistakes,
    refuse_mistakes,
)
from provider.session import Session
from provider.softlayer.records import Record, as_record
from provider.values import Properties


async def refuse_not_offered(session: Session, service: str, inputs: Properties) -> None:
    """Refuse an order that was refused already, in words that name the nearest values on offer.

    Nothing comes of it where the options cannot be asked for, or where they have all that is wanted.

    Args:
        session: The configured provider.
        service: The service of bare metal.
        inputs: Checked inputs, all known.

    Raises:
        InvalidInputError: Properties are not on offer; the text names each and the nearest values on offer.
    """
    try:
        options = as_record(await session.api.once(service, "getCreateObjectOptions"))
    except ApiError:
        return
    check_hardware_offered(options, inputs)


def check_hardware_offered(options: Record, inputs: Properties) -> None:
    """Refuse what the account is not offered today. Pure.

    Args:
        options: Answer of getCreateObjectOptions; a list that it leaves out is not judged.
        inputs: Checked inputs, all known.

    Raises:
        InvalidInputError: Properties are not on offer; the text names each and the nearest values on offer.
    """
    presets = names_of(options, "fixedConfigurationPresets", "template.fixedConfigurationPreset.keyName")
    presets |= names_of(options, "fixedConfigurationPresets", "preset.keyName")
    refuse_mistakes(
        (*place_and_system_mistakes(options, inputs), name_mistake(inputs, "preset", presets, "preset"))
    )
