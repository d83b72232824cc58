//! Three small on-premises applications. They know nothing of Sekisho but the signed identity it hands them, listen on
//! loopback only, and are reached through the gateway. A fourth is elsewhere, and has its people sign in with OpenID Connect.

mod caller;
mod chat;
mod expenses;
mod page;
mod status;
mod wiki;

pub(crate) use caller::Callers;
pub(crate) use expenses::Registered;

use anyhow::Context;
use axum::Router;
use std::net::SocketAddr;
use tokio::net::TcpListener;

/// The applications, listening.
pub(crate) struct Apps {
    /// Where the wiki is.
    pub(crate) wiki: SocketAddr,
    /// Where the chat is.
    pub(crate) chat: SocketAddr,
    /// Where the status board is.
    pub(crate) status: SocketAddr,
    /// Where the expenses are.
    pub(crate) expenses: SocketAddr,
    listeners: [TcpListener; 4],
}

impl Apps {
    /// Takes free ports.
    pub(crate) async fn bind() -> anyhow::Result<Self> {
        let free = || async {
            TcpListener::bind("127.0.0.1:0")
                .await
                .context("no free port on loopback for the demo")
        };
        let listeners = [free().await?, free().await?, free().await?, free().await?];
        let [wiki, chat, status, expenses] = &listeners;
        Ok(Self {
            wiki: wiki.local_addr()?,
            chat: chat.local_addr()?,
            status: status.local_addr()?,
            expenses: expenses.local_addr()?,
            listeners,
        })
    }

    /// Serves until the process ends.
    pub(crate) fn serve(self, callers: &Callers, registered: Registered) {
        let routers = [
            wiki::router(callers.of("wiki")),
            chat::router(callers.of("chat")),
            status::router(callers.of("status")),
            expenses::router(registered),
        ];
        for (listener, router) in self.listeners.into_iter().zip(routers) {
            tokio::spawn(serve(listener, router));
        }
    }
}

async fn serve(listener: TcpListener, router: Router) {
    if let Err(error) = axum::serve(listener, router).await {
        tracing::error!(%error, "a demo application stopped");
    }
}
