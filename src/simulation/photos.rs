//! The photos of a race: who is in them, and what can be read in them.

use kanso_race::Bib;

use super::chance::Chance;
use super::conditions::{
    BETWEEN_PHOTOS_S, BURST_PHOTOS, BURST_S, Conditions, GROUP_LIMIT, GROUP_S, LINGER, LINGER_S,
    MISREAD, MISREAD_LISTED, NO_RUNNER, PHOTOS, READ, SCENE_S, WALK_BACK, WALK_BACK_S,
};
use super::start_list::StartList;

/// A photo, as it is.
#[derive(Debug, Clone)]
pub struct Photo {
    pub camera: usize,
    /// Seconds after the gun.
    pub moment_s: f64,
    /// Indices of [`StartList::runners`].
    pub runners: Vec<usize>,
    /// Numbers read in it, or codes where numbers are not.
    pub seen: Vec<Seen>,
}

/// A number that was read, right or wrong.
#[derive(Debug, Clone)]
pub struct Seen {
    pub bib: Bib,
    /// That it is right, as the reader says.
    pub probability: f64,
}

/// Those who stand before the cameras together.
struct Scene {
    moment_s: f64,
    runners: Vec<usize>,
}

/// All photos of a race, in no order.
pub fn taken(conditions: &Conditions, list: &StartList, chance: &mut Chance) -> Vec<Photo> {
    let mut photos = Vec::new();
    for scene in scenes(list, chance) {
        let mut left = PHOTOS.0 + chance.below(PHOTOS.1 - PHOTOS.0 + 1);
        while left > 0 {
            let burst = BURST_PHOTOS.0 + chance.below(BURST_PHOTOS.1 - BURST_PHOTOS.0 + 1);
            let count = burst.min(left);
            left -= count;
            photos.extend(burst_of(conditions, list, &scene, count, chance));
        }
    }
    let without = photos.len() as f64 * NO_RUNNER / (1.0 - NO_RUNNER);
    let (first, last) = (list.runners.first(), list.runners.last());
    let span = first.zip(last).map_or((0.0, 0.0), |(a, b)| (a.finish_s, b.finish_s));
    for _ in 0..without.round() as usize {
        let moment_s = chance.between(span.0, span.1);
        let camera = chance.below(conditions.cameras);
        photos.push(Photo { camera, moment_s, runners: Vec::new(), seen: Vec::new() });
    }
    photos
}

/// Who crosses the line together is photographed together, but for those who linger or walk
/// back: alone, or with whoever crosses it then.
fn scenes(list: &StartList, chance: &mut Chance) -> Vec<Scene> {
    let mut scenes: Vec<Scene> = Vec::new();
    let mut late = Vec::new();
    let mut first_s = f64::MIN;
    for (n, runner) in list.runners.iter().enumerate() {
        let lot = chance.between(0.0, 1.0);
        if lot < LINGER + WALK_BACK {
            let (low, high) = if lot < LINGER { LINGER_S } else { WALK_BACK_S };
            late.push((runner.finish_s + chance.between(low, high), n));
            continue;
        }
        match scenes.last_mut() {
            Some(scene)
                if runner.finish_s - first_s <= GROUP_S && scene.runners.len() < GROUP_LIMIT =>
            {
                scene.runners.push(n);
            }
            _ => {
                first_s = runner.finish_s;
                scenes.push(Scene { moment_s: 0.0, runners: vec![n] });
            }
        }
    }
    for scene in &mut scenes {
        let finishes = scene.runners.iter().map(|n| list.runners[*n].finish_s);
        let middle_s = finishes.sum::<f64>() / scene.runners.len() as f64;
        scene.moment_s = middle_s + chance.normal(0.0, SCENE_S);
    }
    scenes.sort_by(|a, b| a.moment_s.total_cmp(&b.moment_s));
    let on_time = scenes.len();
    for (moment_s, n) in late {
        let at = scenes[..on_time].partition_point(|scene| scene.moment_s < moment_s);
        match scenes[..on_time].get_mut(at) {
            Some(scene) if chance.is(0.5) && scene.runners.len() < GROUP_LIMIT => {
                scene.runners.push(n);
            }
            _ => scenes.push(Scene { moment_s, runners: vec![n] }),
        }
    }
    scenes
}

fn burst_of(
    conditions: &Conditions,
    list: &StartList,
    scene: &Scene,
    count: usize,
    chance: &mut Chance,
) -> Vec<Photo> {
    let camera = chance.below(conditions.cameras);
    let lasts_s = (count - 1) as f64 * BETWEEN_PHOTOS_S;
    let start_s = scene.moment_s + chance.normal(-lasts_s / 2.0, BURST_S);
    // What is read of each of them, wherever it is read: errors repeat through a burst.
    let legible: Vec<Option<Bib>> =
        scene.runners.iter().map(|n| legible(conditions, list, *n, chance)).collect();
    let photo = |n: usize| {
        let read = legible.iter().flatten().filter(|_| chance.is(READ + MISREAD));
        let read: Vec<Bib> = read.cloned().collect();
        let seen = read.into_iter().map(|bib| Seen { bib, probability: said(chance) }).collect();
        let moment_s = start_s + n as f64 * BETWEEN_PHOTOS_S;
        Photo { camera, moment_s, runners: scene.runners.clone(), seen }
    };
    (0..count).map(photo).collect()
}

/// What stands on a runner's bib, or what is read there for it.
fn legible(
    conditions: &Conditions,
    list: &StartList,
    runner: usize,
    chance: &mut Chance,
) -> Option<Bib> {
    let runner = &list.runners[runner];
    if conditions.without_readings {
        return runner.coded.then(|| runner.worn.clone());
    }
    if !chance.is(MISREAD / (READ + MISREAD)) {
        return Some(runner.worn.clone());
    }
    let listed = chance.is(MISREAD_LISTED);
    Some(list.misread(&runner.worn, listed, chance))
}

/// The reader says how often it is right, but not when: harder than a reader that knows its
/// doubtful readings.
fn said(chance: &mut Chance) -> f64 {
    let wrong = MISREAD * MISREAD_LISTED / (READ + MISREAD * MISREAD_LISTED);
    1.0 - chance.exponential(wrong).clamp(0.002, 0.45)
}
