//! Raw HTTP oddities.

use super::chance::Chance;
use super::values::STRANGER;
use crate::wire::Request;

/// Makes a request odd in one way.
pub(super) fn oddity(request: &mut Request, chance: &mut Chance) {
    let set = |request: &mut Request, name: &str, value: Option<&str>| {
        request
            .headers
            .retain(|(given, _)| !given.eq_ignore_ascii_case(name));
        if let Some(value) = value {
            request
                .headers
                .push((name.to_owned(), Some(value.to_owned())));
        }
    };
    match chance.below(10) {
        0 => {
            let method = chance.text(&[
                "HEAD", "OPTIONS", "PUT", "TRACE", "get", "POST", "PATCH", "FOO", "DELETE",
            ]);
            // Only what does not exist is deleted.
            if method == "DELETE" {
                request.path = format!("/v1/customers/{STRANGER}");
            }
            method.clone_into(&mut request.method);
        }
        1 => {
            let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
            let path = match chance.below(9) {
                0 => path.replace("/v1/", "//v1/"),
                1 => format!("{path}/"),
                2 => path.trim_end_matches('/').to_owned(),
                3 => path.replace("/v1", "/V1"),
                4 => format!("/api{path}"),
                5 => path.replace("/v1/", "/v1/./"),
                6 => path.replace("/v1/", "/v1/x/../"),
                7 => path.replace("/v1/", "/v1%2F"),
                _ => path.replace("/v1/", "/v2/"),
            };
            request.path = if query.is_empty() {
                path
            } else {
                format!("{path}?{query}")
            };
        }
        2 => {
            let more = chance.text(&[
                "",
                "&",
                "=",
                "limit=1&limit=2",
                "limit=%31",
                "limit=1;page=1",
                "li%6Dit=1",
                "limit=1%00",
                "limit=+1",
                "limit=%201",
                "limit=1_0",
                "limit=%D9%A3",
                "LIMIT=0",
                "page=%FF",
                "metadata[a][b]=1",
                "limit=0x10",
                "limit=1e1",
                "page=00001",
            ]);
            let sign = if request.path.contains('?') { '&' } else { '?' };
            request.path = format!("{}{sign}{more}", request.path);
        }
        3 | 4 if request.body.is_some() => {
            let body: &[u8] = match chance.below(22) {
                0 => b"",
                1 => b" ",
                2 => b"{",
                3 => b"[]",
                4 => b"null",
                5 => b"\"text\"",
                6 => b"1",
                7 => b"{\"a\":1,}",
                8 => b"{'a':1}",
                9 => b"{\"a\":NaN}",
                10 => b"{\"a\":Infinity}",
                11 => b"{\"a\":1e400}",
                12 => b"{\"a\":01}",
                13 => b"{\"a\":\"\xff\"}",
                14 => b"\xef\xbb\xbf{}",
                15 => b"{\"a\":\"\\ud800\"}",
                16 => b"{\"a\":1,\"a\":2}",
                17 => b"{} x",
                18 => b"{\"a\":\"\n\"}",
                19 => b"/* c */{}",
                20 => b"{\"name\":\"a\\u0000b\"}",
                _ => b"[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]",
            };
            request.body = Some(body.to_vec());
        }
        5 => {
            let kind = chance.text(&[
                "text/plain",
                "application/json; charset=utf-8",
                "application/json;charset=latin1",
                "application/vnd.api+json",
                "APPLICATION/JSON",
                "application/x-www-form-urlencoded",
                "multipart/form-data; boundary=x",
                "json",
                "*/*",
                "application/json, text/plain",
                "application/jsonx",
            ]);
            let none = chance.percent(15);
            set(request, "Content-Type", (!none).then_some(kind));
        }
        6 => {
            let value = chance.text(&[
                "bearer «owner»",
                "BEARER «owner»",
                "Bearer  «owner»",
                "Bearer «owner» ",
                " Bearer «owner»",
                "«owner»",
                "Basic «owner»",
                "Token «owner»",
                "Bearer",
                "Bearer ",
                "Bearer «owner» x",
                "Bearer polar_oat_",
                "Bearer x",
                "Bearer polar_pat_x",
                "Bearer polar_cst_x",
                "Bearer polar_mst_x",
                "Bearer polar_at_o_x",
                "Bearer é",
                "Digest x=y",
                "",
            ]);
            set(request, "Authorization", Some(value));
        }
        7 => {
            let (name, value) = chance
                .one(&[
                    ("Polar-Version", "2026-04"),
                    ("Polar-Version", "2026-10"),
                    ("Polar-Version", "2020-01"),
                    ("Polar-Version", "latest"),
                    ("Polar-Version", ""),
                    ("Polar-Version", " 2026-04 "),
                    ("polar-version", "2026-4"),
                    ("Polar-Version", "2026-04-01"),
                ])
                .copied()
                .unwrap_or_default();
            set(request, name, Some(value));
        }
        8 => {
            let origin = chance.text(&[
                "https://example.com",
                "null",
                "https://shop.example.com",
                "",
            ]);
            set(request, "Origin", Some(origin));
            if chance.percent(50) {
                request.method = "OPTIONS".to_owned();
                let method = chance.text(&["GET", "POST", "FOO", ""]);
                set(request, "Access-Control-Request-Method", Some(method));
                if chance.percent(50) {
                    set(
                        request,
                        "Access-Control-Request-Headers",
                        Some("authorization, x-a"),
                    );
                }
            }
        }
        _ => {
            let (name, value) = chance
                .one(&[
                    ("Accept", "text/html"),
                    ("Accept", "application/xml;q=1"),
                    ("Accept-Encoding", "identity"),
                    ("If-None-Match", "*"),
                    ("Range", "bytes=0-1"),
                    ("X-Forwarded-For", "1.2.3.4"),
                    ("X-HTTP-Method-Override", "DELETE-NOT"),
                    ("Cookie", "polar_session=x"),
                    ("Accept-Language", "de"),
                    ("X-Odd", "\u{e9}"),
                    ("Idempotency-Key", "1"),
                    ("Content-Encoding", "identity"),
                    ("User-Agent", ""),
                    ("Host", "example.com"),
                ])
                .copied()
                .unwrap_or_default();
            set(request, name, Some(value));
        }
    }
}
