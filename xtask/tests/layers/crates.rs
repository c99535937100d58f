//! A crate as modules, and where the paths in them lead.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens as _;
use syn::{Attribute, Item, UseTree};

/// Where a module or an item is: `["edge", "reply"]`. The crate itself is empty.
pub type Name = Vec<String>;

/// How many re-exports are followed before one is taken for the item itself.
const LONGEST_WAY: usize = 16;

#[derive(Default)]
pub struct Module {
    /// The module whose file this one is written in: itself, unless it is declared in braces.
    pub owner: Name,
    /// Below `src`; empty for a module in braces.
    pub file: PathBuf,
    text: String,
    items: BTreeSet<String>,
    /// What `use` calls something, and its path as it is written.
    pub imports: BTreeMap<String, Name>,
    pub globs: Vec<Name>,
    /// Paths in code, as they are written.
    pub paths: BTreeSet<Name>,
    /// Every word of the code.
    pub words: BTreeSet<String>,
}

#[derive(Default)]
pub struct Crate {
    pub modules: BTreeMap<Name, Module>,
}

/// Where a path leads.
pub struct Way {
    /// The modules that only pass the item on.
    pub passed: Vec<Name>,
    /// The module that has it.
    pub end: Name,
}

impl Crate {
    /// Reads a crate from its `lib.rs` or `main.rs`.
    pub fn read(root: &Path) -> Self {
        let mut found = Self::default();
        let folder = root.parent().expect("a folder");
        found.read_file(Name::new(), root, folder, folder);
        found
    }

    fn read_file(&mut self, name: Name, path: &Path, folder: &Path, src: &Path) {
        let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{path:?}: {error}"));
        let file = syn::parse_file(&text).unwrap_or_else(|error| panic!("{path:?}: {error}"));
        let module = Module {
            owner: name.clone(),
            file: path.strip_prefix(src).expect("below src").to_owned(),
            text,
            ..Module::default()
        };
        self.read_items(name, module, file.items, folder, src);
    }

    fn read_items(
        &mut self,
        name: Name,
        mut module: Module,
        items: Vec<Item>,
        folder: &Path,
        src: &Path,
    ) {
        let mut code = TokenStream::new();
        for item in items {
            match item {
                Item::Mod(inner) if !is_for_tests(&inner.attrs) => {
                    let word = inner.ident.to_string();
                    let child = [name.as_slice(), std::slice::from_ref(&word)].concat();
                    let within = folder.join(&word);
                    match inner.content {
                        Some((_, items)) => {
                            let part = Module {
                                owner: module.owner.clone(),
                                ..Module::default()
                            };
                            self.read_items(child, part, items, &within, src);
                        }
                        None => {
                            let files = [within.with_extension("rs"), within.join("mod.rs")];
                            let file = files.iter().find(|file| file.exists());
                            let file = file.unwrap_or_else(|| panic!("{word} of {name:?}"));
                            self.read_file(child, file, &within, src);
                        }
                    }
                }
                Item::Mod(_) => {}
                Item::Use(import) => {
                    if !is_for_tests(&import.attrs) {
                        module.import(Name::new(), &import.tree);
                    }
                }
                other => {
                    module.items.extend(item_name(&other));
                    code.extend(code_of(other));
                }
            }
        }
        module.scan(code);
        self.modules.insert(name, module);
    }

    /// Where a path written in a module leads; nothing if it leaves the crate.
    pub fn way(&self, at: &Name, path: &[String]) -> Option<Way> {
        let mut passed = Vec::new();
        let end = self.follow(at, path, &mut passed)?;
        Some(Way { passed, end })
    }

    fn follow(&self, at: &Name, path: &[String], passed: &mut Vec<Name>) -> Option<Name> {
        let (first, mut rest) = path.split_first()?;
        let mut here = match first.as_str() {
            "crate" => Name::new(),
            "self" => at.clone(),
            "super" => at[..at.len().checked_sub(1)?].to_vec(),
            _ => {
                let module = &self.modules[at];
                let child = [at.as_slice(), std::slice::from_ref(first)].concat();
                if !self.modules.contains_key(&child) && !module.items.contains(first) {
                    return None;
                }
                rest = path;
                at.clone()
            }
        };
        while let Some((word, more)) = rest.split_first() {
            if word == "super" {
                here.pop();
                rest = more;
                continue;
            }
            let child = [here.as_slice(), std::slice::from_ref(word)].concat();
            if self.modules.contains_key(&child) {
                (here, rest) = (child, more);
                continue;
            }
            let module = &self.modules[&here];
            if module.items.contains(word) || passed.len() == LONGEST_WAY {
                return Some(here);
            }
            if let Some(import) = module.imports.get(word) {
                let path = [import.as_slice(), more].concat();
                passed.push(here.clone());
                return self.follow(&here, &path, passed);
            }
            for glob in &module.globs {
                let path = [glob.as_slice(), rest].concat();
                let mut further = [passed.as_slice(), std::slice::from_ref(&here)].concat();
                let end = self.follow(&here, &path, &mut further);
                if let Some(end) = end.filter(|end| self.modules[end].items.contains(word)) {
                    *passed = further;
                    return Some(end);
                }
            }
            return Some(here);
        }
        Some(here)
    }

    /// Where in its file a module says this path: `a/inner.rs:2`.
    pub fn place(&self, module: &Name, path: &[String]) -> String {
        let module = &self.modules[&self.modules[module].owner];
        let line = (0..path.len())
            .map(|from| path[from..].join("::"))
            .find_map(|text| {
                let mut lines = module.text.lines();
                lines.position(|line| !line.trim_start().starts_with("//") && line.contains(&text))
            });
        let file = module.file.display();
        line.map_or_else(|| file.to_string(), |line| format!("{file}:{}", line + 1))
    }
}

impl Module {
    fn import(&mut self, mut path: Name, tree: &UseTree) {
        match tree {
            UseTree::Path(step) => {
                path.push(step.ident.to_string());
                self.import(path, &step.tree);
            }
            UseTree::Group(group) => {
                for tree in &group.items {
                    self.import(path.clone(), tree);
                }
            }
            UseTree::Glob(_) => self.globs.push(path),
            UseTree::Name(name) => {
                if name.ident != "self" {
                    path.push(name.ident.to_string());
                }
                if let Some(word) = path.last().cloned() {
                    self.imports.insert(word, path);
                }
            }
            UseTree::Rename(name) => {
                if name.ident != "self" {
                    path.push(name.ident.to_string());
                }
                // Traits that are imported as `_` still are.
                let mut word = name.rename.to_string();
                if word == "_" {
                    word = format!("_ {}", path.join("::"));
                }
                self.imports.insert(word, path);
            }
        }
    }

    /// Collects the paths in code. Tokens are read instead of syntax, so that arguments of macros are read as well.
    /// What stands in `quote!` is code of another crate.
    fn scan(&mut self, code: TokenStream) {
        let mut path = Name::new();
        let mut colons = 0;
        let tokens: Vec<TokenTree> = code.into_iter().collect();
        for (at, token) in tokens.iter().enumerate() {
            match token {
                TokenTree::Punct(punct) if punct.as_char() == ':' => {
                    colons += 1;
                    continue;
                }
                TokenTree::Ident(word) => {
                    let word = word.to_string();
                    self.words.insert(word.clone());
                    if colons != 2 {
                        self.paths.insert(std::mem::take(&mut path));
                    }
                    path.push(word);
                }
                other => {
                    self.paths.insert(std::mem::take(&mut path));
                    if let TokenTree::Group(group) = other
                        && !is_quote(&tokens[..at])
                    {
                        self.scan(group.stream());
                    }
                }
            }
            colons = 0;
        }
        self.paths.insert(path);
        self.paths.retain(|path| path.len() > 1);
    }
}

/// Whether tokens end with `quote!`.
fn is_quote(tokens: &[TokenTree]) -> bool {
    matches!(tokens, [.., TokenTree::Ident(name), TokenTree::Punct(mark)] if name == "quote" && mark.as_char() == '!')
}

fn is_for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg") && attribute.to_token_stream().to_string().contains("test")
    })
}

/// What an item is called, if it has a name.
fn item_name(item: &Item) -> Option<String> {
    Some(match item {
        Item::Const(item) => item.ident.to_string(),
        Item::Enum(item) => item.ident.to_string(),
        Item::Fn(item) => item.sig.ident.to_string(),
        Item::Macro(item) => item.ident.as_ref()?.to_string(),
        Item::Static(item) => item.ident.to_string(),
        Item::Struct(item) => item.ident.to_string(),
        Item::Trait(item) => item.ident.to_string(),
        Item::Type(item) => item.ident.to_string(),
        Item::Union(item) => item.ident.to_string(),
        _ => return None,
    })
}

/// The tokens of an item; nothing if it is for tests only.
fn code_of(item: Item) -> TokenStream {
    let attributes = match &item {
        Item::Const(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        _ => return item.into_token_stream(),
    };
    if is_for_tests(attributes) {
        return TokenStream::new();
    }
    item.into_token_stream()
}
