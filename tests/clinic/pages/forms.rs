//! The forms of a page, as a browser fills them in and sends them.

use crate::house::{Answer, Browser};

/// A form of a page, with what stands in its fields.
pub struct Filled {
    action: String,
    fields: Vec<(String, String)>,
}

fn plain(html: &str) -> String {
    [("&#60;", "<"), ("&#62;", ">"), ("&#34;", "\""), ("&#39;", "'"), ("&#38;", "&")]
        .iter()
        .fold(html.to_owned(), |text, (escaped, bare)| text.replace(escaped, bare))
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let begin = format!(" {name}=\"");
    tag.split(&begin).nth(1).map(|rest| plain(rest.split('"').next().unwrap()))
}

/// What a field would send; nothing for a box that is not ticked.
fn sent(tag: &str, rest: &str) -> Option<String> {
    let kind = attribute(tag, "type").unwrap_or_default();
    match tag.split(' ').next().unwrap() {
        "input" if ["checkbox", "radio"].contains(&kind.as_str()) && !tag.contains(" checked") => None,
        "input" => Some(attribute(tag, "value").unwrap_or_default()),
        "textarea" => Some(plain(rest.split("</textarea>").next().unwrap().trim_start_matches('\n'))),
        "select" => {
            let mut options = rest.split("</select>").next().unwrap().split("<option").skip(1);
            let chosen = options.find(|option| option.split('>').next().unwrap().contains(" selected"));
            Some(chosen.and_then(|option| attribute(option, "value")).unwrap_or_default())
        }
        _ => None,
    }
}

impl Filled {
    /// The form of a page that is sent to `action`, as the page shows it.
    #[track_caller]
    pub fn of(page: &Answer, action: &str) -> Self {
        let begin = format!("action=\"{action}\"");
        let form = page.text.split("<form ").skip(1).find(|form| form.split('>').next().unwrap().contains(&begin));
        let form = form.unwrap_or_else(|| panic!("no form for {action}: {page}")).split("</form>").next().unwrap();
        let mut fields = Vec::new();
        for (at, _) in form.match_indices('<') {
            let (tag, rest) = form[at + 1..].split_once('>').unwrap_or_default();
            if let Some((name, value)) = attribute(tag, "name").zip(sent(tag, rest)) {
                fields.push((name, value));
            }
        }
        Self { action: action.to_owned(), fields }
    }

    /// Puts something into a field, in place of what stood there.
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.fields.retain(|(field, _)| field != name);
        self.fields.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Another button of the form is pressed.
    pub fn to(self, action: &str) -> Self {
        Self { action: action.to_owned(), ..self }
    }

    /// What stands in a field.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(field, _)| field == name).map(|(_, value)| value.as_str())
    }

    /// Sends it.
    pub fn send(&self, browser: &Browser) -> Answer {
        let pairs: Vec<_> = self.fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        browser.post(&self.action, &pairs)
    }
}
