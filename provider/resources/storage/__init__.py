"""The resources ObjectStorageAccount and ObjectStorageContainer."""
