//! As much of a page as a test reads: its forms, its headings, its elements by id. Not a parser: it reads what our own
//! templates write.

/// A form: where it goes and what it carries along.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Form {
    /// Its address, as written.
    pub action: String,
    /// The hidden fields.
    pub hidden: Vec<(String, String)>,
}

/// The form whose address ends in `action`.
#[must_use]
pub fn form(html: &str, action: &str) -> Option<Form> {
    forms(html).find(|form| form.action.ends_with(action))
}

/// The form that carries a SAML message on (SAML Bindings §3.5.4), whoever wrote the page.
#[must_use]
pub fn message(html: &str) -> Option<Form> {
    let carries = |form: &Form| {
        let mut names = form.hidden.iter().map(|(name, _)| name.as_str());
        names.any(|name| ["SAMLRequest", "SAMLResponse"].contains(&name))
    };
    forms(html).find(carries)
}

fn forms(html: &str) -> impl Iterator<Item = Form> {
    html.split("<form").skip(1).filter_map(|rest| {
        let form = rest.split("</form>").next()?;
        let fields = form.split("<input").skip(1);
        Some(Form {
            action: attribute(form, "action")?,
            hidden: fields
                .filter(|field| attribute(field, "type").as_deref() == Some("hidden"))
                .filter_map(|field| Some((attribute(field, "name")?, attribute(field, "value")?)))
                .collect(),
        })
    })
}

/// The text of the element with that id.
#[must_use]
pub fn text_of(html: &str, id: &str) -> Option<String> {
    let (_, rest) = html.split_once(&format!("id=\"{id}\""))?;
    let (_, rest) = rest.split_once('>')?;
    rest.split_once('<').map(|(text, _)| plain(text))
}

/// The page's heading, without its marks.
#[must_use]
pub fn heading(html: &str) -> String {
    let rest = html
        .split_once("<h1")
        .and_then(|(_, rest)| rest.split_once('>'));
    let inner = rest.and_then(|(_, rest)| rest.split_once("</h1>"));
    let mut text = String::new();
    for (nth, piece) in inner.map_or("", |(text, _)| text).split('<').enumerate() {
        let after = piece.split_once('>').map_or(piece, |(_, text)| text);
        text.push_str(if nth == 0 { piece } else { after });
    }
    plain(&text)
}

/// The address to which the last page of a sign-in goes on by itself.
#[must_use]
pub fn onward(html: &str) -> Option<String> {
    let (before, _) = html.split_once("data-onward")?;
    let tag = before.rfind('<').and_then(|at| html.get(at..))?;
    attribute(tag.split('>').next()?, "href")
}

/// The addresses that the frames of a page open.
#[must_use]
pub fn frames(html: &str) -> Vec<String> {
    let frames = html.split("<iframe").skip(1);
    frames.filter_map(|frame| attribute(frame, "src")).collect()
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let tag = tag.split_once('>').map_or(tag, |(tag, _)| tag);
    let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
    let (value, _) = rest.split_once('"')?;
    Some(plain(value))
}

/// Without the character references that templates write, of us and of others.
fn plain(text: &str) -> String {
    let mut pieces = text.trim().split('&');
    let mut plain = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let named = piece.split_once(';');
        match named.and_then(|(name, rest)| Some((character(name)?, rest))) {
            Some((character, rest)) => {
                plain.push(character);
                plain.push_str(rest);
            }
            None => {
                plain.push('&');
                plain.push_str(piece);
            }
        }
    }
    plain
}

/// What a character reference stands for.
fn character(name: &str) -> Option<char> {
    let code = match name {
        "amp" => return Some('&'),
        "lt" => return Some('<'),
        "gt" => return Some('>'),
        "quot" => return Some('"'),
        "apos" => return Some('\''),
        _ => name.strip_prefix('#')?,
    };
    let hexadecimal = code.strip_prefix(['x', 'X']);
    let code = hexadecimal.map_or_else(|| code.parse(), |code| u32::from_str_radix(code, 16));
    char::from_u32(code.ok()?)
}
