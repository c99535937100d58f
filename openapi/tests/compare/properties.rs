//! What must hold for any two documents, tried on edits of the bundled one.
