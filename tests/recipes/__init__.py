"""The recipes of docs/recipes.md, followed as they stand there in a copy of the checkout."""
