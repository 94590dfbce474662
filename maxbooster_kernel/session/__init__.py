"""The mix session: schema, file, migrations, shared document, undo, and the step that compiles it to a graph."""
