// SPDX-License-Identifier: Apache-2.0
package dev.hubble.schedulers;

import dev.hubble.kernels.Tensor;

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
  /// Makes the scheduler of one run. A scheduler of one's own comes into a request this way.
  @FunctionalInterface
  interface Factory {
    /// A scheduler for one run.
    ///
    /// @param config the model's `scheduler_config.json`
    /// @param route the steps that are asked for
    /// @param eta how much noise to add on the way, from 0 to 1, if that can be chosen
    Scheduler create(SchedulerConfig config, Route route, float eta);
  }

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

  /// `picture` with as much of `noise` in it as a sample has before call `call`. A run that starts
  /// there starts from a picture (Meng et al., 2021, SDEdit, arXiv:2108.01073).
  Tensor addNoise(Tensor picture, Tensor noise, int call);

  /// The first call of step `step`, counted from 0.
  default int callOfStep(int step) {
    return step;
  }

  /// The sample after call `call`, counted from 0. Calls come in order; the first of them need not
  /// be call 0, if the run starts from a picture with some noise.
  ///
  /// @param modelOutput what the UNet answered
  /// @param sample the sample before
  /// @param noise gives fresh noise; asked exactly as often as diffusers asks, even where the noise
  ///   is multiplied by 0, so that the next draw from the generator is the same
  Tensor step(int call, Tensor modelOutput, Tensor sample, Noise noise);
}
