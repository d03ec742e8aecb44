//! A file of patients, line by line: its characters, its cells, and where a row of it ends. Never more of it is held
//! than one row, and a row that is broken ends at the first line of it.

use std::collections::VecDeque;
use std::io::{self, BufRead, Read};

use encoding_rs::{CoderResult, Decoder, DecoderResult, Encoding, UTF_8, WINDOWS_1252};
use sha2::{Digest, Sha256};

/// Bytes of a row at most.
const LONGEST_ROW: usize = 256 * 1024;
/// Lines of a row at most.
const MOST_LINES: usize = 1000;
const BUFFER: usize = 64 * 1024;

/// What is known of a file before its rows are read.
#[derive(Clone, Copy, Debug)]
pub struct Survey {
    /// SHA-256 of its bytes, by which it is known when it comes again.
    pub hash: [u8; 32],
    /// What its characters are written in.
    pub encoding: &'static Encoding,
    /// How many lines it has.
    pub lines: u64,
}

impl Survey {
    /// Reads a file once through. Without a byte order mark it is UTF-8, or Windows-1252 if it cannot be UTF-8.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn of(mut file: impl Read) -> io::Result<Self> {
        let mut utf8 = UTF_8.new_decoder_without_bom_handling();
        let (mut hash, mut lines, mut marked) = (Sha256::new(), 0, None);
        let (mut broken, mut fitting, mut began, mut last) = (0_u64, 0_u64, false, b'\n');
        let (mut bytes, mut text) = (vec![0; BUFFER], vec![0; 4 * BUFFER]);
        loop {
            let read = file.read(&mut bytes)?;
            let chunk = &bytes[..read];
            if !began {
                marked = Encoding::for_bom(chunk).map(|(encoding, _)| encoding);
                began = true;
            }
            hash.update(chunk);
            lines += chunk.iter().map(|byte| u64::from(*byte == b'\n')).sum::<u64>();
            last = chunk.last().copied().unwrap_or(last);
            let mut rest = chunk;
            loop {
                let (result, taken, written) = utf8.decode_to_utf8_without_replacement(rest, &mut text, read == 0);
                // The first byte of each character that is not ASCII.
                fitting += text[..written].iter().map(|byte| u64::from(*byte >= 0xC0)).sum::<u64>();
                rest = &rest[taken..];
                match result {
                    DecoderResult::Malformed(..) => broken += 1,
                    DecoderResult::InputEmpty => break,
                    DecoderResult::OutputFull => {}
                }
            }
            if read == 0 {
                break;
            }
        }
        // A stray byte does not make everybody's name unreadable.
        let guessed = if broken > fitting { WINDOWS_1252 } else { UTF_8 };
        let encoding = marked.unwrap_or(guessed);
        Ok(Self { hash: hash.finalize().into(), encoding, lines: lines + u64::from(last != b'\n') })
    }
}

/// A file as UTF-8; what cannot be read in its encoding becomes U+FFFD.
pub struct Decoded<R> {
    file: R,
    decoder: Decoder,
    bytes: Vec<u8>,
    unread: std::ops::Range<usize>,
    /// The file is read to its end.
    ended: bool,
    /// And all of it is decoded.
    over: bool,
}

impl<R: Read> Decoded<R> {
    /// Reads `file`, which is written in `encoding`.
    pub fn new(file: R, encoding: &'static Encoding) -> Self {
        let decoder = encoding.new_decoder_with_bom_removal();
        Self { file, decoder, bytes: vec![0; BUFFER], unread: 0..0, ended: false, over: false }
    }
}

impl<R: Read> Read for Decoded<R> {
    fn read(&mut self, text: &mut [u8]) -> io::Result<usize> {
        while !self.over {
            if self.unread.is_empty() && !self.ended {
                self.unread = 0..self.file.read(&mut self.bytes)?;
                self.ended = self.unread.is_empty();
            }
            let unread = &self.bytes[self.unread.clone()];
            let (result, taken, written, _) = self.decoder.decode_to_utf8(unread, text, self.ended);
            self.unread.start += taken;
            self.over = self.ended && result == CoderResult::InputEmpty;
            if written > 0 {
                return Ok(written);
            }
        }
        Ok(0)
    }
}

/// One row of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The number of its first line, counted from 1.
    pub line: u64,
    /// Its cells, or why it cannot be taken apart. Without cells it is blank.
    pub cells: Result<Vec<String>, String>,
}

/// How a line leaves the quotation marks.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Quotes {
    Closed,
    Open,
    Slipped,
}

/// The rows of a file, the header first.
pub struct Rows<R> {
    text: R,
    delimiter: u8,
    width: Option<usize>,
    line: u64,
    waiting: VecDeque<(u64, String)>,
}

impl<R: BufRead> Rows<R> {
    /// Finds out what separates the cells, and reads the header: the first line that is not blank.
    ///
    /// # Errors
    /// The file cannot be read, or is empty.
    pub fn begin(text: R) -> io::Result<(Self, Vec<String>)> {
        let mut rows = Self { text, delimiter: b',', width: None, line: 0, waiting: VecDeque::new() };
        let header = loop {
            match rows.next_line()? {
                Some((_, line)) if line.trim().is_empty() => {}
                Some(header) => break header,
                None => return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "it is empty")),
            }
        };
        let count = |delimiter: u8| header.1.bytes().filter(|byte| *byte == delimiter).count();
        rows.delimiter =
            [b',', b';', b'\t'].into_iter().rev().max_by_key(|delimiter| count(*delimiter)).unwrap_or(b',');
        rows.waiting.push_front(header);
        let cells = rows.next_row()?.map(|row| row.cells);
        let Some(Ok(cells)) = cells else {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "its first line is no header"));
        };
        rows.width = Some(cells.len());
        Ok((rows, cells))
    }

    /// What separates the cells.
    pub fn delimiter(&self) -> char {
        char::from(self.delimiter)
    }

    /// The next row, if there is one.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn next_row(&mut self) -> io::Result<Option<Row>> {
        let Some((number, first)) = self.next_line()? else { return Ok(None) };
        let row = |cells| Ok(Some(Row { line: number, cells }));
        if first.len() > LONGEST_ROW {
            return row(Err(format!("longer than {} KiB", LONGEST_ROW / 1024)));
        }
        let mut quotes = self.quotes(&first, false);
        let (mut text, mut more) = (first, Vec::new());
        while quotes == Quotes::Open && more.len() < MOST_LINES && text.len() < LONGEST_ROW {
            let Some((number, line)) = self.next_line()? else { break };
            quotes = self.quotes(&line, true);
            text.push_str(&line);
            more.push((number, line));
        }
        let cells = match quotes {
            Quotes::Closed => self.apart(&text),
            Quotes::Open => Err("a quotation mark is never closed".to_owned()),
            Quotes::Slipped => Err("a quotation mark stands within a cell, or one is missing at its end".to_owned()),
        };
        if cells.is_err() {
            // The quotation mark may have been a slip, and the lines below whole rows.
            for line in more.into_iter().rev() {
                self.waiting.push_front(line);
            }
        }
        row(cells)
    }

    /// Takes a row apart into as many cells as the header has.
    fn apart(&self, text: &str) -> Result<Vec<String>, String> {
        let mut reader = csv::ReaderBuilder::new();
        reader.has_headers(false).flexible(true).delimiter(self.delimiter).buffer_capacity(1024);
        let (mut reader, mut record) = (reader.from_reader(text.as_bytes()), csv::StringRecord::new());
        reader.read_record(&mut record).map_err(|_| "not CSV".to_owned())?;
        let mut cells: Vec<String> = record.iter().map(str::to_owned).collect();
        if reader.read_record(&mut record).unwrap_or(true) {
            return Err("several rows on one line".to_owned());
        }
        if cells.iter().all(|cell| cell.trim().is_empty()) {
            return Ok(Vec::new());
        }
        let width = self.width.unwrap_or(cells.len());
        while cells.len() > width && cells.last().is_some_and(|cell| cell.trim().is_empty()) {
            cells.pop();
        }
        if cells.len() == width {
            return Ok(cells);
        }
        Err(format!("{} cells, where the header has {width}", cells.len()))
    }

    /// How the text leaves the quotation marks, having begun within them or not. What the `csv` crate would forgive is a
    /// slip here: a mark that closes a cell stands at its end, or the cell may have swallowed the rows below it.
    fn quotes(&self, text: &str, mut open: bool) -> Quotes {
        let (mut begins, mut bytes) = (!open, text.bytes().peekable());
        while let Some(byte) = bytes.next() {
            match (byte, bytes.peek()) {
                (b'"', Some(b'"')) if open => drop(bytes.next()),
                (b'"', next) if open => {
                    if next.is_some_and(|next| ![self.delimiter, b'\r', b'\n'].contains(next)) {
                        return Quotes::Slipped;
                    }
                    open = false;
                }
                (b'"', _) if begins => open = true,
                _ => {}
            }
            begins = !open && byte == self.delimiter;
        }
        if open { Quotes::Open } else { Quotes::Closed }
    }

    /// The next line with its number and its end; of one that is too long no more than shows it.
    fn next_line(&mut self) -> io::Result<Option<(u64, String)>> {
        if let Some(line) = self.waiting.pop_front() {
            return Ok(Some(line));
        }
        let mut bytes = Vec::new();
        let bound = LONGEST_ROW as u64 + 1;
        self.text.by_ref().take(bound).read_until(b'\n', &mut bytes)?;
        if bytes.is_empty() {
            return Ok(None);
        }
        if bytes.len() > LONGEST_ROW && bytes.last() != Some(&b'\n') {
            self.text.skip_until(b'\n')?;
        }
        self.line += 1;
        Ok(Some((self.line, String::from_utf8_lossy(&bytes).into_owned())))
    }
}
