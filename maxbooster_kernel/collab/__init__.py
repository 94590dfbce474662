"""The client of the shared document: find the server, join the room, see who is there."""
