//! Chromium without a screen, and what axe-core thinks of a page.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};

const AXE: &str = include_str!("axe/axe.min.js");

/// How long a driver and its Chromium may take to end.
const GOODBYE: Duration = Duration::from_secs(10);

pub struct Browser {
    pub page: Client,
    _driver: Driver,
}

/// Dropping it ends its Chromium as well, which a driver that is killed leaves running.
struct Driver {
    process: Child,
    port: u16,
}

impl Drop for Driver {
    fn drop(&mut self) {
        let told = TcpStream::connect(("127.0.0.1", self.port)).and_then(|mut stream| {
            stream.set_read_timeout(Some(GOODBYE))?;
            stream.write_all(b"GET /shutdown HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")?;
            stream.read(&mut [0; 64])
        });
        let until = Instant::now() + GOODBYE;
        while told.is_ok() && Instant::now() < until {
            if let Ok(Some(_)) = self.process.try_wait() {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Browser {
    /// A window of this size. `None` where no Chromium is installed.
    pub async fn open(width: u32, height: u32, dark: bool) -> Option<Self> {
        let driver = Command::new("chromedriver")
            .args(["--port=0", "--allowed-ips=127.0.0.1"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        let mut driver = match driver {
            Ok(driver) => driver,
            Err(_) => {
                let loud = std::env::var("CI").is_ok_and(|ci| ci == "true");
                assert!(!loud, "apt-get install chromium chromium-driver");
                eprintln!("NOT TESTED: chromedriver is not installed");
                return None;
            }
        };
        let mut said = BufReader::new(driver.stdout.take().unwrap()).lines();
        let port: u16 = said
            .find_map(|line| {
                let line = line.unwrap();
                let port = line.split("successfully on port ").nth(1)?;
                port.trim_end_matches('.').parse().ok()
            })
            .expect("chromedriver names its port");
        let driver = Driver { process: driver, port };
        std::thread::spawn(move || said.for_each(drop));
        let arguments = json!([
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            // A venue's network has no certificates: what needs a secure context fails there.
            // Another way to it may be a worse one.
            "--host-resolver-rules=MAP venue.test 127.0.0.1, MAP far.test 127.0.0.2",
            format!("--window-size={width},{height}"),
        ]);
        let capabilities = json!({"goog:chromeOptions": {"args": arguments}});
        let page = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities.as_object().unwrap().clone())
            .connect(&format!("http://127.0.0.1:{port}"))
            .await
            .expect("Chromium starts");
        let browser = Self { page, _driver: driver };
        let size =
            json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
        browser.devtools("Emulation.setDeviceMetricsOverride", size).await;
        // As on phones; pictures are of the page.
        browser.devtools("Emulation.setScrollbarsHidden", json!({"hidden": true})).await;
        let scheme = if dark { "dark" } else { "light" };
        let features = json!([{"name": "prefers-color-scheme", "value": scheme}]);
        browser.devtools("Emulation.setEmulatedMedia", json!({"features": features})).await;
        Some(browser)
    }

    async fn devtools(&self, command: &str, parameters: Value) {
        #[derive(Debug)]
        struct Devtools(Value);
        impl fantoccini::wd::WebDriverCompatibleCommand for Devtools {
            fn endpoint(
                &self,
                base: &url::Url,
                session: Option<&str>,
            ) -> Result<url::Url, url::ParseError> {
                base.join(&format!("session/{}/goog/cdp/execute", session.unwrap_or_default()))
            }

            fn method_and_body(&self, _: &url::Url) -> (http::Method, Option<String>) {
                (http::Method::POST, Some(self.0.to_string()))
            }
        }
        let body = json!({"cmd": command, "params": parameters});
        self.page.issue_cmd(Devtools(body)).await.unwrap();
    }

    /// Waits until something can be seen, and gives its text.
    pub async fn see(&self, css: &str) -> String {
        for _ in 0..300 {
            // A part of the page that is renewed takes the element away under our eyes.
            if let Ok(element) = self.page.find(Locator::Css(css)).await
                && let Ok(true) = element.is_displayed().await
                && let Ok(text) = element.text().await
            {
                return text;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("{css} is not to be seen");
    }

    pub async fn touch(&self, css: &str) {
        for _ in 0..3 {
            self.see(css).await;
            if let Ok(element) = self.page.find(Locator::Css(css)).await
                && element.click().await.is_ok()
            {
                return;
            }
        }
        panic!("{css} is not to be touched");
    }

    pub async fn run(&self, script: &str) -> Value {
        self.page.execute(script, Vec::new()).await.unwrap()
    }

    /// Everything that axe-core finds wrong with the page as it is now.
    pub async fn violations(&self) -> Value {
        self.run(AXE).await;
        let script = "const done = arguments[arguments.length - 1];
            axe.run().then((found) => done(found.violations.map((v) =>
                [v.id, v.help, v.nodes.map((n) => n.html + ' ' + n.failureSummary)])));";
        self.page.execute_async(script, Vec::new()).await.unwrap()
    }

    /// Finds no barrier in the page as it is now, in either language, and nothing outside of
    /// the window; leaves pictures.
    pub async fn look(&self, screen: &str, width: u32) {
        for language in ["ja", "en"] {
            self.run(&format!("kanso.setLanguage('{language}')")).await;
            tokio::time::sleep(Duration::from_millis(50)).await;
            self.picture(&format!("{screen}-{width}-{language}")).await;
            let found = self.violations().await;
            assert_eq!(found, json!([]), "{screen} {width} {language}");
            let outside =
                self.run("return document.documentElement.scrollWidth > innerWidth").await;
            assert_eq!(outside, false, "{screen} {width} {language} is wider than the window");
        }
    }

    /// Leaves a picture of the page from top to bottom.
    pub async fn whole(&self, name: &str, width: u32) {
        let tall = self.run("return document.documentElement.scrollHeight").await;
        let size = |height: &Value| json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
        self.devtools("Emulation.setDeviceMetricsOverride", size(&tall)).await;
        tokio::time::sleep(Duration::from_millis(100)).await;
        self.picture(&format!("{name}-{width}")).await;
        self.devtools("Emulation.setDeviceMetricsOverride", size(&json!(844))).await;
    }

    /// Leaves a picture of the page under `target/tmp/web/`, to be looked at.
    pub async fn picture(&self, name: &str) {
        let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("web");
        std::fs::create_dir_all(&folder).unwrap();
        let png = self.page.screenshot().await.unwrap();
        std::fs::write(folder.join(format!("{name}.png")), png).unwrap();
    }
}
