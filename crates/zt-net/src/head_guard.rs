//! Strict HTTP/1.1 framing in front of the parser.
//!
//! The parser behind this one is lenient where RFC 9112 lets it be (a bare LF ends a line, a repeated equal
//! Content-Length is folded, Transfer-Encoding beats Content-Length). Two parsers that are lenient in different ways are
//! how requests are smuggled, so what has more than one reading is refused here, on the raw bytes, before any parser
//! has read it: see [`Violation`].
//!
//! A head is handed on only once it is complete and clean. In place of a refused one, the parser gets
//! `GET /.sekisho/malformed/<slug>` and nothing more: the refusal is answered in its turn, behind the
//! answers to earlier requests of the same connection, and the connection ends.

mod framing;

pub(crate) use framing::Violation;
use framing::{Framing, Step};
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep};

/// The path under which the parser is told of a violation.
pub(crate) const MALFORMED: &str = "/.sekisho/malformed/";

/// How much of what follows a refused head is read and thrown away, so that closing does not reset the connection before
/// the answer is read.
const DISCARD: usize = 64 * 1024;

/// A byte stream whose incoming side is checked, and whose outgoing side may not stall.
#[derive(Debug)]
pub(crate) struct HeadGuard<S> {
    stream: S,
    framing: Framing,
    state: State,
    /// The beginning of a head whose end has not come yet.
    partial: Vec<u8>,
    /// Checked bytes that did not fit the reader's buffer, and how many of them are read.
    checked: Vec<u8>,
    checked_read: usize,
    raw: Arc<AtomicBool>,
    write_stall: Duration,
    stalled: Option<Pin<Box<Sleep>>>,
}

#[derive(Debug, PartialEq, Eq)]
enum State {
    Checking,
    Raw,
    Refused,
    /// A body broke its framing: for the parser, the input ends in the middle of it.
    Broken,
}

impl<S> HeadGuard<S> {
    pub(crate) fn new(
        stream: S,
        max_head_bytes: u32,
        write_stall: Duration,
        raw: Arc<AtomicBool>,
    ) -> Self {
        Self {
            stream,
            framing: Framing::new(max_head_bytes as usize),
            state: State::Checking,
            partial: Vec::new(),
            checked: Vec::new(),
            checked_read: 0,
            raw,
            write_stall,
            stalled: None,
        }
    }

    /// Gives what is checked and not read yet. True if there was something.
    fn give_checked(&mut self, buffer: &mut ReadBuf<'_>) -> bool {
        let rest = self.checked.get(self.checked_read..).unwrap_or_default();
        if rest.is_empty() {
            return false;
        }
        let length = rest.len().min(buffer.remaining());
        buffer.put_slice(rest.get(..length).unwrap_or_default());
        self.checked_read += length;
        if self.checked_read == self.checked.len() {
            self.checked.clear();
            self.checked_read = 0;
        }
        true
    }

    fn refuse(&mut self, violation: Violation) {
        self.partial = Vec::new();
        if violation == Violation::Chunk {
            // Whatever was put here would be read as part of the body.
            self.state = State::Broken;
            return;
        }
        self.state = State::Refused;
        let head = format!(
            "GET {MALFORMED}{} HTTP/1.1\r\nhost: malformed\r\nconnection: close\r\n\r\n",
            violation.slug()
        );
        self.checked.extend_from_slice(head.as_bytes());
    }
}

impl<S: AsyncRead + Unpin> HeadGuard<S> {
    fn poll_raw(&mut self, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }

    /// Reads into the caller's buffer and checks in place: the common case copies nothing.
    fn poll_in_place(
        &mut self,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<Progress>> {
        let before = buffer.filled().len();
        ready!(self.poll_raw(cx, buffer))?;
        let fresh = buffer.filled().get(before..).unwrap_or_default();
        if fresh.is_empty() {
            return Poll::Ready(Ok(Progress::Given));
        }
        let (kept, violation) = match self.framing.advance(fresh) {
            Step::Clean => (fresh.len(), None),
            Step::HeadFrom(start) => {
                self.partial
                    .extend_from_slice(fresh.get(start..).unwrap_or_default());
                (start, None)
            }
            Step::Refused { at, violation } => (at, Some(violation)),
        };
        buffer.set_filled(before + kept);
        if let Some(violation) = violation {
            self.refuse(violation);
        }
        Poll::Ready(Ok(if kept > 0 {
            Progress::Given
        } else {
            Progress::Again
        }))
    }

    /// Goes on with a head that came in pieces.
    fn poll_partial(
        &mut self,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<Progress>> {
        let mut piece = [0u8; 4096];
        let mut piece = ReadBuf::new(&mut piece);
        ready!(self.poll_raw(cx, &mut piece))?;
        if piece.filled().is_empty() {
            // The peer stopped in the middle of a head. The parser sees the part and the end, and reports it as such.
            self.checked.append(&mut self.partial);
            self.state = State::Raw;
            return Poll::Ready(Ok(if self.give_checked(buffer) {
                Progress::Given
            } else {
                Progress::Again
            }));
        }
        self.partial.extend_from_slice(piece.filled());
        match self.framing.advance(&self.partial) {
            Step::Clean => self.checked.append(&mut self.partial),
            Step::HeadFrom(start) => self.checked.extend(self.partial.drain(..start)),
            Step::Refused { at, violation } => {
                self.checked.extend(self.partial.drain(..at));
                self.refuse(violation);
            }
        }
        Poll::Ready(Ok(if self.give_checked(buffer) {
            Progress::Given
        } else {
            Progress::Again
        }))
    }

    fn discard(&mut self, cx: &mut Context<'_>) {
        let mut sink = [0u8; 4096];
        for _ in 0..DISCARD / sink.len() {
            let mut piece = ReadBuf::new(&mut sink);
            match Pin::new(&mut self.stream).poll_read(cx, &mut piece) {
                Poll::Ready(Ok(())) if !piece.filled().is_empty() => {}
                _ => return,
            }
        }
    }
}

enum Progress {
    Given,
    Again,
}

impl<S: AsyncRead + Unpin> AsyncRead for HeadGuard<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        loop {
            if this.give_checked(buffer) {
                return Poll::Ready(Ok(()));
            }
            if this.state == State::Checking && this.raw.load(Ordering::Acquire) {
                this.state = State::Raw;
                this.checked.append(&mut this.partial);
                continue;
            }
            let progress = match this.state {
                State::Raw => return this.poll_raw(cx, buffer),
                State::Broken => {
                    this.discard(cx);
                    return Poll::Ready(Ok(()));
                }
                State::Refused => {
                    // Not the end of input: to the parser that would be a client who left before the answer.
                    this.discard(cx);
                    return Poll::Pending;
                }
                State::Checking if this.partial.is_empty() => {
                    ready!(this.poll_in_place(cx, buffer))?
                }
                State::Checking => ready!(this.poll_partial(cx, buffer))?,
            };
            if matches!(progress, Progress::Given) {
                return Poll::Ready(Ok(()));
            }
        }
    }
}

impl<S: AsyncWrite + Unpin> HeadGuard<S> {
    /// A write that waits longer than allowed ends the connection. The timer exists only while a write waits.
    fn watch<T>(
        &mut self,
        cx: &mut Context<'_>,
        outcome: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if outcome.is_ready() {
            self.stalled = None;
            return outcome;
        }
        let limit = self.write_stall;
        let stalled = self
            .stalled
            .get_or_insert_with(|| Box::pin(tokio::time::sleep_until(Instant::now() + limit)));
        match stalled.as_mut().poll(cx) {
            Poll::Ready(()) => Poll::Ready(Err(io::Error::new(
                io::ErrorKind::TimedOut,
                "the peer does not read",
            ))),
            Poll::Pending => Poll::Pending,
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for HeadGuard<S> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let outcome = Pin::new(&mut this.stream).poll_write(cx, bytes);
        this.watch(cx, outcome)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let outcome = Pin::new(&mut this.stream).poll_write_vectored(cx, bytes);
        this.watch(cx, outcome)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let outcome = Pin::new(&mut this.stream).poll_flush(cx);
        this.watch(cx, outcome)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let outcome = Pin::new(&mut this.stream).poll_shutdown(cx);
        this.watch(cx, outcome)
    }
}
