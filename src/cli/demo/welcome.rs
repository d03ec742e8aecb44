//! What is said when the demo is ready: where it is, how to sign in, and requests to paste.

use std::net::SocketAddr;
use std::path::Path;

use super::people::{PEOPLE, in_role};
use crate::actor::Role;

/// The welcome.
pub fn welcome(address: SocketAddr, place: &Path) -> String {
    let people =
        PEOPLE.map(|person| format!("  {:<18} {:<24} {}\n", person.role.to_string(), person.email, person.password));
    format!(
        "A practice to try is open at http://{address} and kept in {}; Ctrl-C ends it.\n\
         The API is described at http://{address}/api/docs\n\n{}\n{}",
        place.display(),
        people.concat(),
        requests(address)
    )
}

/// Three requests that work one after the other.
fn requests(address: SocketAddr) -> String {
    let physio = in_role(Role::Physiotherapist);
    let (email, password) = (physio.email, physio.password);
    format!(
        r#"Sign in as the physiotherapist, and keep the token:

  TOKEN=$(curl -s http://{address}/api/v1/auth/login -H 'Content-Type: application/json' \
    -d '{{"email": "{email}", "password": "{password}"}}' | sed 's/.*"access_token":"\([^"]*\)".*/\1/')

Register a patient, and keep the id:

  PATIENT=$(curl -s http://{address}/api/v1/patients -H "Authorization: Bearer $TOKEN" \
    -H 'Content-Type: application/json' \
    -d '{{"given_name": "Edda", "family_name": "Lindt", "birth_date": "1969-07-20"}}' \
    | sed 's/.*"patient":{{"id":"\([^"]*\)".*/\1/')

Begin a note about her:

  curl -s http://{address}/api/v1/patients/$PATIENT/notes -H "Authorization: Bearer $TOKEN" \
    -H 'Content-Type: application/json' \
    -d '{{"kind": "progress", "service_at": "2026-03-02T09:30:00Z", "body": {{"subjective": {{"text": "Sleeps through again."}}}}}}'
"#
    )
}
