//! As much of Rust's grammar as the rules need: comments, strings, words, blocks and paths.

/// Splits a text into its code and its comments, each of the same length, the rest blank.
pub fn split(text: &str) -> (String, String) {
    let bytes = text.as_bytes();
    let (mut code, mut comments) = (blank(text).into_bytes(), blank(text).into_bytes());
    let mut at = 0;
    while at < bytes.len() {
        let (kind, len) = piece(text, at);
        let into = match kind {
            Piece::Code => Some(&mut code),
            Piece::Comment => Some(&mut comments),
            Piece::Quoted => None,
        };
        if let Some(into) = into {
            into[at..at + len].copy_from_slice(&bytes[at..at + len]);
        }
        at += len;
    }
    (String::from_utf8(code).unwrap(), String::from_utf8(comments).unwrap())
}

enum Piece {
    Code,
    Comment,
    Quoted,
}

fn piece(text: &str, at: usize) -> (Piece, usize) {
    let rest = &text[at..];
    let first = rest.chars().next().unwrap();
    if rest.starts_with("//") {
        (Piece::Comment, rest.find('\n').unwrap_or(rest.len()))
    } else if rest.starts_with("/*") {
        (Piece::Comment, block_comment(rest))
    } else if first == '"' {
        (Piece::Quoted, string(rest))
    } else if first == '\'' {
        match character(rest) {
            Some(len) => (Piece::Quoted, len),
            None => (Piece::Code, 1),
        }
    } else if first == 'r' && !text[..at].trim_end_matches(['b', 'c']).ends_with(is_word) {
        raw_string(rest).map_or((Piece::Code, 1), |len| (Piece::Quoted, len))
    } else {
        (Piece::Code, first.len_utf8())
    }
}

fn block_comment(rest: &str) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < rest.len() {
        let here = &rest.as_bytes()[at..];
        if here.starts_with(b"/*") {
            depth += 1;
            at += 2;
        } else if here.starts_with(b"*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                break;
            }
        } else {
            at += 1;
        }
    }
    at
}

fn string(rest: &str) -> usize {
    let mut escaped = false;
    let end = rest.bytes().skip(1).position(|byte| {
        let ends = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        ends
    });
    end.map_or(rest.len(), |end| end + 2)
}

/// The length of a character literal; nothing where the quote begins a lifetime.
fn character(rest: &str) -> Option<usize> {
    let inner = &rest[1..];
    if inner.starts_with('\\') {
        return inner.get(2..)?.find('\'').map(|end| end + 4);
    }
    let len = inner.chars().next()?.len_utf8();
    inner[len..].starts_with('\'').then_some(len + 2)
}

fn raw_string(rest: &str) -> Option<usize> {
    let hashes = rest[1..].bytes().take_while(|byte| *byte == b'#').count();
    let inner = rest[1 + hashes..].strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(hashes));
    Some(inner.find(&end).map_or(rest.len(), |at| 2 + hashes + at + end.len()))
}

/// The same text with everything but its line ends made blank.
pub fn blank(text: &str) -> String {
    text.bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' }).collect()
}

/// The code without the items marked `#[cfg(test)]`, and without anything after `#![cfg(test)]`.
pub fn without_tests(code: &str) -> String {
    let mut left = code.to_owned();
    for (mark, whole) in [("#![cfg(test)]", true), ("#[cfg(test)]", false)] {
        while let Some(begin) = left.find(mark) {
            let end = if whole { left.len() } else { end_of_item(&left, begin + mark.len()) };
            left.replace_range(begin..end, &blank(&left[begin..end]));
        }
    }
    left
}

fn end_of_item(code: &str, from: usize) -> usize {
    let mut depth = 0_usize;
    for (at, byte) in code.bytes().enumerate().skip(from) {
        match byte {
            b'(' | b'[' => depth += 1,
            b')' | b']' => depth = depth.saturating_sub(1),
            b';' if depth == 0 => return at + 1,
            b'{' if depth == 0 => return end_of_block(code, at),
            _ => {}
        }
    }
    code.len()
}

fn end_of_block(code: &str, open: usize) -> usize {
    let mut depth = 0_usize;
    for (at, byte) in code.bytes().enumerate().skip(open) {
        match byte {
            b'{' => depth += 1,
            b'}' if depth == 1 => return at + 1,
            b'}' => depth -= 1,
            _ => {}
        }
    }
    code.len()
}

/// Whether this may stand inside a name.
pub fn is_word(char: char) -> bool {
    char.is_alphanumeric() || char == '_'
}

/// Each name and key word with its place.
pub fn words(code: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        at += code[at..].find(is_word)?;
        let word = word_at(code, at);
        at += word.len();
        Some((at - word.len(), word))
    })
}

/// The name that begins here, perhaps empty.
pub fn word_at(code: &str, at: usize) -> &str {
    let rest = &code[at..];
    &rest[..rest.find(|char| !is_word(char)).unwrap_or(rest.len())]
}

/// The place of the next thing that is not blank.
pub fn skip_blanks(code: &str, at: usize) -> usize {
    code.len() - code[at..].trim_start().len()
}

/// The line, from 1, of a place.
pub fn line_of(code: &str, at: usize) -> usize {
    code[..at].bytes().filter(|byte| *byte == b'\n').count() + 1
}

/// The modules declared here that have a file of their own.
pub fn declared_modules(code: &str) -> impl Iterator<Item = (usize, &str)> {
    modules(code)
        .filter(|(_, name, after)| code[*after..].starts_with(';') && !name.is_empty())
        .map(|(at, name, _)| (at, name))
}

/// The modules written out here: begin, end, name.
pub fn inline_modules(code: &str) -> impl Iterator<Item = (usize, usize, &str)> {
    modules(code)
        .filter(|(_, _, after)| code[*after..].starts_with('{'))
        .map(|(_, name, after)| (after, end_of_block(code, after), name))
}

fn modules(code: &str) -> impl Iterator<Item = (usize, &str, usize)> {
    words(code).filter(|(_, word)| *word == "mod").map(|(at, word)| {
        let name = word_at(code, skip_blanks(code, at + word.len()));
        let end = skip_blanks(code, at + word.len()) + name.len();
        (at, name, skip_blanks(code, end))
    })
}

/// The paths of the use tree, or the one path, that begins at a name; each with the place of its last name.
pub fn paths_from(code: &str, at: usize) -> Vec<(usize, Vec<&str>)> {
    let mut found = Vec::new();
    branch(code, at, Vec::new(), &mut found);
    found
}

/// Reads one branch of a use tree and returns the place behind it.
fn branch<'c>(code: &'c str, at: usize, mut path: Vec<&'c str>, found: &mut Vec<(usize, Vec<&'c str>)>) -> usize {
    let at = skip_blanks(code, at);
    if code[at..].starts_with('{') {
        let mut next = at + 1;
        loop {
            next = skip_blanks(code, branch(code, next, path.clone(), found));
            if !code[next..].starts_with(',') {
                return next + usize::from(code[next..].starts_with('}'));
            }
            next += 1;
        }
    }
    let word = if code[at..].starts_with('*') { &code[at..=at] } else { word_at(code, at) };
    if word.is_empty() {
        return at;
    }
    path.push(word);
    let end = skip_blanks(code, at + word.len());
    if let Some(rest) = code[end..].strip_prefix("::") {
        let below = skip_blanks(code, code.len() - rest.len());
        if code[below..].starts_with(|next| is_word(next) || next == '{' || next == '*') {
            return branch(code, below, path, found);
        }
    }
    found.push((at, path));
    if word_at(code, end) == "as" {
        let name = skip_blanks(code, end + 2);
        return name + word_at(code, name).len();
    }
    at + word.len()
}
