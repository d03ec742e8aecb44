//! What is said when the demo is ready.

use std::fmt::Write;
use std::net::SocketAddr;
use std::path::Path;

use super::people::PEOPLE;

/// Requests that work pasted one after the other. A test does so, and README's go the same way.
const TO_TRY: &str = r#"Three things to try; paste them one after the other.

1. As the physiotherapist: sign in, find Ana Brunner, write a note about her, and sign it.

    API=http://ADDRESS/api/v1; JSON='Content-Type: application/json'
    token() {
      curl -s $API/auth/login -H "$JSON" -d "{\"email\": \"$1@demo.example\", \"password\": \"demo-$1-1\"}" |
        sed 's/.*"access_token":"\([^"]*\)".*/\1/'
    }
    PHYSIO=$(token physio)
    ANA=$(curl -s $API/patients/search -H "Authorization: Bearer $PHYSIO" -H "$JSON" \
      -d '{"name": "Ana Brunner"}' | sed 's/{"items":\[{"id":"\([^"]*\)".*/\1/')
    NOTE=$(curl -s $API/patients/$ANA/notes -H "Authorization: Bearer $PHYSIO" -H "$JSON" -d '{
      "kind": "progress", "service_at": "'$(date -u +%Y-%m-%dT%H:%M:%SZ)'", "body": {
        "subjective": {"text": "Swam for half an hour without pain.", "pain": {"now": 1}},
        "treatment": [{"technique": "education", "minutes": 20, "response": "Knows what to do at home"}],
        "consent": {"given": true, "given_by": {"who": "patient"}},
        "plan": {"text": "Once more in four weeks."}}}' | sed 's/{"id":"\([^"]*\)".*/\1/')
    curl -X POST $API/notes/$NOTE/sign -H "Authorization: Bearer $PHYSIO" -H 'If-Match: "1"'; echo

2. As the massage therapist, who treats her too: read it.

    curl $API/notes/$NOTE -H "Authorization: Bearer $(token massage)"; echo

3. As the manager: see who did what.

    curl "$API/audit/events?limit=10" -H "Authorization: Bearer $(token manager)" -H 'Accept: text/csv'

Ctrl-C ends the demo."#;

/// Where it is, how to sign in, and requests to paste.
pub fn welcome(address: SocketAddr, place: &Path) -> String {
    let mut text = format!(
        "A practice to try is open at http://{address} and kept in {}.\nThe API, to browse: http://{address}/api/docs/\n\n",
        place.display()
    );
    for person in PEOPLE.iter().filter(|person| !person.left) {
        // Writing to a String does not fail.
        let _ = writeln!(text, "  {:<28} {:<24} {}", person.titles(), person.email(), person.password());
    }
    text + "\n" + &TO_TRY.replace("ADDRESS", &address.to_string())
}
