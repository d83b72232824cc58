//! The chat: a live WebSocket, internal.

use super::caller::Guard;
use super::page::{self, Page, text};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Router, routing::get};
use futures_util::{SinkExt, StreamExt};
use hyper_util::rt::TokioIo;
use tokio::sync::broadcast;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::{Message, Role, WebSocketConfig};

/// The longest message, in bytes.
const LONGEST: usize = 4096;

#[derive(Clone)]
struct Room {
    guard: Guard,
    talk: broadcast::Sender<String>,
}

pub(super) fn router(guard: Guard) -> Router {
    Router::new()
        .route("/", get(index))
        .route("/socket", get(socket))
        .route(
            "/chat.js",
            get(|| async { page::script(include_str!("chat.js")) }),
        )
        .route("/style.css", get(page::style))
        .with_state(Room {
            guard,
            talk: broadcast::Sender::new(256),
        })
}

async fn index(State(room): State<Room>, headers: HeaderMap) -> Response {
    let caller = match room.guard.caller(&headers).await {
        Ok(caller) => caller,
        Err(refused) => return refused.into_response(),
    };
    let language = page::language(&headers);
    let say = |ja: &str, en: &str| text(ja, en).of(language).to_owned();
    let body = format!(
        "<h1># {room}</h1><p role=\"status\" data-state=\"opening\" data-open=\"{open}\" data-closed=\"{closed}\">{opening}</p>\
         <ol class=\"talk\" aria-live=\"polite\"></ol><form><input name=\"text\" maxlength=\"500\" autocomplete=\"off\" \
         aria-label=\"{label}\" placeholder=\"{label}\"><button>{send}</button></form>",
        room = say("全社", "everyone"),
        opening = say("接続しています…", "Connecting…"),
        open = say("接続中", "Connected"),
        closed = say("切断されました", "Disconnected"),
        label = say("メッセージ", "Message"),
        send = say("送信", "Send"),
    );
    Page {
        language,
        app: text("社内チャット", "Chat"),
        mark: "💬",
        caller: &caller,
        script: Some("/chat.js"),
        body,
    }
    .into_response()
}

/// Opens the WebSocket (RFC 6455 §4.2).
async fn socket(State(room): State<Room>, request: Request) -> Response {
    let caller = match room.guard.caller(request.headers()).await {
        Ok(caller) => caller,
        Err(refused) => return refused.into_response(),
    };
    let headers = request.headers();
    let asks = headers
        .get(header::UPGRADE)
        .is_some_and(|v| v.as_bytes().eq_ignore_ascii_case(b"websocket"));
    let Some(key) = headers
        .get(header::SEC_WEBSOCKET_KEY)
        .filter(|_| asks)
        .cloned()
    else {
        return (StatusCode::UPGRADE_REQUIRED, "a WebSocket is expected here").into_response();
    };
    let Ok(accept) = HeaderValue::from_str(&derive_accept_key(key.as_bytes())) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let upgrading = hyper::upgrade::on(request);
    tokio::spawn(async move {
        let Ok(upgraded) = upgrading.await else {
            return;
        };
        let limits = WebSocketConfig::default()
            .max_message_size(Some(LONGEST))
            .max_frame_size(Some(LONGEST));
        let stream =
            WebSocketStream::from_raw_socket(TokioIo::new(upgraded), Role::Server, Some(limits))
                .await;
        converse(stream, room.talk, caller.name).await;
    });
    let switch = [
        (header::UPGRADE, HeaderValue::from_static("websocket")),
        (header::CONNECTION, HeaderValue::from_static("upgrade")),
        (header::SEC_WEBSOCKET_ACCEPT, accept),
    ];
    (StatusCode::SWITCHING_PROTOCOLS, switch).into_response()
}

async fn converse(
    stream: WebSocketStream<TokioIo<hyper::upgrade::Upgraded>>,
    talk: broadcast::Sender<String>,
    name: String,
) {
    let mut heard = talk.subscribe();
    let (mut out, mut incoming) = stream.split();
    let greeting = serde_json::json!({ "from": "chat", "text": format!("{name} ✓") }).to_string();
    if out.send(Message::text(greeting)).await.is_err() {
        return;
    }
    loop {
        tokio::select! {
            said = incoming.next() => match said {
                Some(Ok(Message::Text(text))) => {
                    let line = serde_json::json!({ "from": name, "text": text.as_str() }).to_string();
                    // Nobody else in the room is no failure.
                    let _ = talk.send(line);
                }
                Some(Ok(Message::Close(_)) | Err(_)) | None => return,
                Some(Ok(_)) => {}
            },
            line = heard.recv() => match line {
                Ok(line) => if out.send(Message::text(line)).await.is_err() { return },
                Err(broadcast::error::RecvError::Lagged(_)) => {}
                Err(broadcast::error::RecvError::Closed) => return,
            },
        }
    }
}
