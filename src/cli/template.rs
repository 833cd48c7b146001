//! `kanso template`: writing and judging templates.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use kanso_page::Language;
use kanso_page::{Channels, Picture};
use kanso_race::{Finisher, Race};
use kanso_render::raster;
use kanso_template::hardest::hardest;
use kanso_template::layout::{Composition, Problem, compose};
use kanso_template::{
    Branding, Extra, Fields, Slot, Template, bundled, check, reference, specimen,
};

/// Start, preview and check certificate templates
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Start a template: a folder with a copy of a bundled one to change
    New(NewArgs),
    /// Render a template with the hardest names, with and without a photo
    Preview(PreviewArgs),
    /// Say what is wrong with a template; exit code 1 where something is
    Check(CheckArgs),
    /// Print the reference of template.toml as Markdown
    Reference,
}

#[derive(Debug, clap::Args)]
struct NewArgs {
    /// The folder to make
    name: PathBuf,
    /// The bundled template to start from
    #[arg(long, default_value = "photo")]
    from: String,
}

#[derive(Debug, clap::Args)]
struct PreviewArgs {
    /// A template's folder, or a bundled template's name
    dir: String,
    /// Render again whenever a file of the folder changes, until Ctrl-C
    #[arg(long)]
    watch: bool,
    /// Where the pictures go [default: DIR-preview]
    #[arg(long)]
    out: Option<PathBuf>,
    /// A race's folder: its colours and marks, and the hardest of its names
    #[arg(long)]
    race: Option<PathBuf>,
    /// Names to try instead of the hardest ones
    #[arg(long = "name")]
    names: Vec<String>,
    /// ja or en; both where left out
    #[arg(long, value_parser = language)]
    language: Option<Language>,
    /// A JPEG for the photo slots; a grey stand-in where left out
    #[arg(long)]
    photo: Option<PathBuf>,
    /// Pixels to the inch
    #[arg(long, default_value_t = 100.0)]
    ppi: f64,
}

#[derive(Debug, clap::Args)]
struct CheckArgs {
    /// A template's folder, or a bundled template's name
    dir: String,
    /// Print problems as JSON, one a line
    #[arg(long)]
    json: bool,
}

fn language(text: &str) -> Result<Language, String> {
    match text {
        "ja" => Ok(Language::Ja),
        "en" => Ok(Language::En),
        other => Err(format!("{other:?} is neither ja nor en; give one of them")),
    }
}

/// Runs the command. 0: done; 1: the template has problems; 2: the command could not run.
pub fn run(args: Args) -> ExitCode {
    let done = match args.action {
        Action::New(args) => new(&args).map(|()| true),
        Action::Preview(args) => preview(&args),
        Action::Check(args) => return check_template(&args),
        Action::Reference => {
            print!("{}", reference::markdown());
            Ok(true)
        }
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::from(2)
        }
    }
}

fn new(args: &NewArgs) -> Result<(), String> {
    let files = bundled::files(&args.from).ok_or_else(|| {
        let known: Vec<&str> = bundled::names().collect();
        format!("no bundled template is named {:?}; there are {}", args.from, known.join(", "))
    })?;
    let dir = &args.name;
    let fault = |e: std::io::Error| format!("{}: {e}", dir.display());
    if let Some(parent) = dir.parent() {
        std::fs::create_dir_all(parent).map_err(fault)?;
    }
    // Never over a folder that is there.
    std::fs::create_dir(dir).map_err(fault)?;
    for (name, bytes) in files {
        std::fs::write(dir.join(name), bytes).map_err(fault)?;
    }
    println!("{} is a copy of {:?}. Next:", dir.display(), args.from);
    println!("  kanso template preview {} --watch", dir.display());
    println!("  kanso template reference");
    Ok(())
}

fn check_template(args: &CheckArgs) -> ExitCode {
    let problems = match Template::load(&args.dir).map_err(|e| e.to_string()) {
        Ok(template) => match check::check(&template) {
            Ok(problems) => problems,
            Err(message) => {
                eprintln!("error: {message}");
                return ExitCode::from(1);
            }
        },
        Err(message) => {
            eprintln!("error: {message}");
            return ExitCode::from(1);
        }
    };
    print_problems(&problems, args.json);
    if problems.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(1) }
}

fn print_problems(problems: &[Problem], json: bool) {
    for problem in problems {
        if json {
            println!("{}", serde_json::json!(problem));
        } else {
            println!("{}", problem.message);
        }
    }
}

fn preview(args: &PreviewArgs) -> Result<bool, String> {
    let out = args.out.clone().unwrap_or_else(|| default_out(&args.dir));
    loop {
        let seen = newest(Path::new(&args.dir));
        // While watching, a mistake in the file is shown, and the next save tries again.
        let clean = match render_all(args, &out) {
            Err(message) if args.watch => {
                eprintln!("error: {message}");
                false
            }
            done => done?,
        };
        if !args.watch {
            return Ok(clean);
        }
        while newest(Path::new(&args.dir)) == seen {
            std::thread::sleep(Duration::from_millis(250));
        }
    }
}

/// Beside a folder, so that watching it does not see its own pictures.
fn default_out(dir: &str) -> PathBuf {
    let name = Path::new(dir).file_name().map_or_else(|| dir.into(), |name| name.to_os_string());
    let mut folder = name;
    folder.push("-preview");
    Path::new(dir).parent().unwrap_or_else(|| Path::new("")).join(folder)
}

/// When a file of the folder last changed, and how many there are.
fn newest(dir: &Path) -> Option<(SystemTime, usize)> {
    let changed: Vec<SystemTime> = std::fs::read_dir(dir)
        .ok()?
        .filter_map(|entry| entry.ok()?.metadata().ok()?.modified().ok())
        .collect();
    Some((changed.iter().max().copied()?, changed.len()))
}

/// Who and what a template is tried with.
struct Cast {
    race: Race,
    branding: Branding,
    runners: Vec<Finisher>,
}

/// The race's hardest names, or the specimen's; `--name` puts others in their place.
fn cast(args: &PreviewArgs) -> Result<Cast, String> {
    let mut cast = match &args.race {
        Some(dir) => {
            let race_data =
                super::race_dir::race_data(dir, Some(&args.dir)).map_err(|e| e.to_string())?;
            let runners = hardest(&race_data.roster, specimen::NAMES.len());
            let runners = runners.into_iter().cloned().collect();
            Cast { runners, race: race_data.race, branding: race_data.branding }
        }
        None => Cast {
            race: specimen::race(Language::Ja),
            branding: Branding::default(),
            runners: specimen::NAMES.map(specimen::finisher).into(),
        },
    };
    if let (false, Some(first)) = (args.names.is_empty(), cast.runners.first().cloned()) {
        let named = |name: &String| Finisher { name: name.clone(), ..first.clone() };
        cast.runners = args.names.iter().map(named).collect();
    }
    Ok(cast)
}

/// Renders all; whether nothing was wrong.
fn render_all(args: &PreviewArgs, out: &Path) -> Result<bool, String> {
    let template = Template::load(&args.dir).map_err(|e| e.to_string())?;
    let cast = cast(args)?;
    std::fs::create_dir_all(out).map_err(|e| format!("{}: {e}", out.display()))?;
    let photo = match &args.photo {
        Some(file) => {
            Some(image::open(file).map_err(|e| format!("{}: {e}", file.display()))?.into_rgb8())
        }
        None => None,
    };
    let photos = stand_ins(&template, photo.as_ref())?;
    let fonts = template.font_library().map_err(|e| e.to_string())?;
    let mut clean = true;
    for (language, code) in [(Language::Ja, "ja"), (Language::En, "en")] {
        if args.language.is_some_and(|wanted| wanted != language) {
            continue;
        }
        for (at, finisher) in cast.runners.iter().enumerate() {
            for (with, photos) in [("photo", photos.as_slice()), ("plain", &[])] {
                if with == "photo" && photos.is_empty() {
                    continue;
                }
                let extra = extra(&cast.race, !photos.is_empty());
                let fields = Fields::new(&cast.race, finisher, &extra).in_language(language);
                let file = out.join(format!("{code}-{with}-{at:02}.png"));
                match compose(&template, &fields, &cast.branding, photos, &fonts) {
                    Ok(composition) => {
                        clean &= composition.problems.is_empty();
                        print_problems(&composition.problems, false);
                        save(&composition, template.screen_ppi().unwrap_or(args.ppi), &file)?;
                    }
                    Err(error) => {
                        clean = false;
                        eprintln!("{}: {error}", file.display());
                    }
                }
            }
        }
    }
    let problems = check::check(&template)?;
    print_problems(&problems, false);
    Ok(clean && problems.is_empty())
}

fn save(composition: &Composition, ppi: f64, file: &Path) -> Result<(), String> {
    let pixels = raster::raster(&composition.page, ppi).map_err(|e| e.to_string())?;
    pixels.save(file).map_err(|e| format!("{}: {e}", file.display()))?;
    println!("{}", file.display());
    Ok(())
}

fn extra(race: &Race, photo: bool) -> Extra {
    Extra {
        photo_credit: Some("汐凪写真部".to_owned()),
        verification_url: Some(
            "https://kanso.example/v/1aB9xYzQ0kLmN3pRsTuVwX2aB4cD6eF8gH0".to_owned(),
        ),
        issued_on: Some(race.date),
        photo,
    }
}

fn stand_ins(
    template: &Template,
    photo: Option<&image::RgbImage>,
) -> Result<Vec<(String, Arc<Picture>)>, String> {
    template
        .photo_slots()
        .iter()
        .map(|slot| Ok((slot.id.clone(), stand_in(slot, photo)?)))
        .collect()
}

/// A photo cut to the slot's aspect around its middle, or a calm grey ramp.
fn stand_in(slot: &Slot, photo: Option<&image::RgbImage>) -> Result<Arc<Picture>, String> {
    let (width, height) = slot.pixels(slot.min_ppi);
    let pixels = match photo {
        Some(photo) => {
            let (w, h) = (f64::from(photo.width()), f64::from(photo.height()));
            let (cw, ch) =
                if w / h > slot.aspect { (h * slot.aspect, h) } else { (w, w / slot.aspect) };
            let (x, y) = ((w - cw) / 2.0, (h - ch) / 2.0);
            let part = image::imageops::crop_imm(photo, x as u32, y as u32, cw as u32, ch as u32);
            image::imageops::thumbnail(&part.to_image(), width, height)
        }
        None => image::RgbImage::from_fn(width, height, |_, y| {
            let level = 205 - (u64::from(y) * 90 / u64::from(height.max(1))) as u8;
            image::Rgb([level, level, level])
        }),
    };
    let mut bytes = Vec::new();
    image::codecs::jpeg::JpegEncoder::new_with_quality(&mut bytes, 90)
        .encode_image(&pixels)
        .map_err(|e| e.to_string())?;
    Ok(Arc::new(Picture::Jpeg { bytes, width, height, channels: Channels::Rgb }))
}
