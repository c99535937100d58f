//! Everything that a sequence makes, and what each request does to it.

use super::command::{
    BenefitChange, Call, Command, CustomerChange, Page, Plan, ProductChange, Terms, Text, View, Who,
};
use super::grant::{Grant, Key};
use crate::model::Refusal;
use crate::model::command::{Caller, Handle};

/// A customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Customer {
    /// Its address.
    pub email: Text,
    /// Its external id.
    pub external: Option<Text>,
    /// Its name.
    pub name: Option<Text>,
    /// Whether it was not deleted.
    pub live: bool,
    /// Its last session.
    session: Session,
    /// How often it was changed.
    pub revision: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Session {
    Never,
    Open,
    Over,
}

/// A benefit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Benefit {
    /// What it gives.
    pub terms: Terms,
    /// Its description.
    pub description: Text,
    /// Whether it was not deleted.
    pub live: bool,
    /// How often it was changed.
    pub revision: u32,
}

/// A product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Product {
    /// How it is paid for.
    pub plan: Plan,
    /// Its name.
    pub name: Text,
    /// Whether it was archived.
    pub archived: bool,
    /// Its benefits.
    pub benefits: Vec<Handle>,
    /// How often it was changed.
    pub revision: u32,
}

/// A subscription.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription {
    /// Its customer.
    pub customer: Handle,
    /// Its product.
    pub product: Handle,
    /// How far it is.
    pub stage: Stage,
    /// How often it was changed.
    pub revision: u32,
}

/// How far a subscription is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// It goes on.
    Running,
    /// It ends with the period.
    Ending,
    /// It ended with the period.
    RanOut,
    /// It was ended at once.
    Revoked,
}

impl Subscription {
    /// Whether it has not ended.
    pub fn runs(&self) -> bool {
        matches!(self.stage, Stage::Running | Stage::Ending)
    }
}

/// Something that an answer shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Thing {
    /// A customer.
    Customer(Handle),
    /// A benefit.
    Benefit(Handle),
    /// A product.
    Product(Handle),
    /// A subscription.
    Subscription(Handle),
    /// A grant.
    Grant(Handle),
    /// The key of a grant.
    Key(Handle),
}

/// An error of a 422; `input` is what the request says there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Problem {
    /// The field of the body.
    pub field: &'static str,
    /// The place in it, if it is a list.
    pub index: Option<usize>,
    /// The message.
    pub message: &'static str,
}

/// Why a request is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refused {
    /// As any request may be.
    Plainly(Refusal),
    /// 422
    Invalid(Vec<Problem>),
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        Self::Plainly(refusal)
    }
}

fn invalid(field: &'static str, message: &'static str) -> Refused {
    Refused::Invalid(vec![problem(field, message)])
}

fn problem(field: &'static str, message: &'static str) -> Problem {
    Problem {
        field,
        index: None,
        message,
    }
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// A refusal; nothing changed.
    Refused(Refused),
    /// 204
    Done,
    /// 201 and what was made.
    Made(Thing),
    /// 201 and a session of this customer.
    Session(Handle),
    /// What was asked for, as it is now.
    Shown(Thing),
    /// A key with the status that it was given and the limits that it had: what the grant does to it comes later.
    Given(Handle, Key),
    /// A customer, the subscriptions that run, and the grants in force.
    State(Handle, Vec<Thing>, Vec<Thing>),
    /// A page of a list.
    Page {
        /// What it shows.
        things: Vec<Thing>,
        /// Whether in this order.
        ordered: bool,
        /// How many there are.
        total: usize,
        /// How many pages.
        pages: usize,
    },
    /// Time has passed.
    Later,
}

impl Answer {
    /// The status of the answer.
    pub fn status(&self) -> u16 {
        match self {
            Self::Refused(Refused::Plainly(refusal)) => refusal.answer().0,
            Self::Refused(Refused::Invalid(_)) => 422,
            Self::Done => 204,
            Self::Made(_) | Self::Session(_) => 201,
            _ => 200,
        }
    }
}

/// Everything there is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct World {
    /// Customers, also deleted ones.
    pub customers: Vec<Customer>,
    /// Benefits, also deleted ones.
    pub benefits: Vec<Benefit>,
    /// Products.
    pub products: Vec<Product>,
    /// Subscriptions, also those that have ended.
    pub subscriptions: Vec<Subscription>,
    /// Grants, also those that were taken back.
    pub grants: Vec<Grant>,
}

type Judged<T> = Result<T, Refused>;

impl World {
    /// Applies a command, and everything that follows from it in the background.
    pub fn apply(&mut self, command: &Command) -> Answer {
        let answer = match *command {
            Command::Core(caller, call) => match caller {
                Caller::Owner => self.carry_out(call),
                Caller::Stranger => abroad(call),
                Caller::Reader if matches!(call, Call::ListKeys(..)) => self.carry_out(call),
                Caller::Reader => Err(Refusal::InsufficientScope.into()),
                Caller::Customer | Caller::Nobody => Err(Refusal::Unauthorized.into()),
                Caller::Forged => Err(Refusal::InvalidToken.into()),
            },
            Command::Portal(customer, view) => self.show(customer, view),
            Command::NextPeriod => {
                self.next_period();
                Ok(Answer::Later)
            }
        };
        answer.unwrap_or_else(Answer::Refused)
    }

    fn carry_out(&mut self, call: Call) -> Judged<Answer> {
        match call {
            Call::CreateCustomer {
                email,
                external,
                name,
            } => self.create_customer(email, external, name),
            Call::GetCustomer(who) => Ok(Answer::Shown(Thing::Customer(self.customer(who)?))),
            Call::GetState(who) => {
                let customer = self.customer(who)?;
                let runs = |row: &Subscription| row.runs() && row.customer == customer;
                let granted = |_, grant: &Grant| grant.granted && self.holder(grant) == customer;
                let running = self.subscriptions.iter().enumerate();
                let running = running.filter(|(_, row)| runs(row));
                Ok(Answer::State(
                    customer,
                    running.map(|(at, _)| Thing::Subscription(at)).collect(),
                    self.grants_where(granted),
                ))
            }
            Call::UpdateCustomer(who, change) => self.update_customer(who, change),
            Call::DeleteCustomer(who) => self.delete_customer(who),
            Call::ListCustomers(email) => {
                let found = (0..self.customers.len()).filter(|at| {
                    let customer = &self.customers[*at];
                    customer.live && customer.email == email
                });
                Ok(page(found.map(Thing::Customer).collect(), Page::ALL))
            }
            Call::OpenSession(who) => {
                let customer = self.named(who)?;
                self.customers[customer].session = Session::Open;
                Ok(Answer::Session(customer))
            }
            Call::CreateBenefit(terms) => {
                self.benefits.push(Benefit {
                    terms,
                    description: 0,
                    live: true,
                    revision: 0,
                });
                Ok(Answer::Made(Thing::Benefit(self.benefits.len() - 1)))
            }
            Call::GetBenefit(benefit) => Ok(Answer::Shown(Thing::Benefit(self.benefit(benefit)?))),
            Call::UpdateBenefit(benefit, change) => self.update_benefit(benefit, change),
            Call::DeleteBenefit(benefit) => self.delete_benefit(benefit),
            Call::ListBenefits(asked) => {
                let live = (0..self.benefits.len()).filter(|at| self.benefits[*at].live);
                Ok(page(live.rev().map(Thing::Benefit).collect(), asked))
            }
            Call::ListGrantsOfBenefit(benefit, customer, granted) => {
                let benefit = self.benefit(benefit)?;
                Ok(unordered(self.grants_where(|_, grant| {
                    grant.benefit == benefit
                        && customer.is_none_or(|customer| customer == self.holder(grant))
                        && granted.is_none_or(|granted| granted == grant.granted)
                })))
            }
            Call::ListGrants(customer, granted) => Ok(unordered(self.grants_where(|_, grant| {
                self.holder(grant) == customer
                    && granted.is_none_or(|granted| granted == grant.granted)
            }))),
            Call::CreateProduct(plan) => {
                self.products.push(Product {
                    plan,
                    name: 0,
                    archived: false,
                    benefits: Vec::new(),
                    revision: 0,
                });
                Ok(Answer::Made(Thing::Product(self.products.len() - 1)))
            }
            Call::GetProduct(product) => Ok(Answer::Shown(Thing::Product(product))),
            Call::UpdateProduct(product, change) => Ok(self.update_product(product, change)),
            Call::SetBenefits(product, benefits) => self.set_benefits(product, &benefits),
            Call::ListProducts(archived, recurring, asked) => {
                let found = (0..self.products.len()).filter(|at| {
                    let product = &self.products[*at];
                    archived.is_none_or(|archived| archived == product.archived)
                        && recurring.is_none_or(|wanted| wanted == (product.plan != Plan::Once))
                });
                Ok(page(found.rev().map(Thing::Product).collect(), asked))
            }
            Call::Subscribe(product, who) => self.subscribe(product, who),
            Call::GetSubscription(at) => Ok(Answer::Shown(Thing::Subscription(at))),
            Call::ListSubscriptions(customer, product, active, asked) => {
                let found = (0..self.subscriptions.len()).filter(|at| {
                    let row = &self.subscriptions[*at];
                    row.customer == customer
                        && product.is_none_or(|product| product == row.product)
                        && active.is_none_or(|active| active == row.runs())
                });
                Ok(page(found.rev().map(Thing::Subscription).collect(), asked))
            }
            Call::Cancel(at, cancel) => self.cancel(at, cancel),
            Call::ChangeProduct(at, product) => self.change_product(at, product),
            Call::Revoke(at, _) => {
                if !self.subscriptions[at].runs() {
                    return Err(Refusal::AlreadyCanceled.into());
                }
                self.stage(at, Stage::Revoked);
                self.follow(at);
                Ok(Answer::Shown(Thing::Subscription(at)))
            }
            Call::ListKeys(benefit, status) => {
                let wanted = |grant: &Grant| {
                    let key = grant.key.as_ref().filter(|_| grant.benefit == benefit);
                    key.is_some_and(|key| status.is_none_or(|status| status == key.status))
                };
                let keys = (0..self.grants.len()).filter(|at| wanted(&self.grants[*at]));
                Ok(unordered(keys.map(Thing::Key).collect()))
            }
            Call::SetStatus(key, status) => {
                let given = self.set_status(key, status);
                let given = given.map(|given| Answer::Given(key, given));
                given.ok_or(Refusal::NotFound.into())
            }
        }
    }

    fn create_customer(
        &mut self,
        email: Text,
        external: Option<Text>,
        name: Option<Text>,
    ) -> Judged<Answer> {
        let email_taken = self.taken(|customer| customer.email == email);
        let id_taken = external.is_some() && self.taken(|customer| customer.external == external);
        refuse([
            email_taken.then_some(EMAIL_TAKEN),
            id_taken.then_some(ID_TAKEN),
        ])?;
        self.customers.push(Customer {
            email,
            external,
            name,
            live: true,
            session: Session::Never,
            revision: 0,
        });
        Ok(Answer::Made(Thing::Customer(self.customers.len() - 1)))
    }

    fn update_customer(&mut self, who: Who, change: CustomerChange) -> Judged<Answer> {
        let customer = self.customer(who)?;
        let old = &self.customers[customer];
        // Named by its external id, a customer keeps it, whatever the body says.
        let external = change.external.filter(|_| matches!(who, Who::Id(_)));
        let external = external.filter(|_| external != old.external);
        let email = change.email.filter(|email| *email != old.email);
        let email_taken = email.is_some_and(|email| self.taken(|one| one.email == email));
        let id_taken = external.is_some() && self.taken(|one| one.external == external);
        let wrong_id = match (external, old.external) {
            (Some(_), Some(_)) => Some(ID_FIXED),
            _ => id_taken.then_some(ID_TAKEN),
        };
        refuse([email_taken.then_some(EMAIL_TAKEN), wrong_id])?;
        let it = &mut self.customers[customer];
        it.name = change.name.or(it.name);
        it.email = email.unwrap_or(it.email);
        it.external = external.or(it.external);
        it.revision += 1;
        Ok(Answer::Shown(Thing::Customer(customer)))
    }

    fn delete_customer(&mut self, who: Who) -> Judged<Answer> {
        let customer = self.customer(who)?;
        let it = &mut self.customers[customer];
        it.live = false;
        it.external = None;
        it.revision += 1;
        for at in 0..self.subscriptions.len() {
            let row = &self.subscriptions[at];
            if row.customer == customer && row.runs() {
                self.stage(at, Stage::Revoked);
            }
        }
        let rows = self.subscriptions.clone();
        self.take_back(|grant| rows[grant.subscription].customer == customer);
        Ok(Answer::Done)
    }

    fn update_benefit(&mut self, benefit: Handle, change: BenefitChange) -> Judged<Answer> {
        let benefit = self.benefit(benefit)?;
        let it = &mut self.benefits[benefit];
        it.description = change.description.unwrap_or(it.description);
        it.revision += 1;
        if let Some(limits) = change.limits
            && it.terms != Terms::Keys(limits)
        {
            it.terms = Terms::Keys(limits);
            self.renew(benefit, limits);
        }
        Ok(Answer::Shown(Thing::Benefit(benefit)))
    }

    fn delete_benefit(&mut self, benefit: Handle) -> Judged<Answer> {
        let benefit = self.benefit(benefit)?;
        let it = &mut self.benefits[benefit];
        it.live = false;
        it.revision += 1;
        for product in &mut self.products {
            product.benefits.retain(|other| *other != benefit);
            product.revision += 1;
        }
        self.take_back(|grant| grant.benefit == benefit);
        Ok(Answer::Done)
    }

    fn update_product(&mut self, product: Handle, change: ProductChange) -> Answer {
        let it = &mut self.products[product];
        it.name = change.name.unwrap_or(it.name);
        it.archived = change.archived.unwrap_or(it.archived);
        it.revision += 1;
        Answer::Shown(Thing::Product(product))
    }

    fn set_benefits(&mut self, product: Handle, benefits: &[Option<Handle>; 2]) -> Judged<Answer> {
        let wanted: Vec<Handle> = benefits.iter().copied().flatten().collect();
        if let Some(index) = wanted.iter().position(|at| !self.benefits[*at].live) {
            return Err(Refused::Invalid(vec![Problem {
                field: "benefits",
                index: Some(index),
                message: "Benefit does not exist.",
            }]));
        }
        let it = &mut self.products[product];
        it.benefits = wanted;
        it.revision += 1;
        for at in 0..self.subscriptions.len() {
            if self.subscriptions[at].product == product {
                self.follow(at);
            }
        }
        Ok(Answer::Shown(Thing::Product(product)))
    }

    fn subscribe(&mut self, product: Handle, who: Who) -> Judged<Answer> {
        match self.products[product].plan {
            Plan::Free => {}
            Plan::Paid => {
                return Err(invalid(
                    "product_id",
                    "Product is not free. The customer should go through a checkout to create a paid subscription.",
                ));
            }
            Plan::Once => {
                return Err(invalid("product_id", "Product is not a recurring product."));
            }
        }
        let customer = self.named(who)?;
        self.subscriptions.push(Subscription {
            customer,
            product,
            stage: Stage::Running,
            revision: 0,
        });
        let at = self.subscriptions.len() - 1;
        self.follow(at);
        Ok(Answer::Made(Thing::Subscription(at)))
    }

    fn cancel(&mut self, at: Handle, cancel: bool) -> Judged<Answer> {
        let stage = match (self.subscriptions[at].stage, cancel) {
            (Stage::Running, true) => Stage::Ending,
            (_, true) => return Err(Refusal::AlreadyCanceled.into()),
            (Stage::Ending, false) => Stage::Running,
            (Stage::Running, false) => return Err(Refusal::NotCanceled.into()),
            (_, false) => return Err(Refusal::Ended.into()),
        };
        self.stage(at, stage);
        Ok(Answer::Shown(Thing::Subscription(at)))
    }

    fn change_product(&mut self, at: Handle, product: Handle) -> Judged<Answer> {
        if self.subscriptions[at].stage != Stage::Running {
            return Err(Refusal::AlreadyCanceled.into());
        }
        if self.products[product].archived {
            return Err(invalid("product_id", "Product is archived."));
        }
        if self.products[product].plan == Plan::Once {
            return Err(invalid("product_id", "Product is not recurring."));
        }
        self.subscriptions[at].product = product;
        self.subscriptions[at].revision += 1;
        self.follow(at);
        Ok(Answer::Shown(Thing::Subscription(at)))
    }

    fn show(&self, customer: Handle, view: View) -> Judged<Answer> {
        let it = &self.customers[customer];
        if !it.live || it.session != Session::Open {
            return Err(Refusal::InvalidToken.into());
        }
        let shown = |_, grant: &Grant| grant.granted && self.holder(grant) == customer;
        let own = |own: bool, thing| {
            let found = own.then_some(Answer::Shown(thing));
            found.ok_or(Refused::from(Refusal::NotFound))
        };
        match view {
            View::Me => Ok(Answer::Shown(Thing::Customer(customer))),
            View::MySubscriptions => {
                let rows = 0..self.subscriptions.len();
                let rows = rows.filter(|at| self.subscriptions[*at].customer == customer);
                Ok(page(
                    rows.rev().map(Thing::Subscription).collect(),
                    Page::ALL,
                ))
            }
            View::MySubscription(at) => own(
                self.subscriptions[at].customer == customer,
                Thing::Subscription(at),
            ),
            View::MyGrants => Ok(unordered(self.grants_where(shown))),
            View::MyGrant(at) => own(shown(at, &self.grants[at]), Thing::Grant(at)),
        }
    }

    /// Subscriptions end where that was wanted; sessions are over.
    fn next_period(&mut self) {
        for customer in &mut self.customers {
            if customer.session == Session::Open {
                customer.session = Session::Over;
            }
        }
        for at in 0..self.subscriptions.len() {
            self.subscriptions[at].revision += 1;
            match self.subscriptions[at].stage {
                Stage::Ending => {
                    self.stage(at, Stage::RanOut);
                    self.follow(at);
                }
                Stage::Running => self.cycle(at),
                Stage::RanOut | Stage::Revoked => {}
            }
        }
    }

    fn stage(&mut self, at: Handle, stage: Stage) {
        self.subscriptions[at].stage = stage;
        self.subscriptions[at].revision += 1;
    }

    /// Whether a customer is one of those that are there.
    fn taken(&self, which: impl Fn(&Customer) -> bool) -> bool {
        let mut live = self.customers.iter().filter(|customer| customer.live);
        live.any(which)
    }

    fn find(&self, who: Who) -> Option<Handle> {
        (0..self.customers.len()).find(|at| {
            let it = &self.customers[*at];
            it.live
                && match who {
                    Who::Id(id) => id == *at,
                    Who::External(text) => it.external == Some(text),
                }
        })
    }

    /// The customer that a path names.
    fn customer(&self, who: Who) -> Judged<Handle> {
        self.find(who).ok_or(Refusal::NotFound.into())
    }

    /// The customer that a body names.
    fn named(&self, who: Who) -> Judged<Handle> {
        let field = match who {
            Who::Id(_) => "customer_id",
            Who::External(_) => "external_customer_id",
        };
        let unknown = || invalid(field, "Customer does not exist.");
        self.find(who).ok_or_else(unknown)
    }

    fn benefit(&self, benefit: Handle) -> Judged<Handle> {
        let found = Some(benefit).filter(|at| self.benefits[*at].live);
        found.ok_or(Refusal::NotFound.into())
    }

    /// The customer of a grant.
    pub fn holder(&self, grant: &Grant) -> Handle {
        self.subscriptions[grant.subscription].customer
    }

    /// The key of a grant.
    pub fn key(&self, grant: Handle) -> Option<&Key> {
        self.grants.get(grant)?.key.as_ref()
    }

    fn grants_where(&self, wanted: impl Fn(Handle, &Grant) -> bool) -> Vec<Thing> {
        let grants = self.grants.iter().enumerate();
        let grants = grants.filter(|(at, grant)| wanted(*at, grant));
        grants.map(|(at, _)| Thing::Grant(at)).collect()
    }

    /// Whether a session was opened for a customer.
    pub fn has_session(&self, customer: Handle) -> bool {
        let it = self.customers.get(customer);
        it.is_some_and(|it| it.session != Session::Never)
    }
}

const EMAIL_TAKEN: Problem = Problem {
    field: "email",
    index: None,
    message: "A customer with this email address already exists.",
};
const ID_TAKEN: Problem = Problem {
    field: "external_id",
    index: None,
    message: "A customer with this external ID already exists.",
};
const ID_FIXED: Problem = Problem {
    field: "external_id",
    index: None,
    message: "Customer external ID cannot be updated.",
};

fn refuse(problems: [Option<Problem>; 2]) -> Judged<()> {
    let problems: Vec<Problem> = problems.into_iter().flatten().collect();
    match problems.is_empty() {
        true => Ok(()),
        false => Err(Refused::Invalid(problems)),
    }
}

/// What another organization gets, which has nothing.
fn abroad(call: Call) -> Judged<Answer> {
    match call {
        Call::ListCustomers(_)
        | Call::ListBenefits(_)
        | Call::ListGrants(..)
        | Call::ListProducts(..)
        | Call::ListSubscriptions(..)
        | Call::ListKeys(..) => Ok(unordered(Vec::new())),
        Call::Subscribe(..) => Err(invalid("product_id", "Product does not exist.")),
        Call::OpenSession(Who::Id(_)) => Err(invalid("customer_id", "Customer does not exist.")),
        Call::OpenSession(Who::External(_)) => {
            Err(invalid("external_customer_id", "Customer does not exist."))
        }
        _ => Err(Refusal::NotFound.into()),
    }
}

fn page(found: Vec<Thing>, asked: Page) -> Answer {
    let limit = asked.limit as usize;
    let before = limit * (asked.page as usize - 1);
    Answer::Page {
        total: found.len(),
        pages: found.len().div_ceil(limit),
        things: found.into_iter().skip(before).take(limit).collect(),
        ordered: true,
    }
}

/// What one event grants has no order (docs/behaviour.md#without-order).
fn unordered(found: Vec<Thing>) -> Answer {
    Answer::Page {
        total: found.len(),
        pages: usize::from(!found.is_empty()),
        things: found,
        ordered: false,
    }
}
