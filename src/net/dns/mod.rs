//! The DNS client: one for a single question and for a bulk run of millions.
//!
//! Questions are submitted in batches and answered in batches. Every answer is kept whole: response code,
//! flags, alias chain, the server's own explanation, which server spoke and how long it took. Absence (no
//! such name, no data) is an answer; whatever else is not records is an [`Error`].

mod answered;
mod budget;
mod engine;
mod error;
mod memory;
mod name;
mod reply;
mod runtime;
mod security;
pub mod self_test;
mod socket;
mod stream;
pub mod system;
pub mod upstream;
mod validate;
mod window;
mod wire;
mod zone_queue;

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use hickory_proto::rr::RecordType;
use tokio::sync::{mpsc, oneshot};

pub use answered::Answered;
pub use error::{Error, ErrorKind};
pub use name::{Name, NameTooLong};
pub use reply::{Answer, Reply, Transport, Unreadable};
pub use security::{Authenticated, Security, Unusable};
pub use stream::Encrypted;
pub use upstream::Upstream;
pub use validate::TrustAnchors;

/// A question and how to ask it.
#[derive(Debug, Clone)]
pub struct Question {
    /// The name.
    pub name: Name,
    /// The type.
    pub rtype: RecordType,
    /// What it shares with other questions.
    pub queue: QueueId,
    /// Whom to ask.
    pub route: Route,
    /// DO: ask for signatures.
    pub dnssec_ok: bool,
    /// CD: ask the resolver not to validate.
    pub checking_disabled: bool,
}

impl Question {
    /// A question to the resolvers, as fast as they take it.
    pub fn new(name: Name, rtype: RecordType) -> Self {
        Question {
            name,
            rtype,
            queue: QueueId::FREE,
            route: Route::Resolvers,
            dnssec_ok: false,
            checking_disabled: false,
        }
    }
}

/// Whom to ask.
#[derive(Debug, Clone)]
pub enum Route {
    /// The configured resolvers, in their order.
    Resolvers,
    /// These name servers, in their order, without recursion.
    Servers(Arc<[SocketAddr]>),
}

/// A pace and a fate that questions share, usually one a zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueueId(u32);

impl QueueId {
    /// The queue without a pace.
    pub const FREE: QueueId = QueueId(0);
}

/// What became of a question.
#[derive(Debug, Clone)]
pub struct Exchange {
    /// The answer, or why there is none.
    pub result: Result<Reply, Box<Error>>,
    /// The server that answered, or was asked last.
    pub server: Arc<str>,
    /// The time from the first sending on.
    pub elapsed: Duration,
}

/// How to ask.
#[derive(Debug, Clone)]
pub struct Options {
    /// The resolvers, in the order they are asked.
    pub upstreams: Vec<Upstream>,
    /// The time one question may take with all its tries.
    pub timeout: Duration,
    /// Retransmissions within that time.
    pub retries: u8,
    /// Questions a second over the whole run.
    pub max_qps: Option<f64>,
    /// The local address to ask from.
    pub source: Option<IpAddr>,
    /// Whether the resolvers' AD is believed although others could speak for them on the way.
    pub trust_ad: bool,
}

/// A handle to the engine; clones ask through the same sockets.
#[derive(Debug, Clone)]
pub struct Client {
    commands: mpsc::UnboundedSender<engine::Command>,
    queues: Arc<AtomicU32>,
    servers: Arc<[Arc<str>]>,
    anchors: Option<Arc<TrustAnchors>>,
    /// The time one question may take.
    timeout: Duration,
    trusts_ad: bool,
    vouching: security::Vouching,
    memory: Option<Arc<memory::Asked>>,
    budget: Option<Arc<budget::Budget>>,
}

impl Client {
    /// Starts the engine on the current runtime. With trust anchors every answer is validated here as well.
    pub fn start(options: Options, anchors: Option<TrustAnchors>) -> Self {
        let (commands, receiver) = mpsc::unbounded_channel();
        let servers = options.upstreams.iter().map(Upstream::label).collect();
        let timeout = options.timeout;
        let trusts_ad = options.trust_ad || options.upstreams.iter().all(Upstream::is_private);
        tokio::spawn(engine::Engine::new(options, receiver).run());
        Client {
            commands,
            queues: Arc::new(AtomicU32::new(1)),
            servers,
            anchors: anchors.map(Arc::new),
            timeout,
            trusts_ad,
            vouching: security::Vouching::default(),
            memory: None,
            budget: None,
        }
    }

    /// The resolvers, as shown to people.
    pub fn servers(&self) -> &[Arc<str>] {
        &self.servers
    }

    /// Opens a queue of at most `rate` questions a second, or of any number.
    pub fn queue(&self, rate: Option<f64>) -> QueueId {
        let queue = QueueId(self.queues.fetch_add(1, Ordering::Relaxed));
        // The engine outlives its handles, so the command arrives.
        let _ = self.commands.send(engine::Command::Queue(rate));
        queue
    }

    /// Asks all questions at once; the results come in the order of the questions. They leave when this is
    /// called, whether or not anybody waits for the answers.
    pub fn submit(&self, questions: Vec<Question>) -> BoxFuture<'static, Vec<Exchange>> {
        match &self.budget {
            None => self.submit_unbounded(questions),
            Some(budget) => self.submit_within(budget, questions),
        }
    }

    fn submit_unbounded(&self, questions: Vec<Question>) -> BoxFuture<'static, Vec<Exchange>> {
        match &self.memory {
            None => self.submit_anew(questions),
            Some(memory) => memory.submit(questions, |questions| self.submit_anew(questions)),
        }
    }

    /// This client, asking equal questions once, those to servers of their own excepted. One that does so already
    /// stays as it is.
    #[must_use]
    pub fn remembering(mut self) -> Self {
        self.memory.get_or_insert_default();
        self
    }

    /// As [`Client::submit`], whether or not the same was asked before: an answer is to be confirmed.
    pub fn submit_anew(&self, questions: Vec<Question>) -> BoxFuture<'static, Vec<Exchange>> {
        match &self.anchors {
            None => self.submit_raw(questions).boxed(),
            Some(anchors) => {
                let (client, anchors) = (self.clone(), Arc::clone(anchors));
                async move { validate::submit(&client, &anchors, questions).await }.boxed()
            }
        }
    }

    /// Asks one question.
    pub async fn ask(&self, question: Question) -> Exchange {
        let mut answers = self.submit(vec![question]).await;
        answers.pop().expect("one result comes for one question")
    }

    /// As [`Client::submit`], without validation here.
    fn submit_raw(&self, questions: Vec<Question>) -> impl Future<Output = Vec<Exchange>> + Send + use<> {
        let (reply_to, answers) = oneshot::channel();
        let sent = self.commands.send(engine::Command::Batch(questions, reply_to));
        async move {
            sent.expect("the engine runs as long as a handle exists");
            answers.await.expect("the engine answers every batch")
        }
    }
}
