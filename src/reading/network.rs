//! A network of the weights, run by rten: one input, one output, both `f32`.

use rten::{Model, ModelOptions, op_registry};
use rten_tensor::prelude::*;
use rten_tensor::{NdTensor, NdTensorView, Tensor};

use super::{reader::ReadingError, weights::WeightsError};

pub struct Network {
    name: &'static str,
    model: Model,
}

impl Network {
    /// From an ONNX file whose operators are the detector's and the recogniser's.
    pub fn load(name: &'static str, file: &'static [u8]) -> Result<Self, WeightsError> {
        let model = apart(|| {
            let operators = op_registry!(
                Add,
                AveragePool,
                Concat,
                Conv,
                ConvTranspose,
                Div,
                GlobalAveragePool,
                HardSigmoid,
                HardSwish,
                MatMul,
                Mul,
                Pow,
                ReduceMean,
                Relu,
                Reshape,
                Resize,
                Shape,
                Sigmoid,
                Slice,
                Softmax,
                Sqrt,
                Squeeze,
                Sub,
                Transpose,
                Unsqueeze
            );
            let mut options = ModelOptions::with_ops(operators);
            options.prepack_weights(true);
            options.load_static_slice(file)
        });
        let model =
            model.map_err(|error| WeightsError::Network { name, why: error.to_string() })?;
        Ok(Self { name, model })
    }

    /// Batch, channels, rows, columns in; `N` dimensions out.
    pub fn run<const N: usize>(
        &self,
        input: NdTensorView<'_, f32, 4>,
    ) -> Result<NdTensor<f32, N>, ReadingError> {
        let fault = |why: String| ReadingError::Network { name: self.name, why };
        let output = apart(|| self.model.run_one(input.into(), None));
        let output = output.map_err(|e| fault(e.to_string()))?;
        let output: Tensor<f32> = output.try_into().map_err(|_| fault("no floats".into()))?;
        let shape = format!("the shape {:?}", output.shape());
        output.try_into().map_err(|_| fault(shape))
    }
}

/// rten works in a pool of threads of its own. Whoever waits for it within another pool takes
/// up that pool's next photo meanwhile, on the same stack and inside the lock under which the
/// networks are loaded; a thread of no pool only waits.
fn apart<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| scope.spawn(work).join())
        .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}
