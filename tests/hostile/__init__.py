"""The whole chain on records that a vendor or a person may legally send, however odd.

`world` reads a small company's records through every source, `values` holds what may stand in a field,
`fields` finds the fields that the models read, and `test_hostile` puts the two together, lets them in
through the product's own gate, and builds all models.
"""
