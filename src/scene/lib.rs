//! Synthetic finish-line photographs, every one from a seed.
//!
//! A [`Scene`] is a small world: runners as soft solids with clothes and draped bibs,
//! a road, a crowd, an arch, light and a lens. Nothing in it was photographed and no
//! face is anyone's. The same seed and the same [`SceneSpec`] give the same picture
//! and the same [labels](Label).

mod backdrop;
mod bib_cloth;
mod bib_design;
mod camera;
mod card;
mod cloth;
mod dice;
mod figure;
mod layer;
mod lens;
mod lettering;
mod light;
mod outfit;
mod portrait;
mod pose;
mod road;
pub mod roll;
mod scenery;
mod skin;
mod solid;
mod spec;
pub mod stamp;
mod vector;

pub use backdrop::Place;
pub use bib_design::BibDesign;
pub use dice::Dice;
pub use lettering::{Lettering, LetteringError};
pub use light::Hour;
pub use pose::Gesture;
pub use scenery::{CharacterLabel, Label, Picture, Scene};
pub use spec::{BibStyle, RunnerSpec, SceneSpec};
