//! Where webhooks may go: anywhere on the loopback interface, to one URL of it, or nowhere.

use std::str::FromStr;

use url::Url;

use crate::loopback::addresses;

/// Where webhooks may go; never beyond the loopback interface.
#[derive(Debug, Clone, Default)]
pub(crate) enum Targets {
    /// Anywhere on this machine.
    #[default]
    Loopback,
    /// Nowhere.
    Off,
    /// To this URL and to what is below its path.
    Only(Url),
}

impl Targets {
    /// Whether an event may be sent there.
    pub(crate) fn allow(&self, url: &Url) -> bool {
        let narrowed = match self {
            Self::Loopback => true,
            Self::Off => false,
            Self::Only(only) => {
                let below = url.path().strip_prefix(only.path().trim_end_matches('/'));
                only.origin() == url.origin()
                    && below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            }
        };
        narrowed && !addresses(url).is_empty()
    }
}

impl FromStr for Targets {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        if text == "off" {
            return Ok(Self::Off);
        }
        let url = Url::parse(text).map_err(drop)?;
        let plain = url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none();
        if plain && !addresses(&url).is_empty() {
            Ok(Self::Only(url))
        } else {
            Err(())
        }
    }
}
