//! Where in a photo there is text.

use rten_tensor::prelude::*;
use rten_tensor::{NdTensor, NdTensorView};

use super::{canvas::Canvas, network::Network, reader::ReadingError};

/// For each pixel of the sheet the probability that it is the inside of a text, 0 to 1.
pub struct TextMap {
    pub width: usize,
    pub height: usize,
    pub probabilities: Vec<f32>,
}

pub fn detect(network: &Network, canvas: &Canvas) -> Result<TextMap, ReadingError> {
    let (width, height) = (canvas.sheet.0 as usize, canvas.sheet.1 as usize);
    let samples = canvas.samples();
    let input = NdTensorView::from_data([1, 3, height, width], samples.as_slice());
    let output: NdTensor<f32, 4> = network.run(input)?;
    let [_, _, height, width] = output.shape();
    Ok(TextMap { width, height, probabilities: output.to_vec() })
}
