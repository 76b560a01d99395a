"""The handlers, one resource or function a file, on plain data. They import neither pulumi nor grpc."""
