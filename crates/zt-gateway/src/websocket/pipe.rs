//! One direction of a joined stream.

use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

const SIZE: usize = 8 * 1024;

/// Bytes on their way: read, and not all of them written.
pub(super) struct Pipe {
    buffer: Box<[u8]>,
    start: usize,
    end: usize,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Open,
    /// Something was written and not flushed.
    Unflushed,
    /// The reader ended; the writer is to be shut down.
    Ending,
    Ended,
}

/// How far a pipe came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Moved {
    /// It waits for one of its ends.
    Waiting,
    /// Everything was delivered, and the end, too.
    Ended,
    /// One of its ends failed.
    Broken,
}

impl Default for Pipe {
    fn default() -> Self {
        Self {
            buffer: vec![0; SIZE].into_boxed_slice(),
            start: 0,
            end: 0,
            state: State::Open,
        }
    }
}

impl Pipe {
    /// Moves what can be moved. `delivered` is told of everything that was written.
    pub(super) fn poll<R: AsyncRead + Unpin, W: AsyncWrite + Unpin>(
        &mut self,
        cx: &mut Context<'_>,
        reader: &mut R,
        writer: &mut W,
        mut delivered: impl FnMut(&[u8]),
    ) -> Moved {
        loop {
            let step = match self.state {
                State::Ended => return Moved::Ended,
                _ if self.start < self.end => self.write(cx, writer, &mut delivered),
                State::Ending => Pin::new(&mut *writer)
                    .poll_shutdown(cx)
                    .map_ok(|()| self.state = State::Ended),
                State::Open | State::Unflushed => match self.read(cx, reader) {
                    // Nothing more to come just now: what was written goes out at once.
                    Poll::Pending if self.state == State::Unflushed => Pin::new(&mut *writer)
                        .poll_flush(cx)
                        .map_ok(|()| self.state = State::Open),
                    step => step,
                },
            };
            match step {
                Poll::Ready(Ok(())) => {}
                Poll::Ready(Err(_)) => return Moved::Broken,
                Poll::Pending => return Moved::Waiting,
            }
        }
    }

    fn read<R: AsyncRead + Unpin>(
        &mut self,
        cx: &mut Context<'_>,
        reader: &mut R,
    ) -> Poll<std::io::Result<()>> {
        let mut buffer = ReadBuf::new(&mut self.buffer);
        let read = Pin::new(reader).poll_read(cx, &mut buffer);
        read.map_ok(|()| {
            (self.start, self.end) = (0, buffer.filled().len());
            if self.end == 0 {
                self.state = State::Ending;
            }
        })
    }

    fn write<W: AsyncWrite + Unpin>(
        &mut self,
        cx: &mut Context<'_>,
        writer: &mut W,
        delivered: &mut impl FnMut(&[u8]),
    ) -> Poll<std::io::Result<()>> {
        let rest = self.buffer.get(self.start..self.end).unwrap_or_default();
        Pin::new(writer)
            .poll_write(cx, rest)
            .map(|written| match written? {
                0 => Err(std::io::ErrorKind::WriteZero.into()),
                written => {
                    delivered(rest.get(..written).unwrap_or_default());
                    self.start += written;
                    if self.state == State::Open {
                        self.state = State::Unflushed;
                    }
                    Ok(())
                }
            })
    }
}
