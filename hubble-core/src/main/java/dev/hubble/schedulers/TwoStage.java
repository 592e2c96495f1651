// SPDX-License-Identifier: Apache-2.0
package dev.hubble.schedulers;

import dev.hubble.kernels.Tensor;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// A step that looks twice: at its start, and at a place that the first look leads to. The last
/// step, to no noise at all, looks once, so `n` steps take `2n-1` calls. Even calls, counted from
/// 0, are first looks.
abstract class TwoStage extends VarianceExploding {
  /// Where the step began, between its first look and its second.
  private @Nullable Tensor start;

  TwoStage(String name, SchedulerConfig config, Sigmas sigmas) {
    super(name, config, sigmas);
  }

  /// The size of the noise where step `step` looks a second time.
  abstract double secondLook(int step);

  /// The time of that.
  abstract double secondTime(int step);

  /// The sample to look at a second time; after the last step, the result.
  ///
  /// @param from the size before the step
  abstract Tensor first(int step, double from, Tensor modelOutput, Tensor sample, Noise noise);

  /// The sample after the step.
  ///
  /// @param start where it began
  /// @param seen the sample that the second look was at
  abstract Tensor second(int step, Tensor modelOutput, Tensor start, Tensor seen, Noise noise);

  @Override
  public final int callOfStep(int step) {
    return 2 * step;
  }

  @Override
  final double sigma(int call) {
    return call % 2 == 0 ? sigmas.values()[call / 2] : secondLook(call / 2);
  }

  @Override
  public final float[] timesteps() {
    float[] times = new float[2 * sigmas.steps() - 1];
    for (int call = 0; call < times.length; call++) {
      double time = call % 2 == 0 ? sigmas.times()[call / 2] : secondTime(call / 2);
      times[call] = (float) time;
    }
    return times;
  }

  @Override
  public final Tensor step(int call, Tensor modelOutput, Tensor sample, Noise noise) {
    int step = call / 2;
    if (call % 2 == 0) {
      start = sample;
      return first(step, sigma(call), modelOutput, sample, noise);
    }
    Tensor began = Objects.requireNonNull(start, "a second look without a first");
    start = null;
    return second(step, modelOutput, began, sample, noise);
  }

  /// Euler's step.
  final Tensor euler(double from, double to, Tensor modelOutput, Tensor sample) {
    return new WeightedSum()
        .add(1, sample)
        .add(to - from, prediction.noiseAtSigma(from), sample, modelOutput)
        .compute();
  }
}
