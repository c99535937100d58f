//! Discounts and checkout links: what hooks hear, and what a link leads to.

use polar_mock::MockServer;
use serde_json::{Value, json};

use crate::wire::{ask, get, post};
use crate::world::OAT;

async fn made(server: &MockServer, path: &str, body: Value) -> Value {
    let answer = post(path, &body).bearer(OAT).send(server).await;
    answer.expect(201)
}

async fn product(server: &MockServer, name: &str, price: Value) -> String {
    let made = made(
        server,
        "/v1/products/",
        json!({"name": name, "prices": [price]}),
    )
    .await;
    made["id"].as_str().unwrap().to_owned()
}

fn fixed(amount: i64) -> Value {
    json!({"amount_type": "fixed", "price_amount": amount})
}

#[tokio::test]
async fn a_code_is_free_again_once_its_discount_is_deleted() {
    let server = MockServer::start().await.unwrap();
    let asked = json!({"name": "Half", "type": "percentage", "basis_points": 5000, "duration": "once", "code": "Half50"});
    let first = made(&server, "/v1/discounts/", asked.clone()).await;
    let again = post("/v1/discounts/", &asked)
        .bearer(OAT)
        .send(&server)
        .await;
    let refused = again.expect(422);
    assert_eq!(
        refused["detail"][0]["msg"],
        "Discount with this code already exists."
    );
    let path = format!("/v1/discounts/{}", first["id"].as_str().unwrap());
    let deleted = ask("DELETE", &path).bearer(OAT).send(&server).await;
    assert_eq!(deleted.status, 204);
    get(&path).bearer(OAT).send(&server).await.expect(404);
    made(&server, "/v1/discounts/", asked).await;
}

#[tokio::test]
async fn each_visit_of_a_link_makes_a_checkout() {
    let server = MockServer::start().await.unwrap();
    let pro = product(&server, "Pro", fixed(2000)).await;
    let asked = json!({"name": "Half", "type": "percentage", "basis_points": 5000, "duration": "once", "code": "HALF"});
    let discount = made(&server, "/v1/discounts/", asked).await;
    let link =
        json!({"payment_processor": "stripe", "products": [pro], "metadata": {"utm_term": "own"}});
    let link = made(&server, "/v1/checkout-links/", link).await;
    let secret = link["client_secret"].as_str().unwrap();
    assert!(
        link["url"]
            .as_str()
            .unwrap()
            .ends_with(&format!("/v1/checkout-links/{secret}/redirect"))
    );
    let open = |query: &str| get(&format!("/v1/checkout-links/{secret}/redirect?{query}"));
    for (query, goes_on, amount_off) in [
        ("", "", json!(0)),
        (
            "discount_code=half&x=1&customer_email=ada%40example.com",
            "?x=1",
            json!(1000),
        ),
        (
            "discount_code=other&utm_term=u&amount=1",
            "?utm_term=u",
            json!(0),
        ),
    ] {
        let answer = open(query).send(&server).await;
        assert_eq!(answer.status, 307, "{query}");
        let location = answer.header("location").unwrap();
        let (_, page) = location.split_once("/checkout/").unwrap();
        let (client_secret, rest) = page.split_at(page.find('?').unwrap_or(page.len()));
        assert_eq!(rest, goes_on, "{query}");
        let path = format!("/v1/checkouts/client/{client_secret}");
        let checkout = get(&path).send(&server).await.expect(200);
        assert_eq!(checkout["discount_amount"], amount_off, "{query}");
        assert_eq!(checkout["customer_ip_address"], "127.0.0.1");
        let used = amount_off != json!(0);
        assert_eq!(checkout["discount_id"] == discount["id"], used, "{query}");
        let email = used.then_some("ada@example.com");
        assert_eq!(checkout["customer_email"], json!(email), "{query}");
    }
    let count = get("/v1/checkouts/")
        .bearer(OAT)
        .send(&server)
        .await
        .expect(200);
    assert_eq!(count["pagination"]["total_count"], 3);
    assert_eq!(count["items"][0]["metadata"], json!({"utm_term": "own"}));
    let embedded = open("embed_origin=https://a.example").send(&server).await;
    assert_eq!(embedded.expect(403)["error"], "EmbedHostNotAllowed");
}

#[tokio::test]
async fn an_archived_product_leaves_its_links() {
    let server = MockServer::start().await.unwrap();
    let (one, two) = (
        product(&server, "One", fixed(0)).await,
        product(&server, "Two", fixed(0)).await,
    );
    let link = json!({"payment_processor": "stripe", "products": [one, two]});
    let link = made(&server, "/v1/checkout-links/", link).await;
    let path = format!("/v1/checkout-links/{}", link["id"].as_str().unwrap());
    for (archived, left) in [(&one, Some(&two)), (&two, None)] {
        let change = ask("PATCH", &format!("/v1/products/{archived}"))
            .json(json!({"is_archived": true}).to_string());
        change.bearer(OAT).send(&server).await.expect(200);
        let answer = get(&path).bearer(OAT).send(&server).await;
        match left {
            Some(left) => assert_eq!(answer.expect(200)["product_id"], json!(left)),
            None => assert_eq!(answer.expect(404)["error"], "ResourceNotFound"),
        }
    }
}
