"""SoftLayer's datacenters.

Names and long names are the real ones; the ids of ams01, dal05, dal09, dal10, dal13 and wdc04 are as clients
recorded them, the others are a choice.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Datacenter:
    """A datacenter: id, short name (`dal05`) and long name (`Dallas 5`)."""

    id: int
    name: str
    long_name: str

    @property
    def region(self) -> str:
        """The keyname of its region in product packages, `DALLAS05`."""
        return self.long_name.split(" ")[0].upper() + self.name[-2:]


_LISTED = (
    (265592, "ams01", "Amsterdam 1"),
    (814994, "ams03", "Amsterdam 3"),
    (1004997, "che01", "Chennai 1"),
    (3, "dal01", "Dallas 1"),
    (138124, "dal05", "Dallas 5"),
    (154820, "dal06", "Dallas 6"),
    (142776, "dal07", "Dallas 7"),
    (449494, "dal09", "Dallas 9"),
    (1441195, "dal10", "Dallas 10"),
    (1854795, "dal12", "Dallas 12"),
    (1854895, "dal13", "Dallas 13"),
    (449506, "fra02", "Frankfurt 2"),
    (1878794, "fra04", "Frankfurt 4"),
    (1878795, "fra05", "Frankfurt 5"),
    (352494, "hkg02", "Hong Kong 2"),
    (142775, "hou02", "Houston 2"),
    (358694, "lon02", "London 2"),
    (1954794, "lon04", "London 4"),
    (1954795, "lon05", "London 5"),
    (1954796, "lon06", "London 6"),
    (449500, "mel01", "Melbourne 1"),
    (449600, "mex01", "Mexico 1"),
    (815394, "mil01", "Milan 1"),
    (449604, "mon01", "Montreal 1"),
    (1004995, "osl01", "Oslo 1"),
    (449612, "par01", "Paris 1"),
    (983497, "sao01", "Sao Paulo 1"),
    (2013794, "sao04", "Sao Paulo 4"),
    (18171, "sea01", "Seattle 1"),
    (1555995, "seo01", "Seoul 1"),
    (224092, "sng01", "Singapore 1"),
    (168642, "sjc01", "San Jose 1"),
    (1004999, "sjc03", "San Jose 3"),
    (2053794, "sjc04", "San Jose 4"),
    (449610, "syd01", "Sydney 1"),
    (2013795, "syd04", "Sydney 4"),
    (449606, "tok02", "Tokyo 2"),
    (2013796, "tok04", "Tokyo 4"),
    (448994, "tor01", "Toronto 1"),
    (37473, "wdc01", "Washington 1"),
    (957095, "wdc04", "Washington 4"),
    (2017603, "wdc06", "Washington 6"),
    (2017604, "wdc07", "Washington 7"),
)

DATACENTERS = tuple(Datacenter(*row) for row in _LISTED)


def find_datacenter(text: str) -> Datacenter | None:
    """Return the datacenter of that short name, id or region keyname (orders use any of them).

    None if unknown.
    """
    for datacenter in DATACENTERS:
        if text in (datacenter.name, str(datacenter.id), datacenter.region):
            return datacenter
    return None
