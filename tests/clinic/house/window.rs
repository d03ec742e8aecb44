//! A window of headless Chromium in the practice, driven by chromedriver: it runs scripts, and keeps count of what a person
//! has to do besides typing.

use std::cell::Cell;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use base64::prelude::{BASE64_STANDARD, Engine};
use fantoccini::elements::Element;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use super::{House, PASSWORD, Who};

const WITHOUT: &str = "TANDEM_TEST_WITHOUT_CHROMIUM";
const WITHOUT_AXE: &str = "TANDEM_TEST_WITHOUT_AXE";

/// How long something may take to show before a test fails.
const PATIENCE: Duration = Duration::from_secs(20);

/// Makes a test of a function that takes `&House` and `&Window`.
macro_rules! in_chromium {
    ($case:ident) => {
        in_chromium!($case, crate::house::Scripts::Run);
    };
    ($case:ident, $scripts:expr) => {
        mod $case {
            #[test]
            fn in_chromium() {
                crate::house::on_sqlite(&[], |house| {
                    if let Some(window) = crate::house::Window::open(house, $scripts) {
                        super::$case(house, &window);
                    }
                });
            }
        }
    };
}
pub(crate) use in_chromium;

/// Whether a window runs scripts.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Scripts {
    Run,
    AreOff,
}

/// A process of chromedriver; it ends with its window.
struct Driver {
    process: Child,
    address: String,
}

impl Driver {
    fn start() -> Self {
        let mut command = Command::new("chromedriver");
        command.arg("--port=0").stdout(Stdio::piped()).stderr(Stdio::null());
        let mut process = command.spawn().expect("chromedriver runs (Debian: apt-get install chromium-driver)");
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines().map(Result::unwrap);
        let port =
            lines.find_map(|line| Some(line.split("successfully on port ").nth(1)?.trim_end_matches('.').to_owned()));
        std::thread::spawn(move || lines.for_each(drop));
        Self { process, address: format!("http://127.0.0.1:{}", port.expect("chromedriver listens")) }
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

impl Drop for Window<'_> {
    /// A driver that is killed leaves its browser behind.
    fn drop(&mut self) {
        drop(self.runtime.block_on(self.client.clone().close()));
    }
}

/// A window of a browser.
pub struct Window<'h> {
    house: &'h House,
    client: Client,
    runtime: Runtime,
    driver: Driver,
    session: String,
    done: Cell<u32>,
}

impl<'h> Window<'h> {
    /// Opens one in a house; none if the tests run without, which is then said.
    pub fn open(house: &'h House, scripts: Scripts) -> Option<Self> {
        if std::env::var_os(WITHOUT).is_some() {
            eprintln!("not tested: Chromium is left out by {WITHOUT}");
            return None;
        }
        let (driver, runtime) = (Driver::start(), super::runtime());
        let arguments =
            ["--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--window-size=1200,900"];
        // 2 blocks.
        let scripted = if scripts == Scripts::Run { 1 } else { 2 };
        let preferences = json!({"profile.managed_default_content_settings.javascript": scripted});
        let wanted = json!({"goog:chromeOptions": {"args": arguments, "prefs": preferences},
            "unhandledPromptBehavior": "accept"});
        let Value::Object(wanted) = wanted else { unreachable!() };
        let client = runtime.block_on(async {
            let mut builder = ClientBuilder::new(HttpConnector::new());
            builder.capabilities(wanted.into_iter().collect()).connect(&driver.address).await.unwrap()
        });
        let session = runtime.block_on(client.session_id()).unwrap().unwrap();
        Some(Self { house, client, runtime, driver, session, done: Cell::new(0) })
    }

    /// Signs in somebody, through the page.
    #[track_caller]
    pub fn signs_in(&self, who: Who) {
        self.signs_in_by(who.email(), PASSWORD);
    }

    /// Signs in whoever has this address and this password.
    #[track_caller]
    pub fn signs_in_by(&self, email: &str, password: &str) {
        self.goes("/sign-in");
        self.types("[name=email]", email);
        self.types("[name=password]", password);
        self.clicks("main button[type=submit]");
        self.comes_to("/");
    }

    /// Signs out, by the menu under one's name.
    pub fn signs_out(&self) {
        self.clicks("details.me summary");
        self.clicks_on("Sign out");
        self.comes_to("/sign-in");
    }

    /// Goes to a page by its address.
    pub fn goes(&self, path: &str) {
        self.runtime.block_on(self.client.goto(&format!("{}{path}", self.house.address))).unwrap();
    }

    /// Goes back.
    pub fn goes_back(&self) {
        self.runtime.block_on(self.client.back()).unwrap();
    }

    /// The path of the page that is shown, with its query.
    pub fn path(&self) -> String {
        let url = self.runtime.block_on(self.client.current_url()).unwrap();
        url.as_str().strip_prefix(&self.house.address).unwrap_or(url.as_str()).to_owned()
    }

    /// Waits for a page whose path begins so.
    #[track_caller]
    pub fn comes_to(&self, path: &str) {
        self.waits(|| self.path() == path || (path.len() > 1 && self.path().starts_with(path)), path);
    }

    /// Waits for something that a selector of CSS finds.
    #[track_caller]
    pub fn finds(&self, css: &str) -> Element {
        let found = self.runtime.block_on(self.client.wait().at_most(PATIENCE).for_element(Locator::Css(css)));
        found.unwrap_or_else(|cause| panic!("no {css} on {} ({cause}): {}", self.path(), self.text()))
    }

    /// How many things a selector finds now.
    pub fn counts(&self, css: &str) -> usize {
        self.runtime.block_on(self.client.find_all(Locator::Css(css))).unwrap().len()
    }

    /// Types into a field, after what stands there.
    #[track_caller]
    pub fn types(&self, css: &str, text: &str) {
        let field = self.finds(css);
        self.runtime.block_on(field.send_keys(text)).unwrap();
    }

    /// Chooses from a list, by value; counted as one click.
    #[track_caller]
    pub fn chooses(&self, css: &str, value: &str) {
        let field = self.finds(css);
        self.runtime.block_on(field.select_by_value(value)).unwrap();
        self.done.set(self.done.get() + 1);
    }

    /// Clicks what a selector finds.
    #[track_caller]
    pub fn clicks(&self, css: &str) {
        let element = self.finds(css);
        self.click(&element, css);
    }

    /// What somebody clicks has to be in sight, and not under the bar that stays at the edge.
    #[track_caller]
    fn click(&self, element: &Element, what: &str) {
        let clicked = self.runtime.block_on(async {
            let place = serde_json::to_value(element).unwrap();
            self.client
                .execute("arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})", vec![place])
                .await?;
            element.click().await
        });
        clicked.unwrap_or_else(|cause| panic!("{what} on {}: {cause}", self.path()));
        self.done.set(self.done.get() + 1);
    }

    /// Chooses the first of a list that says something; counted as one click.
    #[track_caller]
    pub fn chooses_one_with(&self, css: &str, words: &str) {
        let field = self.finds(css);
        let place = format!("./option[contains(., \"{words}\")]");
        self.runtime.block_on(async {
            let option = field.find(Locator::XPath(&place)).await.unwrap();
            let value = option.attr("value").await.unwrap().unwrap_or_default();
            field.select_by_value(&value).await.unwrap();
        });
        self.done.set(self.done.get() + 1);
    }

    /// Clicks the link, the button or the label that says so.
    #[track_caller]
    pub fn clicks_on(&self, words: &str) {
        let place =
            format!("//*[self::a or self::button or self::summary or self::label][normalize-space(.)=\"{words}\"]");
        let found = self.client.wait().at_most(PATIENCE);
        let found = self.runtime.block_on(found.for_element(Locator::XPath(&place)));
        let element = found.unwrap_or_else(|_| panic!("nothing says \"{words}\" on {}: {}", self.path(), self.text()));
        self.click(&element, words);
    }

    /// Presses keys wherever the focus is; counted as one command.
    pub fn presses(&self, keys: &str) {
        self.runtime.block_on(async {
            let element = self.client.active_element().await.unwrap();
            element.send_keys(keys).await.unwrap();
        });
        self.done.set(self.done.get() + 1);
    }

    /// Clicks and key commands so far, beginning anew.
    pub fn done(&self) -> u32 {
        self.done.replace(0)
    }

    /// What can be read on the page.
    pub fn text(&self) -> String {
        self.runs("return document.body.innerText").as_str().unwrap_or_default().to_owned()
    }

    /// Waits until the page says something.
    #[track_caller]
    pub fn says(&self, words: &str) {
        self.waits(|| self.text().contains(words), words);
    }

    /// Waits until a field holds something.
    #[track_caller]
    pub fn holds(&self, css: &str, words: &str) {
        let value = format!("return document.querySelector(\"{css}\")?.value");
        self.waits(|| self.runs(&value).as_str().is_some_and(|value| value.contains(words)), words);
    }

    /// What a script returns.
    pub fn runs(&self, script: &str) -> Value {
        self.runtime.block_on(self.client.execute(script, vec![])).unwrap_or(Value::Null)
    }

    /// Closes the network, or opens it again.
    pub fn is_offline(&self, offline: bool) {
        let conditions = json!({"offline": offline, "latency": 0, "throughput": -1});
        self.commands("chromium/network_conditions", &json!({"network_conditions": conditions}));
    }

    /// Shows pages as those see them who prefer this scheme: `light` or `dark`.
    pub fn prefers(&self, scheme: &str) {
        let features = json!([{"name": "prefers-color-scheme", "value": scheme}]);
        let asked = json!({"cmd": "Emulation.setEmulatedMedia", "params": {"features": features}});
        self.commands("goog/cdp/execute", &asked);
    }

    /// What the window shows, as PNG, without its bars for scrolling.
    pub fn picture(&self) -> Vec<u8> {
        self.commands("goog/cdp/execute", &json!({"cmd": "Emulation.setScrollbarsHidden", "params": {"hidden": true}}));
        let asked = json!({"cmd": "Page.captureScreenshot", "params": {"format": "png"}});
        let taken = self.commands("goog/cdp/execute", &asked);
        BASE64_STANDARD.decode(taken["value"]["data"].as_str().unwrap()).unwrap()
    }

    /// Makes the window so wide and high.
    pub fn is_sized(&self, width: u32, height: u32) {
        let metrics = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
        self.commands("goog/cdp/execute", &json!({"cmd": "Emulation.setDeviceMetricsOverride", "params": metrics}));
    }

    fn commands(&self, command: &str, body: &Value) -> Value {
        let url = format!("{}/session/{}/{command}", self.driver.address, self.session);
        let answer = self.house.http.post(url).json(body).send().unwrap();
        let (status, said) = (answer.status(), answer.text().unwrap());
        assert!(status.is_success(), "{command}: {said}");
        serde_json::from_str(&said).unwrap()
    }

    /// What keeps somebody from using the page, as axe-core finds it; nothing where the tests run without it.
    pub fn barriers(&self) -> Vec<String> {
        if std::env::var_os(WITHOUT_AXE).is_some() {
            eprintln!("not tested: axe-core is left out by {WITHOUT_AXE}");
            return Vec::new();
        }
        let axe = std::env::var_os("TANDEM_TEST_AXE").map(PathBuf::from);
        let axe = axe.expect("TANDEM_TEST_AXE names axe.min.js; scripts/test sees to that");
        self.runs(&format!("{};", std::fs::read_to_string(axe).unwrap()));
        let ask = "const done = arguments[arguments.length - 1];
            axe.run(document, {resultTypes: ['violations']}).then((found) => done(found.violations.flatMap((rule) =>
                rule.nodes.map((node) => `${rule.id}: ${node.html} ${node.failureSummary}`))), (e) => done([String(e)]))";
        let found = self.runtime.block_on(self.client.execute_async(ask, vec![])).unwrap();
        found.as_array().unwrap().iter().map(|barrier| barrier.as_str().unwrap().to_owned()).collect()
    }

    /// Waits until something is so, which is said `for_what`.
    #[track_caller]
    pub fn waits(&self, is_so: impl Fn() -> bool, for_what: &str) {
        let begun = std::time::Instant::now();
        while !is_so() {
            assert!(begun.elapsed() < PATIENCE, "waited for {for_what} on {}: {}", self.path(), self.text());
            std::thread::yield_now();
        }
    }
}
