//! The policy as a page that anybody can read: `docs/access-matrix.md`, found out by asking [`decide`].

use std::fmt::Write;

use strum::{EnumIter, EnumMessage, IntoEnumIterator};

use super::{
    Action, Authorship, Facts, Grant, NoteFacts, NoteState, Place, Refusal, Relation, Sharing, Sight, Ties, Withheld,
    decide,
};
use crate::actor::{Discipline, Role, RoleSet};

/// The parts of the page, in the order of the page.
#[derive(Clone, Copy, PartialEq, Eq, EnumIter, EnumMessage)]
enum Part {
    #[strum(message = "Signing in, and one's own account")]
    Account,
    #[strum(message = "The practice: sites, settings, staff, cover")]
    Practice,
    #[strum(message = "Patients and who treats them")]
    Patients,
    #[strum(message = "Referrals")]
    Referrals,
    #[strum(message = "Audit")]
    Audit,
    #[strum(message = "The program itself, never a person")]
    Program,
    #[strum(message = "Notes")]
    Notes,
}

/// Where an action stands on the page; it says nothing of who may do it.
#[expect(clippy::too_many_lines, reason = "a table, one line an action")]
const fn part(action: Action) -> Part {
    match action {
        Action::SignIn
        | Action::RefreshSession
        | Action::AcceptInvitation
        | Action::AskForReset
        | Action::ResetPassword
        | Action::SignOut
        | Action::Reauthenticate
        | Action::LockPages
        | Action::ChangePassword
        | Action::ChangeMfa
        | Action::ListSessions
        | Action::EndSession
        | Action::ReadSelf
        | Action::ListNotifications
        | Action::MarkNotification
        | Action::ReadAlertPreferences
        | Action::ChangeAlertPreferences
        | Action::GiveUpAccess => Part::Account,
        Action::ReadDirectory
        | Action::ListSites
        | Action::CreateSite
        | Action::ChangeSite
        | Action::ReadSettings
        | Action::ChangeSettings
        | Action::ListStaff
        | Action::ReadStaff
        | Action::CreateStaff
        | Action::ChangeStaff
        | Action::StartReset
        | Action::DeactivateStaff
        | Action::ReadHandOver
        | Action::ListDeadLetters
        | Action::RetryDeadLetter
        | Action::ReadCatalogue
        | Action::ListCover
        | Action::GrantCover
        | Action::EndCover
        | Action::ListEmergencyAccesses
        | Action::ListStartedWithoutNote
        | Action::ReviewEmergencyAccess
        | Action::ReviewStartedTreating => Part::Practice,
        Action::FindPatients
        | Action::ListPatients
        | Action::RegisterPatient
        | Action::ReadPatient
        | Action::ChangePatient
        | Action::MarkOwnRecord
        | Action::ReadCareTeam
        | Action::StartTreating
        | Action::AssignCareTeam
        | Action::LeaveCareTeam
        | Action::ListSafetyItems
        | Action::ReadSafetyFlag
        | Action::RaiseSafetyItem
        | Action::ResolveSafetyItem
        | Action::ReadHealthHistory
        | Action::ChangeHealthHistory
        | Action::ListDecisionMakers
        | Action::AddDecisionMaker
        | Action::ChangeDecisionMaker
        | Action::ListEpisodes
        | Action::ReadEpisode
        | Action::OpenEpisode
        | Action::ChangeEpisode
        | Action::DischargeEpisode
        | Action::ListMessages
        | Action::WriteMessage
        | Action::ListDirectives
        | Action::SetDirective
        | Action::RevokeDirective
        | Action::OpenEmergencyAccess
        | Action::OpenAuditAccess
        | Action::ListCosignatures
        | Action::ListUnsignedNotes
        | Action::ListJointReviews
        | Action::OpenJointReview
        | Action::LinkJointReview
        | Action::CloseJointReview
        | Action::ReadAccessReport
        | Action::ExportRecord
        | Action::SeverFromExport
        | Action::ReadExport
        | Action::ListNotes
        | Action::SearchNotes
        | Action::ReadTimeline => Part::Patients,
        Action::ReadNote
        | Action::CreateNote
        | Action::SaveDraft
        | Action::DiscardDraft
        | Action::SignNote
        | Action::AmendNote
        | Action::AddAddendum
        | Action::EnterInError
        | Action::CosignNote
        | Action::ReturnNote
        | Action::ShareNote
        | Action::CopyNote
        | Action::RecordDiagnosis => Part::Notes,
        Action::ListReferrals
        | Action::ListWorklist
        | Action::ReadReferral
        | Action::CreateReferral
        | Action::ChangeReferral
        | Action::DiscardReferral
        | Action::SendReferral
        | Action::ReceiveReferral
        | Action::ReleaseReferral
        | Action::AcceptReferral
        | Action::DeclineReferral
        | Action::RequestReferralInfo
        | Action::AnswerReferral
        | Action::ScheduleReferral
        | Action::RecordNoShow
        | Action::StartReferral
        | Action::ReturnReport
        | Action::AskFurther
        | Action::CloseReferral
        | Action::ResendReferral
        | Action::CancelReferral
        | Action::RequestReferralCancel
        | Action::ConfirmReferralCancel
        | Action::KeepReferral
        | Action::ReassignReferral => Part::Referrals,
        Action::ReadAudit | Action::ProveAudit | Action::ReadAuditKeys => Part::Audit,
        Action::SetUpPractice
        | Action::Migrate
        | Action::ImportPatients
        | Action::ExportAudit
        | Action::RecoverAccess
        | Action::EndAccess
        | Action::AdvanceReferral
        | Action::RaiseReminder
        | Action::SendMail
        | Action::CountStrangers
        | Action::Unserved => Part::Program,
    }
}

const NOTHING: &str = "-";

const LEGEND: &str = "\
# Who may do what

Written by the program from its access policy; a test fails when the two differ.

A cell tells what one role allows by itself. Whoever holds several roles may do what any of them allows.

- `yes`: in this role alone, whatever one has to do with the patient.
- `care team`, `cover`, `former`: only for a patient whom one treats, whose clinician one stands in for, or whom one
  used to treat.
- `emergency`, `serious harm`: for an hour, to read, after breaking the glass; `audit`: for an hour, to read, after giving
  a reason as a reviewer.
- `party`: for what a referral opens to those who take part in it, while it is open.
- `stub`: date, author, kind and state of the note, not its words; of a referral its state, times and reasons.
- `-`: not in this role.
- *On oneself*: `never` where the patient, or the member of staff, may not be oneself, in any role.
- *Directives*: `withheld` where a patient's consent directive beats whatever the line grants; `serious harm passes` where
  only one against the person does, and breaking the glass passes one against a discipline. A directive that bars the whole
  record from a person makes it not found to them, in every line that concerns a patient.
";

const NOTES: &str = "
Each line is a kind of note that somebody may do this to; what no line tells, no role allows. One's own note is the one
that one wrote, be it in a role held before. The lines tell of notes shared with the care team; one that its author shares
with their own discipline is a stub to the other, except to reviewers. The note rules may refuse more: nobody signs a note
that is signed already.
";

const REFUSALS: &str = "
## Refusals

The first that applies is answered, and every one is recorded.

| refusal | answered | because |
|---|---|---|
";

/// The page, in Markdown.
#[must_use]
pub fn render() -> String {
    let mut page = LEGEND.to_owned();
    for part in Part::iter() {
        line(&mut page, &format!("\n## {}", part.get_message().unwrap_or_default()));
        let actions = Action::iter().filter(|action| self::part(*action) == part);
        if part == Part::Notes {
            page.push_str(NOTES);
            heading(&mut page, &["what", "whose note", "state of the note"]);
            actions.for_each(|action| note_rows(&mut page, action));
        } else {
            heading(&mut page, &["what", "recorded as"]);
            actions.for_each(|action| action_row(&mut page, action));
        }
    }
    page.push_str(REFUSALS);
    for refusal in Refusal::iter() {
        let because = refusal.get_documentation().unwrap_or_default();
        row(&mut page, [format!("`{refusal}`"), refusal.code().status().to_string(), because.to_owned()]);
    }
    page
}

fn line(page: &mut String, text: &str) {
    // Writing to a string cannot fail.
    let _ = writeln!(page, "{text}");
}

fn row(page: &mut String, cells: impl IntoIterator<Item = String>) {
    line(page, &format!("| {} |", cells.into_iter().collect::<Vec<_>>().join(" | ")));
}

fn heading(page: &mut String, first: &[&str]) {
    let names: Vec<String> = first
        .iter()
        .map(|name| (*name).to_owned())
        .chain(Role::iter().map(words))
        .chain(["on oneself".into(), "directives".into()])
        .collect();
    let rule = "|---".repeat(names.len());
    line(page, "");
    row(page, names);
    line(page, &format!("{rule}|"));
}

fn action_row(page: &mut String, action: Action) {
    let cells = Role::iter().map(|role| cell(action, role, None));
    row(
        page,
        [label(action), format!("`{action}`")].into_iter().chain(cells).chain([on_oneself(action), directives(action)]),
    );
}

fn note_rows(page: &mut String, action: Action) {
    let blocks = merge(Authorship::iter().map(|authorship| {
        let lines = merge(NoteState::iter().map(|state| (state, note_cells(action, state, authorship))));
        (authorship, lines)
    }));
    for (whose, lines) in blocks {
        for (states, cells) in lines.iter().filter(|(_, cells)| cells.iter().any(|cell| cell != NOTHING)) {
            let all = states.len() == NoteState::iter().count();
            let state = if all { "any".to_owned() } else { either(states.iter().map(words)) };
            let first = [label(action), either(whose.iter().map(|whose| owner(*whose).to_owned())), state];
            let last = [on_oneself(action), directives(action)];
            row(page, first.into_iter().chain(cells.iter().cloned()).chain(last));
        }
    }
}

/// What each role allows on such a note; told by discipline where that makes a difference.
fn note_cells(action: Action, state: NoteState, authorship: Authorship) -> Vec<String> {
    Role::iter()
        .map(|role| {
            let by_discipline = merge(Discipline::iter().map(|discipline| {
                let sharing = Sharing::CareTeam;
                (discipline, cell(action, role, Some(NoteFacts { authorship, state, discipline, sharing })))
            }));
            match by_discipline.as_slice() {
                [(_, same)] => same.clone(),
                differing => differing
                    .iter()
                    .filter(|(_, cell)| cell != NOTHING)
                    .map(|(disciplines, cell)| format!("{cell} ({})", either(disciplines.iter().map(words))))
                    .collect::<Vec<_>>()
                    .join("; "),
            }
        })
        .collect()
}

/// What one role allows by itself.
fn cell(action: Action, role: Role, note: Option<NoteFacts>) -> String {
    let told: Vec<String> = [Sight::Full, Sight::Stub]
        .into_iter()
        .filter_map(|sight| {
            let relations: Vec<Relation> = Relation::iter()
                .filter(|relation| {
                    let ties = Ties { relation: *relation, note, ..Ties::NONE };
                    ask(action, role, Place::Here(ties)).is_some_and(|grant| grant.sight == sight)
                })
                .collect();
            let told = match relations.len() {
                0 => return None,
                all if all == Relation::iter().count() => "yes".to_owned(),
                _ => either(relations.iter().map(words)),
            };
            Some(if sight == Sight::Stub { format!("stub: {told}") } else { told })
        })
        .collect();
    if told.is_empty() { NOTHING.to_owned() } else { told.join("; ") }
}

/// `never` if somebody may do it, but nobody to themselves.
fn on_oneself(action: Action) -> String {
    let oneself = Role::iter().any(|role| ask(action, role, Place::Oneself).is_some());
    if anybody(action, Withheld::Nothing, &all_relations()) && !oneself { "never".into() } else { String::new() }
}

/// What of it a consent directive short of the whole record beats.
fn directives(action: Action) -> String {
    let all = all_relations();
    match Withheld::iter().filter(|withheld| anybody(action, *withheld, &all)).collect::<Vec<_>>().as_slice() {
        [Withheld::Nothing] => "withheld".into(),
        [Withheld::Nothing, Withheld::FromDiscipline] => "serious harm passes".into(),
        _ => String::new(),
    }
}

fn all_relations() -> Vec<Relation> {
    Relation::iter().collect()
}

fn anybody(action: Action, withheld: Withheld, relations: &[Relation]) -> bool {
    let owners = [Authorship::Own, Authorship::Supervised];
    let notes: Vec<Option<NoteFacts>> = Discipline::iter()
        .flat_map(|discipline| {
            owners.map(|authorship| {
                let state = NoteState::AwaitingCosign;
                Some(NoteFacts { authorship, state, ..NoteFacts::begun(discipline) })
            })
        })
        .chain([None])
        .collect();
    Role::iter().any(|role| {
        relations.iter().any(|relation| {
            notes.iter().any(|note| {
                let ties = Ties { relation: *relation, withheld, note: *note };
                ask(action, role, Place::Here(ties)).is_some()
            })
        })
    })
}

fn ask(action: Action, role: Role, place: Place) -> Option<Grant> {
    decide(&Facts { action, roles: RoleSet::EMPTY.with(role), place }).grant().ok()
}

/// Keys with the same value put together, in the order of their first.
fn merge<K, V: PartialEq>(pairs: impl Iterator<Item = (K, V)>) -> Vec<(Vec<K>, V)> {
    let mut merged: Vec<(Vec<K>, V)> = Vec::new();
    for (key, value) in pairs {
        match merged.iter_mut().find(|(_, known)| *known == value) {
            Some((keys, _)) => keys.push(key),
            None => merged.push((vec![key], value)),
        }
    }
    merged
}

fn label(action: Action) -> String {
    action.get_documentation().unwrap_or_default().trim_end_matches('.').to_owned()
}

fn words(name: impl Into<&'static str>) -> String {
    name.into().replace('_', " ")
}

const fn owner(authorship: Authorship) -> &'static str {
    match authorship {
        Authorship::Own => "one's own",
        Authorship::Supervised => "that of somebody one supervises",
        Authorship::Colleague => "a colleague's",
        Authorship::Departed => "that of somebody who left or is barred",
    }
}

/// "a", "a or b", "a, b or c".
fn either(names: impl Iterator<Item = String>) -> String {
    let names: Vec<String> = names.collect();
    match names.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => names.concat(),
    }
}
