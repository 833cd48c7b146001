//! A line of text becomes a [`Lattice`].

use rten_tensor::prelude::*;
use rten_tensor::{NdTensor, NdTensorView};

use super::{
    crop::{LINE_HEIGHT, Line},
    lattice::{BLANK, Lattice, OTHER, SYMBOLS, Symbol, symbol},
    network::Network,
    reader::ReadingError,
};

/// Pixels of a line to a step.
const STEP_PX: u32 = 8;

/// The recogniser's classes: blank, the characters of `alphabet.txt`, space.
pub struct Alphabet {
    classes: Vec<(char, Symbol)>,
}

impl Alphabet {
    /// One character a line.
    pub fn parse(text: &str) -> Self {
        let characters = text.lines().filter_map(|line| line.chars().next());
        let classes = std::iter::once(('\0', BLANK))
            .chain(characters.map(|c| (c, symbol(c))))
            .chain([(' ', OTHER)])
            .collect();
        Self { classes }
    }
}

pub fn recognise(
    network: &Network,
    alphabet: &Alphabet,
    line: &Line,
) -> Result<Lattice, ReadingError> {
    let (width, height) = (line.width as usize, LINE_HEIGHT as usize);
    let input = NdTensorView::from_data([1, 3, height, width], line.samples.as_slice());
    let output: NdTensor<f32, 3> = network.run(input)?;
    let [_, _, classes] = output.shape();
    if classes != alphabet.classes.len() {
        let why = format!("{classes} classes for {} characters", alphabet.classes.len());
        return Err(ReadingError::Network { name: "recogniser.onnx", why });
    }
    // Beyond the text there is padding, where nothing new comes.
    let steps = (line.text_width.div_ceil(STEP_PX) + 1) as usize;
    Ok(lattice(output.to_vec().chunks_exact(classes).take(steps), alphabet))
}

fn lattice<'a>(steps: impl Iterator<Item = &'a [f32]>, alphabet: &Alphabet) -> Lattice {
    let mut lattice = Lattice::default();
    let mut last = 0;
    for step in steps {
        let mut symbols = [0.0; SYMBOLS];
        for (probability, (_, symbol)) in step.iter().zip(&alphabet.classes) {
            symbols[usize::from(*symbol)] += probability;
        }
        lattice.steps.push(symbols);
        let most = step.iter().copied().enumerate().max_by(|a, b| a.1.total_cmp(&b.1));
        let (class, probability) = most.unwrap_or((0, 0.0));
        if class != 0 {
            match lattice.best.last_mut() {
                Some(character) if class == last => character.1 = character.1.max(probability),
                _ => lattice.best.push((alphabet.classes[class].0, probability)),
            }
        }
        last = class;
    }
    lattice
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_of_one_symbol_are_added_and_repeats_need_a_blank() {
        let alphabet = Alphabet::parse("1\n１\n:\n");
        assert_eq!(alphabet.classes.len(), 5);
        let steps: [&[f32]; 4] = [
            &[0.1, 0.5, 0.3, 0.1, 0.0],
            &[0.2, 0.6, 0.1, 0.1, 0.0],
            &[0.9, 0.0, 0.0, 0.1, 0.0],
            &[0.0, 0.7, 0.2, 0.0, 0.1],
        ];
        let lattice = lattice(steps.into_iter(), &alphabet);
        assert!((lattice.steps[0][1] - 0.8).abs() < 1e-6);
        assert!((lattice.steps[3][usize::from(OTHER)] - 0.1).abs() < 1e-6);
        assert_eq!(lattice.best, [('1', 0.6), ('1', 0.7)]);
    }
}
