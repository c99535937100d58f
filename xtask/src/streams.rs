//! `stream()` on the builders of list operations: every entry of every page.

use heck::ToUpperCamelCase;
use quote::quote;
use syn::{
    GenericArgument, ImplItem, Item, ItemImpl, ItemMod, PathArguments, ReturnType, Type, TypePath,
};

/// One `impl` for each of the operations, given by the names of their methods. `client` is what the generator made.
///
/// # Errors
///
/// If an operation does not answer with `items` and `pagination`, as a page does.
pub(crate) fn impls(client: &syn::File, operations: &[String]) -> anyhow::Result<Vec<Item>> {
    operations
        .iter()
        .map(|name| {
            of_operation(client, &name.to_upper_camel_case())
                .ok_or_else(|| anyhow::anyhow!("`{name}` does not answer with pages of a list"))
        })
        .collect()
}

fn of_operation(client: &syn::File, builder: &str) -> Option<Item> {
    let methods = module(&client.items, "builder")?
        .iter()
        .filter_map(|item| match item {
            Item::Impl(item) if is_for(item, builder) => Some(&item.items),
            _ => None,
        })
        .flatten();
    let sent = methods.into_iter().find_map(|method| match method {
        ImplItem::Fn(method) if method.sig.ident == "send" => Some(&method.sig.output),
        _ => None,
    })?;
    // `Result<ResponseValue<types::Page>, Error<types::Refusal>>`
    let ReturnType::Type(_, result) = sent else {
        return None;
    };
    let [answer, error] = arguments(result)?[..] else {
        return None;
    };
    let [page] = arguments(answer)?[..] else {
        return None;
    };
    let item = item_of(module(&client.items, "types")?, last_name(page)?)?;

    let builder = syn::Ident::new(builder, proc_macro2::Span::call_site());
    let tokens = quote! {
        impl<'a> builder::#builder<'a> {
            /// Every entry of every page, from the first page on, whatever `page` was set to. Asks for the next page
            /// when the last entry of the one before was taken, and ends after an error.
            pub fn stream(self) -> impl ::futures::Stream<Item = Result<types::#item, #error>> + Send + Unpin + 'a {
                crate::pagination::entries(move |page| {
                    let answer = self.clone().page(page).send();
                    async move {
                        let page = answer.await?.into_inner();
                        Ok((page.items, page.pagination.max_page))
                    }
                })
            }
        }
    };
    syn::parse2(tokens).ok()
}

fn module<'a>(items: &'a [Item], name: &str) -> Option<&'a [Item]> {
    items.iter().find_map(|item| match item {
        Item::Mod(ItemMod { ident, content, .. }) if ident == name => {
            content.as_ref().map(|(_, items)| items.as_slice())
        }
        _ => None,
    })
}

fn is_for(item: &ItemImpl, name: &str) -> bool {
    item.trait_.is_none() && last_name(&item.self_ty).is_some_and(|ident| ident == name)
}

/// The `T` of the field `items: Vec<T>` of a page.
fn item_of<'a>(types: &'a [Item], page: &syn::Ident) -> Option<&'a TypePath> {
    let fields = types.iter().find_map(|item| match item {
        Item::Struct(item) if item.ident == *page => Some(&item.fields),
        _ => None,
    })?;
    let has = |name: &str| {
        fields
            .iter()
            .find(|field| field.ident.as_ref().is_some_and(|ident| ident == name))
    };
    has("pagination")?;
    match arguments(&has("items")?.ty)?[..] {
        [Type::Path(item)] => Some(item),
        _ => None,
    }
}

fn last_name(ty: &Type) -> Option<&syn::Ident> {
    match ty {
        Type::Path(path) => path.path.segments.last().map(|segment| &segment.ident),
        _ => None,
    }
}

/// `A` and `B` of `Name<A, B>`.
fn arguments(ty: &Type) -> Option<Vec<&Type>> {
    let Type::Path(path) = ty else {
        return None;
    };
    let PathArguments::AngleBracketed(arguments) = &path.path.segments.last()?.arguments else {
        return None;
    };
    let types = arguments.args.iter().filter_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    });
    Some(types.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn impls_for(send: &str, page: &str) -> anyhow::Result<String> {
        let client = format!(
            "pub mod types {{ {page} }}
             pub mod builder {{
                 impl<'a> Other<'a> {{ pub async fn send(self) {{}} }}
                 impl<'a> KeysList<'a> {{ pub fn new() {{}} pub async fn send(self) -> {send} {{}} }}
             }}"
        );
        let client = syn::parse_str(&client).expect("Rust");
        let items = impls(&client, &["keys_list".to_owned()])?;
        Ok(prettyplease::unparse(&syn::File { items, ..client }))
    }

    const SEND: &str = "Result<ResponseValue<types::KeyPage>, Error<types::KeysListError>>";
    const PAGE: &str =
        "pub struct KeyPage { pub items: ::std::vec::Vec<Key>, pub pagination: Pagination }";

    #[test]
    fn a_stream_yields_what_a_page_holds_or_what_a_page_fails_with() {
        let text = impls_for(SEND, PAGE).expect("pages");
        for part in [
            "impl<'a> builder::KeysList<'a>",
            "Item = Result<types::Key, Error<types::KeysListError>>",
        ] {
            assert!(text.contains(part), "{part} is not in {text}");
        }
    }

    #[test]
    fn an_operation_without_pages_is_named() {
        for (send, page) in [
            ("Result<ResponseValue<()>, Error<()>>", PAGE),
            ("()", PAGE),
            (SEND, "pub struct KeyPage { pub items: Vec<Key> }"),
            (SEND, "pub struct KeyPage { pub pagination: Pagination }"),
        ] {
            let error = impls_for(send, page).expect_err("no pages");
            assert!(error.to_string().contains("`keys_list`"), "{error}");
        }
    }
}
