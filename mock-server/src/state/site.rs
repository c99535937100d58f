//! Where the pages of a server are: checkouts, and what leads to them.

use std::sync::{Arc, OnceLock};

/// The URL of a server, once it has one.
#[derive(Debug, Clone, Default)]
pub struct Site(Arc<OnceLock<String>>);

impl Site {
    /// Says where the server is. It stays there.
    pub fn set(&self, url: String) {
        let _ = self.0.set(url);
    }

    /// The URL without a final slash.
    pub fn url(&self) -> &str {
        self.0.get().map_or("http://127.0.0.1", String::as_str)
    }
}
