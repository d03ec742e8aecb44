//! TLS, and whose word about the client's address is taken.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;

use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use tandem::audit::Event;
use tandem::clock::Clock;

use crate::house::program::{Own, ended, make_keys, tandem};
use crate::house::{Database, House, Patient, Practice, Program, Settings, Who, on_sqlite};

/// Costs of hashing that are taken where others can reach the program.
const STRONG: [(&str, &str); 2] = [("auth.argon2.memory_kib", "7168"), ("auth.argon2.iterations", "5")];

/// What the server says to a request, over TLS, to somebody who trusts `certificate` alone.
fn over_tls(address: &str, certificate: &CertificateDer<'static>, request: &str) -> String {
    let mut roots = RootCertStore::empty();
    roots.add(certificate.clone()).unwrap();
    let client = ClientConfig::builder_with_provider(rustls::crypto::ring::default_provider().into())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let connection = ClientConnection::new(Arc::new(client), ServerName::try_from("localhost").unwrap()).unwrap();
    let mut stream = StreamOwned::new(connection, TcpStream::connect(address).unwrap());
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn tls_ends_here_if_a_certificate_is_configured() {
    let database = Database::sqlite();
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let (chain, key) = (database.directory().join("chain.pem"), database.directory().join("private.pem"));
    fs::write(&chain, made.cert.pem()).unwrap();
    fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    let own = [
        ("server.bind", "0.0.0.0:0"),
        ("server.public_url", "https://localhost"),
        ("server.tls.certificate", chain.to_str().unwrap()),
        ("server.tls.key", key.to_str().unwrap()),
        STRONG[0],
        STRONG[1],
    ];
    let program = Program::serve(&database, &own);
    let address = program.address.replace("0.0.0.0", "127.0.0.1");

    let token = Who::Physio.token(program.keys(), Clock::System.now());
    let request = format!(
        "GET /api/v1/me HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\r\n"
    );
    let answer = over_tls(&address, made.cert.der(), &request);
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("Paula Frei"), "{answer}");

    let mut plain = TcpStream::connect(&address).unwrap();
    plain.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    let mut answer = Vec::new();
    drop(plain.read_to_end(&mut answer));
    assert!(!answer.starts_with(b"HTTP"), "plain HTTP is not spoken there: {}", String::from_utf8_lossy(&answer));
    drop(program);

    fs::write(&key, "no key").unwrap();
    let (exit, said) = ended(&tandem(&database, &own, &["serve"]).output().unwrap());
    assert_eq!(exit, Some(1), "{said}");
    assert!(said.contains("server.tls.key"), "{said}");
}

#[test]
fn plain_http_beyond_loopback_is_refused() {
    let database = Database::sqlite();
    make_keys(&database);
    let refused = |own: Own, words: &[&str]| {
        let (exit, said) = ended(&tandem(&database, own, &["serve"]).output().unwrap());
        assert_eq!(exit, Some(2), "{said}");
        assert!(words.iter().all(|word| said.contains(word)), "{said}");
    };
    let reachable = ("server.bind", "0.0.0.0:0");
    let proxied = ("server.proxy.ends_tls", "true");
    refused(&[reachable], &["server.bind", "loopback", "server.tls", "server.proxy.ends_tls"]);
    refused(&[("server.bind", "[::]:0")], &["server.bind"]);
    refused(&[reachable, proxied], &["server.proxy.trusted", "server.public_url"]);
    let trusted = ("server.proxy.trusted", "[\"127.0.0.1\"]");
    refused(&[reachable, proxied, trusted], &["server.public_url", "https://"]);
    let public = ("server.public_url", "https://tandem.example");
    refused(&[reachable, proxied, trusted, public], &["auth.argon2", "7168"]);
    drop(std::fs::remove_dir_all(database.directory().join("keys")));
    Program::serve(&database, &[reachable, proxied, trusted, public, STRONG[0], STRONG[1]]).stops();
}

/// A proxy on this machine ends TLS; behind it stands another one in 10.0.0.0/8.
const PROXIED: Settings = &[
    ("server.proxy.ends_tls", "true"),
    ("server.proxy.trusted", "[\"127.0.0.1\", \"10.0.0.0/8\"]"),
    ("server.public_url", "https://tandem.example"),
    STRONG[0],
    STRONG[1],
];

/// The client's address as the log tells it of a call with these hops.
fn client(house: &House, hops: &[&str]) -> String {
    let caller = house.as_(Who::Physio);
    let caller = hops.iter().fold(caller, |caller, line| caller.header("X-Forwarded-For", *line));
    let answer = caller.get(&format!("/patients/{}", Patient::Ana.id())).is(200);
    let events = house.sealed_events(Practice::Lakeside);
    let of_call = |event: &&Event| event.request == answer.request_id;
    events.iter().find(of_call).and_then(|event| event.address).expect("an event with an address").to_string()
}

#[test]
fn a_trusted_proxy_is_believed_about_the_client() {
    on_sqlite(PROXIED, |house| {
        assert_eq!(client(house, &[]), "127.0.0.1");
        assert_eq!(client(house, &["203.0.113.9"]), "203.0.113.9");
        assert_eq!(client(house, &["203.0.113.9, 10.1.2.3"]), "203.0.113.9", "a trusted hop is passed over");
        assert_eq!(
            client(house, &["198.51.100.1, 203.0.113.9"]),
            "203.0.113.9",
            "what the client wrote is not believed"
        );
        assert_eq!(client(house, &["198.51.100.1", "203.0.113.9, 10.1.2.3"]), "203.0.113.9", "lines are read in order");
        assert_eq!(client(house, &["10.1.2.3"]), "127.0.0.1");
        assert_eq!(client(house, &["2001:db8::7"]), "2001:db8::7");
        assert_eq!(client(house, &["nonsense"]), "127.0.0.1");
        assert_eq!(client(house, &["nonsense, 203.0.113.9"]), "203.0.113.9", "what the client wrote hides nobody");
        assert_eq!(client(house, &["203.0.113.9, nonsense"]), "127.0.0.1");
    });
}

#[test]
fn nobody_else_is_believed_about_the_client() {
    on_sqlite(&[], |house| assert_eq!(client(house, &["203.0.113.9"]), "127.0.0.1"));
    let elsewhere: Settings = &[
        ("server.proxy.ends_tls", "true"),
        ("server.proxy.trusted", "[\"10.0.0.0/8\"]"),
        ("server.public_url", "https://tandem.example"),
        STRONG[0],
        STRONG[1],
    ];
    on_sqlite(elsewhere, |house| assert_eq!(client(house, &["203.0.113.9"]), "127.0.0.1"));
}
