use std::io::Write;

use super::*;

fn with(variables: &[(&str, &str)]) -> Result<Config> {
    Config::load(None, variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
}

fn refusal(variables: &[(&str, &str)]) -> String {
    with(variables).expect_err("these settings should be refused").detail.into_owned()
}

/// A settings file that is gone when the test is over.
struct SettingsFile(PathBuf);

impl SettingsFile {
    fn new(name: &str, text: &str) -> Self {
        let path = std::env::temp_dir().join(format!("tandem-config-{}-{name}.toml", std::process::id()));
        std::fs::File::create(&path).unwrap().write_all(text.as_bytes()).unwrap();
        Self(path)
    }
}

impl Drop for SettingsFile {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

#[test]
fn the_defaults_stand_on_their_own() {
    let config = with(&[]).unwrap();
    assert_eq!(config.server.bind.to_string(), "127.0.0.1:8080");
    assert_eq!(config.auth.argon2.memory_kib, 19_456);
    assert!(config.auth.mfa_required);
    assert!(config.metrics.bind.is_none());
}

#[test]
fn the_environment_overrides_the_file_and_the_file_the_defaults() {
    let file = SettingsFile::new("order", "[server]\nbind = \"127.0.0.1:1111\"\nworkers = 3\n");
    let env = [("TANDEM__SERVER__BIND".to_owned(), "[::1]:2222".to_owned())];
    let config = Config::load(Some(&file.0), env.into_iter()).unwrap();
    assert_eq!(config.server.bind.to_string(), "[::1]:2222");
    assert_eq!(config.server.workers, 3);
    assert_eq!(config.server.shutdown_seconds, 20);
}

#[test]
fn variables_reach_every_depth_and_type() {
    let config = with(&[
        ("TANDEM__AUTH__ARGON2__MEMORY_KIB", "64"),
        ("TANDEM__AUTH__MFA_REQUIRED", "false"),
        ("TANDEM__SERVER__PROXY__TRUSTED", "[\"10.0.0.0/8\", \"::1\"]"),
        ("TANDEM__LOG__FILTER", "info,tandem=debug"),
        ("TANDEM__LOG__FORMAT", "json"),
        ("TANDEM_CONFIG", "is not a setting"),
        ("PATH", "/bin"),
    ])
    .unwrap();
    assert_eq!(config.auth.argon2.memory_kib, 64);
    assert!(!config.auth.mfa_required);
    assert_eq!(config.server.proxy.trusted.len(), 2);
    assert_eq!(config.log.filter, "info,tandem=debug");
    assert_eq!(config.log.format, LogFormat::Json);
}

#[test]
fn an_unknown_key_is_named_with_those_there_are() {
    let said = refusal(&[("TANDEM__SERVER__BINDD", "127.0.0.1:1")]);
    assert!(said.starts_with("server.bindd: there is no such setting"), "{said}");
    assert!(said.contains("public_url") && said.contains("TANDEM__SERVER__BINDD"), "{said}");

    let file = SettingsFile::new("unknown", "[servr]\nbind = \"127.0.0.1:1\"\n");
    let said = Config::load(Some(&file.0), std::iter::empty()).unwrap_err().detail;
    assert!(said.starts_with("servr: there is no such setting"), "{said}");
}

#[test]
fn a_variable_that_was_meant_to_be_a_setting_is_named_with_its_spelling() {
    for (meant, spelt) in [
        ("TANDEM_SERVER_BIND", "TANDEM__SERVER__BIND"),
        ("TANDEM_SERVER__BIND", "TANDEM__SERVER__BIND"),
        ("TANDEM_DATABASE_OWNER_URL", "TANDEM__DATABASE__OWNER_URL"),
        ("TANDEM_AUTH_ARGON2_MEMORY_KIB", "TANDEM__AUTH__ARGON2__MEMORY_KIB"),
        ("TANDEM_AUTH_MFA_REQUIRED", "TANDEM__AUTH__MFA_REQUIRED"),
    ] {
        let said = refusal(&[(meant, "hunter2")]);
        assert_eq!(said, format!("{meant}: is no setting; {spelt} is"));
    }
    for ours in ["TANDEM_CONFIG", "TANDEM_TEST_AXE", "TANDEM_EVALUATIONS", "TANDEM_BLESS", "TANDEM_TOUR", "TANDEM_"] {
        assert!(with(&[(ours, "anything")]).is_ok(), "{ours}");
    }
}

#[test]
fn a_value_of_the_wrong_type_is_named_with_its_source() {
    let said = refusal(&[("TANDEM__DATABASE__READERS", "many")]);
    assert!(said.starts_with("database.readers: "), "{said}");
    assert!(said.contains("not text (in TANDEM__DATABASE__READERS)"), "{said}");
    assert!(refusal(&[("TANDEM__SERVER__BIND", "localhost")]).starts_with("server.bind: "));
    assert!(refusal(&[("TANDEM__LOG__FORMAT", "xml")]).starts_with("log.format: one of text, json"));
    assert!(refusal(&[("TANDEM__SERVER__PROXY__TRUSTED", "[proxy]")]).contains("10.0.0.0/8"));
}

#[test]
fn everything_out_of_bounds_is_named_at_once() {
    let error = with(&[
        ("TANDEM__AUTH__SESSION_HOURS", "48"),
        ("TANDEM__AUTH__ARGON2__MEMORY_KIB", "1"),
        ("TANDEM__DATABASE__URL", "mysql://host"),
        ("TANDEM__LOG__FILTER", "tandem=loud"),
    ])
    .unwrap_err();
    let keys: Vec<_> = error.errors.iter().map(|fault| fault.pointer.as_str()).collect();
    for key in ["auth.session_hours", "auth.argon2.memory_kib", "database.url", "log.filter"] {
        assert!(keys.contains(&key), "{key} is missing from {keys:?}");
    }
}

#[test]
fn plain_http_is_refused_beyond_loopback() {
    let open = ("TANDEM__SERVER__BIND", "0.0.0.0:8080");
    let public = ("TANDEM__SERVER__PUBLIC_URL", "https://tandem.example");
    assert!(refusal(&[open]).starts_with("server.bind: plain HTTP"));

    let behind_proxy = ("TANDEM__SERVER__PROXY__ENDS_TLS", "true");
    assert!(refusal(&[open, public, behind_proxy]).starts_with("server.proxy.trusted: "));
    let trusted = ("TANDEM__SERVER__PROXY__TRUSTED", "[\"10.0.0.1\"]");
    assert!(refusal(&[open, behind_proxy, trusted]).starts_with("server.public_url: must begin with https://"));
    assert!(with(&[open, public, behind_proxy, trusted]).is_ok());

    let tls = ("TANDEM__SERVER__TLS", "{certificate=\"a.pem\",key=\"b.pem\"}");
    assert!(with(&[open, public, tls]).is_ok());
    for (memory_kib, iterations, strong) in [("7168", "5", true), ("7167", "9", false), ("19456", "1", false)] {
        let costs =
            [("TANDEM__AUTH__ARGON2__MEMORY_KIB", memory_kib), ("TANDEM__AUTH__ARGON2__ITERATIONS", iterations)];
        let reachable = with(&[&[open, public, tls], &costs[..]].concat());
        assert_eq!(reachable.is_ok(), strong, "{memory_kib} KiB in {iterations} passes");
        assert!(with(&costs).is_ok(), "on loopback, for a try");
    }
    assert!(refusal(&[("TANDEM__SERVER__TLS__KEY", "b.pem")]).starts_with("server.tls.certificate: is missing"));
}

#[test]
fn the_figures_are_never_served_beyond_loopback() {
    assert!(with(&[("TANDEM__METRICS__BIND", "127.0.0.1:9000")]).is_ok());
    assert!(with(&[("TANDEM__METRICS__BIND", "[::1]:9000")]).is_ok());
    for bind in ["0.0.0.0:9000", "192.0.2.7:9000", "[::]:9000"] {
        assert!(refusal(&[("TANDEM__METRICS__BIND", bind)]).starts_with("metrics.bind: "), "{bind}");
    }
}

#[test]
fn the_public_address_has_no_path() {
    for url in ["https://tandem.example/", "https://a@b", "https://", "tandem.example", "https://x?y"] {
        assert!(refusal(&[("TANDEM__SERVER__PUBLIC_URL", url)]).starts_with("server.public_url: "), "{url}");
    }
}

#[test]
fn the_owner_of_the_schema_is_a_matter_of_postgresql() {
    let owner = ("TANDEM__DATABASE__OWNER_URL", "postgres://owner@host/tandem");
    assert!(refusal(&[owner]).starts_with("database.owner_url: "));
    assert!(with(&[owner, ("TANDEM__DATABASE__URL", "postgres://app@host/tandem")]).is_ok());
    assert!(refusal(&[("TANDEM__DATABASE__REQUIRE_TLS", "true")]).starts_with("database.require_tls: SQLite"));
}

#[cfg(feature = "bundled-libpq")]
#[test]
fn demanded_tls_that_is_not_built_in_stops_the_program() {
    let url = ("TANDEM__DATABASE__URL", "postgres://app@host/tandem");
    let said = refusal(&[url, ("TANDEM__DATABASE__REQUIRE_TLS", "true")]);
    assert!(said.contains("--no-default-features"), "{said}");
    let said = refusal(&[("TANDEM__DATABASE__URL", "postgres://app@host/tandem?sslmode=verify-full")]);
    assert!(said.contains("--no-default-features"), "{said}");
}

#[test]
fn no_message_and_no_print_repeats_a_password() {
    let url = "postgres://app:hunter2@host/tandem";
    let config = with(&[("TANDEM__DATABASE__URL", url)]).unwrap();
    assert!(!format!("{config:?}").contains("hunter2"));
    assert!(!refusal(&[("TANDEM__DATABASE", url)]).contains("hunter2"));

    let file = SettingsFile::new("broken", "\n[database]\nurl = postgres://app:hunter2@host/tandem\n");
    let said = Config::load(Some(&file.0), std::iter::empty()).unwrap_err().detail;
    assert!(said.contains("line 3") && !said.contains("hunter2"), "{said}");
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let said = Config::load(Some(Path::new("no/such/file.toml")), std::iter::empty()).unwrap_err().detail;
    assert!(said.starts_with("no/such/file.toml: "), "{said}");
}
