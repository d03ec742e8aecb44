//! A form as a browser sends it that runs no script.

use crate::house::Answer;

fn plain(html: &str) -> String {
    [("&#60;", "<"), ("&#62;", ">"), ("&#34;", "\""), ("&#39;", "'"), ("&#38;", "&")]
        .iter()
        .fold(html.to_owned(), |text, (escaped, bare)| text.replace(escaped, bare))
}

/// The fields of the note's form as a browser would send them.
pub fn fields(page: &Answer) -> Vec<(String, String)> {
    let form = page.text.split("<form id=\"note\"").nth(1).unwrap().split("</form>").next().unwrap();
    let of = |tag: &str, name: &str| {
        let begin = format!(" {name}=\"");
        tag.split(&begin).nth(1).map(|rest| plain(rest.split('"').next().unwrap()))
    };
    let mut fields = Vec::new();
    for (at, _) in form.match_indices('<') {
        let (tag, rest) = form[at..].split_once('>').unwrap();
        let Some(name) = of(tag, "name") else { continue };
        let value = match tag.split(' ').next().unwrap() {
            "<input" if tag.contains(" disabled") => continue,
            "<input" if (tag.contains("checkbox") || tag.contains("radio")) && !tag.contains(" checked") => continue,
            "<input" => of(tag, "value").unwrap_or_default(),
            "<textarea" => plain(rest.split("</textarea>").next().unwrap().trim_start_matches('\n')),
            "<select" => {
                let options = rest.split("</select>").next().unwrap().split("<option").skip(1);
                let chosen = options.filter(|option| option.split('>').next().unwrap().contains(" selected"));
                chosen.last().and_then(|option| of(option, "value")).unwrap_or_default()
            }
            _ => continue,
        };
        fields.push((name, value));
    }
    fields
}

/// The same fields with something else in some of them; what is ticked or chosen here is none of them yet.
pub fn with(mut fields: Vec<(String, String)>, page: &Answer, typed: &[(&str, &str)]) -> Vec<(String, String)> {
    for (name, value) in typed {
        assert!(page.text.contains(&format!("name=\"{name}\"")), "no field {name}");
        match fields.iter_mut().rev().find(|(field, _)| field == name) {
            Some(field) => (*value).clone_into(&mut field.1),
            None => fields.push(((*name).to_owned(), (*value).to_owned())),
        }
    }
    fields
}

/// The fields of a page with something typed into some of them.
pub fn typed(page: &Answer, typed: &[(&str, &str)]) -> Vec<(String, String)> {
    with(fields(page), page, typed)
}

pub fn pairs(fields: &[(String, String)]) -> Vec<(&str, &str)> {
    fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}
