//! The state that every generated client holds, and the hooks around its requests.

use progenitor_client::{ClientHooks, ClientInfo, Error, OperationInfo};
use reqwest::{
    Method, Request, Response,
    header::{AUTHORIZATION, CONTENT_LENGTH, HeaderName, HeaderValue},
};

use crate::{OperationFacts, answer, retry::Retries};

/// State of the hand-written part, shared by the generated clients. The default has no tokens.
#[derive(Debug, Clone, Default)]
pub struct Inner {
    // Marked as sensitive, and so not shown by `Debug`.
    pub(crate) access_token: Option<HeaderValue>,
    pub(crate) session_token: Option<HeaderValue>,
    /// `None` means the version of the document.
    pub(crate) version: Option<HeaderValue>,
    pub(crate) retries: Retries,
}

impl Inner {
    /// The value of `Authorization` for an operation, by the security schemes of the document.
    fn authorization(&self, operation: &str) -> Option<&HeaderValue> {
        let facts = OperationFacts::find(operation)?;
        let opens = |schemes: &[&str]| facts.security.iter().any(|name| schemes.contains(name));
        let by_access_token = opens(&["oat", "pat", "oidc"]);
        let by_session_token = opens(&["customer_session", "member_session"]);
        let access = self.access_token.as_ref().filter(|_| by_access_token);
        access.or(self.session_token.as_ref().filter(|_| by_session_token))
    }

    fn complete(&self, request: &mut Request, operation: &str, version: &'static str) {
        let authorization = self.authorization(operation).cloned();
        let chosen = self.version.clone();
        let bodiless = request.body().is_none();
        let wants_length = [Method::POST, Method::PUT, Method::PATCH].contains(request.method());
        let headers = request.headers_mut();
        // The generator's name for what Polar calls `Polar-Version`.
        headers.remove("api-version");
        headers.insert(
            HeaderName::from_static("polar-version"),
            chosen.unwrap_or(HeaderValue::from_static(version)),
        );
        if let Some(authorization) = authorization {
            headers.insert(AUTHORIZATION, authorization);
        }
        if bodiless && wants_length {
            // The server answers 411 without it.
            headers.insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
        }
    }
}

macro_rules! hooks {
    ($client:ty) => {
        impl ClientHooks<Inner> for $client {
            async fn pre<E>(
                &self,
                request: &mut Request,
                info: &OperationInfo,
            ) -> Result<(), Error<E>> {
                self.inner
                    .complete(request, info.operation_id, Self::api_version());
                Ok(())
            }

            async fn exec(&self, request: Request, _: &OperationInfo) -> reqwest::Result<Response> {
                let send = |request| self.client.execute(request);
                let response = self.inner.retries.send(request, send).await?;
                answer::keep_body(response).await
            }

            async fn post<E>(
                &self,
                result: &reqwest::Result<Response>,
                info: &OperationInfo,
            ) -> Result<(), Error<E>> {
                let response = result.as_ref().ok();
                match response.and_then(|it| answer::undescribed(it, info.operation_id)) {
                    Some(response) => Err(Error::UnexpectedResponse(response)),
                    None => Ok(()),
                }
            }
        }
    };
}

hooks!(crate::license_keys::Client);

#[cfg(feature = "provisioning")]
hooks!(crate::provisioning::Client);

#[cfg(feature = "sales")]
hooks!(crate::sales::Client);
