"""The archives of base images on this machine, which a preview would miss only once it builds images."""

from pathlib import Path

from settings.registry.colours import ColourSettings


def base_archive_problems(colours: ColourSettings) -> list[str]:
    """Return a line for each setting that names an archive which is not there.

    Args:
        colours: Colours with their releases. A release overrides the stack's archive or has it.
    """
    archives: dict[str, Path | None] = {}
    for release in colours.releases.values():
        modern, legacy = release.registry.modern, release.registry.legacy
        is_own = "baseArchive" in release.overrides
        key = f"releases.{release.name}.baseArchive" if is_own else "registryBaseArchive"
        archives |= {key: modern.base_archive} if modern else {}
        archives |= {"legacyBaseArchive": legacy.base_archive} if legacy else {}
    return [
        f"{key}: must be an archive of `docker save` on this machine, and there is no file {archive}"
        for key, archive in archives.items()
        if archive is not None and not archive.is_file()
    ]
