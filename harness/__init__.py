"""What tests and benches share: clients, load, and the registries and stacks that they are put on."""
