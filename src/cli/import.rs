//! `tandem import`.

mod progress;
mod report;

use std::fs::File;
use std::io::BufReader;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum};

use super::failure::{Failure, OrSay};
use super::{Done, Settings, own_call, place, serve};
use crate::app::App;
use crate::auth::keys::Keys;
use crate::config::Config;
use crate::db::{self, Call, Tx};
use crate::ids::PracticeId;
use crate::patients::import::file::{Decoded, Row, Rows, Survey};
use crate::patients::import::mapping::{DateForm, Mapping, Mappings};
use crate::patients::import::{self, Content, Enter, Fate, Line, Reading, Run, Seen};
use crate::policy::Action;
use crate::staff;
use progress::Progress;
use report::Report;

/// Rows in one transaction.
const ROWS: usize = 200;
/// How long the database is left to others after each transaction.
const LEFT_TO_OTHERS: Duration = Duration::from_millis(25);

/// Enter what another program exported
#[derive(Args, Debug)]
pub struct Import {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    Patients(Patients),
}

/// Enter patients from a CSV file, such as an export of Cliniko or Jane
///
/// May run while the program serves. A row that is broken is refused, said so, and stops nothing. If the import is
/// interrupted, run it again: no row is entered twice. Whoever was born on the same day as a patient of the same or a
/// similar name is left out, and said so.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  tandem import patients patients.csv --dry-run --report report.csv
  tandem import patients patients.csv --report report.csv
  tandem import patients patients.csv --mapping cliniko --dates day-first --enter similar")]
struct Patients {
    #[command(flatten)]
    settings: Settings,
    /// The file: UTF-8, UTF-16 with a byte order mark, or Windows-1252; separated by comma, semicolon or tab
    file: PathBuf,
    /// Say what would become of each row, and enter nobody
    #[arg(long)]
    dry_run: bool,
    /// A file to write what became of every row to; without it, only what needs looking at goes to standard output
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// Whose headers these are: tandem, cliniko or jane; found out unless given
    #[arg(long, value_name = "NAME")]
    mapping: Option<String>,
    /// A file of mappings in place of the built-in ones (config/imports.toml)
    #[arg(long, value_name = "FILE")]
    mappings: Option<PathBuf>,
    /// Which comes first in dates such as 03/04/1984; such dates are refused unless it is given
    #[arg(long, value_name = "ORDER")]
    dates: Option<Dates>,
    /// Whom to enter too, of those born on the same day as a patient of the same or a similar name
    #[arg(long, value_name = "WHOM")]
    enter: Option<Whom>,
    /// The practice's name or id, where there are several
    #[arg(long, value_name = "NAME")]
    practice: Option<String>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Dates {
    DayFirst,
    MonthFirst,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Whom {
    /// Those whose name is similar, such as twins
    Similar,
    /// Those whose name is the same, too
    All,
}

impl Import {
    /// Imports.
    pub fn run(&self) -> Done {
        match &self.what {
            What::Patients(patients) => patients.run(),
        }
    }
}

type Text = BufReader<Decoded<File>>;

/// A file whose header has been understood.
struct Source {
    survey: Survey,
    rows: Rows<Text>,
    reading: Reading,
    mapping: String,
}

impl Patients {
    fn run(&self) -> Done {
        let config = self.settings.load()?;
        let mut source = self.source()?;
        let mut report = self.report()?;
        let keys = Keys::load(&config.keys.directory).or_say("the keys cannot be read", "Restore them.")?;
        place::block_on(async {
            let app: &App = &*open(&config, keys)?;
            let enter = match self.enter {
                None => Enter::New,
                Some(Whom::Similar) => Enter::Similar,
                Some(Whom::All) => Enter::All,
            };
            let practice = self.practice(app).await?;
            let run = Run { practice, file: source.survey.hash, enter, trial: self.dry_run };
            self.carry_out(app, run, &mut source, &mut report).await
        })?;
        let next = "What was entered is entered; run it again.";
        report.end().map_err(place::of_system).or_say("the report cannot be written to its end", next)?;
        eprintln!("{}", report.summary(self.dry_run));
        Ok(())
    }

    async fn carry_out(&self, app: &App, run: Run, source: &mut Source, report: &mut Report) -> Done {
        let again = "See that the database is there, is not full and is not being restored, then run the same command \
                     again: it goes on where it stopped.";
        let id = format!("import-{}", &hex(&run.file)[..32]);
        let words = format!(
            "{} lines, SHA-256 {}, as an export of {}; {}",
            source.survey.lines,
            hex(&run.file),
            source.mapping,
            who_runs_this()
        );
        let call = call(app, &id);
        let begun = app.db.write(&call, move |tx: &mut Tx| import::ops::begin(tx, &run, &words)).await;
        begun.or_say("the import cannot begin", again)?;
        let (mut seen, progress) = (Seen::default(), Progress::of(source.survey.lines));
        loop {
            let lines = Arc::new(next_lines(source)?);
            let Some(last) = lines.last().map(|line| line.number) else { break };
            let mut fates = take(app, &id, run, &lines).await.or_say(
                format!("the rows from line {} on cannot be entered", lines.first().map_or(0, |line| line.number)),
                again,
            )?;
            if run.trial {
                seen.correct(&lines, run.enter, &mut fates);
            } else {
                tokio::time::sleep(LEFT_TO_OTHERS).await;
            }
            let written = report.add(&fates).map_err(place::of_system);
            written.or_say("the report cannot be written", "Name another file: --report; run it again.")?;
            progress.reached(last);
        }
        progress.end();
        Ok(())
    }

    fn source(&self) -> Result<Source, Failure> {
        let next = "Give a CSV file, as the other program exported it.";
        let name = self.file.display();
        let unreadable = |cause: std::io::Error| Failure::new(format!("{name} cannot be read ({cause})"), next);
        let survey = File::open(&self.file).and_then(Survey::of).map_err(unreadable)?;
        let text = BufReader::new(Decoded::new(File::open(&self.file).map_err(unreadable)?, survey.encoding));
        let (rows, headers) = Rows::begin(text).map_err(unreadable)?;
        let mappings = Mappings::load(self.mappings.as_deref()).map_err(|cause| {
            Failure::new(cause, "Correct the mappings; config/imports.toml shows how they are written.")
        })?;
        let mapping = self.mapping(&mappings, &headers)?;
        let layout = mapping.lay_out(&headers).map_err(|missing| {
            let missing: Vec<String> = missing.iter().map(ToString::to_string).collect();
            let next = "Choose another --mapping, or write one: --mappings FILE; config/imports.toml shows how.";
            Failure::new(format!("{name} has no column for {}", missing.join(", ")), next)
        })?;
        let separator = match rows.delimiter() {
            ',' => "commas",
            ';' => "semicolons",
            _ => "tabs",
        };
        eprintln!("{name}: {}, separated by {separator}, as an export of {}.", survey.encoding.name(), mapping.name);
        if !layout.left.is_empty() {
            eprintln!("Columns that are not taken: {}.", layout.left.join(", "));
        }
        let mut dates = mapping.dates.clone();
        if let Some(order) = self.dates {
            dates.retain(|form| !matches!(form, DateForm::DayFirst | DateForm::MonthFirst));
            dates.push(if matches!(order, Dates::DayFirst) { DateForm::DayFirst } else { DateForm::MonthFirst });
        }
        let reading = Reading { layout, dates, sexes: mappings.sexes.clone() };
        Ok(Source { survey, rows, reading, mapping: mapping.name.clone() })
    }

    /// The mapping that was asked for, or the one that fits the header.
    fn mapping<'m>(&self, mappings: &'m Mappings, headers: &[String]) -> Result<&'m Mapping, Failure> {
        let asked_for = |mapping: &&Mapping| self.mapping.as_ref().is_none_or(|name| *name == mapping.name);
        let asked: Vec<&Mapping> = mappings.mappings.iter().filter(asked_for).collect();
        let fitting: Vec<&Mapping> = asked.iter().copied().filter(|mapping| mapping.lay_out(headers).is_ok()).collect();
        let list = |of: &[&Mapping]| of.iter().map(|mapping| mapping.name.clone()).collect::<Vec<_>>().join(", ");
        match (asked.as_slice(), fitting.as_slice()) {
            ([only], _) | (_, [only]) => Ok(only),
            ([], _) => {
                let all: Vec<&Mapping> = mappings.mappings.iter().collect();
                Err(Failure::new("there is no such mapping", format!("Choose one: --mapping {}", list(&all))))
            }
            (_, []) => Err(Failure::new(
                format!("the header of {} fits none of the mappings: {}", self.file.display(), list(&asked)),
                "Names and birth dates need a column each. Write a mapping: --mappings FILE; config/imports.toml shows \
                 how.",
            )),
            _ => Err(Failure::new(
                "the header fits more than one mapping",
                format!("Choose one: --mapping {}", list(&fitting)),
            )),
        }
    }

    fn report(&self) -> Result<Report, Failure> {
        let Some(path) = &self.report else { return Ok(Report::of_what_needs_looking_at()) };
        let canonical = |path: &Path| path.canonicalize().ok();
        if canonical(path).is_some_and(|report| canonical(&self.file) == Some(report)) {
            return Err(Failure::new("the report would overwrite the file that is imported", "Name another --report."));
        }
        Report::of_everything(path).map_err(|cause| {
            Failure::new(format!("{} cannot be written ({cause})", path.display()), "Name another file: --report")
        })
    }

    /// The practice that was asked for, or the one there is.
    async fn practice(&self, app: &App) -> Result<PracticeId, Failure> {
        let next = "See that the database is there and that its layout is up to date (tandem migrate).";
        let practices = app.db.look(staff::practices).await.or_say("the practices cannot be read", next)?;
        let asked = |(id, name): &&(PracticeId, String)| {
            self.practice.as_ref().is_none_or(|asked| asked == name || *asked == id.to_string())
        };
        let fitting: Vec<_> = practices.iter().filter(asked).collect();
        if let [(only, _)] = fitting.as_slice() {
            return Ok(*only);
        }
        let there: Vec<String> = practices.iter().map(|(id, name)| format!("  {name} ({id})")).collect();
        let next = format!("Choose one by its name or its id, with --practice:\n{}", there.join("\n"));
        Err(Failure::new("which practice is not clear", next))
    }
}

fn open(config: &Config, keys: Keys) -> Result<actix_web::web::Data<App>, Failure> {
    let (application, _) = place::database(config)?;
    place::find(&application)?;
    let current = application.connect().and_then(|mut conn| db::is_current(&mut conn));
    if current.unwrap_or(false) {
        serve::open(config, keys)
    } else {
        let next = "See that it can be reached, then bring it up to date: tandem migrate";
        Err(Failure::new("the database is away, or its layout is not up to date", next))
    }
}

fn next_lines(source: &mut Source) -> Result<Vec<Line>, Failure> {
    let mut lines = Vec::with_capacity(ROWS);
    while lines.len() < ROWS {
        let row = source.rows.next_row().map_err(place::of_system);
        let Some(row) = row.or_say("the file cannot be read to its end", "Run the same command again.")? else { break };
        lines.push(line(row, &source.reading));
    }
    Ok(lines)
}

fn line(row: Row, reading: &Reading) -> Line {
    let content = match row.cells {
        Err(fault) => Content::Broken(vec![fault]),
        Ok(cells) if cells.is_empty() => Content::Blank,
        Ok(cells) => match reading.read(&cells) {
            Ok(candidate) => Content::Candidate(Box::new(candidate)),
            Err(faults) => Content::Broken(faults),
        },
    };
    Line { number: row.line, content }
}

async fn take(app: &App, id: &str, run: Run, lines: &Arc<Vec<Line>>) -> crate::error::Result<Vec<Fate>> {
    let (call, lines) = (call(app, id), Arc::clone(lines));
    let take = move |tx: &mut Tx| import::ops::take(tx, &run, &lines);
    if run.trial { app.db.read(&call, take).await } else { app.db.write(&call, take).await }
}

/// A call of the program itself; all calls of one import carry the same request id.
fn call(app: &App, id: &str) -> Call {
    let mut call = own_call(app, Action::ImportPatients);
    id.clone_into(&mut call.request.id);
    call
}

/// Who the operating system says runs this: the user's number, and the name that the environment gives.
fn who_runs_this() -> String {
    let number = std::fs::metadata("/proc/self").map(|own| own.uid().to_string());
    let name = ["SUDO_USER", "LOGNAME", "USER"].into_iter().find_map(|name| std::env::var(name).ok());
    format!("run by {} (user {})", name.as_deref().unwrap_or("?"), number.as_deref().unwrap_or("?"))
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut hex, byte| {
        // Writing to a string does not fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}
