//! `checkout-links:*`

use std::sync::Arc;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use uuid::Uuid;

use super::Call;
use super::checkout_store::{Given, open};
use super::checkouts;
use super::resources::{checkout_link, pagination};
use crate::answer::{Answer, MetadataView, Outcome};
use crate::contract::query_pairs;
use crate::generated::answers::{self, ListResourceCheckoutLink};
use crate::generated::operations::CheckoutLinks;
use crate::generated::requests::{
    CheckoutLinksCreate, CheckoutLinksDelete, CheckoutLinksGet, CheckoutLinksList,
    CheckoutLinksRedirect, CheckoutLinksUpdate,
};
use crate::json::{Dict, Value};
use crate::refusal::Refusal;
use crate::reply::Reply;
use crate::rules::{self, OpenedLink, Page, is_one_of};
use crate::state::{CheckoutLink, Directory, Discount, Product, Timestamp, new_token, new_uuid};

/// What the secret of a link begins with.
const SECRET: &str = "polar_cl_";

/// What of the query goes into the checkout and not on to its page.
const TAKEN: [&str; 7] = [
    "embed_origin",
    "product_id",
    "amount",
    "customer_email",
    "customer_name",
    "discount_code",
    "locale",
];

/// What Python's `quote_plus` escapes, apart from blanks.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b' ')
    .remove(b'_')
    .remove(b'.')
    .remove(b'-')
    .remove(b'~');

impl CheckoutLinks for Call<'_> {
    fn list(&self, asked: CheckoutLinksList) -> Outcome<ListResourceCheckoutLink<'static>> {
        let page = Page::new(asked.page, asked.limit)?;
        let directory = self.world.read();
        let wanted = asked.product_id.as_ref();
        let mut rows: Vec<&Arc<CheckoutLink>> = directory
            .checkout_links
            .iter()
            .filter(|row| is_mine(self, row))
            .filter(|row| is_one_of(&row.organization_id, asked.organization_id.as_ref()))
            .filter(|row| row.products.iter().any(|id| is_one_of(id, wanted)))
            .collect();
        rules::sort(
            asked.sorting.as_deref(),
            &["created_at"],
            &mut rows,
            |criterion, a, b| rules::compare_links(criterion, a, b),
        );
        // Searched for by products, links show only those of them.
        let shown: Vec<CheckoutLink> = page
            .of(&rows)
            .iter()
            .map(|row| {
                let mut shown = CheckoutLink::clone(row);
                shown.products.retain(|id| is_one_of(id, wanted));
                shown
            })
            .collect();
        let items = shown.iter();
        let items = items.map(|row| checkout_link(&directory, row, self.world.site.url()));
        Answer::of(&ListResourceCheckoutLink {
            items: items.collect::<Result<_, _>>()?,
            pagination: pagination(page, rows.len()),
        })
    }

    fn create(&self, asked: CheckoutLinksCreate) -> Outcome<answers::CheckoutLink<'static>> {
        let asked = asked.body;
        let mut directory = self.world.write();
        let row = {
            let products = rules::products_of_link(
                &asked,
                |id| own_product(self, &directory, id),
                |id| {
                    let mut products = directory.products.iter();
                    let has_price =
                        |row: &&Arc<Product>| row.prices.iter().any(|price| price.id == id);
                    own_product(self, &directory, products.find(has_price)?.id)
                },
            )?;
            let discount = discount_of(&directory, products.first().copied(), asked.discount_id);
            let (secret, now) = (new_token(SECRET), self.clock.now());
            rules::create_link(new_uuid(), secret, &asked, &products, discount, now)?
        };
        let row = directory.put_checkout_link(row);
        answer(self, &directory, &row, asked.metadata.as_ref())
    }

    fn get(&self, asked: CheckoutLinksGet) -> Outcome<answers::CheckoutLink<'static>> {
        let directory = self.world.read();
        let row = own_link(self, &directory, asked.id)?;
        answer(self, &directory, &row, None)
    }

    fn update(&self, asked: CheckoutLinksUpdate) -> Outcome<answers::CheckoutLink<'static>> {
        let (id, asked) = (asked.id, asked.body);
        let mut directory = self.world.write();
        let old = own_link(self, &directory, id)?;
        let metadata = asked.metadata.clone();
        let seller = |row: &Discount| row.organization_id == old.organization_id;
        let named = asked.discount_id.value();
        let discount =
            named.and_then(|&id| live_discount(&directory, id).filter(|row| seller(row)));
        let product = |id| own_product(self, &directory, id);
        let row = rules::update_link(&old, asked, product, discount, self.clock.now())?;
        let row = directory.put_checkout_link(row);
        answer(self, &directory, &row, metadata.as_ref())
    }

    fn delete(&self, asked: CheckoutLinksDelete) -> Outcome<()> {
        let mut directory = self.world.write();
        let old = own_link(self, &directory, asked.id)?;
        directory.put_checkout_link(CheckoutLink {
            deleted_at: Some(self.clock.now()),
            ..CheckoutLink::clone(&old)
        });
        Answer::empty()
    }

    fn redirect(&self, asked: CheckoutLinksRedirect) -> Result<Reply, Refusal> {
        let context = self.context();
        let mut directory = self.world.write();
        let link = directory.link_by_secret(&asked.client_secret);
        let live = link.filter(|link| link.deleted_at.is_none());
        let link = live.ok_or(Refusal::UNKNOWN)?;
        let row = {
            let products = link.products.iter();
            let mut discounts = directory.discounts.iter().map(AsRef::as_ref);
            let opened = OpenedLink {
                link: &link,
                products: products
                    .filter_map(|&id| directory.products.find(id))
                    .collect(),
                discount: link
                    .discount_id
                    .and_then(|id| live_discount(&directory, id)),
                named: asked.discount_code.as_ref().and_then(|code| {
                    discounts.find(|row: &&Discount| {
                        row.organization_id == link.organization_id
                            && row.deleted_at.is_none()
                            && rules::has_code(row, code)
                    })
                }),
                address: self.sent.as_ref().map(|sent| sent.address()),
            };
            let (secret, rates) = (new_token(checkouts::SECRET), &self.settings.payments.taxes);
            rules::open_link(new_uuid(), secret, opened, &asked, rates, context.now)?
        };
        let row = open(&context, &mut directory, row, &Given::default())?;
        let site = self.world.site.url();
        let query = self.sent.as_ref().map_or("", |sent| sent.query);
        let page = format!("{site}/checkout/{}{}", row.client_secret, passed_on(query));
        Ok(Reply::redirect(&page))
    }
}

/// The query that goes on to the page of the checkout: of each name the last value, at the first place.
fn passed_on(query: &str) -> String {
    let mut passed: Vec<(String, Value)> = Vec::new();
    let pairs = query_pairs(query);
    let has_fields = pairs
        .iter()
        .any(|(name, _)| name.starts_with("custom_field_data."));
    for (name, value) in pairs {
        if TAKEN.contains(&name.as_str()) || has_fields && name == "custom_field_data" {
            continue;
        }
        match passed.iter_mut().find(|(known, _)| *known == name) {
            Some((_, known)) => *known = value,
            None => passed.push((name, value)),
        }
    }
    let escape = |text: &str| {
        utf8_percent_encode(text, ESCAPED)
            .to_string()
            .replace(' ', "+")
    };
    let pairs = passed.iter();
    let pairs: Vec<String> = pairs
        .map(|(name, value)| {
            format!(
                "{}={}",
                escape(name),
                escape(value.as_str().unwrap_or_default())
            )
        })
        .collect();
    match pairs.is_empty() {
        true => String::new(),
        false => format!("?{}", pairs.join("&")),
    }
}

/// Takes a product that was archived off the links to it.
pub(super) fn forget_product(directory: &mut Directory, product: Uuid, now: Timestamp) {
    let rows = directory.checkout_links.iter();
    let rows = rows.filter(|row| row.deleted_at.is_none() && row.products.contains(&product));
    let changed: Vec<CheckoutLink> = rows
        .map(|row| rules::without_product(row, product, now))
        .collect();
    for row in changed {
        directory.put_checkout_link(row);
    }
}

/// Answers with a link. Metadata is shown as it was just given, where it was.
fn answer(
    call: &Call<'_>,
    directory: &Directory,
    row: &CheckoutLink,
    metadata: Option<&Dict>,
) -> Outcome<answers::CheckoutLink<'static>> {
    let mut shown = checkout_link(directory, row, call.world.site.url())?;
    if let Some(given) = metadata {
        shown.metadata = MetadataView(given);
    }
    Answer::of(&shown)
}

fn is_mine(call: &Call<'_>, row: &CheckoutLink) -> bool {
    call.organizations().contains(&row.organization_id) && row.deleted_at.is_none()
}

fn own_link(
    call: &Call<'_>,
    directory: &Directory,
    id: Uuid,
) -> Result<Arc<CheckoutLink>, Refusal> {
    let found = directory.checkout_links.get(id);
    found
        .filter(|row| is_mine(call, row))
        .ok_or(Refusal::UNKNOWN)
}

fn own_product<'d>(call: &Call<'_>, directory: &'d Directory, id: Uuid) -> Option<&'d Product> {
    let found = directory.products.find(id);
    found.filter(|product| call.organizations().contains(&product.organization_id))
}

/// The discount asked for, if it is of the seller of this product.
fn discount_of<'d>(
    directory: &'d Directory,
    product: Option<&Product>,
    id: Option<Uuid>,
) -> Option<&'d Discount> {
    let seller = product?.organization_id;
    live_discount(directory, id?).filter(|row| row.organization_id == seller)
}

fn live_discount(directory: &Directory, id: Uuid) -> Option<&Discount> {
    let found = directory.discounts.find(id);
    found.filter(|row| row.deleted_at.is_none())
}

#[cfg(test)]
mod tests {
    use super::passed_on;

    #[test]
    fn what_is_not_taken_goes_on() {
        for (query, passed) in [
            ("", ""),
            ("amount=1&customer_email=a&locale=fr&embed_origin=", ""),
            ("utm_source=a&foo", "?utm_source=a&foo="),
            ("x=a+b&y=%C3%A4%2F%3F~*&x=2", "?x=2&y=%C3%A4%2F%3F~%2A"),
            ("x=a+b", "?x=a+b"),
            ("custom_field_data=2", "?custom_field_data=2"),
            (
                "custom_field_data.a=1&custom_field_data=2",
                "?custom_field_data.a=1",
            ),
        ] {
            assert_eq!(passed_on(query), passed, "{query}");
        }
    }
}
