"""Authentication URLs of the object storage in Dallas 5, as SoftLayer names them."""

# As SoftLayer names them (SLDN, Network_Storage getObjectStorageConnectionInformation).
PUBLIC = "https://dal05.objectstorage.softlayer.net/auth/v1.0"


PRIVATE = "https://dal05.objectstorage.service.networklayer.com/auth/v1.0"
