// SPDX-License-Identifier: Apache-2.0
package dev.hubble.schedulers;

import dev.hubble.kernels.Tensor;
import java.util.function.Supplier;

/// Decides at which times the UNet looks at the picture, and what becomes of the picture after each
/// look. One instance serves one run and holds its history.
///
/// ```java
/// Tensor x = noise * scheduler.initNoiseSigma();
/// for (int call = 0; call < scheduler.timesteps().length; call++) {
///   Tensor e = unet(scheduler.scaleModelInput(x, call), scheduler.timesteps()[call], text);
///   x = scheduler.step(call, e, x, noise);
/// }
/// ```
///
/// All a scheduler does to tensors is adding them up with weights ([dev.hubble.kernels.Ops]
/// `weightedSum`); the weights are computed in double and rounded once. Whatever is passed to
/// [#step] may be needed again a few calls later, so it must live as long as the run.
public interface Scheduler {
  /// The name that a request gives it: `pndm`.
  String name();

  /// The time of each UNet call, in order. There may be more calls than steps, and times may repeat
  /// or lie between two whole numbers.
  float[] timesteps();

  /// The standard deviation of the noise that a picture starts from.
  float initNoiseSigma();

  /// What the UNet is to see of `sample` at call `call`.
  default Tensor scaleModelInput(Tensor sample, int call) {
    return sample;
  }

  /// The sample after call `call`, counted from 0. Calls come in order; the first of them need not
  /// be call 0, if the run starts from a picture with some noise.
  ///
  /// @param modelOutput what the UNet answered
  /// @param sample the sample before
  /// @param noise gives fresh noise of the sample's shape; asked only if the scheduler needs it
  Tensor step(int call, Tensor modelOutput, Tensor sample, Supplier<Tensor> noise);
}
