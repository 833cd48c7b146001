//! `kanso job`: one fixed job that other certificate makers can do too, for comparing
//! speed and memory. Its folder holds `spec.json` (page, panel, lines of text), `bg.jpg` and
//! `logo.png`; everything goes the way of any certificate: template, layout, PDF.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use kanso_page::Language;
use kanso_page::{Channels, Picture};
use kanso_photo::{Outputs, PanelSpec, Photo, crop};
use kanso_render::pdf::{PdfOptions, pdf};
use kanso_template::{Branding, Extra, Fields, Graphic, Template, specimen};
use kanso_text::library::FontLibrary;
use serde_json::json;

use super::fail;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The job's folder
    #[arg(long, value_name = "DIR")]
    dir: PathBuf,
    /// The photo
    photo: PathBuf,
    /// The PDF to write
    out: PathBuf,
    /// How often, in this one process; above 1 a line of JSON tells the medians
    #[arg(default_value_t = 1)]
    times: usize,
}

#[derive(serde::Deserialize)]
struct Spec {
    page: [f64; 2],
    photo: PhotoBox,
    logo: LogoBox,
    lines: Vec<(f64, f64, f64, String)>,
}

/// Points from the page's bottom-left corner, and the panel's pixels.
#[derive(serde::Deserialize)]
struct PhotoBox {
    x: f64,
    y: f64,
    w: f64,
    h: f64,
    px: (u32, u32),
}

#[derive(serde::Deserialize)]
struct LogoBox {
    x: f64,
    y: f64,
    w: f64,
    h: f64,
}

/// What is set up once for all certificates.
struct Job {
    template: Template,
    fonts: FontLibrary,
    branding: Branding,
    fields: Fields,
    panel_px: (u32, u32),
}

pub fn run(args: Args) -> ExitCode {
    match Job::read(&args.dir).and_then(|job| job.repeat(&args)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => fail(message),
    }
}

impl Job {
    fn read(dir: &Path) -> Result<Self, String> {
        let read = |name: &str| {
            let path = dir.join(name);
            std::fs::read(&path).map_err(|e| format!("cannot read {}: {e}", path.display()))
        };
        let spec: Spec =
            serde_json::from_slice(&read("spec.json")?).map_err(|e| format!("spec.json: {e}"))?;
        let background = read("bg.jpg")?;
        let template = Template::parse(&template(&spec), |name| {
            (name == "bg.jpg").then(|| background.clone())
        })
        .map_err(|e| e.to_string())?;
        let logo = Graphic::read("logo.png", read("logo.png")?).map_err(|e| e.to_string())?;
        let race = specimen::race(Language::Ja);
        let extra = Extra { photo: true, ..Extra::default() };
        Ok(Self {
            fonts: template.font_library().map_err(|e| e.to_string())?,
            template,
            branding: Branding { logo: Some(logo), ..Branding::default() },
            fields: Fields::new(&race, &specimen::finisher("山田 花子"), &extra),
            panel_px: spec.photo.px,
        })
    }

    fn repeat(&self, args: &Args) -> Result<(), String> {
        let (mut wall, mut cpu) = (Vec::new(), Vec::new());
        let mut bytes = 0;
        for _ in 0..args.times.max(1) {
            let (since, used) = (Instant::now(), thread_cpu_ms());
            bytes = self.once(&args.photo, &args.out)?;
            wall.push(since.elapsed().as_secs_f64() * 1e3);
            cpu.push(thread_cpu_ms() - used);
        }
        if args.times > 1 {
            let line = json!({
                "warm_ms": median(&mut wall[1..]), "warm_cpu_ms": median(&mut cpu[1..]),
                "rss_mb": peak_mb(), "bytes": bytes,
            });
            println!("{line}");
        }
        Ok(())
    }

    fn once(&self, photo: &Path, out: &Path) -> Result<usize, String> {
        let bytes =
            std::fs::read(photo).map_err(|e| format!("cannot read {}: {e}", photo.display()))?;
        let photo = Photo::open(bytes.into()).map_err(|e| e.to_string())?;
        let (width, height) = self.panel_px;
        let aspect = f64::from(width) / f64::from(height);
        let crop = crop::around(None, None, photo.upright_size(), aspect, false);
        let outputs =
            Outputs { panels: vec![PanelSpec::new(crop, self.panel_px)], ..Outputs::default() };
        let mut developed = photo.develop(&outputs).map_err(|e| e.to_string())?;
        let panel = developed.panels.remove(0);
        let picture = Picture::Jpeg {
            bytes: panel.jpeg,
            width: panel.width,
            height: panel.height,
            channels: Channels::Rgb,
        };
        let pictures = [("main".to_owned(), Arc::new(picture))];
        let composition = kanso_template::layout::compose(
            &self.template,
            &self.fields,
            &self.branding,
            &pictures,
            &self.fonts,
        )
        .map_err(|e| e.to_string())?;
        let made = pdf(&composition.page, &PdfOptions::new(jiff::Timestamp::UNIX_EPOCH))
            .map_err(|e| e.to_string())?;
        std::fs::write(out, &made.bytes)
            .map_err(|e| format!("cannot write {}: {e}", out.display()))?;
        Ok(made.bytes.len())
    }
}

/// The job as a template: points from below become millimetres from above.
fn template(spec: &Spec) -> String {
    const MM: f64 = 25.4 / 72.0;
    /// Height of a line's box; its lower edge is the baseline.
    const LINE: f64 = 40.0;
    let [width, height] = spec.page;
    let mut text = format!(
        "format = 1\nname = \"job\"\ntitle = \"job\"\n[page]\nwidth = {}\nheight = {}\nbleed = 0\n\
         [[artwork]]\nfile = \"bg.jpg\"\n",
        width * MM,
        height * MM
    );
    let mut placed = |table: &str, [x, y, w, h]: [f64; 4], rest: &str| {
        let (x, y, w, h) = (x * MM, (height - y - h) * MM, w * MM, h * MM);
        // Writing into a string cannot fail.
        let _ = write!(text, "[[{table}]]\nx = {x}\ny = {y}\nwidth = {w}\nheight = {h}\n{rest}\n");
    };
    let PhotoBox { x, y, w, h, .. } = spec.photo;
    placed("photo", [x, y, w, h], "");
    let LogoBox { x, y, w, h } = spec.logo;
    placed("logo", [x, y, w, h], "");
    for (x, y, size, line) in &spec.lines {
        let line = line.replace('{', "{{").replace('}', "}}");
        let rest = format!(
            "value = {}\nstyle = {{ size = {size}, block_align = \"baseline\" }}",
            toml::Value::String(line)
        );
        placed("text", [*x, *y, width - x, LINE], &rest);
    }
    text
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.get(values.len() / 2).copied().unwrap_or(0.0);
    (middle * 10.0).round() / 10.0
}

/// CPU time of the main thread, on which all of the job runs; 0 where Linux does not tell.
fn thread_cpu_ms() -> f64 {
    let text = std::fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    let nanoseconds = text.split_whitespace().next().and_then(|word| word.parse::<f64>().ok());
    nanoseconds.unwrap_or(0.0) / 1e6
}

/// Peak resident memory, in MB of 1024 kB as `getrusage` users print it.
fn peak_mb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    line.split_whitespace().next().and_then(|word| word.parse::<u64>().ok()).unwrap_or(0) / 1024
}
