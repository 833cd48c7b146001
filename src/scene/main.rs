//! `scene`: synthetic finish-line photos with labels, for the sample race and for tests.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use kanso_scene::{Dice, Lettering, Picture, Scene, SceneSpec, roll};

/// Make synthetic finish photos
#[derive(Debug, clap::Parser)]
#[command(name = "scene")]
struct Args {
    /// Seed of the first scene; each next scene has the next seed
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many scenes
    #[arg(long, default_value_t = 1)]
    count: u64,
    /// Folder for `<seed>.jpg` and `<seed>.json`, or for the photos of --spec
    #[arg(long)]
    out: PathBuf,
    /// Width and height in pixels
    #[arg(long, default_value = "1200x800", value_parser = size)]
    size: [u32; 2],
    /// JPEG quality, 1 to 100
    #[arg(long, default_value_t = 88, value_parser = clap::value_parser!(u8).range(1..=100))]
    quality: u8,
    /// Photos described in a file (photos.toml) instead of scenes by chance
    #[arg(long, conflicts_with_all = ["seed", "count", "size", "quality"])]
    spec: Option<PathBuf>,
    /// With --spec: only the photos whose name contains this
    #[arg(long, requires = "spec")]
    only: Option<String>,
    /// Folder with the fonts to print with
    #[arg(long, default_value = "fonts")]
    fonts: PathBuf,
}

fn size(text: &str) -> Result<[u32; 2], String> {
    let parts = text.split_once('x').and_then(|(w, h)| Some([w.parse().ok()?, h.parse().ok()?]));
    match parts {
        Some([w, h]) if (64..=12_000).contains(&w) && (64..=12_000).contains(&h) => Ok([w, h]),
        _ => Err("write it as 1200x800, each side from 64 to 12000".to_owned()),
    }
}

fn main() -> ExitCode {
    match make(&Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("scene: {message}");
            ExitCode::from(2)
        }
    }
}

fn make(args: &Args) -> Result<(), String> {
    let letters = Lettering::from_folder(&args.fonts).map_err(|e| e.to_string())?;
    if let Some(spec) = &args.spec {
        let text = std::fs::read_to_string(spec)
            .map_err(|e| format!("cannot read {}: {e}", spec.display()))?;
        let roll = roll::Roll::parse(&text).map_err(|e| format!("{}: {e}", spec.display()))?;
        for shot in &roll.shots {
            if args.only.as_ref().is_some_and(|only| !shot.file.contains(only.as_str())) {
                continue;
            }
            let bytes = shot.bytes(&roll, &letters).map_err(|e| format!("{}: {e}", shot.file))?;
            write(&args.out.join(&shot.file), &bytes)?;
            println!("{} ({} KB)", shot.file, bytes.len() / 1000);
        }
        return Ok(());
    }
    for seed in args.seed..args.seed.saturating_add(args.count) {
        let spec = SceneSpec::chance(args.size, &mut Dice::new(seed));
        let Picture { image, labels } = Scene::from_seed(seed, &spec).render(&letters);
        let jpeg = roll::jpeg(&image, args.quality).map_err(|e| e.to_string())?;
        write(&args.out.join(format!("{seed}.jpg")), &jpeg)?;
        let json = serde_json::to_vec_pretty(&labels).map_err(|e| e.to_string())?;
        write(&args.out.join(format!("{seed}.json")), &json)?;
    }
    Ok(())
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), String> {
    let made = path.parent().map_or(Ok(()), std::fs::create_dir_all);
    made.and_then(|()| std::fs::write(path, bytes))
        .map_err(|e| format!("cannot write {}: {e}", path.display()))
}
