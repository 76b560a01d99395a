"""SoftLayer's objects, made from the records when they are asked for."""
