// SPDX-License-Identifier: Apache-2.0
package dev.hubble.schedulers;

import dev.hubble.kernels.Tensor;
import java.util.ArrayList;
import java.util.List;

/// What the multistep solvers of the DPM-Solver family have in common: one look a step, a history
/// of what was seen, and samples `x = α x₀ + σ ε` of variance 1.
abstract class LogSnrMultistep implements Scheduler {
  final int order;
  final Prediction prediction;
  private final String name;
  private final Sigmas sigmas;

  /// What the last looks saw, the latest first; as many as the order.
  final List<Tensor> history = new ArrayList<>();

  LogSnrMultistep(String name, SchedulerConfig config, Sigmas sigmas) {
    this.name = name + SigmaSpacing.of(config).suffix();
    this.order = config.integer("solver_order", 2);
    this.prediction = config.prediction();
    this.sigmas = sigmas;
  }

  @Override
  public final String name() {
    return name;
  }

  @Override
  public final float[] timesteps() {
    return Timesteps.toFloats(sigmas.times());
  }

  @Override
  public final float initNoiseSigma() {
    return 1;
  }

  @Override
  public final Tensor addNoise(Tensor picture, Tensor noise, int call) {
    LogSnr at = at(call);
    return new WeightedSum().add(at.alpha(), picture).add(at.sigma(), noise).compute();
  }

  final int steps() {
    return sigmas.steps();
  }

  /// Where the sample of call `call` is.
  final LogSnr at(int call) {
    return LogSnr.at(sigmas.values()[call]);
  }

  final void remember(Tensor seen) {
    history.addFirst(seen);
    if (history.size() > order) {
      history.removeLast();
    }
  }

  /// The picture in a sample, as far as it is known.
  final Tensor original(int call, Tensor sample, Tensor modelOutput) {
    double alpha = at(call).alpha();
    return new WeightedSum()
        .add(1, prediction.original(alpha * alpha), sample, modelOutput)
        .compute();
  }
}
